"""What GitOps tools and Terraform send and compare, on a real API server with the webhook: no drift, and no label is lost.

Flux's library runs here; of Argo CD and Terraform each case sends the requests that its tool sends, as its field manager.
"""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

OWNED = "secret-hygiene.io/owned-labels"


class GitOps(libcluster.ClusterTest):
    def setUp(self):
        super().setUp()
        self.webhook = self.serve()
        # As it is in git: without our label.
        self.desired = self.manifest("history", libcluster.HELM_TYPE, metadata={"namespace": self.namespace, "labels": {"team": "a"}}, data={"release": "QQ=="})

    def assert_labelled(self):
        self.assertEqual(self.labels("history"), {"team": "a", libcluster.LABEL: "true"})

    def version(self):
        return self.secret("history")["metadata"]["resourceVersion"]

    def test_argo_cd_applies_twice_and_nothing_is_written(self):
        for _ in range(2):
            self.kubectl("apply", "--field-manager=argocd-controller", "-f", self.desired)
            self.assert_labelled()
        before = self.version()
        self.assertIn("unchanged", self.kubectl("apply", "--field-manager=argocd-controller", "-f", self.desired).stdout)
        self.assertEqual(self.version(), before)

    def test_a_server_side_apply_twice_writes_nothing_and_its_dry_run_is_what_is_stored(self):
        apply = ("apply", "--server-side", "--force-conflicts", "--field-manager=argocd-controller", "-f", self.desired)
        self.kubectl(*apply)
        stored = self.secret("history")
        self.kubectl(*apply)
        self.assertEqual(self.secret("history"), stored)
        # How Argo CD looks for drift.
        self.assertEqual(self.kubectl(*apply, "--dry-run=server", "-o", "json").json(), stored)
        self.assert_labelled()

    def flux(self, *arguments):
        """What became of the Secret: created, configured or unchanged."""
        done = libcluster.subprocess.run([libcluster.cluster_tools.tool("flux-apply"), *arguments], input=pathlib.Path(self.desired).read_text(encoding="utf-8"),
                                         capture_output=True, text=True, check=False, timeout=libcluster.COMMAND_TIMEOUT,
                                         env={"KUBECONFIG": str(libcluster.running.kubeconfig)})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.split()[-1]

    def test_flux_sees_no_drift_and_takes_no_label_off(self):
        self.assertEqual([self.flux(), self.flux("--diff"), self.flux()], ["created", "unchanged", "unchanged"])
        self.assert_labelled()
        # What somebody else changed of its own fields it puts back.
        self.kubectl("label", "--overwrite", "secret", "history", "team=b")
        self.assertEqual([self.flux("--diff"), self.flux(), self.flux("--diff")], ["configured", "configured", "unchanged"])
        self.assert_labelled()

    def test_argo_cd_replaces_and_the_label_is_there(self):
        self.kubectl("create", "-f", self.desired)
        self.kubectl("replace", "-f", self.desired)
        self.assert_labelled()

    def test_what_the_label_command_put_on_stays_through_an_apply_while_the_webhook_is_away(self):
        self.unregister()
        apply = ("apply", "--server-side", "--field-manager=kustomize-controller", "-f", self.desired)
        libcluster.wait_for(lambda: libcluster.LABEL not in self.kubectl(*apply, "--dry-run=server", "-o", "json").json()["metadata"]["labels"],
                            "the API server calls no webhook")
        self.kubectl(*apply)
        self.run_client_of_ours("label", "--namespace", self.namespace, "--policies", libcluster.libwebhook.DEFAULT_POLICIES, "--apply")
        self.kubectl(*apply)
        self.assert_labelled()

    def run_client_of_ours(self, *arguments):
        done = libcluster.subprocess.run([libcluster.libwebhook.binary(), *arguments], capture_output=True, text=True, check=False,
                                         env={"KUBECONFIG": str(libcluster.running.kubeconfig), "PATH": libcluster.os.environ["PATH"]})
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_terraform_takes_label_and_annotation_off_and_the_webhook_puts_them_back(self):
        self.kubectl("create", "-f", self.desired)
        stored = self.secret("history")
        self.assertIn(OWNED, stored["metadata"]["annotations"])
        # hashicorp/kubernetes: a JSON patch that removes what its configuration does not have.
        with libapi.Api() as api:
            answer = api.request("PATCH", f"/api/v1/namespaces/{self.namespace}/secrets/history?fieldManager=Terraform", [
                {"op": "remove", "path": f"/metadata/{field}/{key.replace('/', '~1')}"} for field, key in (("labels", libcluster.LABEL), ("annotations", OWNED))],
                libapi.JSON_PATCH)
        self.assertEqual(answer.status, 200, answer.document)
        # So the next plan has the same difference: hence ignore_labels and ignore_annotations.
        self.assertEqual((answer.document["metadata"]["labels"], answer.document["metadata"]["annotations"]),
                         (stored["metadata"]["labels"], stored["metadata"]["annotations"]))
        self.assertEqual(json.dumps(answer.document["data"]), json.dumps(stored["data"]))


if __name__ == "__main__":
    unittest.main()
