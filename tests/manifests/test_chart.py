"""The Helm chart renders to what kustomize does, with Helm 3 and with Helm 4."""

import pathlib
import tempfile
import unittest

import libmanifests as manifests

NAMESPACE_TOO = "namespace.create=true"
TOKEN = f"endpointToken={manifests.TOKEN}"
CLIENT_CA = "clientCa.configMap=secret-hygiene-client-ca"


def as_kustomize(objects):
    """Without what kustomize cannot do.

    The Job of certificates has the revision in its name, so that an upgrade never changes one; pods, a hash of the token, so that
    another token makes others.
    """
    renamed = dict(objects)
    manifests.deployment(renamed)["spec"]["template"]["metadata"].pop("annotations", None)
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
                                   ("port-443", "ports.webhook=443"), ("fail-closed", "failurePolicy=Fail"),
                                   ("openshift", "openshift=true"), ("endpoint-token", TOKEN), ("client-ca", CLIENT_CA), ("events", "events=true")):
            self.assert_same(manifests.components(component), NAMESPACE_TOO, "certificates.mode=existing", setting)

    def test_the_components_that_count(self):
        for mode in ("local", "strict"):
            for closing, setting in (("endpoint-token", TOKEN), ("client-ca", CLIENT_CA)):
                self.assert_same(manifests.components(closing, f"counting-{mode}", "fail-closed"), NAMESPACE_TOO,
                                 "certificates.mode=existing", "failurePolicy=Fail", f"counting.mode={mode}", setting)

    def test_events_beside_what_counts(self):
        for mode in ("local", "strict"):
            self.assert_same(manifests.components("endpoint-token", f"counting-{mode}", "events"), NAMESPACE_TOO,
                             "certificates.mode=existing", f"counting.mode={mode}", TOKEN, "events=true")

    def test_housekeeping(self):
        audit, prune, apply = ("housekeeping.audit.enabled=true", "housekeeping.prune.enabled=true", "housekeeping.prune.apply=true")
        base = (NAMESPACE_TOO, "certificates.mode=existing")
        self.assert_same(manifests.components("housekeeping/audit"), *base, audit)
        self.assert_same(manifests.components("housekeeping/prune"), *base, prune)
        self.assert_same(manifests.components("housekeeping/audit", "housekeeping/prune", "housekeeping/prune-apply"), *base, audit,
                         prune, apply)

    def test_openshift_with_everything_that_makes_pods(self):
        self.assert_same(manifests.components("../certs/self-signed", "housekeeping/audit", "housekeeping/prune", "openshift"), NAMESPACE_TOO,
                         "openshift=true", "housekeeping.audit.enabled=true", "housekeeping.prune.enabled=true")

    def test_another_image(self):
        digest = f"sha256:{'0a' * 32}"
        for image, settings in (
                ({"newName": "registry:5000/team/hygiene", "newTag": "v1"}, ("registry=registry:5000/team", "repository=hygiene", "tag=v1")),
                ({"newName": "registry/secret-hygiene", "digest": digest}, ("registry=registry", "tag=v1", f"digest={digest}"))):
            with tempfile.TemporaryDirectory() as scratch:
                root = pathlib.Path(scratch)
                manifests.copy_with_image(root, **image)
                self.assert_same(manifests.overlay("self-signed", root), NAMESPACE_TOO, *(f"image.{setting}" for setting in settings))

    def test_monitoring(self):
        self.assert_same(manifests.components("monitoring/"), NAMESPACE_TOO, "certificates.mode=existing",
                         "monitoring.serviceMonitor=true", "monitoring.alerts=true", "monitoring.dashboard=true")


