"""Policy and certificate files that cannot be used, at the start and at a reload: what the user is told, and what
stays in force. Directories are swapped as the kubelet swaps them."""

import contextlib
import datetime
import http.client
import json
import ssl
import subprocess
import unittest

import libcertificates
import libwebhook
from loopback import free_ports
from process import end_with_parent

REVIEW = libwebhook.sample("create-opaque-validate")


def policy(name, spec):
    return (f"apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {{name: {name}}}\n"
            f"spec: {json.dumps(spec)}\n")


def denying(message):
    """Denies the recorded review with this message."""
    return policy("deny", {"mode": "Enforce", "limits": {"bytesPerSecret": 1}, "message": message})


ALIAS_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{key}: &{key} [{','.join(['*' + before] * 9)}]\n" for before, key in zip("abcdefghi", "bcdefghij"))
MEGABYTES_10 = denying("ten megabytes") + "# " + "x" * 10 * 1024 * 1024 + "\n"

# name: (files, sentences that the user must see)
BAD_SETS = {
    "no file at all": ({}, ["no policy here: no file named *.yaml or *.yml"]),
    "an empty file": ({"a.yaml": ""}, ["a.yaml: no policy: give at least one document of kind SecretPolicy"]),
    "no policy file": ({"README.md": "hello"}, ["no policy here: no file named *.yaml or *.yml"]),
    "10 MB": ({"big.yaml": MEGABYTES_10}, ["big.yaml: too large: a policy file has at most 1 MiB"]),
    "an alias bomb": ({"bomb.yaml": ALIAS_BOMB}, ["bomb.yaml:1:4: anchors (&name) are not allowed"]),
    "not UTF-8": ({"a.yaml": denying("x").encode() + b"# \xff\n"}, ["a.yaml:5:3: not UTF-8"]),
    "deeply nested": ({"a.yaml": "".join("-" + " " for _ in range(10_000)) + "x\n"},
                      ["a.yaml:1:", "nested deeper than 32"]),
    "two files with errors": (
        {"a.yaml": policy("a", {"labls": {"a": "b"}}), "b.yaml": policy("b", {"mode": "Maybe", "limits": {}})},
        ["a.yaml:4:8: spec.labls: unknown field; did you mean labels?",
         'b.yaml:4:16: spec.mode: "Maybe": must be Enforce, Warn or Audit']),
    "a field of a newer version": (
        {"a.yaml": policy("a", {"mode": "Warn", "limits": {"bytesPerValue": "1Ki"}})},
        ["a.yaml:4:35: spec.limits.bytesPerValue: unknown field", "a newer secret-hygiene may know it"]),
    "a policy that counts": (
        {"a.yaml": policy("a", {"mode": "Warn", "limits": {"secretsPerNamespace": 5}})},
        ['policy "a" sets a limit across Secrets, which any pod could fill with forged reviews: give --client-ca or '
         "--endpoint-token (docs/security.md), or remove the limit"]),
}


