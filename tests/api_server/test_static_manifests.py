"""manifests/static, put in place by the commands of docs/platforms.md: a real API server reads them, and calls the webhook by them alone."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import libcluster  # noqa: E402  (first: it says where the others are)

BASE = "/etc/kubernetes/secret-hygiene"
PODS = "/etc/kubernetes/manifests"
GATE = "ManifestBasedAdmissionControlConfig"
KINDS = ("mutatingwebhookconfigurations", "validatingwebhookconfigurations")
directory = tempfile.TemporaryDirectory(prefix="secret-hygiene-static-")
base = pathlib.Path(directory.name, "base")
port = libcluster.lasting_port()


def setUpModule():
    if not libcluster.cluster_tools.knows_feature_gate(GATE):
        raise unittest.SkipTest("an API server before 1.36")
    page = (libcluster.ROOT / "docs" / "platforms.md").read_text(encoding="utf-8")
    commands = re.search(r"^## Your own control plane\n.*?```sh\n(.*?)```", page, re.MULTILINE | re.DOTALL)[1]
    here = pathlib.Path(directory.name)
    (here / "bin").mkdir()
    (here / "pods").mkdir()
    # This machine has no such user, and the tests need not run as root.
    (here / "bin" / "chown").write_text('#!/bin/sh\n[ "$1 $2" = "-R 65532:65532" ]\n', encoding="utf-8")
    (here / "bin" / "chown").chmod(0o755)
    subprocess.run(["bash", "-e"], input=commands.replace(BASE, str(base)).replace(PODS, str(here / "pods")), cwd=libcluster.ROOT, text=True, check=True,
                   env={**os.environ, "PATH": os.pathsep.join([str(here / "bin"), libcluster.cluster_tools.search_path(), os.environ["PATH"]])},
                   capture_output=True)
    for path in (*base.glob("*/webhook.yaml"), base / "admission-configuration.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace(":8443/", f":{port}/").replace(BASE, str(base)), encoding="utf-8")
    libcluster.start([f"--feature-gates={GATE}=true",
                      f"--admission-control-config-file={base / 'admission-configuration.yaml'}"])


def tearDownModule():
    libcluster.stop()
    directory.cleanup()


class Made:
    """The certificate that the commands made, as libwebhook.Webhook takes it."""

    directory, ca = base / "tls", str(base / "tls" / "tls.crt")


class Static(libcluster.ClusterTest):
    def setUp(self):
        super().setUp()
        self.webhook = self.start(base / "policies", Made(), arguments=["--listen", f"127.0.0.1:{port}"])

    def test_a_secret_is_labelled_and_judged_from_the_first_request_after_a_restart(self):
        for name in ("before", "after"):
            self.kubectl("create", "-f", self.manifest(name, libcluster.HELM_TYPE))
            self.assertEqual(self.labels(name), {libcluster.LABEL: "true"})
            libcluster.running.stop_process("kube-apiserver")
            libcluster.running.start_process("kube-apiserver")
        self.assertEqual(libcluster.called_endpoints(self.webhook), [2, 2])

    def test_the_api_neither_shows_nor_takes_them(self):
        self.assertEqual(self.admin("get", ",".join(KINDS), "-o", "name").stdout, "")
        for kind in ("mutating", "validating"):
            said = self.admin("create", "-f", base / kind / "webhook.yaml", check=False).stderr
            self.assertIn(".static.k8s.io", said)

    def test_a_changed_file_is_read_without_a_restart(self):
        path = base / "mutating" / "webhook.yaml"
        text = path.read_text(encoding="utf-8")
        self.addCleanup(path.write_text, text, encoding="utf-8")
        path.write_text(text.replace("[kube-system]", f"[kube-system, {self.namespace}]"), encoding="utf-8")

        def is_left_out():
            created = self.kubectl("create", "--dry-run=server", "-o", "json", "-f", self.manifest("one", libcluster.HELM_TYPE)).json()
            return "labels" not in created["metadata"]
        libcluster.wait_for(is_left_out, "the API server reads the file again", 120)


if __name__ == "__main__":
    unittest.main()
