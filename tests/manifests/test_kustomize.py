"""What manifests/ renders to with kustomize: every field that safety hangs on."""

import json
import os
import pathlib
import re
import subprocess
import unittest

import libmanifests as manifests
from ledger import ledger_names

BASE = manifests.kustomize(manifests.MANIFESTS / "base")
OVERLAYS = {name: manifests.overlay(name) for name in manifests.OVERLAYS}
# What a component cannot do without.
WITH = {"counting-local": ["endpoint-token"], "counting-strict": ["endpoint-token"]}
COMPONENTS = {name: manifests.components(*WITH.get(name, []), name) for name in manifests.COMPONENTS}
PLATFORMS = {name: manifests.components("../certs/self-signed", "housekeeping/audit", "housekeeping/prune", f"platforms/{name}")
             for name in manifests.PLATFORMS}
HOUSEKEEPING = {
    "audit": manifests.components("housekeeping/audit"),
    "prune": manifests.components("housekeeping/prune"),
    "prune-apply": manifests.components("housekeeping/prune", "housekeeping/prune-apply")}
RESTRICTED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "runAsNonRoot": True,
              "capabilities": {"drop": ["ALL"]}}
NOT_BEING_DELETED = "!(request.operation == 'UPDATE' && has(oldObject.metadata.deletionTimestamp))"


def selects(selector, labels):
    """Whether a label selector takes these labels; of expressions it knows NotIn."""
    return (all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
            and all(labels.get(each["key"]) not in each["values"] for each in selector.get("matchExpressions", [])))


def seconds(duration):
    return int(re.fullmatch(r"(\d+)s", duration)[1])