class BadPolicies(libwebhook.WebhookTest):
    def test_a_bad_set_at_the_start_ends_the_program_with_every_error(self):
        certificates = self.certificates()
        for name, (files, told) in BAD_SETS.items():
            with self.subTest(name):
                directory = libwebhook.KubeletDirectory(self.directory / name.replace(" ", "-"))
                directory.swap(files)
                status, said = self.fails_to_start(directory, certificates)
                self.assertEqual(status, 2, said)
                self.assertIn("secret-hygiene serve: ", said)
                for sentence in told:
                    self.assertIn(sentence, said)
                self.assertLess(len(said), 4096)

    def test_a_directory_that_is_not_there_ends_the_program_with_its_name(self):
        missing = self.directory / "nowhere"
        status, said = self.fails_to_start(missing)
        self.assertEqual(status, 2)
        self.assertIn(f"{missing}: ", said)

    def test_a_bad_set_at_a_reload_leaves_the_last_good_one_in_force(self):
        directory = libwebhook.KubeletDirectory(self.directory / "policies")
        directory.swap({"good.yaml": denying("the first set")})
        webhook = self.start(directory)
        for number, (name, (files, told)) in enumerate(BAD_SETS.items(), 1):
            with self.subTest(name):
                before = len(webhook.events())
                directory.swap(files)
                webhook.wait_for_event("new policies refused; the last good set stays in force", before)
                for sentence in told:
                    webhook.wait_for_event(
                        lambda event: event["message"] == "policy error" and sentence in event["detail"], before)
                response = webhook.review("/validate", REVIEW)
                self.assertFalse(response["allowed"])
                self.assertIn("the first set", response["status"]["message"])
                self.assertEqual(self.reloads(webhook), {"failure": number})
                self.assertEqual(webhook.get_plain("/readyz").status, 200)
        before = len(webhook.events())
        directory.swap({"good.yaml": denying("the second set")})
        webhook.wait_for_event("policies reloaded", before)
        self.assertIn("the second set", webhook.review("/validate", REVIEW)["status"]["message"])
        self.assertEqual(self.reloads(webhook), {"failure": len(BAD_SETS), "success": 1})

    def test_a_file_that_vanishes_takes_its_policies_with_it_and_the_last_one_never(self):
        directory = self.policies(denying("here to stay"))
        (directory / "other.yaml").write_text(denying("gone soon").replace("name: deny", "name: other"))
        webhook = self.start(directory)
        self.assertIn("gone soon", webhook.review("/validate", REVIEW)["status"]["message"])
        (directory / "other.yaml").unlink()
        webhook.wait_for_event("policies reloaded")
        self.assertNotIn("gone soon", webhook.review("/validate", REVIEW)["status"]["message"])
        (directory / "policies.yaml").unlink()
        webhook.wait_for_event("new policies refused; the last good set stays in force")
        self.assertIn("here to stay", webhook.review("/validate", REVIEW)["status"]["message"])

    def test_a_file_that_vanishes_during_a_reload_is_named_and_the_last_good_set_stays(self):
        """A link whose target is gone is what such a file looks like to whoever opens it a moment too late."""
        directory = libwebhook.KubeletDirectory(self.directory / "policies")
        directory.swap({"good.yaml": denying("the first set")})
        webhook = self.start(directory)
        (directory.path / "late.yaml").symlink_to("..data/late.yaml")
        webhook.wait_for_event(
            lambda event: event["message"] == "policy error" and "late.yaml: " in event["detail"])
        self.assertIn("the first set", webhook.review("/validate", REVIEW)["status"]["message"])
        self.assertEqual(self.reloads(webhook), {"failure": 1})

    def reloads(self, webhook):
        """Of those that happened: result to number."""
        metrics = webhook.metrics()
        values = {result: metrics.get(f'secret_hygiene_policy_reloads_total{{result="{result}"}}', 0)
                  for result in ("success", "failure")}
        return {result: value for result, value in values.items() if value}


class FullDisk(libwebhook.WebhookTest):
    def test_a_log_that_cannot_be_written_stops_no_review(self):
        certificates = self.certificates()
        port, metrics_port = free_ports(2)
        directory = libwebhook.KubeletDirectory(self.directory / "policies")
        directory.swap({"good.yaml": denying("the first set")})
        with open("/dev/full", "w", encoding="utf-8") as full:
            child = subprocess.Popen(
                [libwebhook.binary(), "serve", "--policies", directory.path, "--tls-dir", certificates.directory, "--shutdown-delay", "0s",
                 "--listen", f"127.0.0.1:{port}", "--metrics-listen", f"127.0.0.1:{metrics_port}", "--log-level", "debug"],
                stdin=subprocess.DEVNULL, stdout=full, stderr=full, preexec_fn=end_with_parent())
        self.addCleanup(child.wait, libwebhook.TIMEOUT)
        self.addCleanup(child.kill)
        context = ssl.create_default_context(cafile=certificates.ca)

        def denied_by():
            with contextlib.suppress(ConnectionError), contextlib.closing(
                    http.client.HTTPSConnection("localhost", port, timeout=libwebhook.TIMEOUT, context=context)) as connection:
                connection.request("POST", "/validate", REVIEW, {"Content-Type": "application/json"})
                return json.loads(connection.getresponse().read())["response"]["status"]["message"]
            return ""

        libwebhook.wait_until(lambda: "the first set" in denied_by(), "it serves")
        for _ in range(100):  # each a line of the log
            self.assertIn("the first set", denied_by())
        directory.swap({"good.yaml": denying("the second set")})
        libwebhook.wait_until(lambda: "the second set" in denied_by(), "the policies are reloaded")
        child.terminate()
        self.assertEqual(child.wait(libwebhook.TIMEOUT), 0)


