"""What platforms edit of our objects, played on a real API server, and then an upgrade by each client: no conflict, and nothing is lost."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import libinstall  # noqa: E402
from libinstall import CONFIGURATIONS, MANIFESTS, NAMESPACE, WAYS  # noqa: E402

# Where a field that somebody else owns is a conflict.
STRICT_WAYS = ("apply --server-side", "helm4")

# who edits, what of, how: as a merge patch, which must be in force after the upgrade too.
EDITS = [
    ("openshift-controller-manager", "serviceaccount", {
        "metadata": {"annotations": {"openshift.io/internal-registry-pull-secret-ref": "secret-hygiene-dockercfg-x"}},
        "imagePullSecrets": [{"name": "secret-hygiene-dockercfg-x"}], "secrets": [{"name": "secret-hygiene-dockercfg-x"}]}),
    ("cluster-policy-controller", "namespace", {"metadata": {"annotations": {
        "openshift.io/sa.scc.uid-range": "1000680000/10000", "openshift.io/sa.scc.supplemental-groups": "1000680000/10000"}}}),
    ("glbc", "service", {"metadata": {"annotations": {"cloud.google.com/neg": '{"ingress":true}'}}}),
    ("rancher", "namespace", {"metadata": {"annotations": {"field.cattle.io/projectId": "c-m:p-1"}, "labels": {"field.cattle.io/projectId": "p-1"}}}),
    ("kubectl-rollout", "deployment", {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}}}}}),
    ("kube-controller-manager", "deployment", {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "7"}}}),
]
# Edits whatever is written, as an admission plugin of the platform does.
AUTOPILOT = [
    {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": "autopilot"}, "spec": {
        "failurePolicy": "Fail", "reinvocationPolicy": "Never",
        "matchConstraints": {"resourceRules": [{"apiGroups": ["admissionregistration.k8s.io"], "apiVersions": ["v1"],
                                                "resources": ["mutatingwebhookconfigurations"], "operations": ["CREATE", "UPDATE"]}]},
        "matchConditions": [{"name": "not-yet", "expression": "!object.webhooks[0].namespaceSelector.matchExpressions.exists(each, each.key == 'managed')"}],
        "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression":
            '[JSONPatch{op: "add", path: "/webhooks/0/namespaceSelector/matchExpressions/-",'
            ' value: {"key": dyn("managed"), "operator": dyn("NotIn"), "values": dyn(["true"])}}]'}}]}},
    {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicyBinding", "metadata": {"name": "autopilot"},
     "spec": {"policyName": "autopilot"}}]


def holds(document, patch):
    """Whether all of a merge patch is in a document."""
    if isinstance(patch, dict):
        return isinstance(document, dict) and all(key in document and holds(document[key], value) for key, value in patch.items())
    if isinstance(patch, list):
        return all(any(holds(one, each) for one in document) for each in patch)
    return document == patch


class Platforms(libinstall.Installed):
    def selected_keys(self, kind):
        """What the namespaceSelector of the webhook for Secrets asks for."""
        return {each["key"] for each in self.configuration(kind)["webhooks"][0]["namespaceSelector"]["matchExpressions"]}

    def test_what_they_add_to_our_objects_is_no_conflict_and_stays(self):
        for way in WAYS:
            with self.subTest(way), self.installed(way, platform="openshift") as made:
                for manager, kind, patch in EDITS:
                    self.kubectl("-n", NAMESPACE, "patch", kind, "secret-hygiene", "--type=merge", f"--field-manager={manager}", "-p", json.dumps(patch))
                self.put(way, platform="openshift", timeout=4)
                self.assert_upgraded(made, 4)
                for manager, kind, patch in EDITS:
                    found = json.loads(self.kubectl("-n", NAMESPACE, "get", kind, "secret-hygiene", "-o", "json"))
                    self.assertTrue(holds(found, patch), (manager, kind, found))

    def test_what_aks_edits_is_a_conflict_until_the_preset_is_forced_once(self):
        for way in WAYS:
            with self.subTest(way), self.installed(way) as made:
                for kind in CONFIGURATIONS:
                    self.kubectl("patch", kind, "secret-hygiene", "--type=json", "--field-manager=admissionsenforcer", "-p", json.dumps([
                        {"op": "add", "path": "/webhooks/0/namespaceSelector/matchExpressions/-", "value": {"key": key, "operator": "NotIn", "values": [value]}}
                        for key, value in (("control-plane", "true"), ("kubernetes.azure.com/managedby", "aks"))]))
                    self.assertEqual(len(self.selected_keys(kind)), 3)
                strict = way in STRICT_WAYS
                self.put(way, timeout=4, refused='conflict with "admissionsenforcer"' if strict else "")
                self.put(way, platform="aks", timeout=5, force=strict)
                for kind in CONFIGURATIONS:
                    self.assertEqual(self.configuration(kind)["metadata"]["annotations"]["admissions.enforcer/disabled"], "true")
                    self.assertEqual(self.selected_keys(kind), {"kubernetes.io/metadata.name"})
                self.put(way, platform="aks", timeout=6)
                self.assert_upgraded(made, 6)

    def test_what_a_platform_edits_as_we_write_is_no_conflict_and_stays(self):
        self.kubectl("apply", "-f", "-", text="\n---\n".join(map(json.dumps, AUTOPILOT)))
        self.addCleanup(self.wait_for_autopilot, False)
        self.addCleanup(self.kubectl, "delete", "mutatingadmissionpolicy,mutatingadmissionpolicybinding", "autopilot")
        self.wait_for_autopilot(True)
        for way in WAYS:
            with self.subTest(way), self.installed(way, platform="gke") as made:
                for timeout in (3, 4):
                    self.put(way, platform="gke", timeout=timeout)
                    self.assert_upgraded(made, timeout)
                    self.assertEqual(self.selected_keys(CONFIGURATIONS[0]), {"kubernetes.io/metadata.name", "managed"})

    def wait_for_autopilot(self, in_force):
        """The API server learns of it, and of its end, by a watch."""
        for _ in range(200):
            if ("managed" in self.kubectl("create", "--dry-run=server", "-o", "yaml", "-f", MANIFESTS / "core" / "mutating-webhook.yaml")) == in_force:
                return
        self.fail("the policy does not come into force" if in_force else "the policy stays in force")


if __name__ == "__main__":
    unittest.main()
