"""manifests/ on a real API server: every object is taken, and an apply or an upgrade keeps the certificate and every caBundle."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import libinstall  # noqa: E402  (first: it says where the others are)
import cluster_tools  # noqa: E402
import libmanifests  # noqa: E402
import plain_api  # noqa: E402
from libinstall import CHART, CONFIGURATIONS, MANIFESTS, NAMESPACE, ROOT  # noqa: E402


class OnACluster(libinstall.OnACluster):
    def rendered_components(self):
        """Each component on the base, beside a token, which those that count need."""
        rendered = {}
        for component in sorted(path for name in ("components", "platforms", "housekeeping") for path in (MANIFESTS / name).iterdir()):
            with tempfile.TemporaryDirectory() as scratch:
                here = pathlib.Path(scratch)
                (here / "token.yaml").write_text(json.dumps({
                    "apiVersion": "v1", "kind": "Secret", "stringData": {"token": "0123456789abcdef0123456789abcdef"},
                    "metadata": {"name": "secret-hygiene-endpoint-token", "namespace": NAMESPACE}}), encoding="utf-8")
                needed = {"prune-apply": MANIFESTS / "housekeeping" / "prune"}.get(component.name)
                paths = dict.fromkeys([MANIFESTS / "components" / "endpoint-token", *([needed] if needed else []), component])
                (here / "kustomization.yaml").write_text(json.dumps({
                    "resources": [os.path.relpath(MANIFESTS / "base", here), "token.yaml"],
                    "components": [os.path.relpath(path, here) for path in paths]}), encoding="utf-8")
                rendered[component.name] = self.rendered(here)
        return rendered

    def test_every_object_passes_a_dry_run_of_the_server(self):
        overlays = {path.name: self.rendered(path) for path in [MANIFESTS / "base", *(MANIFESTS / "overlays").iterdir()]}
        for name, text in {**overlays, **self.rendered_components()}.items():
            with self.subTest(name):
                # The level of pod security that the pods are held to is the namespace's own.
                self.kubectl("apply", "-f", "-", text="\n---\n".join(part for part in text.split("\n---\n") if "kind: Namespace" in part))
                for way in ([], ["--server-side"]):
                    said = self.kubectl("apply", "--dry-run=server", "--validate=strict", *way, "-f", "-", text=text)
                    self.assertEqual(len(said.splitlines()), text.count("\nkind: ") + text.startswith("kind: "), said)

    def may(self, verb, resource, namespace="", name="", account="secret-hygiene"):
        """Whether the API server lets a service account of ours do that; by default the webhook's."""
        review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
                  "spec": {"user": f"system:serviceaccount:{NAMESPACE}:{account}",
                           "resourceAttributes": {"verb": verb, "resource": resource, "namespace": namespace, "name": name}}}
        with plain_api.Api(self.cluster) as api:
            return api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review).document["status"]["allowed"]

    def test_what_counts_may_do_what_it_must_and_no_more(self):
        rendered = self.rendered_components()
        reads = [("list", "secrets"), ("watch", "secrets"), ("get", "secrets", "default", "any")]
        ledgers = f"{NAMESPACE}-ledger"
        writes = [("create", "configmaps", ledgers), ("get", "configmaps", ledgers, "secret-hygiene-ledger-cluster"),
                  ("update", "configmaps", ledgers, "secret-hygiene-ledger-15"), ("create", "secrets", ledgers),
                  ("patch", "secrets", ledgers, "secret-hygiene-marker-1"), ("update", "configmaps", NAMESPACE, "secret-hygiene-ledger")]
        never = [("update", "configmaps", NAMESPACE, "secret-hygiene-policies"), ("delete", "configmaps", NAMESPACE, "secret-hygiene-ledger"),
                 ("create", "configmaps", NAMESPACE), ("create", "secrets", NAMESPACE), ("patch", "secrets", NAMESPACE, "secret-hygiene-tls"),
                 ("update", "secrets", ledgers, "secret-hygiene-marker-1"), ("delete", "secrets", ledgers, "secret-hygiene-marker-1"),
                 ("create", "secrets", "default"), ("patch", "secrets", "default", "any"), ("create", "configmaps", "default"),
                 ("patch", "secrets", "kube-system", "secret-hygiene-marker-1"), ("list", "configmaps", NAMESPACE)]
        for component, allowed in (("endpoint-token", []), ("counting-local", reads), ("counting-strict", reads + writes)):
            text = rendered[component]
            self.kubectl("apply", "-f", "-", text=text)
            for asked in [*reads, *writes, *never]:
                with self.subTest(component=component, asked=asked):
                    self.assertIs(self.may(*asked), asked in allowed)
            self.remove(text)

    def test_the_housekeeping_jobs_may_do_what_they_must_and_no_more(self):
        rendered = self.rendered_components()
        asked = [(verb, resource, namespace) for verb in ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
                 for resource in ("secrets", "configmaps", "pods", "namespaces") for namespace in ("", "default", NAMESPACE)]
        for component, verbs in (("audit", {"list"}), ("prune", {"get", "list"}), ("prune-apply", {"get", "list", "delete"})):
            job = component.removesuffix("-apply")
            self.kubectl("apply", "-f", "-", text=rendered[component])
            for verb, resource, namespace in asked:
                with self.subTest(component=component, verb=verb, resource=resource, namespace=namespace):
                    allowed = self.may(verb, resource, namespace, account=f"secret-hygiene-{job}")
                    self.assertIs(allowed, resource == "secrets" and verb in verbs)
            self.assertFalse(self.may("list", "secrets"), "the webhook's own account gained nothing")
            self.remove(rendered[component])

    def test_an_apply_and_a_server_side_apply_keep_the_certificate_and_the_ca_bundles(self):
        text = self.rendered(MANIFESTS / "overlays" / "self-signed")
        for way in ([], ["--server-side"]):
            with self.subTest(way):
                self.kubectl("apply", *way, "-f", "-", text=text)
                made = self.certify()
                self.kubectl("apply", *way, "-f", "-", text=text.replace("timeoutSeconds: 3", "timeoutSeconds: 4"))
                self.assertEqual(self.configuration(CONFIGURATIONS[0])["webhooks"][0]["timeoutSeconds"], 4)
                self.assertEqual(self.certified(), made)
                self.remove(text)

    def test_the_upgrade_of_the_page_gets_past_the_job_of_the_version_before(self):
        text = self.rendered(MANIFESTS / "overlays" / "self-signed")
        self.kubectl("apply", "--server-side", "-f", "-", text=text)
        done, later = [command for block in libmanifests.install_commands("Upgrading") for command in block.splitlines()
                       if "certs-init" in command or "kubectl apply" in command]
        self.assertEqual(later, "kubectl apply --server-side -k manifests/overlays/self-signed")
        self.run_tool(*done.split())
        self.kubectl("apply", "--server-side", "-f", "-", text=text.replace("image: secret-hygiene:", "image: secret-hygiene:next-"))
        self.remove(text)

    def test_the_commands_for_uninstalling_leave_nothing_of_ours(self):
        self.kubectl("apply", "--server-side", "-k", MANIFESTS / "overlays" / "self-signed")
        (commands,) = libmanifests.install_commands("Uninstalling")
        environment = {**os.environ, "KUBECONFIG": str(self.cluster.kubeconfig),
                       "PATH": cluster_tools.search_path() + os.pathsep + os.environ["PATH"]}
        done = subprocess.run(["bash", "-e"], input=commands, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.kubectl("get", f"namespaces,clusterroles,clusterrolebindings,validatingadmissionpolicies,"
                                      f"validatingadmissionpolicybindings,{','.join(CONFIGURATIONS)}", "-o", "name",
                                      "-l", "app.kubernetes.io/name=secret-hygiene"), "")

    def test_a_helm_upgrade_keeps_the_certificate_and_the_ca_bundles(self):
        for helm in ("helm3", "helm4"):
            with self.subTest(helm):
                self.make_namespace()
                self.run_tool(helm, "install", "secret-hygiene", CHART, "--namespace", NAMESPACE, "--set", "replicas=3")
                made = self.certify()
                # As docs/install.md has it. Another image too: the Job of the revision before must not be in the way.
                self.run_tool(helm, "upgrade", "secret-hygiene", CHART, "--namespace", NAMESPACE, "--reset-then-reuse-values", "--set",
                              "timeoutSeconds=4,image.tag=next")
                deployment = json.loads(self.kubectl("-n", NAMESPACE, "get", "deployment", "secret-hygiene", "-o", "json"))
                self.assertEqual(deployment["spec"]["replicas"], 3)
                self.assertEqual(self.configuration(CONFIGURATIONS[0])["webhooks"][0]["timeoutSeconds"], 4)
                self.assertEqual(self.certified(), made)
                jobs = self.kubectl("-n", NAMESPACE, "get", "jobs", "-o", "name").split()
                self.assertIn("job.batch/secret-hygiene-certs-init-2", jobs)
                self.kubectl("delete", *[f"{kind}/secret-hygiene" for kind in CONFIGURATIONS])
                self.run_tool(helm, "uninstall", "secret-hygiene", "--namespace", NAMESPACE)


if __name__ == "__main__":
    unittest.main()