class Base(unittest.TestCase):
    def test_it_has_exactly_these_objects(self):
        self.assertEqual(sorted(kind for kind, _ in BASE), sorted([
            "Namespace", "ServiceAccount", "ResourceQuota", "Deployment", "Service", "PodDisruptionBudget",
            "NetworkPolicy", "NetworkPolicy", "NetworkPolicy", "ConfigMap", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]))

    def test_every_object_is_named_after_us_and_lives_in_our_namespace(self):
        for objects in (BASE, *OVERLAYS.values(), *COMPONENTS.values(), *PLATFORMS.values(), *HOUSEKEEPING.values()):
            for (kind, name), thing in objects.items():
                with self.subTest(kind=kind, name=name):
                    self.assertTrue(name == "secret-hygiene" or name.startswith("secret-hygiene-"))
                    clusterwide = kind.startswith(("Cluster", "ValidatingAdmissionPolicy")) or kind in (
                        "Namespace", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
                    of_ledgers = kind in ("Role", "RoleBinding") and name == "secret-hygiene-counting"
                    ours = "secret-hygiene-ledger" if of_ledgers else "secret-hygiene"
                    self.assertEqual(thing["metadata"].get("namespace"), None if clusterwide else ours)
                    self.assertEqual(thing["metadata"]["labels"]["app.kubernetes.io/name"], "secret-hygiene")

    def test_the_namespace_is_held_to_restricted_pod_security(self):
        labels = BASE["Namespace", "secret-hygiene"]["metadata"]["labels"]
        for mode in ("enforce", "audit", "warn"):
            self.assertEqual(labels[f"pod-security.kubernetes.io/{mode}"], "restricted")

    def test_the_webhook_has_no_token_and_no_role(self):
        self.assertIs(BASE["ServiceAccount", "secret-hygiene"]["automountServiceAccountToken"], False)
        pod = manifests.deployment(BASE)["spec"]["template"]["spec"]
        self.assertEqual(pod["serviceAccountName"], "secret-hygiene")
        self.assertIs(pod["automountServiceAccountToken"], False)
        for name, objects in OVERLAYS.items():
            bound = [subject["name"] for (kind, _), thing in objects.items() if kind.endswith("RoleBinding")
                     for subject in thing["subjects"]]
            self.assertNotIn("secret-hygiene", bound, name)

    def test_its_policies_are_the_files_of_policies_default_under_a_fixed_name(self):
        config_map = BASE["ConfigMap", "secret-hygiene-policies"]
        files = {path.name: path.read_text(encoding="utf-8")
                 for path in (manifests.ROOT / "policies" / "default").glob("*.yaml") if path.name != "kustomization.yaml"}
        self.assertEqual(config_map["data"], files)
        volumes = {volume["name"]: volume for volume in manifests.deployment(BASE)["spec"]["template"]["spec"]["volumes"]}
        self.assertEqual(volumes["policies"]["configMap"]["name"], "secret-hygiene-policies")
        # Nothing but the pair: the CA's key may be beside it.
        self.assertEqual([item["key"] for item in volumes["tls"]["secret"]["items"]], ["tls.crt", "tls.key"])

    def test_mounts_are_directories_so_that_a_change_is_seen(self):
        for mount in manifests.deployment(BASE)["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]:
            self.assertNotIn("subPath", mount)
            self.assertIs(mount["readOnly"], True)

    def test_two_replicas_spread_and_survive_a_drain(self):
        spec = manifests.deployment(BASE)["spec"]
        pod = spec["template"]["spec"]
        self.assertEqual(spec["replicas"], 2)
        self.assertEqual(pod["priorityClassName"], "system-cluster-critical")
        self.assertEqual([spread["topologyKey"] for spread in pod["topologySpreadConstraints"]],
                         ["kubernetes.io/hostname", "topology.kubernetes.io/zone"])
        budget = BASE["PodDisruptionBudget", "secret-hygiene"]["spec"]
        self.assertEqual(budget["maxUnavailable"], 1)
        for selector in (spec["selector"], budget["selector"],
                         BASE["NetworkPolicy", "secret-hygiene"]["spec"]["podSelector"],
                         {"matchLabels": BASE["Service", "secret-hygiene"]["spec"]["selector"]},
                         *(spread["labelSelector"] for spread in pod["topologySpreadConstraints"])):
            self.assertEqual(selector["matchLabels"], spec["template"]["metadata"]["labels"])

    def test_the_pod_has_time_to_shut_down(self):
        pod = manifests.deployment(BASE)["spec"]["template"]["spec"]
        flags = dict(argument[2:].split("=", 1) for argument in pod["containers"][0]["args"] if argument.startswith("--"))
        needed = seconds(flags["shutdown-delay"]) + seconds(flags["drain-timeout"])
        self.assertGreaterEqual(pod["terminationGracePeriodSeconds"], needed + 5)
        # Endpoints must be gone before the listener is.
        probe = pod["containers"][0]["readinessProbe"]
        self.assertLessEqual(probe["periodSeconds"] * probe["failureThreshold"], seconds(flags["shutdown-delay"]))

    def test_probes_ask_the_metrics_port(self):
        container = manifests.deployment(BASE)["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual(container["livenessProbe"]["httpGet"], {"path": "/livez", "port": "metrics"})
        self.assertEqual(container["readinessProbe"]["httpGet"], {"path": "/readyz", "port": "metrics"})

    def test_the_network_policy_lets_in_two_ports_and_nothing_out(self):
        spec = BASE["NetworkPolicy", "secret-hygiene"]["spec"]
        self.assertEqual(sorted(spec["policyTypes"]), ["Egress", "Ingress"])
        self.assertEqual([port["port"] for rule in spec["ingress"] for port in rule["ports"]], ["webhook", "metrics"])
        self.assertEqual(spec.get("egress", []), [])

    def test_all_else_in_the_namespace_is_denied(self):
        spec = BASE["NetworkPolicy", "secret-hygiene-default-deny"]["spec"]
        self.assertEqual((spec["podSelector"], sorted(spec["policyTypes"])), ({}, ["Egress", "Ingress"]))
        self.assertEqual(spec.get("ingress", []) + spec.get("egress", []), [])

    def test_the_jobs_reach_the_api_server_and_dns_and_those_of_certificates_the_replicas(self):
        objects = PLATFORMS["aks"]
        policies = {name: thing["spec"] for (kind, name), thing in objects.items() if kind == "NetworkPolicy"}
        replicas = policies["secret-hygiene"]["podSelector"]
        certificates = [{"to": [{"podSelector": replicas}], "ports": [{"port": "webhook", "protocol": "TCP"}]}]
        jobs = [{"ports": [{"port": 443, "protocol": "TCP"}, {"port": 6443, "protocol": "TCP"}]},
                {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}]
        self.assertEqual((policies["secret-hygiene-jobs"]["egress"], policies["secret-hygiene-jobs"].get("ingress", [])), (jobs, []))
        self.assertEqual(policies["secret-hygiene-certs"]["egress"], certificates)
        for (kind, name), pod in manifests.pods(objects).items():
            with self.subTest(kind=kind, name=name):
                selecting = {policy for policy, spec in policies.items() if selects(spec["podSelector"], pod["metadata"]["labels"])}
                expected = {"secret-hygiene"} if kind == "Deployment" else {"secret-hygiene-jobs"}
                self.assertEqual(selecting - {"secret-hygiene-certs"}, {*expected, "secret-hygiene-default-deny"})
                self.assertEqual("secret-hygiene-certs" in selecting, "certs" in name)

    def test_the_jobs_reach_replicas_on_the_nodes_network_by_the_port_alone(self):
        self.assertEqual(PLATFORMS["eks-custom-cni"]["NetworkPolicy", "secret-hygiene-certs"]["spec"]["egress"],
                         [{"ports": [{"port": 8443, "protocol": "TCP"}]}])


class Pods(unittest.TestCase):
    def test_every_pod_is_restricted(self):
        for name, objects in {"base": BASE, **OVERLAYS, **COMPONENTS, **PLATFORMS, **HOUSEKEEPING}.items():
            for key, pod in manifests.pods(objects).items():
                with self.subTest(overlay=name, pod=key):
                    security = pod["spec"]["securityContext"]
                    self.assertIs(security["runAsNonRoot"], True)
                    self.assertEqual(security.get("runAsUser"), None if name == "openshift" else 65532)
                    self.assertEqual(security["seccompProfile"], {"type": "RuntimeDefault"})
                    self.assertEqual("hostNetwork" in pod["spec"],
                                     name in ("host-network", "eks-custom-cni") and key[0] == "Deployment")
                    for container in pod["spec"]["containers"]:
                        self.assertEqual(container["securityContext"], RESTRICTED)
                        self.assertLessEqual({"memory", "ephemeral-storage"}, container["resources"]["limits"].keys())
                        self.assertIn("ephemeral-storage", container["resources"]["requests"])
                        self.assertIn("cpu", container["resources"]["requests"])

    def test_the_token_of_every_job_ends_ten_minutes_after_it_is_done(self):
        jobs = {(name, key[1]): pod["spec"] for name, objects in {**OVERLAYS, **PLATFORMS, **HOUSEKEEPING}.items()
                for key, pod in manifests.pods(objects).items() if key[0] in ("Job", "CronJob")}
        self.assertEqual({job for _, job in jobs}, {f"secret-hygiene-{name}" for name in ("certs-init", "certs-rotate", "audit", "prune")})
        for name, pod in jobs.items():
            with self.subTest(name):
                self.assertIs(pod["automountServiceAccountToken"], False)
                self.assertEqual([volume["projected"]["sources"] for volume in pod["volumes"] if volume["name"] == "api-token"], [[
                    {"serviceAccountToken": {"path": "token", "expirationSeconds": 600}},
                    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}]])
                # Where in_cluster_config looks.
                self.assertIn({"name": "api-token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True},
                              pod["containers"][0]["volumeMounts"])

    def test_the_image_is_of_this_version(self):
        text = (manifests.ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
        version = re.search(r"^project\(.* VERSION ([0-9.]+)", text, re.MULTILINE)[1]
        images = {container["image"] for objects in (BASE, *OVERLAYS.values(), *HOUSEKEEPING.values())
                  for pod in manifests.pods(objects).values() for container in pod["spec"]["containers"]}
        self.assertEqual(images, {f"secret-hygiene:{version}"})

    def test_manifests_image_alone_says_which_image_it_is(self):
        files = [path for top in ("manifests", "certs") for path in (manifests.ROOT / top).rglob("*.yaml")
                 if not {"chart", "sidecar-example"} & set(path.relative_to(manifests.ROOT).parts)]
        named = {str(path): manifests.images(text) for path in files if manifests.images(text := path.read_text(encoding="utf-8"))}
        self.assertEqual(set().union(*named.values()), {"secret-hygiene"}, named)

    @unittest.skipUnless("SECRET_HYGIENE_BINARY" in os.environ, "no binary given")
    def test_the_program_takes_every_command_and_flag(self):
        checked = set()
        for objects in (BASE, *OVERLAYS.values(), *COMPONENTS.values(), *PLATFORMS.values(), *HOUSEKEEPING.values()):
            for pod in manifests.pods(objects).values():
                checked.update(tuple(container["args"]) for container in pod["spec"]["containers"])
        self.assertEqual({arguments[0] for arguments in checked}, {"serve", "certs", "audit", "prune"})
        for arguments in checked:
            command = [argument for argument in arguments if not argument.startswith("--")]
            with self.subTest(command=command):
                done = subprocess.run([os.environ["SECRET_HYGIENE_BINARY"], *command, "--help"], capture_output=True,
                                      text=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                known = set(re.findall(r"--[a-z][a-z-]*", done.stdout))
                self.assertEqual({argument.split("=")[0] for argument in arguments[len(command):]} - known, set())


class Webhooks(unittest.TestCase):
    def test_secrets_are_sent_to_mutate_and_validate(self):
        hooks = manifests.webhooks(BASE)
        self.assertEqual({name: hook["clientConfig"]["service"]["path"] for name, hook in hooks.items()},
                         {"mutate.secret-hygiene.io": "/mutate", "validate.secret-hygiene.io": "/validate",
                          "policies.secret-hygiene.io": "/validate-policies"})
        for name in ("mutate.secret-hygiene.io", "validate.secret-hygiene.io"):
            with self.subTest(name):
                self.assertEqual(hooks[name]["rules"], [{
                    "apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"], "scope": "Namespaced",
                    "operations": ["CREATE", "UPDATE"]}])
                self.assertEqual(hooks[name]["namespaceSelector"], {"matchExpressions": [{
                    "key": "kubernetes.io/metadata.name", "operator": "NotIn",
                    "values": ["kube-system", "secret-hygiene", "secret-hygiene-ledger"]}]})
                self.assertNotIn("objectSelector", hooks[name])
        self.assertEqual(hooks["mutate.secret-hygiene.io"]["reinvocationPolicy"], "IfNeeded")

    def test_all_are_short_free_of_side_effects_and_leave_out_what_is_being_deleted(self):
        for name, hook in manifests.webhooks(BASE).items():
            with self.subTest(name):
                self.assertEqual(hook["failurePolicy"], "Ignore")
                self.assertEqual(hook["timeoutSeconds"], 3)
                self.assertEqual(hook["matchPolicy"], "Equivalent")
                self.assertEqual(hook["sideEffects"], "None")
                self.assertEqual(hook["admissionReviewVersions"], ["v1"])
                self.assertEqual([condition["expression"] for condition in hook["matchConditions"]], [NOT_BEING_DELETED])

    def test_no_overlay_has_a_ca_bundle_so_that_an_apply_keeps_the_one_there(self):
        for name, objects in {"base": BASE, **OVERLAYS}.items():
            for hook in manifests.webhooks(objects).values():
                self.assertNotIn("caBundle", hook["clientConfig"], name)

    def test_they_call_the_service_and_the_service_finds_the_port(self):
        service = BASE["Service", "secret-hygiene"]
        for hook in manifests.webhooks(BASE).values():
            called = hook["clientConfig"]["service"]
            self.assertEqual((called["namespace"], called["name"], called["port"]), ("secret-hygiene", "secret-hygiene", 443))
        self.assertEqual([(port["port"], port["targetPort"]) for port in service["spec"]["ports"]], [(443, "webhook")])
        self.assert_ports_agree(BASE, 8443)

    def test_the_config_map_of_policies_is_guarded_by_its_label(self):
        hook = manifests.webhooks(BASE)["policies.secret-hygiene.io"]
        self.assertEqual(hook["rules"][0]["resources"], ["configmaps"])
        self.assertEqual(hook["namespaceSelector"]["matchExpressions"],
                         [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["secret-hygiene"]}])
        wanted = hook["objectSelector"]["matchLabels"]
        for objects in (BASE, *OVERLAYS.values()):
            labels = objects["ConfigMap", "secret-hygiene-policies"]["metadata"]["labels"]
            self.assertEqual({key: labels.get(key) for key in wanted}, wanted)

    def assert_ports_agree(self, objects, port):
        """--listen, the container's port and the name that the Service uses are one."""
        container = manifests.deployment(objects)["spec"]["template"]["spec"]["containers"][0]
        environment = {variable["name"]: variable["value"] for variable in container["env"]}
        ports = {entry["name"]: entry["containerPort"] for entry in container["ports"]}
        self.assertEqual(ports["webhook"], port)
        for flag, name in (("--listen", "webhook"), ("--metrics-listen", "metrics")):
            value = next(argument for argument in container["args"] if argument.startswith(flag + "=")).split("=", 1)[1]
            variable = re.fullmatch(r"0\.0\.0\.0:\$\((\w+)\)", value)[1]
            self.assertEqual(environment[variable], str(ports[name]), flag)

    def test_the_ports_agree_also_with_another_one(self):
        for component, port in (("port-443", 443), ("port-10250", 10250), ("host-network", 8443)):
            with self.subTest(component):
                self.assert_ports_agree(COMPONENTS[component], port)


def changed(before, after):
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


class Overlays(unittest.TestCase):
    def test_there_are_these(self):
        self.assertEqual(manifests.OVERLAYS, ["cert-manager", "fail-closed", "self-signed", "strict"])

    def test_self_signed_adds_to_the_base_and_changes_nothing_of_it(self):
        added = changed(BASE, OVERLAYS["self-signed"])
        self.assertEqual(added & BASE.keys(), set())
        self.assertEqual(sorted(kind for kind, _ in added), sorted([
            *2 * ["ServiceAccount", "Role", "RoleBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
            "ClusterRole", "ClusterRoleBinding", "Job", "CronJob", "NetworkPolicy"]))

    def test_the_certificates_jobs_may_touch_one_secret_and_two_configurations_by_name(self):
        objects = OVERLAYS["self-signed"]

        def rules(kind, name):
            return [(rule["resources"], rule.get("resourceNames"), rule["verbs"]) for rule in objects[kind, name]["rules"]]

        self.assertEqual(rules("ClusterRole", "secret-hygiene-certs"), [
            (["mutatingwebhookconfigurations", "validatingwebhookconfigurations"], ["secret-hygiene"], ["get", "patch"])])
        self.assertEqual(rules("Role", "secret-hygiene-certs"), [
            (["secrets"], ["secret-hygiene-tls"], ["get", "patch"]), (["endpointslices"], None, ["list"])])
        self.assertEqual(rules("Role", "secret-hygiene-certs-init"), [
            (["secrets"], ["secret-hygiene-tls"], ["get"]), (["secrets"], None, ["create"])])
        for kind, account in (("Job", "secret-hygiene-certs-init"), ("CronJob", "secret-hygiene-certs")):
            pod = next(pod for key, pod in manifests.pods(objects).items() if key[0] == kind)
            self.assertEqual(pod["spec"]["serviceAccountName"], account)
            self.assertEqual([subject["name"] for subject in objects["RoleBinding", account]["subjects"]], [account])

    def test_what_they_may_change_is_denied_where_it_cannot_be_judged(self):
        objects = OVERLAYS["self-signed"]
        policies = {name: thing for (kind, name), thing in objects.items() if kind == "ValidatingAdmissionPolicy"}
        self.assertTrue(policies)
        for name, policy in policies.items():
            self.assertEqual(policy["spec"]["failurePolicy"], "Fail")
            self.assertEqual(objects["ValidatingAdmissionPolicyBinding", name]["spec"], {"policyName": name, "validationActions": ["Deny"]})

    def test_the_job_stays_when_it_is_done_so_that_nobody_who_watches_for_drift_makes_it_again(self):
        self.assertNotIn("ttlSecondsAfterFinished", OVERLAYS["self-signed"]["Job", "secret-hygiene-certs-init"]["spec"])

    def test_argo_cd_and_flux_delete_the_job_before_they_change_it(self):
        job = OVERLAYS["self-signed"]["Job", "secret-hygiene-certs-init"]
        # Not PostSync: the pods become ready only when the Job has made their certificate.
        self.assertEqual(job["metadata"]["annotations"], {
            "argocd.argoproj.io/hook": "Sync", "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
            "kustomize.toolkit.fluxcd.io/force": "enabled"})

    def test_cert_manager_injects_the_ca_of_the_certificate_that_the_pods_mount(self):
        objects = OVERLAYS["cert-manager"]
        self.assertEqual(sorted(changed(BASE, objects)), [
            ("Certificate", "secret-hygiene-ca"), ("Certificate", "secret-hygiene-tls"),
            ("Issuer", "secret-hygiene-ca"), ("Issuer", "secret-hygiene-self-signed"),
            ("MutatingWebhookConfiguration", "secret-hygiene"), ("ValidatingWebhookConfiguration", "secret-hygiene")])
        certificate = objects["Certificate", "secret-hygiene-tls"]
        for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
            self.assertEqual(objects[kind, "secret-hygiene"]["metadata"]["annotations"],
                             {"cert-manager.io/inject-ca-from": "secret-hygiene/secret-hygiene-tls"})
        volumes = {volume["name"]: volume for volume in manifests.deployment(objects)["spec"]["template"]["spec"]["volumes"]}
        self.assertEqual(certificate["spec"]["secretName"], volumes["tls"]["secret"]["secretName"])
        self.assertIn("secret-hygiene.secret-hygiene.svc", certificate["spec"]["dnsNames"])
        self.assertEqual(objects["Issuer", "secret-hygiene-ca"]["spec"]["ca"]["secretName"],
                         objects["Certificate", "secret-hygiene-ca"]["spec"]["secretName"])

    def test_fail_closed_changes_the_validation_of_secrets_alone(self):
        self.assertEqual(changed(OVERLAYS["self-signed"], OVERLAYS["fail-closed"]),
                         {("ValidatingWebhookConfiguration", "secret-hygiene")})
        before, after = manifests.webhooks(OVERLAYS["self-signed"]), manifests.webhooks(OVERLAYS["fail-closed"])
        name = "validate.secret-hygiene.io"
        self.assertEqual(after, {**before, name: {**before[name], "failurePolicy": "Fail"}})

    def test_strict_changes_the_policies_alone(self):
        self.assertEqual(changed(OVERLAYS["self-signed"], OVERLAYS["strict"]),
                         {("ConfigMap", "secret-hygiene-policies")})
        self.assertIn("mode: Enforce", OVERLAYS["strict"]["ConfigMap", "secret-hygiene-policies"]["data"]["limits.yaml"])


class Components(unittest.TestCase):
    def test_there_are_these(self):
        self.assertEqual(manifests.COMPONENTS, ["client-ca", "counting-local", "counting-strict", "endpoint-token", "events", "fail-closed",
                                                "host-network", "namespaces", "port-10250", "port-443"])

    def test_the_host_network_needs_privileged_pod_security_and_room_for_the_port(self):
        objects = COMPONENTS["host-network"]
        spec = manifests.deployment(objects)["spec"]
        self.assertIs(spec["template"]["spec"]["hostNetwork"], True)
        self.assertEqual(spec["strategy"]["rollingUpdate"], {"maxUnavailable": 1, "maxSurge": 0})
        labels = objects["Namespace", "secret-hygiene"]["metadata"]["labels"]
        self.assertEqual(labels["pod-security.kubernetes.io/enforce"], "privileged")


    def test_a_port_below_1024_comes_with_the_sysctl_that_allows_it(self):
        security = manifests.deployment(COMPONENTS["port-443"])["spec"]["template"]["spec"]["securityContext"]
        self.assertEqual(security["sysctls"], [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "443"}])

    def test_every_path_ends_with_the_token_that_the_pods_read(self):
        objects = COMPONENTS["endpoint-token"]
        self.assertEqual({name: hook["clientConfig"]["service"]["path"] for name, hook in manifests.webhooks(objects).items()},
                         {"mutate.secret-hygiene.io": f"/mutate/{manifests.TOKEN}",
                          "validate.secret-hygiene.io": f"/validate/{manifests.TOKEN}",
                          "policies.secret-hygiene.io": f"/validate-policies/{manifests.TOKEN}"})
        self.assertEqual(changed(BASE, objects), {
            ("Secret", "secret-hygiene-endpoint-token"), ("Deployment", "secret-hygiene"),
            ("MutatingWebhookConfiguration", "secret-hygiene"), ("ValidatingWebhookConfiguration", "secret-hygiene")})
        self.assertEqual(self.mounted_file(objects, "--endpoint-token"), ("secret-hygiene-endpoint-token", "token"))

    def test_without_a_token_nothing_is_rendered(self):
        with self.assertRaisesRegex(RuntimeError, "nothing selected by Secret.*secret-hygiene-endpoint-token"):
            manifests.components("endpoint-token", token="")

    def test_who_writes_events_may_do_nothing_else(self):
        objects = COMPONENTS["events"]
        self.assertEqual(changed(BASE, objects), {
            ("Deployment", "secret-hygiene"), ("NetworkPolicy", "secret-hygiene"), ("ClusterRole", "secret-hygiene-events"),
            ("ClusterRoleBinding", "secret-hygiene-events"), ("ValidatingWebhookConfiguration", "secret-hygiene")})
        self.assertEqual(objects["ClusterRole", "secret-hygiene-events"]["rules"],
                         [{"apiGroups": [""], "resources": ["events"], "verbs": ["create", "patch"]}])
        self.assertEqual(manifests.webhooks(objects)["validate.secret-hygiene.io"]["sideEffects"], "NoneOnDryRun")
        pod = manifests.deployment(objects)["spec"]["template"]["spec"]
        self.assertIs(pod["automountServiceAccountToken"], True)
        self.assertIn("--events", pod["containers"][0]["args"])

    def test_who_reads_namespaces_may_do_nothing_else(self):
        objects = COMPONENTS["namespaces"]
        self.assertEqual(changed(BASE, objects), {
            ("Deployment", "secret-hygiene"), ("NetworkPolicy", "secret-hygiene"), ("ClusterRole", "secret-hygiene-namespaces"),
            ("ClusterRoleBinding", "secret-hygiene-namespaces")})
        self.assertEqual(objects["ClusterRole", "secret-hygiene-namespaces"]["rules"],
                         [{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list", "watch"]}])
        self.assertIs(manifests.deployment(objects)["spec"]["template"]["spec"]["automountServiceAccountToken"], True)

    def test_the_client_ca_and_the_name_are_of_one_config_map(self):
        objects = COMPONENTS["client-ca"]
        self.assertEqual(changed(BASE, objects), {("Deployment", "secret-hygiene")})
        self.assertEqual(self.mounted_file(objects, "--client-ca"), ("secret-hygiene-client-ca", "ca.crt"))
        container = manifests.deployment(objects)["spec"]["template"]["spec"]["containers"][0]
        self.assertIn("--client-name=$(CLIENT_NAME)", container["args"])
        self.assertIn({"name": "CLIENT_NAME", "valueFrom": {"configMapKeyRef": {
            "name": "secret-hygiene-client-ca", "key": "client-name"}}}, container["env"])

    def mounted_file(self, objects, flag):
        """(Secret or ConfigMap, key) of the file that the flag names."""
        pod = manifests.deployment(objects)["spec"]["template"]["spec"]
        container = pod["containers"][0]
        file = pathlib.PurePath(next(argument for argument in container["args"] if argument.startswith(flag + "=")).split("=")[1])
        mount = next(mount for mount in container["volumeMounts"] if mount["mountPath"] == str(file.parent))
        self.assertIs(mount["readOnly"], True)
        volume = next(volume for volume in pod["volumes"] if volume["name"] == mount["name"])
        source = volume.get("secret") or volume["configMap"]
        item = next(item for item in source["items"] if item["path"] == file.name)
        return source.get("secretName") or source["name"], item["key"]


class Counting(unittest.TestCase):
    LOCAL, STRICT = COMPONENTS["counting-local"], COMPONENTS["counting-strict"]

    def rules(self, objects, kind):
        return [(rule["resources"], rule.get("resourceNames"), rule["verbs"])
                for rule in objects[kind, "secret-hygiene-counting"]["rules"]]

    def test_local_reads_secrets_and_may_change_nothing(self):
        self.assertEqual(changed(COMPONENTS["endpoint-token"], self.LOCAL), {
            ("Deployment", "secret-hygiene"), ("NetworkPolicy", "secret-hygiene"), ("ClusterRole", "secret-hygiene-counting"),
            ("ClusterRoleBinding", "secret-hygiene-counting"), ("ValidatingWebhookConfiguration", "secret-hygiene")})
        self.assertEqual(self.rules(self.LOCAL, "ClusterRole"), [(["secrets"], None, ["get", "list", "watch"])])

    def test_strict_may_also_write_where_the_ledgers_are_and_nowhere_else(self):
        self.assertEqual(changed(self.LOCAL, self.STRICT), {
            ("Deployment", "secret-hygiene"), ("Namespace", "secret-hygiene-ledger"), ("ValidatingWebhookConfiguration", "secret-hygiene"),
            *((kind, name) for kind in ("Role", "RoleBinding") for name in ("secret-hygiene-counting", "secret-hygiene-earlier-ledger"))})
        self.assertEqual(self.rules(self.STRICT, "Role"), [
            (["configmaps"], ledger_names("secret-hygiene-ledger"), ["get", "update"]),
            (["configmaps"], None, ["create"]),
            (["secrets"], None, ["get", "create", "patch"])])
        self.assertEqual(self.STRICT["Role", "secret-hygiene-counting"]["metadata"]["namespace"], "secret-hygiene-ledger")
        self.assertEqual(self.STRICT["Role", "secret-hygiene-earlier-ledger"]["rules"], [
            {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["secret-hygiene-ledger"], "verbs": ["get", "update"]}])
        # The program demands an answer for when counts are unknown.
        self.assertEqual(manifests.deployment(self.STRICT)["spec"]["template"]["spec"]["containers"][0]["args"][-2:],
                         ["--counting=strict", "--when-counts-unknown=deny"])

    def test_the_roles_are_bound_to_the_webhook_alone(self):
        for kind in ("ClusterRole", "Role"):
            binding = self.STRICT[kind + "Binding", "secret-hygiene-counting"]
            self.assertEqual((binding["roleRef"]["kind"], binding["roleRef"]["name"]), (kind, "secret-hygiene-counting"))
            self.assertEqual(binding["subjects"],
                             [{"kind": "ServiceAccount", "name": "secret-hygiene", "namespace": "secret-hygiene"}])

    def test_the_pods_have_a_token_room_and_a_way_to_the_api_server(self):
        for objects in (self.LOCAL, self.STRICT):
            pod = manifests.deployment(objects)["spec"]["template"]["spec"]
            self.assertIs(pod["automountServiceAccountToken"], True)
            base = manifests.deployment(BASE)["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"]
            limit = pod["containers"][0]["resources"]["limits"]["memory"]
            # A million Secrets within 128 MiB.
            self.assertEqual(int(limit.removesuffix("Mi")), int(base.removesuffix("Mi")) + 128)
            policy = objects["NetworkPolicy", "secret-hygiene"]["spec"]
            self.assertEqual(policy["egress"], [{"ports": [{"port": 443, "protocol": "TCP"}, {"port": 6443, "protocol": "TCP"}]}])
            self.assertEqual(policy["ingress"], BASE["NetworkPolicy", "secret-hygiene"]["spec"]["ingress"])

    def test_validation_has_time_for_a_denial_and_says_that_strict_writes(self):
        for objects, effects in ((self.LOCAL, "None"), (self.STRICT, "NoneOnDryRun")):
            before, after = manifests.webhooks(COMPONENTS["endpoint-token"]), manifests.webhooks(objects)
            name = "validate.secret-hygiene.io"
            self.assertEqual(after, {**before, name: {**before[name], "timeoutSeconds": 10, "sideEffects": effects}})


class Platforms(unittest.TestCase):
    PLAIN = manifests.components("../certs/self-signed", "housekeeping/audit", "housekeeping/prune")

    def test_there_are_these_and_the_page_and_the_chart_have_each(self):
        self.assertEqual(manifests.PLATFORMS, ["aks", "eks-custom-cni", "gke", "ipv6", "openshift"])
        page = (manifests.ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
        schema = json.loads((manifests.CHART / "values.schema.json").read_text(encoding="utf-8"))
        self.assertEqual(sorted(set(schema["properties"]["platform"]["enum"]) - {""}), manifests.PLATFORMS)
        for name in manifests.PLATFORMS:
            self.assertIn(f"`manifests/platforms/{name}`", page)
            self.assertIn(f"`platform={name}`", page)

    def test_openshift_is_left_to_choose_users_and_groups_of_every_pod(self):
        objects = PLATFORMS["openshift"]
        self.assertEqual({key[0] for key in changed(self.PLAIN, objects)}, {"Deployment", "Job", "CronJob"})
        for key, pod in manifests.pods(objects).items():
            self.assertEqual(pod["spec"]["securityContext"], {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}, key)

    def test_aks_is_told_to_leave_both_webhook_configurations_alone(self):
        configurations = {(kind, "secret-hygiene") for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")}
        self.assertEqual(changed(self.PLAIN, PLATFORMS["aks"]), configurations)
        for key in configurations:
            self.assertEqual(PLATFORMS["aks"][key]["metadata"]["annotations"], {"admissions.enforcer/disabled": "true"})

    def test_gke_reaches_the_port_and_no_webhook_for_secrets_sees_leases_of_nodes(self):
        objects = PLATFORMS["gke"]
        container = manifests.deployment(objects)["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual({port["name"]: port["containerPort"] for port in container["ports"]}, {"webhook": 10250, "metrics": 9090})
        hooks = manifests.webhooks(objects)
        for name in ("mutate.secret-hygiene.io", "validate.secret-hygiene.io"):
            self.assertEqual(hooks[name]["namespaceSelector"]["matchExpressions"][0]["values"],
                             ["kube-system", "kube-node-lease", "secret-hygiene", "secret-hygiene-ledger"])
        self.assertEqual(hooks["policies.secret-hygiene.io"], manifests.webhooks(self.PLAIN)["policies.secret-hygiene.io"])

    def test_ipv6_listens_on_every_address_of_either_kind(self):
        self.assertEqual(changed(self.PLAIN, PLATFORMS["ipv6"]), {("Deployment", "secret-hygiene")})
        arguments = manifests.deployment(PLATFORMS["ipv6"])["spec"]["template"]["spec"]["containers"][0]["args"]
        self.assertEqual([argument for argument in arguments if "listen" in argument],
                         ["--listen=[::]:$(WEBHOOK_PORT)", "--metrics-listen=[::]:$(METRICS_PORT)"])


class Static(unittest.TestCase):
    """What kube-apiserver and a kubelet read from files."""

    DIRECTORY = manifests.MANIFESTS / "static"
    POD = manifests.kustomize(DIRECTORY)["Pod", "secret-hygiene"]["spec"]

    def test_the_webhooks_are_those_of_the_base_by_a_url(self):
        for kind, path in (("Mutating", "mutate"), ("Validating", "validate")):
            # Not yet base64.
            text = (self.DIRECTORY / kind.lower() / "webhook.yaml").read_text(encoding="utf-8").replace(": CA\n", ": Q0E=\n")
            ((_, name), configuration), = manifests.objects_of(text).items()
            self.assertTrue(name.endswith(".static.k8s.io"))
            (hook,) = configuration["webhooks"]
            expected = dict(manifests.webhooks(BASE)[f"{path}.secret-hygiene.io"])
            expected["clientConfig"] = {"url": f"https://127.0.0.1:8443/{path}", "caBundle": "Q0E="}
            expected["namespaceSelector"] = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]}]}
            self.assertEqual(hook, expected)

    def test_the_pod_listens_on_loopback_alone_and_is_restricted_otherwise(self):
        (container,) = self.POD["containers"]
        base = manifests.deployment(BASE)["spec"]["template"]["spec"]["containers"][0]
        for field in ("image", "resources", "securityContext", "volumeMounts"):
            self.assertEqual(container[field], base[field], field)
        self.assertEqual([argument for argument in container["args"] if "listen" in argument], ["--listen=127.0.0.1:8443", "--metrics-listen=127.0.0.1:9090"])
        self.assertEqual([argument for argument in container["args"] if "listen" not in argument],
                         [argument for argument in base["args"] if "listen" not in argument])
        self.assertEqual((self.POD["securityContext"]["runAsUser"], self.POD["automountServiceAccountToken"]), (65532, False))
        self.assertNotIn("serviceAccountName", self.POD)


class Housekeeping(unittest.TestCase):
    def test_there_are_these(self):
        self.assertEqual({path.name for path in (manifests.MANIFESTS / "housekeeping").iterdir()}, HOUSEKEEPING.keys())

    def test_each_adds_a_job_with_an_account_of_its_own_and_changes_nothing(self):
        for name in ("audit", "prune"):
            with self.subTest(name):
                objects = HOUSEKEEPING[name]
                self.assertEqual(changed(BASE, objects), {(kind, f"secret-hygiene-{name}") for kind in (
                    "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "CronJob")})
                self.assertIs(objects["ServiceAccount", f"secret-hygiene-{name}"]["automountServiceAccountToken"], False)
                pod = self.pod(name)
                self.assertEqual(pod["serviceAccountName"], f"secret-hygiene-{name}")
                binding = objects["ClusterRoleBinding", f"secret-hygiene-{name}"]
                self.assertEqual(binding["roleRef"]["name"], f"secret-hygiene-{name}")
                self.assertEqual(binding["subjects"], [
                    {"kind": "ServiceAccount", "name": f"secret-hygiene-{name}", "namespace": "secret-hygiene"}])

    def pod(self, name):
        key = ("CronJob", f"secret-hygiene-{name.removesuffix('-apply')}")
        return manifests.pods(HOUSEKEEPING[name])[key]["spec"]

    def test_audit_and_prune_read_secrets_and_only_prune_apply_deletes_them(self):
        for name, verbs in (("audit", ["list"]), ("prune", ["get", "list"]), ("prune-apply", ["get", "list", "delete"])):
            role = HOUSEKEEPING[name]["ClusterRole", f"secret-hygiene-{name.removesuffix('-apply')}"]
            self.assertEqual(role["rules"], [{"apiGroups": [""], "resources": ["secrets"], "verbs": verbs}])

    def test_nothing_is_deleted_unless_one_says_so(self):
        arguments = {name: self.pod(name)["containers"][0]["args"] for name in HOUSEKEEPING}
        self.assertEqual(arguments["audit"], ["audit", "--all-namespaces", "--policies=/etc/secret-hygiene/policies"])
        self.assertEqual(arguments["prune"], ["prune", "--all-namespaces", "--keep=10", "--min-age=1h"])
        self.assertEqual(arguments["prune-apply"], [*arguments["prune"], "--apply"])

    def test_the_audit_judges_by_the_policies_of_the_webhook(self):
        pod = self.pod("audit")
        self.assertIn({"name": "policies", "configMap": {"name": "secret-hygiene-policies"}}, pod["volumes"])
        self.assertIn({"name": "policies", "mountPath": "/etc/secret-hygiene/policies", "readOnly": True}, pod["containers"][0]["volumeMounts"])
        self.assertNotIn("policies", [volume["name"] for volume in self.pod("prune")["volumes"]])


if __name__ == "__main__":
    unittest.main()