class BadCertificates(libwebhook.WebhookTest):
    def setUp(self):
        super().setUp()
        self.good = self.certificates().files()
        other = self.certificates("other").files()
        expired = libcertificates.expired(self.directory / "expired").files()
        # name: (files, the sentence that the user must see)
        self.bad = {
            "expired": (expired, "the certificate has expired: renew it"),
            "mismatched": ({**self.good, "tls.key": other["tls.key"]},
                           "the key does not match the certificate: give the two that were issued together"),
            "empty": ({**self.good, "tls.crt": b""}, "the certificate is empty"),
            "no PEM": ({**self.good, "tls.crt": b"hello\n"}, "the certificate is not PEM"),
            "a damaged key": ({**self.good, "tls.key": self.good["tls.key"][:80]}, "the key is not PEM"),
            "no key": ({"tls.crt": self.good["tls.crt"]}, "tls.key: cannot be read: No such file or directory"),
        }

    def test_a_bad_pair_at_the_start_ends_the_program_with_a_sentence(self):
        for name, (files, told) in self.bad.items():
            with self.subTest(name):
                directory = libwebhook.KubeletDirectory(self.directory / f"bad-{name}".replace(" ", "-"))
                directory.swap(files)
                status, said = self.fails_to_start(certificates=libcertificates.Pair(directory))
                self.assertEqual(status, 2, said)
                self.assertIn("secret-hygiene serve: ", said)
                self.assertIn(told, said)
                self.assertNotIn(self.good["tls.key"].decode().splitlines()[1], said)

    def test_a_certificate_that_no_api_server_takes_is_served_with_warnings(self):
        begin, end = (f"{datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days):%Y%m%d%H%M%SZ}" for days in (1, 9))
        pair = libcertificates.dated(self.directory / "odd", begin, end, extensions="extendedKeyUsage=clientAuth")
        said = [event["problem"] for event in
                self.start(certificates=pair).events("the API server may refuse the serving certificate")]
        self.assertEqual([problem.split(";")[0].split(":")[0] for problem in said],
                         ["the certificate has no subjectAltName", "the certificate is for clients", "the certificate is not yet valid"])

    def test_a_bad_pair_at_a_reload_leaves_the_last_good_one_in_force(self):
        directory = libwebhook.KubeletDirectory(self.directory / "mounted")
        directory.swap(self.good)
        webhook = self.start(certificates=libcertificates.Pair(directory))
        context = webhook.tls_context()  # before a swap takes the CA's file away
        series = 'secret_hygiene_certificate_reloads_total{result="failure"}'
        for number, (name, (files, told)) in enumerate(self.bad.items(), 1):
            with self.subTest(name):
                before = len(webhook.events())
                directory.swap(files)
                refused = webhook.wait_for_event("new certificate refused; the last good one stays in force", before)
                self.assertIn(told, refused["error"])
                with webhook.tls(context):
                    pass
                self.assertEqual(webhook.metrics()[series], number)
                self.assertEqual(webhook.get_plain("/readyz").status, 200)


if __name__ == "__main__":
    unittest.main()
