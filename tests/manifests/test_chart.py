"""The Helm chart renders to what kustomize does, with Helm 3 and with Helm 4."""

import json
import pathlib
import re
import tempfile
import unittest

import libmanifests as manifests

NAMESPACE_TOO = "namespace.create=true"
TOKEN = f"endpointToken={manifests.TOKEN}"
CLIENT_CA = "clientCa.configMap=secret-hygiene-client-ca"


HELM_LABELS = {"app.kubernetes.io/instance": "secret-hygiene", "app.kubernetes.io/managed-by": "Helm",
               "app.kubernetes.io/part-of": "secret-hygiene", "app.kubernetes.io/version": "0.2.0", "helm.sh/chart": "secret-hygiene-0.2.0"}


def as_kustomize(objects):
    """Without what kustomize cannot do.

    Helm's labels are on every object and on the Jobs of a CronJob. The Job of certificates has the revision in its name, so that an upgrade
    never changes one; pods, a hash of the token, so that another token makes others.
    """
    renamed = dict(objects)
    for thing in renamed.values():
        metadata = [thing["metadata"]]
        if thing["kind"] == "CronJob":
            metadata.append(thing["spec"]["jobTemplate"]["metadata"])
        for labelled in metadata:
            labelled["labels"] = {key: value for key, value in labelled["labels"].items() if HELM_LABELS.get(key) != value}
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
                                   ("endpoint-token", TOKEN), ("client-ca", CLIENT_CA), ("events", "events=true"),
                                   ("namespaces", "namespaceSelector=true")):
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

    def test_the_platforms_with_everything_that_makes_pods(self):
        for platform in manifests.PLATFORMS:
            self.assert_same(manifests.components("../certs/self-signed", "housekeeping/audit", "housekeeping/prune", f"platforms/{platform}"),
                             NAMESPACE_TOO, f"platform={platform}", "housekeeping.audit.enabled=true", "housekeeping.prune.enabled=true")

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


