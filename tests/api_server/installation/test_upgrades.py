"""An upgrade from what an earlier commit installs, on a real API server: the certificate, the values and the rights stay or change as they must."""

import contextlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import libinstall  # noqa: E402
from libinstall import NAMESPACE, ROOT  # noqa: E402

# Before certificates' accounts were two, and had admission policies.
COMMIT_BEFORE = "d0e5465"


class FromTheVersionBefore(libinstall.Installed):
    @classmethod
    def setUpClass(cls):
        if subprocess.run(["git", "cat-file", "-e", COMMIT_BEFORE], cwd=ROOT, capture_output=True, check=False).returncode != 0:
            raise unittest.SkipTest(f"no commit {COMMIT_BEFORE}: a clone without history")
        super().setUpClass()
        cls.before = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.before)
        archive = subprocess.run(["git", "archive", COMMIT_BEFORE, "manifests", "certs", "policies"], cwd=ROOT, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", cls.before], input=archive.stdout, check=True)

    def names(self):
        return set(self.kubectl("-n", NAMESPACE, "get", "serviceaccounts,roles,jobs,networkpolicies", "-o", "name").split())

    def test_helm_upgrades_its_chart_and_goes_back(self):
        settings = ("replicas=3", "podLabels.team=a", "commonLabels.owner=b", "housekeeping.audit.enabled=true", "events=true",
                    "extraArgs={--log-level=debug}", "policies.set=strict", "serviceAccount.annotations.x=y")
        for helm in ("helm3", "helm4"):
            with self.subTest(helm), self.installed(helm, chart=self.before / "manifests" / "chart", settings=settings) as made:
                before = self.names()
                self.put(helm, timeout=4)
                self.assert_upgraded(made, 4)
                deployment = json.loads(self.kubectl("-n", NAMESPACE, "get", "deployment", "secret-hygiene", "-o", "json"))
                template = deployment["spec"]["template"]
                self.assertEqual((deployment["spec"]["replicas"], template["metadata"]["labels"]["team"], template["metadata"]["labels"]["owner"]),
                                 (3, "a", "b"))
                self.assertLessEqual({"--events", "--log-level=debug"}, set(template["spec"]["containers"][0]["args"]))
                self.assertEqual(before - self.names(), {"job.batch/secret-hygiene-certs-init-1"})
                self.assertIn("serviceaccount/secret-hygiene-certs-init", self.names())
                self.run_tool(helm, "rollback", "secret-hygiene", "1", "--namespace", NAMESPACE)
                self.assert_upgraded(made, 3)

    def test_kubectl_upgrades_its_overlay(self):
        for way in ("apply", "apply --server-side"):
            with self.subTest(way):
                self.kubectl(*way.split(), "-k", self.before / "manifests" / "overlays" / "self-signed")
                with self.deleted_job(), self.installed(way, timeout=4) as made:
                    self.assert_upgraded(made, 4)

    @contextlib.contextmanager
    def deleted_job(self):
        """As docs/install.md has it: the new one has another account."""
        self.certify()
        self.kubectl("-n", NAMESPACE, "delete", "job", "secret-hygiene-certs-init")
        yield


if __name__ == "__main__":
    unittest.main()