class Values(unittest.TestCase):
    def test_its_policies_are_the_files_of_policies(self):
        for policy_set in ("default", "strict"):
            here, there = (
                {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir() if path.name != "kustomization.yaml"}
                for directory in (manifests.CHART / "files" / "policies" / policy_set, manifests.ROOT / "policies" / policy_set))
            self.assertEqual(here, there, f"run: cp policies/{policy_set}/*.yaml into the chart, without the kustomization")

    def test_its_monitoring_is_the_files_of_manifests_monitoring(self):
        for path in (manifests.CHART / "files" / "monitoring").iterdir():
            self.assertEqual(path.read_text(encoding="utf-8"), (manifests.MANIFESTS / "monitoring" / path.name).read_text(encoding="utf-8"),
                             f"run: cp manifests/monitoring/{path.name} manifests/chart/files/monitoring/")

    def test_each_part_of_monitoring_can_be_had_alone_and_carries_more_labels_where_they_select(self):
        before = manifests.chart().keys()
        for part, expected in (("serviceMonitor", {"Service", "ServiceMonitor"}), ("alerts", {"PrometheusRule"}), ("dashboard", {"ConfigMap"})):
            with self.subTest(part):
                objects = manifests.chart(f"monitoring.{part}=true", "monitoring.labels.release=stack")
                new = {key: objects[key] for key in objects.keys() - before}
                self.assertEqual({kind for kind, _ in new}, expected)
                for (kind, _), thing in new.items():
                    self.assertEqual(thing["metadata"]["namespace"], manifests.NAMESPACE)
                    self.assertEqual(thing["metadata"]["labels"].get("release"), "stack" if kind in ("ServiceMonitor", "PrometheusRule") else None)

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

    def test_counting_can_be_set(self):
        objects = manifests.chart("counting.mode=local", TOKEN, "counting.whenUnknown=deny", "counting.timeoutSeconds=20",
                                  "counting.apiServerPorts={16443}", "counting.resources.limits.memory=1Gi")
        container = manifests.deployment(objects)["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual(container["args"][-1], "--when-counts-unknown=deny")
        self.assertEqual(container["resources"]["limits"]["memory"], "1Gi")
        hooks = manifests.webhooks(objects)
        self.assertEqual({name: hook["timeoutSeconds"] for name, hook in hooks.items()},
                         {"mutate.secret-hygiene.io": 3, "validate.secret-hygiene.io": 20, "policies.secret-hygiene.io": 3})
        self.assertEqual(objects["NetworkPolicy", "secret-hygiene"]["spec"]["egress"],
                         [{"ports": [{"port": 16443, "protocol": "TCP"}]}])

    def test_housekeeping_can_be_set(self):
        objects = manifests.chart("housekeeping.audit.enabled=true", "housekeeping.audit.schedule=@weekly",
                                  "housekeeping.prune.enabled=true", "housekeeping.prune.keep=3", "housekeeping.prune.minAge=24h",
                                  "housekeeping.prune.schedule=@daily", "imagePullSecrets[0].name=pull")
        jobs = {name: objects["CronJob", f"secret-hygiene-{name}"]["spec"] for name in ("audit", "prune")}
        self.assertEqual((jobs["audit"]["schedule"], jobs["prune"]["schedule"]), ("@weekly", "@daily"))
        pod = jobs["prune"]["jobTemplate"]["spec"]["template"]["spec"]
        self.assertEqual(pod["containers"][0]["args"], ["prune", "--all-namespaces", "--keep=3", "--min-age=24h"])
        self.assertEqual(pod["imagePullSecrets"], [{"name": "pull"}])

    def test_what_counts_is_off_also_without_quotes(self):
        self.assertEqual(manifests.chart("counting.mode=false"), manifests.chart("counting.mode=off"))

    def test_another_token_makes_other_pods(self):
        templates = [manifests.deployment(manifests.chart(*settings))["spec"]["template"]
                     for settings in ((), (TOKEN,), (TOKEN,), (TOKEN + "x",))]
        self.assertNotIn("annotations", templates[0]["metadata"])
        self.assertEqual(templates[1], templates[2])
        self.assertNotEqual(templates[1], templates[3])
        self.assertNotIn(manifests.TOKEN, str(templates))

    def test_what_counts_is_refused_with_open_endpoints(self):
        for mode in ("local", "strict"):
            with self.subTest(mode), self.assertRaisesRegex(RuntimeError, "set endpointToken .* or clientCa.configMap"):
                manifests.chart(f"counting.mode={mode}")

    def test_what_is_no_value_is_refused(self):
        for setting in (f"endpointToken={'x' * 21}", "image.registry=https://registry", "image.tag=a:b", "image.digest=0123",
                        "counting.mode=on", "counting.whenUnknown=ask", "clientCa.config=x",
                        "replica=3", "events=maybe", "failurePolicy=Open", "certificates.mode=none", "ports.webhook=0", "policies.set=none",
                        "policies.inline.mine=x", "housekeeping.prune.keep=0", "housekeeping.prune.minAge=soon",
                        "housekeeping.audit.apply=true", "monitoring.alerts=all", "monitoring.rules=true"):
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