class Values:
    """What one Helm makes of values: see the two classes below."""

    helm = ""

    def chart(self, *settings):
        return manifests.chart(*settings, helm=self.helm)

    def test_each_part_of_monitoring_can_be_had_alone_and_carries_more_labels_where_they_select(self):
        before = self.chart().keys()
        for part, expected in (("serviceMonitor", {"Service", "ServiceMonitor"}), ("alerts", {"PrometheusRule"}), ("dashboard", {"ConfigMap"})):
            with self.subTest(part):
                objects = self.chart(f"monitoring.{part}=true", "monitoring.labels.release=stack")
                new = {key: objects[key] for key in objects.keys() - before}
                self.assertEqual({kind for kind, _ in new}, expected)
                for (kind, _), thing in new.items():
                    self.assertEqual(thing["metadata"]["namespace"], manifests.NAMESPACE)
                    self.assertEqual(thing["metadata"]["labels"].get("release"), "stack" if kind in ("ServiceMonitor", "PrometheusRule") else None)

    def test_inline_policies_take_the_place_of_a_set(self):
        data = self.chart(r"policies.inline.mine\.yaml=spec")["ConfigMap", "secret-hygiene-policies"]["data"]
        self.assertEqual(data, {"mine.yaml": "spec"})

    def test_a_ca_bundle_can_be_given_with_an_existing_certificate_only(self):
        for mode, expected in (("existing", "UEVN"), ("self-signed", None)):
            hooks = manifests.webhooks(self.chart(f"certificates.mode={mode}", "certificates.caBundle=PEM"))
            self.assertEqual({hook["clientConfig"].get("caBundle") for hook in hooks.values()}, {expected})

    def test_what_is_set_arrives(self):
        objects = self.chart("replicas=3", "image.repository=example/hygiene", "image.tag=v1", "image.pullPolicy=Always",
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
        self.assertEqual(hook["namespaceSelector"]["matchExpressions"][0]["values"], ["kube-system", "other", "secret-hygiene", "secret-hygiene-ledger"])
        self.assertEqual(hook["timeoutSeconds"], 5)

    def test_what_pods_are_made_of_can_be_set(self):
        objects = self.chart(
            "affinity.podAffinity.x=1", "podAnnotations.a=b", "podLabels.c=d", "extraEnv[0].name=E", "extraEnv[0].value=f",
            "extraVolumes[0].name=v", "extraVolumes[0].emptyDir.sizeLimit=1Mi", "extraVolumeMounts[0].name=v", "extraVolumeMounts[0].mountPath=/v",
            "podSecurityContext.supplementalGroups={7}", "podSecurityContext.runAsGroup=null", "securityContext.procMount=Default",
            "certificates.resources.limits.memory=1Gi", "housekeeping.audit.enabled=true", "housekeeping.audit.resources.limits.memory=2Gi",
            "housekeeping.prune.enabled=true", "housekeeping.prune.resources.limits.memory=3Gi", TOKEN)
        memory = {}
        for key, pod in manifests.pods(objects).items():
            with self.subTest(key):
                self.assertEqual(pod["metadata"]["annotations"]["a"], "b")
                self.assertEqual(pod["metadata"]["labels"]["c"], "d")
                security = pod["spec"]["securityContext"]
                self.assertEqual((security["supplementalGroups"], security["runAsUser"]), ([7], 65532))
                self.assertNotIn("runAsGroup", security)
                (container,) = pod["spec"]["containers"]
                self.assertEqual(container["securityContext"]["procMount"], "Default")
                memory[key[1]] = container["resources"]["limits"]["memory"]
        self.assertEqual(memory, {
            "secret-hygiene": "384Mi", "secret-hygiene-certs-init-1": "1Gi", "secret-hygiene-certs-rotate": "1Gi",
            "secret-hygiene-audit": "2Gi", "secret-hygiene-prune": "3Gi"})
        template = manifests.deployment(objects)["spec"]["template"]
        self.assertIn("secret-hygiene.io/endpoint-token", template["metadata"]["annotations"])
        pod = template["spec"]
        self.assertEqual(pod["affinity"], {"podAffinity": {"x": 1}})
        self.assertEqual(pod["containers"][0]["env"][-1], {"name": "E", "value": "f"})
        self.assertEqual(pod["containers"][0]["volumeMounts"][-1], {"name": "v", "mountPath": "/v"})
        self.assertEqual(pod["volumes"][-1], {"name": "v", "emptyDir": {"sizeLimit": "1Mi"}})

    def test_where_pods_run_and_when_can_be_set(self):
        objects = self.chart("nodeSelector.pool=a", "tolerations[0].key=dedicated", "priorityClassName=ours", "ports.metrics=9191",
                             "certificates.schedule=@weekly", "housekeeping.audit.enabled=true")
        for key, pod in manifests.pods(objects).items():
            self.assertEqual(pod["spec"]["nodeSelector"], {"kubernetes.io/os": "linux", "pool": "a"}, key)
            self.assertEqual(pod["spec"]["tolerations"], [{"key": "dedicated"}], key)
        pod = manifests.deployment(objects)["spec"]["template"]["spec"]
        self.assertEqual(pod["priorityClassName"], "ours")
        self.assertNotIn(("ResourceQuota", "secret-hygiene-critical-pods"), objects)
        container = pod["containers"][0]
        self.assertEqual([port["containerPort"] for port in container["ports"] if port["name"] == "metrics"], [9191])
        self.assertIn({"name": "METRICS_PORT", "value": "9191"}, container["env"])
        self.assertEqual(objects["CronJob", "secret-hygiene-certs-rotate"]["spec"]["schedule"], "@weekly")
        self.assertNotIn("priorityClassName", manifests.deployment(self.chart("priorityClassName="))["spec"]["template"]["spec"])

    def test_the_service_account_can_be_set(self):
        objects = self.chart("serviceAccount.name=mine", "serviceAccount.annotations.a=b", "serviceAccount.automount=true",
                                  "counting.mode=strict", TOKEN, "events=true")
        account = objects["ServiceAccount", "mine"]
        self.assertEqual((account["metadata"]["annotations"], account["automountServiceAccountToken"]), ({"a": "b"}, True))
        pod = manifests.deployment(objects)["spec"]["template"]["spec"]
        self.assertEqual((pod["serviceAccountName"], pod["automountServiceAccountToken"]), ("mine", True))
        bound = {name: thing["subjects"][0]["name"] for (kind, name), thing in objects.items() if kind.endswith("RoleBinding")}
        self.assertEqual(bound, {"secret-hygiene-certs": "secret-hygiene-certs", "secret-hygiene-certs-init": "secret-hygiene-certs-init",
                                 "secret-hygiene-counting": "mine", "secret-hygiene-earlier-ledger": "mine", "secret-hygiene-events": "mine"})

    def test_budget_and_network_policies_can_be_turned_off(self):
        for setting, kind in (("podDisruptionBudget.enabled=false", "PodDisruptionBudget"), ("networkPolicy.enabled=false", "NetworkPolicy")):
            before, after = self.chart(), self.chart(setting)
            self.assertEqual(before.keys() - after.keys(), {key for key in before if key[0] == kind})
        self.assertEqual(self.chart().keys() - self.chart("networkPolicy.defaultDeny=false").keys(),
                         {("NetworkPolicy", "secret-hygiene-default-deny")})

    def test_both_webhook_configurations_carry_annotations(self):
        for mode, more in (("self-signed", {}), ("cert-manager", {"cert-manager.io/inject-ca-from": "secret-hygiene/secret-hygiene-tls"})):
            objects = self.chart(f"certificates.mode={mode}", "webhooks.annotations.a=b")
            for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
                self.assertEqual(objects[kind, "secret-hygiene"]["metadata"]["annotations"], {"a": "b", **more})

    def test_every_object_has_the_labels_of_helm_and_those_that_are_given(self):
        objects = self.chart("commonLabels.team=a", "monitoring.serviceMonitor=true", "housekeeping.audit.enabled=true", NAMESPACE_TOO)
        for key, thing in objects.items():
            with self.subTest(key):
                labels = thing["metadata"]["labels"]
                self.assertEqual({name: labels.get(name) for name in HELM_LABELS}, HELM_LABELS)
                self.assertEqual((labels["team"], labels["app.kubernetes.io/name"]), ("a", "secret-hygiene"))
        for key, pod in manifests.pods(objects).items():
            self.assertEqual(pod["metadata"]["labels"]["team"], "a", key)
        # What an upgrade must not change.
        self.assertEqual(manifests.deployment(objects)["spec"]["selector"]["matchLabels"],
                         {"app.kubernetes.io/name": "secret-hygiene", "app.kubernetes.io/component": "webhook"})

    def everything(self, *settings):
        return self.chart(
            TOKEN, "counting.mode=strict", "events=true", "namespaceSelector=true", "housekeeping.audit.enabled=true", "housekeeping.prune.enabled=true",
            "monitoring.serviceMonitor=true", "monitoring.alerts=true", "monitoring.dashboard=true", "tests.image=kubectl", *settings)

    def references(self, objects):
        """Each (kind, name) that one of the objects refers to and that the chart makes."""
        for (kind, _), thing in objects.items():
            if kind.endswith("RoleBinding"):
                yield thing["roleRef"]["kind"], thing["roleRef"]["name"]
                yield "ServiceAccount", thing["subjects"][0]["name"]
            if kind == "ValidatingAdmissionPolicy":
                for account in re.findall(r"'system:serviceaccount:secret-hygiene:([^']+)'", thing["spec"]["matchConditions"][0]["expression"]):
                    yield "ServiceAccount", account
            if kind == "ValidatingAdmissionPolicyBinding":
                yield "ValidatingAdmissionPolicy", thing["spec"]["policyName"]
            if kind == "Certificate":
                yield "Issuer", thing["spec"]["issuerRef"]["name"]
        for pod in manifests.pods(objects).values():
            yield "ServiceAccount", pod["spec"]["serviceAccountName"]
            for volume in pod["spec"].get("volumes", []):
                if volume["name"] not in ("tls", "api-token"):
                    yield ("ConfigMap", volume["configMap"]["name"]) if "configMap" in volume else ("Secret", volume["secret"]["secretName"])
            arguments = dict(argument.split("=", 1) for argument in pod["spec"]["containers"][0]["args"] if "=" in argument)
            for flag, kind in (("--service", "Service"), ("--validating", "ValidatingWebhookConfiguration"),
                               ("--mutating", "MutatingWebhookConfiguration")):
                if flag in arguments:
                    yield kind, arguments[flag]
        for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
            configuration = next(thing for key, thing in objects.items() if key[0] == kind)
            for hook in configuration["webhooks"]:
                yield "Service", hook["clientConfig"]["service"]["name"]
            if certificate := configuration["metadata"].get("annotations", {}).get("cert-manager.io/inject-ca-from"):
                yield "Certificate", certificate.split("/")[1]
            else:
                yield kind, next(thing for key, thing in objects.items() if key[0] == "ClusterRole" and key[1].endswith("-certs")
                                 )["rules"][0]["resourceNames"][0]

    def test_another_name_is_that_of_every_object_and_of_every_reference(self):
        for mode in ("self-signed", "cert-manager"):
            plain = self.everything(f"certificates.mode={mode}")
            for setting in ("fullnameOverride", "nameOverride"):
                with self.subTest(mode=mode, setting=setting):
                    named = self.everything(f"certificates.mode={mode}", f"{setting}=other")
                    # The namespace of the ledgers is called as the release's.
                    self.assertEqual({(kind, name if kind == "Namespace" else name.replace("secret-hygiene", "other")) for kind, name in plain},
                                     named.keys())
                    self.assertEqual(set(self.references(named)) - named.keys(), set())
                    self.assertGreater(len(set(self.references(named))), 10)

    def test_the_selectors_follow_name_override(self):
        objects = self.everything("nameOverride=other")
        selector = {"app.kubernetes.io/name": "other", "app.kubernetes.io/component": "webhook"}
        spec = manifests.deployment({("Deployment", "secret-hygiene"): objects["Deployment", "other"]})["spec"]
        self.assertEqual(spec["template"]["metadata"]["labels"], selector)
        for found in (spec["selector"]["matchLabels"], objects["Service", "other"]["spec"]["selector"],
                      objects["Service", "other-metrics"]["spec"]["selector"], objects["PodDisruptionBudget", "other"]["spec"]["selector"]["matchLabels"],
                      objects["NetworkPolicy", "other"]["spec"]["podSelector"]["matchLabels"],
                      *(each["labelSelector"]["matchLabels"] for each in spec["template"]["spec"]["topologySpreadConstraints"])):
            self.assertEqual(found, selector)
        # Alerts and the dashboard ask for the job by this name.
        self.assertEqual(objects["Service", "other-metrics"]["metadata"]["labels"]["app.kubernetes.io/name"], "secret-hygiene")

    def test_a_flag_in_extra_args_takes_the_place_of_the_charts(self):
        flags = ("drain-timeout=1s", "events", "policies=/mine", "log-level=debug")
        objects = self.chart("events=true", "extraArgs={" + ",".join(f"--{flag}" for flag in flags) + "}")
        args = manifests.deployment(objects)["spec"]["template"]["spec"]["containers"][0]["args"]
        self.assertEqual(args[-4:], [f"--{flag}" for flag in flags])
        names = [argument.split("=")[0] for argument in args]
        self.assertEqual(len(names), len(set(names)), args)
        self.assertIn("--shutdown-delay=5s", args)

    def test_helm_test_writes_a_secret_as_a_dry_run_and_may_do_no_more(self):
        self.assertNotIn("test", {labels["metadata"]["labels"].get("app.kubernetes.io/component") for labels in self.chart().values()})
        objects = self.chart("tests.image=kubectl:v1", "tests.namespace=team")
        for kind in ("ServiceAccount", "Role", "RoleBinding", "Pod"):
            self.assertEqual(objects[kind, "secret-hygiene-test"]["metadata"]["annotations"]["helm.sh/hook"], "test")
        pod = objects["Pod", "secret-hygiene-test"]["spec"]
        (container,) = pod["containers"]
        self.assertEqual((container["image"], container["command"], pod["serviceAccountName"]), ("kubectl:v1", ["kubectl"], "secret-hygiene-test"))
        self.assertTrue({"--dry-run=server", "--namespace=team"} <= set(container["args"]))
        role = objects["Role", "secret-hygiene-test"]
        self.assertEqual((role["metadata"]["namespace"], role["rules"]),
                         ("team", [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}]))

    def test_unknown_keys_are_allowed_under_global_alone(self):
        self.assertEqual(self.chart("global.any.thing=1"), self.chart())
        values = json.loads((manifests.CHART / "values.schema.json").read_text(encoding="utf-8"))

        def check(schema, path):
            if "properties" in schema:
                self.assertIs(schema.get("additionalProperties"), False, path)
                for key, below in schema["properties"].items():
                    check(below, [*path, key])

        check(values, [])

    def test_counting_can_be_set(self):
        objects = self.chart("counting.mode=local", TOKEN, "counting.whenUnknown=deny", "counting.timeoutSeconds=20",
                                  "counting.apiServerPorts={16443}", "counting.resources.limits.memory=1Gi")
        container = manifests.deployment(objects)["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual(container["args"][-1], "--when-counts-unknown=deny")
        self.assertEqual(container["resources"]["limits"]["memory"], "1Gi")
        hooks = manifests.webhooks(objects)
        self.assertEqual({name: hook["timeoutSeconds"] for name, hook in hooks.items()},
                         {"mutate.secret-hygiene.io": 3, "validate.secret-hygiene.io": 20, "policies.secret-hygiene.io": 3})
        for name in ("secret-hygiene", "secret-hygiene-jobs"):
            self.assertEqual(objects["NetworkPolicy", name]["spec"]["egress"][0], {"ports": [{"port": 16443, "protocol": "TCP"}]})

    def test_housekeeping_can_be_set(self):
        objects = self.chart("housekeeping.audit.enabled=true", "housekeeping.audit.schedule=@weekly",
                                  "housekeeping.prune.enabled=true", "housekeeping.prune.keep=3", "housekeeping.prune.minAge=24h",
                                  "housekeeping.prune.schedule=@daily", "imagePullSecrets[0].name=pull")
        jobs = {name: objects["CronJob", f"secret-hygiene-{name}"]["spec"] for name in ("audit", "prune")}
        self.assertEqual((jobs["audit"]["schedule"], jobs["prune"]["schedule"]), ("@weekly", "@daily"))
        pod = jobs["prune"]["jobTemplate"]["spec"]["template"]["spec"]
        self.assertEqual(pod["containers"][0]["args"], ["prune", "--all-namespaces", "--keep=3", "--min-age=24h"])
        self.assertEqual(pod["imagePullSecrets"], [{"name": "pull"}])

    def test_what_counts_is_off_also_without_quotes(self):
        self.assertEqual(self.chart("counting.mode=false"), self.chart("counting.mode=off"))

    def test_another_token_makes_other_pods(self):
        templates = [manifests.deployment(self.chart(*settings))["spec"]["template"]
                     for settings in ((), (TOKEN,), (TOKEN,), (TOKEN + "x",))]
        self.assertNotIn("annotations", templates[0]["metadata"])
        self.assertEqual(templates[1], templates[2])
        self.assertNotEqual(templates[1], templates[3])
        self.assertNotIn(manifests.TOKEN, str(templates))

    def test_strict_counting_denies_what_cannot_be_counted_unless_told_otherwise(self):
        for mode, unknown, wanted in (("strict", "", ["deny"]), ("strict", "allow", ["allow"]), ("strict", "deny", ["deny"]),
                                      ("local", "", []), ("local", "allow", ["allow"])):
            with self.subTest(mode=mode, unknown=unknown):
                objects = self.chart(f"counting.mode={mode}", TOKEN, f"counting.whenUnknown={unknown}")
                arguments = manifests.deployment(objects)["spec"]["template"]["spec"]["containers"][0]["args"]
                self.assertEqual([each.split("=")[1] for each in arguments if each.startswith("--when-counts-unknown=")], wanted)

    def test_what_counts_is_refused_with_open_endpoints(self):
        for mode in ("local", "strict"):
            with self.subTest(mode), self.assertRaisesRegex(RuntimeError, "set endpointToken .* or clientCa.configMap"):
                self.chart(f"counting.mode={mode}")

    def test_what_is_no_value_is_refused(self):
        for setting in (f"endpointToken={'x' * 21}", "image.registry=https://registry", "image.tag=a:b", "image.digest=0123",
                        "counting.mode=on", "counting.whenUnknown=ask", "clientCa.config=x",
                        "replica=3", "image.name=x", "platform=vms", "nameOverride=A", "serviceAccount.create=true", "podLabels.a=1", "extraEnv[0].value=x",
                        "openshift=true", "webhooks.labels=x", "networkPolicy.on=true", "extraArgs={serve}", "events=maybe", "failurePolicy=Open", "certificates.mode=none", "ports.webhook=0", "policies.set=none",
                        "policies.inline.mine=x", "housekeeping.prune.keep=0", "housekeeping.prune.minAge=soon",
                        "housekeeping.audit.apply=true", "monitoring.alerts=all", "monitoring.rules=true"):
            with self.subTest(setting), self.assertRaisesRegex(RuntimeError, setting.split("=")[0].split(".")[-1]):
                self.chart(setting)
        with self.assertRaisesRegex(RuntimeError, "hostNetwork"):
            self.chart("hostNetwork=true", "ports.webhook=443")


class WithHelm3(Values, unittest.TestCase):
    helm = "helm3"


class WithHelm4(Values, unittest.TestCase):
    helm = "helm4"


def leaves(schema, prefix=""):
    """The path of each value."""
    for key, value in schema["properties"].items():
        yield from leaves(value, f"{prefix}{key}.") if "properties" in value else [prefix + key]


class Files(unittest.TestCase):
    def test_every_value_is_set_by_a_test_above(self):
        schema = json.loads((manifests.CHART / "values.schema.json").read_text(encoding="utf-8"))
        tests = pathlib.Path(__file__).read_text(encoding="utf-8").partition("class Files")[0]
        self.assertEqual([path for path in leaves(schema) if path not in tests], [])

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

    def test_every_value_is_described_for_helm_docs(self):
        lines = (manifests.CHART / "values.yaml").read_text(encoding="utf-8").splitlines()
        schema = json.loads((manifests.CHART / "values.schema.json").read_text(encoding="utf-8"))
        path, described = [], set()
        for number, line in enumerate(lines):
            if match := re.match(r"( *)([A-Za-z]+):", line):
                path = [*path[:len(match[1]) // 2], match[2]]
                if lines[number - 1].startswith(match[1] + "# -- "):
                    described.add(".".join(path))

        self.assertEqual(described, set(leaves(schema)) - {"global"})

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
