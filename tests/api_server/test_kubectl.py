"""What people see who write Secrets with kubectl."""

import base64
import json
import re
import shlex
import unittest

import libcluster

setUpModule = libcluster.start
tearDownModule = libcluster.stop

LIMIT = libcluster.policy("small", mode="Enforce", limits={"bytesPerSecret": "1Ki"}, message="Make it smaller.")
LARGE_LABEL = libcluster.policy("large", match={"sizeOver": "256"}, labels={"example.com/large": "true"})
POLICIES = libcluster.policies(LIMIT, LARGE_LABEL)
DENIED = 'admission webhook "validate.secret-hygiene.io" denied the request: policy "small": '


def data(size):
    return {"blob": base64.b64encode(b"v" * size).decode()}


class Kubectl(libcluster.ClusterTest):
    def setUp(self):
        super().setUp()
        self.webhook = self.serve(POLICIES)

    def test_create_is_labelled_and_one_that_is_too_large_is_denied(self):
        small = self.file("small", b"v" * 1024)
        large = self.file("large", b"v" * 1025)
        self.assertEqual(self.kubectl("create", "secret", "generic", "a", f"--from-file=blob={small}").stdout,
                         "secret/a created\n")
        self.assertEqual(self.labels("a"), {"example.com/large": "true"})
        denied = self.kubectl("create", "secret", "generic", "b", f"--from-file=blob={large}", check=False)
        self.assertEqual(denied.status, 1)
        self.assertTrue(denied.stderr.startswith("error: failed to create secret " + DENIED), denied.stderr)
        self.assertIn(f"Secret {self.namespace}/b", denied.stderr)
        self.assertIn("1025 bytes of data exceeds bytesPerSecret 1024 bytes", denied.stderr)
        self.assertTrue(denied.stderr.endswith("Make it smaller.\n"), denied.stderr)

    def test_each_way_of_writing_is_judged(self):
        large = self.manifest("c", data=data(1025))
        small = self.manifest("d", data=data(1000))
        for verb, done in ((["create"], "created"), (["apply"], "created"), (["apply", "--server-side"], "serverside-applied")):
            with self.subTest(verb=verb):
                denied = self.kubectl(*verb, "-f", large, check=False)
                self.assertEqual(denied.status, 1)
                self.assertTrue(denied.stderr.startswith("Error from server (Forbidden): "), denied.stderr)
                self.assertIn(DENIED, denied.stderr)
                dry = self.kubectl(*verb, "-f", small, "--dry-run=server", "-o", "json").json()
                self.assertEqual(dry["metadata"]["labels"], {"example.com/large": "true"})
                self.assertEqual(self.kubectl(*verb, "-f", small).stdout, f"secret/d {done}\n")
                self.assertEqual(self.labels("d"), {"example.com/large": "true"})
                self.kubectl("delete", "secret", "d")

    def test_each_way_of_patching_is_judged(self):
        self.kubectl("create", "-f", self.manifest("p", data=data(3)))
        value = lambda size: data(size)["blob"]  # noqa: E731
        for kind, patch in {"strategic": lambda size: {"data": data(size)}, "merge": lambda size: {"data": data(size)},
                            "json": lambda size: [{"op": "replace", "path": "/data/blob", "value": value(size)}]}.items():
            with self.subTest(kind):
                patched = lambda size, *options: self.kubectl(  # noqa: E731
                    "patch", "secret", "p", f"--type={kind}", "-p", json.dumps(patch(size)), *options, check=False)
                self.assertIn("Error from server (Forbidden): " + DENIED, patched(1025).stderr)
                dry = patched(300, "--dry-run=server", "-o", "json").json()
                self.assertEqual(dry["metadata"]["labels"], {"example.com/large": "true"})
                self.assertEqual(self.labels("p"), {})
                self.assertEqual(patched(300).stdout, "secret/p patched\n")
                self.assertEqual(self.labels("p"), {"example.com/large": "true"})
                self.assertEqual(patched(3).stdout, "secret/p patched\n")
                self.assertEqual(self.labels("p"), {})

    def test_what_was_applied_is_unchanged_when_it_is_applied_again(self):
        """Our label is in no manifest: a GitOps tool must not see a difference for ever."""
        manifest = self.manifest("q", data=data(300))
        for way, again in (([], "unchanged"), (["--server-side"], "serverside-applied")):
            with self.subTest(way):
                self.kubectl("apply", *way, "-f", manifest)
                before = self.secret("q")
                self.assertEqual(before["metadata"]["labels"], {"example.com/large": "true"})
                self.assertEqual(self.kubectl("diff", *way, "-f", manifest).stdout, "")
                self.assertEqual(self.kubectl("apply", *way, "-f", manifest).stdout, f"secret/q {again}\n")
                self.assertEqual(self.secret("q"), before)
                self.kubectl("delete", "secret", "q")
        self.kubectl("apply", "-f", manifest)
        self.assertEqual(self.kubectl("apply", "-f", self.manifest("q", data=data(400))).stdout, "secret/q configured\n")
        self.assertEqual(self.kubectl("replace", "-f", manifest).stdout, "secret/q replaced\n")
        self.assertEqual(self.labels("q"), {"example.com/large": "true"})

    def test_a_dry_run_answers_like_the_real_thing_and_stores_nothing(self):
        denied = self.kubectl("create", "-f", self.manifest("c", data=data(1025)), "--dry-run=server", check=False)
        self.assertIn(DENIED, denied.stderr)
        self.kubectl("create", "-f", self.manifest("d", data=data(1000)), "--dry-run=server")
        self.assertIn('secrets "d" not found', self.kubectl("get", "secret", "d", check=False).stderr)

    def test_a_secret_that_stops_matching_loses_our_label_and_keeps_the_users(self):
        self.kubectl("create", "-f", self.manifest("e", data=data(300), metadata={"labels": {"team": "blue"}}))
        self.kubectl("create", "-f", self.manifest(
            "f", data=data(300), metadata={"labels": {"example.com/large": "true"}}))
        for name in ("e", "f"):
            self.kubectl("patch", "secret", name, "-p", json.dumps({"data": data(3)}))
        self.assertEqual(self.labels("e"), {"team": "blue"})
        self.assertEqual(self.labels("f"), {"example.com/large": "true"}, "it was there before us")

    def test_edit_and_label_and_delete(self):
        self.kubectl("create", "-f", self.manifest("g", data=data(300)))
        editor = self.file("editor.sh", "#!/bin/sh\nexec sed -i 's/^  labels:/  annotations:\\n    edited: \"yes\"\\n&/;"
                           "s/^  annotations:$/&\\n    edited: \"yes\"/' \"$1\"\n")
        editor.chmod(0o755)
        edited = self.kubectl("edit", "secret", "g", environment={"EDITOR": str(editor)})
        self.assertEqual(edited.stdout, "secret/g edited\n")
        self.assertEqual(self.secret("g")["metadata"]["annotations"].get("edited"), "yes")
        editor = self.file("grow.sh", f"#!/bin/sh\nexec sed -i 's/^  blob: .*/  blob: {data(1025)['blob']}/' \"$1\"\n")
        editor.chmod(0o755)
        denied = self.kubectl("edit", "secret", "g", environment={"EDITOR": str(editor)}, check=False)
        self.assertEqual(denied.status, 1)
        self.assertIn('error: secrets "g" could not be patched: ' + DENIED, denied.stderr)
        self.assertEqual(self.kubectl("label", "secret", "g", "team=blue").stdout, "secret/g labeled\n")
        self.assertEqual(self.labels("g"), {"example.com/large": "true", "team": "blue"})
        self.kubectl("label", "secret", "g", "example.com/large-")
        self.assertEqual(self.labels("g").get("example.com/large"), "true", "it matches still")
        self.assertEqual(self.kubectl("delete", "secret", "g").stdout,
                         f'secret "g" deleted from {self.namespace} namespace\n')

    def test_one_that_is_over_the_limit_already_can_be_relabelled_shrunk_and_deleted(self):
        self.unregister()
        libcluster.wait_for(lambda: self.kubectl("create", "-f", self.manifest("h", data=data(2000)),
                                                 check=False).status == 0, "the webhook is no longer called")
        self.register(self.webhook)
        labelled = self.kubectl("label", "secret", "h", "team=blue")
        self.assertIn('Warning: policy "small": ', labelled.stderr)
        self.kubectl("patch", "secret", "h", "-p", json.dumps({"data": data(1500)}))
        self.assertIn(DENIED, self.kubectl("patch", "secret", "h", "-p", json.dumps({"data": data(1501)}),
                                           check=False).stderr)
        self.kubectl("delete", "secret", "h")

    def test_a_generated_name_is_labelled(self):
        manifest = self.file("generated.json", {"apiVersion": "v1", "kind": "Secret", "data": data(300),
                                                "metadata": {"generateName": "gen-"}})
        name = self.kubectl("create", "-f", manifest, "-o", "name").stdout.strip().removeprefix("secret/")
        self.assertRegex(name, "^gen-[a-z0-9]{5}$")
        self.assertEqual(self.labels(name), {"example.com/large": "true"})

    def test_an_immutable_secret_is_labelled_and_its_metadata_stays_editable(self):
        self.kubectl("create", "-f", self.manifest("i", data=data(300), immutable=True))
        self.kubectl("label", "secret", "i", "team=blue")
        self.assertEqual(self.labels("i"), {"example.com/large": "true", "team": "blue"})
        refused = self.kubectl("patch", "secret", "i", "-p", json.dumps({"data": data(3)}), check=False)
        self.assertIn("data: Forbidden: field is immutable when `immutable` is set", refused.stderr)

    def test_string_data_counts_like_data(self):
        self.kubectl("apply", "-f", self.manifest("j", stringData={"blob": "v" * 1024}))
        denied = self.kubectl("apply", "-f", self.manifest("k", stringData={"blob": "v" * 1025}), check=False)
        self.assertIn(DENIED, denied.stderr)

    def test_every_built_in_type_is_labelled(self):
        pad = {"pad": base64.b64encode(b"p" * 300).decode()}
        text = lambda value: base64.b64encode(value.encode()).decode()  # noqa: E731
        self.kubectl("create", "serviceaccount", "robot")
        contents = {
            "Opaque": {},
            "kubernetes.io/basic-auth": {"username": text("u"), "password": text("p")},
            "kubernetes.io/ssh-auth": {"ssh-privatekey": text("k")},
            "kubernetes.io/dockercfg": {".dockercfg": text("{}")},
            "kubernetes.io/dockerconfigjson": {".dockerconfigjson": text("{}")},
            "kubernetes.io/tls": {"tls.crt": text("c"), "tls.key": text("k")},
            "bootstrap.kubernetes.io/token": {"token-id": text("abcdef"), "token-secret": text("0123456789abcdef")},
            "kubernetes.io/service-account-token": {},
            "example.com/own": {},
        }
        for number, (kind, content) in enumerate(contents.items()):
            with self.subTest(kind=kind):
                metadata = {"annotations": {"kubernetes.io/service-account.name": "robot"}} if "account" in kind else {}
                self.kubectl("create", "-f", self.manifest(f"t{number}", kind, data={**content, **pad}, metadata=metadata))
                self.assertEqual(self.labels(f"t{number}").get("example.com/large"), "true")

    def test_the_controller_can_fill_in_the_token_of_a_service_account(self):
        self.kubectl("create", "serviceaccount", "robot")
        self.kubectl("create", "-f", self.manifest(
            "token", "kubernetes.io/service-account-token",
            metadata={"annotations": {"kubernetes.io/service-account.name": "robot"}}))
        # The CA and the token together are over the limit of 1 KiB: an UPDATE that must not be denied.
        libcluster.wait_for(lambda: "token" in self.secret("token").get("data", {}), "the token is there")

    def test_a_list_leaves_the_labelled_ones_out(self):
        self.kubectl("create", "-f", self.manifest("large", data=data(300)))
        self.kubectl("create", "-f", self.manifest("small", data=data(3)))
        listed = self.kubectl("get", "secrets", "-l", "!example.com/large", "-o", "name").stdout
        self.assertEqual(listed, "secret/small\n")


class Installed(libcluster.ClusterTest):
    def test_the_check_in_the_page_about_installing_comes_back_labelled(self):
        self.serve()
        page = (libcluster.ROOT / "docs" / "install.md").read_text(encoding="utf-8")
        (command,) = re.findall(r"^kubectl (.* create secret generic .*)$", page, re.MULTILINE)
        labels = self.admin(*shlex.split(command)).stdout
        self.assertEqual(json.loads(labels), {libcluster.LABEL: "true"})
        self.assertIn(f"prints `{labels.strip()}`", page)
        self.assertEqual(self.admin("-n", "default", "get", "secrets", "-o", "name").stdout, "")


if __name__ == "__main__":
    unittest.main()
