"""`controllers` on a real API server: what each known controller has, could have and would save, and who else may cache every Secret."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402
import libhousekeeping  # noqa: E402
import libwebhook  # noqa: E402
from libhousekeeping import libmanifests  # noqa: E402
import installed_controllers  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

KNOWN = {each["name"]: each for each in libmanifests.known_controllers()}
ROLE = libcluster.ROOT / "docs" / "controllers-cluster-role.yaml"
# By what each has its selector as it is installed, and once it is set.
AS_INSTALLED = {"Argo CD": "notSeen", "Kratix": "notSeen", "ECK": "notSeen", "Kong Operator": "default", "perses-operator": "default",
                **dict.fromkeys(("cert-manager", "ingress-nginx", "NGINX Inc's ingress controller", "Traefik", "Istio", "CloudNativePG"), "builtIn")}
# What helps each as it is installed; the others need nothing.
REMEDIES = {"Kong Ingress Controller": "proxy", "Argo CD": "setting", "ECK": "setting", "Reloader": "setting", "Kratix": "setting",
            "NGINX Gateway Fabric": "setting", "prometheus-operator": "setting"}
HISTORY_BYTES = 30_000


class Controllers(libhousekeeping.HousekeepingTest):
    def apply(self, *objects):
        self.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def look(self, *arguments, **options):
        return self.hygiene("controllers", "-n", self.namespace, "-o", "json", *arguments, **options).json()

    def fill(self):
        """Two revisions that no webhook has seen, and one that carries its size."""
        with libapi.Api() as api:
            for number in (1, 2, 3):
                metadata = {"annotations": {"secret-hygiene.io/bytes": str(HISTORY_BYTES)}} if number == 3 else {}
                data = {"release": base64.b64encode(b"x" * HISTORY_BYTES).decode()}
                answer = api.create(self.namespace, libapi.secret(f"sh.helm.release.v1.web.v{number}", libcluster.HELM_TYPE, data=data,
                                                                  metadata=metadata))
                self.assertEqual(answer.status, 201, answer.text)

    def test_each_known_controller_with_and_without_its_setting(self):
        self.assertEqual(installed_controllers.INSTALLED.keys(), KNOWN.keys())
        self.apply(*(installed_controllers.installed(name) for name in KNOWN))
        found = {each["controller"]: each for each in self.look()["controllers"]}
        self.assertEqual(found.keys(), KNOWN.keys())
        for name, each in found.items():
            with self.subTest(name):
                kind, workload, container, image, *_ = installed_controllers.INSTALLED[name]
                self.assertEqual([each[key] for key in ("kind", "namespace", "name", "container", "image")],
                                 [kind, self.namespace, workload, container, image])
                self.assertEqual(each["selector"]["by"], AS_INSTALLED.get(name, "none"))
                self.assertEqual(each["remedy"], REMEDIES.get(name, "none"))
        settable = [name for name, entry in installed_controllers.INSTALLED.items() if entry[-1]]
        self.apply(*(installed_controllers.installed(name, with_setting=True) for name in settable))
        for each in self.look()["controllers"]:
            if (name := each["controller"]) not in settable:
                continue
            with self.subTest(name, setting=True):
                self.assertEqual(each["selector"]["by"], "setting")
                # A selector behind the cache saves no memory.
                self.assertEqual(each["remedy"], "proxy" if name == "Kong Ingress Controller" else "none")
                chosen = KNOWN[name].get("selectors", [{"labels": "team=web"}])[0]
                self.assertEqual(each["selector"]["value"], ",".join(chosen[key] for key in ("labels", "fields") if key in chosen))

    def test_savings_by_metadata_and_by_an_audit(self):
        self.fill()
        self.apply(installed_controllers.installed("Reloader"), installed_controllers.installed("Kong Ingress Controller"))
        by_name = {each["controller"]: each for each in self.look()["controllers"]}
        # Sizes that no annotation says are taken as nothing.
        for each in by_name.values():
            self.assertEqual(each["saves"]["bound"], "atLeast")
            self.assertGreater(each["saves"]["bytes"], HISTORY_BYTES)
            self.assertLess(each["saves"]["bytes"], 2 * HISTORY_BYTES)
        audit = self.file("audit.json", self.hygiene("audit", "-A", "-o", "json").stdout)
        report = self.look("--audit", audit)
        self.assertEqual(report["secrets"]["from"], "audit")
        reloader = {each["controller"]: each for each in report["controllers"]}["Reloader"]
        self.assertEqual(reloader["saves"]["bound"], "exact")
        self.assertGreater(reloader["saves"]["bytes"], 3 * HISTORY_BYTES)
        text = self.hygiene("controllers", "-n", self.namespace).stdout
        self.assertIn("sizes are unknown without reading them", text)
        self.assertIn("set --resource-label-selector=!secret-hygiene.io/ignore in its arguments; first label with policies/default",
                      " ".join(text.split()))
        rows = self.hygiene("controllers", "-n", self.namespace, "--no-headers").stdout
        self.assertEqual([line.split()[1] for line in rows.splitlines()], ["deployment/kong-kong", "deployment/reloader-reloader"])

    def test_who_else_may_list_every_secret(self):
        rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}
        self.admin("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": f"{self.namespace}-lists"}, "rules": [rule]},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": f"{self.namespace}-all"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": f"{self.namespace}-lists"},
             "subjects": [{"kind": "ServiceAccount", "name": "all", "namespace": self.namespace}]},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "here", "namespace": self.namespace},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": f"{self.namespace}-lists"},
             "subjects": [{"kind": "ServiceAccount", "name": "here", "namespace": self.namespace}]}]}))
        container = [{"name": "main", "image": "example.com/own/operator:1"}]
        self.apply(*(installed_controllers.workload("Deployment", name, container, service_account=name) for name in ("all", "here", "none")))
        found = self.look()
        self.assertEqual([(each["name"], each["secretsOf"], each["binding"]) for each in found["mayCache"]],
                         [("all", "", f"ClusterRoleBinding/{self.namespace}-all"),
                          ("here", self.namespace, f"RoleBinding/{self.namespace}/here")])
        self.assertIn("may cache every Secret", self.hygiene("controllers", "-n", self.namespace).stdout)

    def test_its_cluster_role_suffices_and_a_list_that_is_denied_is_named(self):
        self.apply(installed_controllers.installed("Reloader"))
        nothing = self.hygiene("controllers", "-A", user="alice", status=2)
        self.assertEqual(nothing.stdout, "")
        self.assertIn("not checked: permission is missing to list deployments.apps in all namespaces", nothing.stderr)
        role = self.admin("create", "--dry-run=client", "-o", "json", "-f", ROLE).json()
        binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "looks"},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role["metadata"]["name"]},
                   "subjects": [{"kind": "User", "name": "alice", "apiGroup": "rbac.authorization.k8s.io"}]}
        self.admin("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": [role, binding]}))
        self.addCleanup(self.admin, "delete", "clusterrole,clusterrolebinding", "looks", role["metadata"]["name"], "--ignore-not-found")
        done = self.hygiene("controllers", "-A", user="alice")
        self.assertEqual(done.stderr, "")
        self.assertIn("deployment/reloader-reloader", done.stdout)
        role["rules"] = role["rules"][:1]
        self.admin("replace", "-f", "-", stdin=json.dumps(role))
        part = self.hygiene("controllers", "-A", user="alice", status=1)
        self.assertIn("deployment/reloader-reloader", part.stdout)
        self.assertIn("the stored Secrets are unknown", part.stdout)
        for resource in ("clusterroles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io in all namespaces",
                         "secrets in all namespaces"):
            self.assertIn(f"not checked: permission is missing to list {resource}", part.stderr)

    def test_what_it_writes_is_what_kustomize_and_the_controllers_take(self):
        names = [name for name, remedy in REMEDIES.items() if name not in ("Kratix", "NGINX Gateway Fabric")]
        objects = [*map(installed_controllers.installed, names),
                   {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm"}, "data": {"url": "https://example.com"}}]
        self.apply(*objects, installed_controllers.installed("Kratix"))
        written = self.hygiene("controllers", "-n", self.namespace, "--write", "components")
        self.assertIn("Kratix: set selectiveCache: true in the ConfigMap kratix by hand", written.stderr)
        again = self.hygiene("controllers", "-n", self.namespace, "--write", "components", status=2)
        self.assertRegex(again.stderr, r"kustomization\.yaml already exists; nothing was written. --force replaces it\n$")
        self.hygiene("controllers", "-n", self.namespace, "--write", "components", "--force")
        self.file("objects.json", {"apiVersion": "v1", "kind": "List", "items": objects})
        self.file("kustomization.yaml", "resources: [objects.json]\n" f"components: [components/{self.namespace}]\n")
        rendered = self.kubectl("kustomize", self.directory).stdout
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=rendered)
        found = {each["controller"]: each["selector"] for each in self.look()["controllers"]}
        self.assertEqual({name: found[name]["by"] for name in names},
                         {"Kong Ingress Controller": "proxy", "Argo CD": "notSeen", "ECK": "setting", "Reloader": "setting",
                          "prometheus-operator": "setting"})
        self.assertEqual(found["Kong Ingress Controller"]["value"], "!secret-hygiene.io/ignore,type!=helm.sh/release.v1")
        data = self.kubectl("get", "configmap", "argocd-cm", "-o", "json").json()["data"]
        self.assertEqual((data["url"], data["resource.selectors"]),
                         ("https://example.com", KNOWN["Argo CD"]["configMap"]["value"]))
        pod = self.kubectl("get", "deployment", "kong-kong", "-o", "json").json()["spec"]["template"]["spec"]
        self.assertEqual([each["name"] for each in pod["initContainers"]], ["secret-hygiene-proxy"])
        self.assertIn({"name": "CONTROLLER_KUBECONFIG", "value": "/var/run/secret-hygiene/kubeconfig"}, pod["containers"][0]["env"])

    def test_five_thousand_deployments_are_read_by_pages(self):
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments"
        with libapi.Api() as api:
            for number in range(5000):
                made = installed_controllers.workload("Deployment", f"web-{number}", [{"name": "web", "image": f"example.com/web:{number}"}])
                answer = api.request("POST", path, made)
                self.assertEqual(answer.status, 201, answer.text)
        self.apply(installed_controllers.installed("Reloader"))
        with open(self.directory / "report.json", "w", encoding="utf-8") as report:
            child = subprocess.Popen([libwebhook.binary(), "controllers", "-n", self.namespace, "-o", "json"], stdout=report,
                                     env={"KUBECONFIG": str(libcluster.running.kubeconfig)})
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        found = json.loads((self.directory / "report.json").read_text(encoding="utf-8"))
        self.assertEqual((child.returncode, found["workloads"], len(found["controllers"])), (0, 5001, 1))
        # A page of 500 as text and as a tree.
        self.assertLess(usage.ru_maxrss * 1024, 64 * 1024 * 1024)


if __name__ == "__main__":
    unittest.main()
