"""`label` on a real API server: beside Helm, beside other writers, with and without the webhook, and through faults."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402
import libhousekeeping  # noqa: E402
from libhousekeeping import HISTORY, Meanwhile, Process  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

LARGE = "example.com/large"
BY_SIZE = libcluster.policies(libcluster.policy("large", match={"sizeOver": "100"}, labels={LARGE: "true"}))


class Label(libhousekeeping.HousekeepingTest):
    def label(self, *arguments, policies=HISTORY, **options):
        where = () if "-A" in arguments else ("-n", self.namespace)
        given = ("-p", self.policies(policies)) if policies else ()
        return self.hygiene("label", *where, *given, "--qps", "0", "-o", "json", *arguments, **options)

    def summary(self, done):
        """The counts that are not 0."""
        return {name: value for name, value in done.json()["summary"].items()
                if value and name not in ("applied", "interrupted")}

    def annotations(self, name):
        return self.secret(name)["metadata"].get("annotations", {})

    def test_a_dry_run_changes_nothing_and_apply_changes_once(self):
        self.release("web", 2)
        self.kubectl("create", "secret", "generic", "keys", "--from-literal=a=b")
        before = self.kubectl("get", "secrets", "-o", "json").json()["items"]
        self.assertEqual(self.summary(self.label()), {"secrets": 4, "right": 1, "planned": 3})
        self.assertEqual(self.kubectl("get", "secrets", "-o", "json").json()["items"], before)
        self.assertEqual(self.summary(self.label("--apply")), {"secrets": 4, "right": 1, "planned": 3, "changed": 3})
        for number in (1, 2, 3):
            name = f"sh.helm.release.v1.web.v{number}"
            self.assertEqual(self.labels(name)[libcluster.LABEL], "true")
            self.assertEqual(self.annotations(name), {"secret-hygiene.io/owned-labels": f"{libcluster.LABEL}=true"})
        versions = [item["metadata"]["resourceVersion"] for item in
                    self.kubectl("get", "secrets", "-o", "json").json()["items"]]
        self.assertEqual(self.summary(self.label("--apply")), {"secrets": 4, "right": 4})
        self.assertEqual([item["metadata"]["resourceVersion"] for item in
                          self.kubectl("get", "secrets", "-o", "json").json()["items"]], versions)
        self.assertEqual(self.history("web"), {1: "superseded", 2: "superseded", 3: "deployed"})

    def test_no_value_changes_and_none_is_printed(self):
        canary = "canary-d41d8cd98f00b204"
        self.kubectl("create", "secret", "generic", "keys", f"--from-literal=a={canary * 20}")
        data = self.secret("keys")["data"]
        done = self.label("--apply", policies=BY_SIZE)
        self.assertEqual(self.secret("keys")["data"], data)
        self.assertEqual(self.annotations("keys")["secret-hygiene.io/bytes"], str(len(canary) * 20))
        self.assertNotIn(canary, done.stdout + done.stderr)
        self.assertNotIn(data["a"], done.stdout + done.stderr)

    def test_webhook_and_label_agree_in_both_orders(self):
        self.release("web", 1)
        self.kubectl("create", "secret", "generic", "keys", "--from-literal=a=" + "x" * 200)
        both = libcluster.policies(HISTORY, BY_SIZE)
        self.serve(both)
        # Two revisions (labelled by type and by size) and one large Secret; /mutate sees each patch.
        self.assertEqual(self.summary(self.label("--apply", policies=both)), {"secrets": 3, "planned": 3, "changed": 3})
        self.assertEqual(self.summary(self.label("--apply", policies=both)), {"secrets": 3, "right": 3})
        self.kubectl("label", "secret", "keys", "mine=1")
        self.helm(3, "upgrade", "web", self.chart(), "--set", "colour=blue")
        self.assertEqual(self.summary(self.label(policies=both)), {"secrets": 4, "right": 4})

    def test_a_webhook_with_other_policies_is_a_failure_that_is_told(self):
        self.release("web", 0)
        self.serve(libcluster.policies(libcluster.policy("other", match={"types": ["none"]},
                                                         labels={libcluster.LABEL: "false"})))
        done = self.label("--apply", status=1)
        self.assertEqual(self.summary(done), {"secrets": 1, "planned": 1, "failed": 1})
        self.assertIn("a webhook with other policies", done.json()["results"][0]["why"])

    def test_remove_all_takes_off_what_label_and_the_webhook_put_on_and_nothing_else(self):
        both = libcluster.policies(HISTORY, BY_SIZE)
        self.serve(both)
        self.release("web", 1)
        self.manifest("keys", stringData={"a": "x" * 200},
                      metadata={"labels": {"mine": "1"}, "annotations": {"note": "n"}})
        self.kubectl("create", "-f", self.directory / "keys.json")
        self.unregister()
        self.label("--apply", policies=both)
        self.assertIn(LARGE, self.labels("keys"))
        # Helm's Secrets keep no record of LARGE in later revisions: the policies name it.
        self.assertEqual(self.summary(self.label("--remove-all", "--apply", policies=both)),
                         {"secrets": 3, "planned": 3, "changed": 3})
        self.assertEqual((self.labels("keys"), self.annotations("keys")), ({"mine": "1"}, {"note": "n"}))
        for number in (1, 2):
            name = f"sh.helm.release.v1.web.v{number}"
            self.assertEqual(set(self.labels(name)) - {"createdAt", "modifiedAt"}, {"name", "owner", "status", "version"})
            self.assertEqual(self.annotations(name), {})
        self.assertEqual(self.summary(self.label("--remove-all", "--apply", policies=None)), {"secrets": 3, "right": 3})

    def test_beside_others_that_write_the_same_secrets_nothing_is_lost(self):
        names = [f"sh.helm.release.v1.web.v{number}" for number in range(1, 41)]
        self.fill("web", len(names))
        written = {}

        def write(times):
            name = names[times % len(names)]
            with libapi.Api() as api:
                answer = api.patch(self.namespace, name, {"metadata": {"labels": {"count": str(times)}}})
            self.assertEqual(answer.status, 200, answer.text)
            written[name] = str(times)
        with Meanwhile(write) as others:
            libcluster.wait_for(lambda: others.times > len(names), "others write")
            done = self.label("--apply")
        self.assertEqual(done.json()["summary"]["changed"], len(names))
        for name in names:
            labels = self.labels(name)
            self.assertEqual((labels[libcluster.LABEL], labels["count"]), ("true", written[name]))

    def test_a_secret_and_a_namespace_that_go_away_are_no_failure(self):
        self.fill("web", 60)
        process = Process(self, "label", "-n", self.namespace, "-p", self.policies(HISTORY), "--qps", "5", "-o", "json",
                          "--apply")
        self.wait_for_labelled(3)
        self.kubectl("delete", "secret", "sh.helm.release.v1.web.v9")  # the last by name
        self.admin("delete", "namespace", self.namespace, "--wait=false")
        done = process.wait()
        summary = done.json()["summary"]
        self.assertEqual((done.status, summary["failed"]), (0, 0), done.stderr)
        self.assertGreater(summary["gone"], 0)
        self.assertEqual(summary["changed"] + summary["gone"], 60)

    def wait_for_labelled(self, count):
        def enough():
            listed = self.kubectl("get", "secrets", "-l", libcluster.LABEL, "-o", "name").stdout.split()
            return len(listed) >= count
        libcluster.wait_for(enough, f"{count} Secrets are labelled")

    def test_ctrl_c_leaves_a_true_report_and_the_next_run_does_the_rest(self):
        self.fill("web", 60)
        process = Process(self, "label", "-n", self.namespace, "-p", self.policies(HISTORY), "--qps", "20", "-o", "json",
                          "--apply")
        self.wait_for_labelled(3)
        process.interrupt()
        done = process.wait()
        summary = done.json()["summary"]
        self.assertEqual((done.status, summary["interrupted"], summary["planned"]), (130, True, 60))
        labelled = len(self.kubectl("get", "secrets", "-l", libcluster.LABEL, "-o", "name").stdout.split())
        self.assertEqual(summary["changed"], labelled)
        self.assertLess(labelled, 60)
        self.assertEqual(self.summary(self.label("--apply")),
                         {"secrets": 60, "right": labelled, "planned": 60 - labelled, "changed": 60 - labelled})

    def test_an_api_server_that_restarts_is_waited_for(self):
        self.fill("web", 60)
        process = Process(self, "label", "-n", self.namespace, "-p", self.policies(HISTORY), "--qps", "20", "-o", "json",
                          "--apply")
        self.wait_for_labelled(3)
        libcluster.running.stop_process("kube-apiserver")
        libcluster.running.start_process("kube-apiserver")
        done = process.wait()
        self.assert_outlived_a_restart(done)
        self.assertEqual(self.summary(done), {"secrets": 60, "planned": 60, "changed": 60})
        self.assertEqual(self.summary(self.label()), {"secrets": 60, "right": 60})

    def test_who_may_work_in_one_namespace_only(self):
        self.fill("web", 2)
        self.allow("alice", self.namespace, "get", "list", "patch")
        self.assertEqual(self.summary(self.label("--apply", user="alice")), {"secrets": 2, "planned": 2, "changed": 2})
        done = self.label("-A", user="alice", status=2)
        self.assertIn("list secrets in all namespaces", done.stderr)
        self.assertIn("-n NAME", done.stderr)
        self.allow("bob", self.namespace, "get", "list")
        self.label("--remove-all", user="bob")
        done = self.label("--remove-all", "--apply", user="bob", status=1)
        self.assertEqual(self.summary(done), {"secrets": 2, "planned": 2, "failed": 2})
        self.assertIn("patch", json.dumps(done.json()["results"]))


if __name__ == "__main__":
    unittest.main()
