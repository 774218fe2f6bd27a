"""The Helm chart renders to what kustomize does, with Helm 3 and with Helm 4."""

import pathlib
import tempfile
import unittest

import libmanifests as manifests

NAMESPACE_TOO = "namespace.create=true"


def as_kustomize(objects):
    """The Job of certificates has the revision in its name, so that an upgrade never changes one; kustomize knows no revisions."""
    renamed = dict(objects)
    job = renamed.pop(("Job", "secret-hygiene-certs-init-1"), None)
    if job:
        job["metadata"]["name"] = "secret-hygiene-certs-init"
        renamed["Job", "secret-hygiene-certs-init"] = job
    return renamed


class SameObjects(unittest.TestCase):
    maxDiff = None

    def assert_same(self, expected, *settings):
        for helm in ("helm3", "helm4"):
            with self.subTest(helm=helm, settings=settings):
                rendered = as_kustomize(manifests.chart(*settings, helm=helm))
                self.assertEqual(rendered.keys(), expected.keys())
                for key, thing in expected.items():
                    self.assertEqual(rendered[key], thing, key)

    def test_the_base(self):
        self.assert_same(manifests.kustomize(manifests.MANIFESTS / "base"), NAMESPACE_TOO, "certificates.mode=existing")

    def test_by_default_the_overlay_self_signed(self):
        self.assert_same(manifests.overlay("self-signed"), NAMESPACE_TOO)

    def test_without_a_setting_all_but_the_namespace(self):
        # Helm keeps its release in the namespace, so it must be there before the chart is.
        expected = manifests.overlay("self-signed")
        del expected["Namespace", "secret-hygiene"]
        self.assert_same(expected)

    def test_the_other_overlays(self):
        self.assert_same(manifests.overlay("cert-manager"), NAMESPACE_TOO, "certificates.mode=cert-manager")
        self.assert_same(manifests.overlay("fail-closed"), NAMESPACE_TOO, "failurePolicy=Fail")
        self.assert_same(manifests.overlay("strict"), NAMESPACE_TOO, "policies.set=strict")

    def test_the_components(self):
        for component, setting in (("host-network", "hostNetwork=true"), ("port-10250", "ports.webhook=10250"),
                                   ("port-443", "ports.webhook=443")):
            with tempfile.TemporaryDirectory() as scratch:
                expected = manifests.with_components(pathlib.Path(scratch), component)
            self.assert_same(expected, NAMESPACE_TOO, "certificates.mode=existing", setting)


class Values(unittest.TestCase):
    def test_its_policies_are_the_files_of_policies(self):
        for policy_set in ("default", "strict"):
            here, there = (
                {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir() if path.name != "kustomization.yaml"}
                for directory in (manifests.CHART / "files" / "policies" / policy_set, manifests.ROOT / "policies" / policy_set))
            self.assertEqual(here, there, f"run: cp policies/{policy_set}/*.yaml into the chart, without the kustomization")

    def test_inline_policies_take_the_place_of_a_set(self):
        data = manifests.chart(r"policies.inline.mine\.yaml=spec")["ConfigMap", "secret-hygiene-policies"]["data"]
        self.assertEqual(data, {"mine.yaml": "spec"})

    def test_a_ca_bundle_can_be_given_with_an_existing_certificate_only(self):
        for mode, expected in (("existing", "UEVN"), ("self-signed", None)):
            hooks = manifests.webhooks(manifests.chart(f"certificates.mode={mode}", "certificates.caBundle=PEM"))
            self.assertEqual({hook["clientConfig"].get("caBundle") for hook in hooks.values()}, {expected})

    def test_what_is_set_arrives(self):
        objects = manifests.chart("replicas=3", "image.repository=example/hygiene", "image.tag=v1", "image.pullPolicy=Always",
                                  "extraArgs={--log-level=debug}", "listenAddress=[::]", "certificates.secretName=mine",
                                  "excludedNamespaces={kube-system,other}", "timeoutSeconds=5")
        spec = manifests.deployment(objects)["spec"]
        container = spec["template"]["spec"]["containers"][0]
        self.assertEqual(spec["replicas"], 3)
        self.assertEqual((container["image"], container["imagePullPolicy"]), ("example/hygiene:v1", "Always"))
        self.assertEqual(container["args"][-1], "--log-level=debug")
        self.assertIn("--listen=[::]:$(WEBHOOK_PORT)", container["args"])
        self.assertIn("mine", [volume.get("secret", {}).get("secretName") for volume in spec["template"]["spec"]["volumes"]])
        self.assertEqual(objects["Role", "secret-hygiene-certs"]["rules"][0]["resourceNames"], ["mine"])
        hook = manifests.webhooks(objects)["validate.secret-hygiene.io"]
        self.assertEqual(hook["namespaceSelector"]["matchExpressions"][0]["values"], ["kube-system", "other", "secret-hygiene"])
        self.assertEqual(hook["timeoutSeconds"], 5)

    def test_what_is_no_value_is_refused(self):
        for setting in ("replica=3", "failurePolicy=Open", "certificates.mode=none", "ports.webhook=0", "policies.set=none",
                        "policies.inline.mine=x"):
            with self.subTest(setting), self.assertRaisesRegex(RuntimeError, setting.split("=")[0].split(".")[-1]):
                manifests.chart(setting)
        with self.assertRaisesRegex(RuntimeError, "hostNetwork"):
            manifests.chart("hostNetwork=true", "ports.webhook=443")

    def test_its_version_is_that_of_the_program(self):
        version = (manifests.ROOT / "CMakeLists.txt").read_text(encoding="utf-8").split(" VERSION ")[1].split()[0]
        lines = (manifests.CHART / "Chart.yaml").read_text(encoding="utf-8").splitlines()
        self.assertIn(f"version: {version}", lines)
        self.assertIn(f"appVersion: {version}", lines)

    def test_helm_lint_finds_nothing(self):
        for helm in ("helm3", "helm4"):
            self.assertIn("0 chart(s) failed", manifests.run(helm, "lint", manifests.CHART, "--strict", "--kube-version", manifests.KUBERNETES))


if __name__ == "__main__":
    unittest.main()
