"""Kubernetes Events about rejections, as kubectl shows them."""

import json
import unittest

import libcluster

setUpModule = libcluster.start
tearDownModule = libcluster.stop

POLICIES = libcluster.policies(libcluster.policy("few-keys", mode="Enforce", limits={"keysPerSecret": 1}, message="Split it."))
ROLE = libcluster.ROOT / "manifests" / "components" / "events" / "cluster-role.yaml"
VALUE = "a-value-that-nobody-may-see"


class Events(libcluster.ClusterTest):
    def serve_as(self, account):
        """A webhook whose service account in this test's namespace may do what was bound to it."""
        self.kubectl("create", "serviceaccount", account)
        token = self.kubectl("create", "token", account).stdout.strip()
        kubeconfig = json.loads(libcluster.running.kubeconfig_of("admin").read_text(encoding="utf-8"))
        kubeconfig["users"][0]["user"] = {"token": token}
        return self.serve(POLICIES, arguments=["--events", "--kubeconfig", self.file("kubeconfig", kubeconfig)])

    def bind(self, account):
        role, _, binding = ROLE.read_text(encoding="utf-8").partition("---\n")
        self.admin("apply", "-f", "-", stdin=role)
        bound = self.admin("create", "--dry-run=client", "-o", "json", "-f", "-", stdin=binding).json()
        bound["subjects"] = [{"kind": "ServiceAccount", "name": account, "namespace": self.namespace}]
        self.admin("apply", "-f", "-", stdin=json.dumps(bound))

    def prepare(self, hook):
        hook["sideEffects"] = "NoneOnDryRun"

    def reject(self, name, *options):
        done = self.kubectl("create", "secret", "generic", name, f"--from-literal=a={VALUE}", "--from-literal=b=1", *options, check=False)
        self.assertIn("denied the request", done.stderr)

    def events(self):
        return [event for event in self.kubectl("get", "events", "-o", "json").json()["items"] if event["reason"] == "SecretRejected"]

    def counted(self, webhook, result):
        return webhook.metrics()[f'secret_hygiene_events_total{{result="{result}"}}']

    def test_what_repeats_is_one_event_with_a_count_on_the_namespace(self):
        self.bind("writer")
        webhook = self.serve_as("writer")
        self.reject("tried", "--dry-run=server")
        for name in ("first", "second", "third"):
            self.reject(name)
        [event] = libcluster.wait_for(lambda: [each for each in self.events() if each["count"] == 3], "an Event with a count of 3")
        self.assertEqual(event["type"], "Warning")
        self.assertEqual((event["involvedObject"]["kind"], event["involvedObject"]["name"]), ("Namespace", self.namespace))
        self.assertEqual(event["message"], 'policy "few-keys" denied Secret third: 2 keys exceed keysPerSecret 1. Split it.')
        self.assertEqual(event["source"]["component"], "secret-hygiene")
        self.assertNotIn(VALUE, json.dumps(event))
        shown = self.kubectl("events", "--for", f"namespace/{self.namespace}").stdout
        self.assertRegex(shown, r"\(x3 over \d+m?s?\) +Warning +SecretRejected +Namespace/" + self.namespace + ' +policy "few-keys" denied')
        self.assertEqual(len(self.events()), 1)
        self.assertEqual(self.counted(webhook, "failed"), 0)

        # What an API server has forgotten is made anew, and goes on counting.
        self.kubectl("delete", "event", event["metadata"]["name"])
        self.reject("fourth")
        libcluster.wait_for(lambda: [each["count"] for each in self.events()] == [4], "an Event with a count of 4")

    def test_without_permission_nothing_else_is_affected(self):
        webhook = self.serve_as("nobody")
        for name in ("first", "second"):
            self.reject(name)
        libcluster.wait_for(lambda: self.counted(webhook, "failed"), "a refusal")
        self.reject("third")
        self.kubectl("create", "secret", "generic", "good", "--from-literal=a=1")
        self.assertEqual(self.events(), [])
        [complaint] = webhook.events("an Event could not be written")
        self.assertIn("create", complaint["error"])
        self.assertIn("events", complaint["error"])
        self.assertEqual(len(webhook.status()["rejections"]), 3)


if __name__ == "__main__":
    unittest.main()
