"""Policies with namespaceSelector, with the rights of manifests/components/namespaces: namespaces that are new, gone, or get other labels."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402
import libcounting  # noqa: E402
from libcounting import counting  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

GOLD = {"namespaceSelector": {"matchLabels": {"tier": "gold"}}}
RIGHTS = libcluster.ROOT / "manifests" / "components" / "namespaces" / "cluster-role.yaml"
LARGE = {"data": libcounting.data(101)}


def limit(**spec):
    return libcluster.policy("gold", mode="Enforce", limits={"bytesPerSecret": "100"}, **{"match": GOLD, **spec})


class NamespaceLabels(libcounting.CountingTest):
    def setUp(self):
        super().setUp()
        self.admin("apply", "-f", libcluster.CORE / "service-account.yaml")
        token = self.admin("create", "token", "secret-hygiene", "--namespace", libcounting.OUR_NAMESPACE).stdout.strip()
        document = json.loads(libcluster.running.kubeconfig.read_text(encoding="utf-8"))
        document["users"][0]["user"] = {"token": token}
        self.as_account = self.file("as-account.json", document)
        self.admin("apply", "-f", RIGHTS)

    def serve_as_account(self, policies):
        return self.count(policies, "local", "--kubeconfig", self.as_account)

    def label(self, namespace, value):
        self.admin("label", "namespace", namespace, "--overwrite", f"tier={value}" if value else "tier-")

    def written(self, namespace, name, **fields):
        return self.api.create(namespace, libapi.secret(name, **fields)).status

    def becomes(self, status, namespace, **fields):
        libcluster.wait_for(lambda: self.api.create(namespace, libapi.secret("probe", **fields), "?dryRun=All").status == status,
                            f"a write in {namespace} gets {status}")

    def test_a_namespace_that_is_new_has_the_limits_of_its_labels_at_once(self):
        webhook = self.serve_as_account(limit())
        for number in range(10):
            for tier, status in (("gold", 403), ("iron", 201)):
                name = f"{self.namespace}-{tier}-{number}"
                made = self.api.request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace",
                                                                      "metadata": {"name": name, "labels": {"tier": tier}}})
                self.assertEqual(made.status, 201, made.message)
                self.assertEqual(self.written(name, "large", **LARGE), status, name)
        self.assertEqual(libcounting.unknown(webhook, "namespace"), 0)

    def test_labels_that_change_judge_the_next_writes(self):
        self.serve_as_account(limit(exclude={"namespaceSelector": {"matchExpressions": [{"key": "control-plane", "operator": "Exists"}]}}))
        self.assertEqual(self.written(self.namespace, "before", **LARGE), 201)
        self.label(self.namespace, "gold")
        self.becomes(403, self.namespace, **LARGE)
        self.admin("label", "namespace", self.namespace, "control-plane=true")
        self.becomes(201, self.namespace, **LARGE)
        self.admin("label", "namespace", self.namespace, "control-plane-")
        self.becomes(403, self.namespace, **LARGE)
        self.label(self.namespace, "")
        self.becomes(201, self.namespace, **LARGE)

    def test_a_sum_follows_the_labels_of_its_namespaces_without_another_list(self):
        self.admin("apply", "-f", RIGHTS.parent.parent / "counting-local" / "cluster-role.yaml")
        other = f"{self.namespace}-other"
        self.admin("create", "namespace", other)
        for name in ("first", "second"):
            self.assertEqual(self.written(self.namespace, name), 201)
        webhook = self.serve_as_account(counting(match=GOLD, limits={"secretsPerNamespace": 9, "secretsPerCluster": 2}))
        lists = [event for event in webhook.events() if event["message"] == "Secrets are listed"]
        self.label(other, "gold")
        self.assertEqual(self.written(other, "third"), 201)
        self.label(self.namespace, "gold")
        self.becomes(403, other)
        # Ten times a second, in another namespace than that which is full.
        for number in range(20):
            self.label(f"{self.namespace}", "iron" if number % 2 == 0 else "gold")
        self.becomes(403, other)
        self.label(self.namespace, "iron")
        self.becomes(201, other)
        self.label(self.namespace, "gold")
        self.becomes(403, other)
        # What is deleted counts no more.
        self.admin("delete", "namespace", self.namespace)
        self.becomes(201, other)
        self.assertEqual([event for event in webhook.events() if event["message"] == "Secrets are listed"], lists)

    def test_without_the_right_it_is_not_ready_and_allows_with_a_warning(self):
        self.admin("delete", "-f", RIGHTS)
        libcluster.wait_for(lambda: self.admin("auth", "can-i", "list", "namespaces", "--kubeconfig", self.as_account, check=False).stdout == "no\n",
                            "the right is gone")
        webhook = self.start(self.policies(limit()), arguments=self.arguments("local", "--kubeconfig", self.as_account))
        webhook.wait_for_event("namespaces could not be listed")
        ready = webhook.get_plain("/readyz?verbose")
        self.assertEqual(ready.status, 503)
        self.assertIn("[-]namespaces failed: the list of namespaces is not read yet", ready.body.decode())
        self.register(webhook, "Fail")
        answer = self.kubectl("create", "-f", self.manifest("large", **LARGE))
        self.assertIn('policy "gold" cannot be matched with Secret', answer.stderr)
        self.assertGreater(libcounting.unknown(webhook, "namespace"), 0)
        self.admin("apply", "-f", RIGHTS)
        self.wait_until_ready(webhook)
        self.label(self.namespace, "gold")
        self.becomes(403, self.namespace, **LARGE)


if __name__ == "__main__":
    unittest.main()
