"""Strict counting in a cluster whose policies label all that is written, as Kyverno's and Gatekeeper's do: ledger and markers too."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libcounting  # noqa: E402
from libcounting import counting  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

NAME = "labels-everything"
POLICY = {
    "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": NAME}, "spec": {
        "failurePolicy": "Fail", "reinvocationPolicy": "IfNeeded",
        "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets", "configmaps"],
                                                "operations": ["CREATE", "UPDATE"]}]},
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression":
            'Object{metadata: Object.metadata{labels: {"team": "platform"}, annotations: {"policies.example/last": request.operation}}}'}}]}}
BINDING = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding", "metadata": {"name": NAME}, "spec": {"policyName": NAME}}


class OtherPolicies(libcounting.CountingTest):
    def setUp(self):
        super().setUp()
        for document in (POLICY, BINDING):
            self.admin("create", "-f", self.file(f"{document['kind']}.json", document))
        self.addCleanup(self.wait_for_policy, False)
        self.addCleanup(self.admin, "delete", "mutatingadmissionpolicy,mutatingadmissionpolicybinding", NAME)
        self.wait_for_policy(True)

    def wait_for_policy(self, in_force):
        """The API server learns of it, and of its end, by a watch."""
        libcluster.wait_for(lambda: ("platform" in self.admin("create", "configmap", "probe", "--dry-run=server", "-o", "yaml").stdout) == in_force,
                            "the policy comes into force, and ends")

    def test_a_limit_holds_though_ledger_and_markers_get_labels_of_others(self):
        webhook = self.count(counting(limits={"secretsPerNamespace": 2}), "strict")
        for name in ("first", "second"):
            self.created(name)
        self.assertIn("2 Secrets", self.denied("third"))
        self.delete("first")
        self.created("fourth")
        self.denied("fifth")
        labelled = self.admin("--namespace", libcounting.LEDGER_NAMESPACE, "get", "configmaps,secrets", "-l", "team=platform", "-o", "name").stdout
        self.assertIn("/secret-hygiene-ledger", labelled)
        self.assertIn("/secret-hygiene-marker-", labelled)
        self.assertEqual([name for name, value in webhook.metrics().items() if name.startswith("secret_hygiene_counts_unknown_total{") and value], [])


if __name__ == "__main__":
    unittest.main()
