"""manifests/ and the chart on a real API server, by the clients that people install them with."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
MANIFESTS = ROOT / "manifests"
CHART = MANIFESTS / "chart"
NAMESPACE = "secret-hygiene"
BINARY = os.environ.get("SECRET_HYGIENE_BINARY", str(ROOT / "build" / "release" / "secret-hygiene"))
CONFIGURATIONS = ("mutatingwebhookconfiguration", "validatingwebhookconfiguration")
WAYS = ("apply", "apply --server-side", "helm3", "helm4")

sys.path[:0] = [str(ROOT / "tests" / "lib"), str(ROOT / "tests" / "manifests")]
import cluster  # noqa: E402  (found by the line above)
import cluster_tools  # noqa: E402


class OnACluster(unittest.TestCase):
    """One cluster for the tests of a class."""

    @classmethod
    def setUpClass(cls):
        directory = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, directory, ignore_errors=True)
        cls.cluster = cluster.Cluster(directory, end_with_us=True)
        cls.addClassCleanup(cls.cluster.down)
        cls.cluster.up()

    def run_tool(self, name, *arguments, text="", refused=""):
        """What the tool says; with `refused` it must fail, and say that."""
        environment = {**os.environ, "KUBECONFIG": str(self.cluster.kubeconfig),
                       **{f"HELM_{kind}_HOME": str(self.cluster.directory / "helm") for kind in ("CACHE", "CONFIG", "DATA")}}
        done = subprocess.run([cluster_tools.tool(name), *map(str, arguments)], input=text, env=environment,
                              capture_output=True, text=True, timeout=120, check=False)
        if refused:
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(refused, done.stderr)
            return done.stdout
        self.assertEqual(done.returncode, 0, f"{name} {' '.join(map(str, arguments))}: {done.stdout}{done.stderr}")
        # A field that the API server does not know, or a pod that restricted pod security would refuse, is only warned of.
        # What kubectl says of a namespace that was applied in another way before is not about the manifests.
        warnings = [line for line in done.stderr.splitlines()
                    if line.startswith("Warning:") and "last-applied-configuration" not in line]
        self.assertEqual(warnings, [])
        return done.stdout

    def kubectl(self, *arguments, **options):
        return self.run_tool("kubectl", *arguments, **options)

    def make_namespace(self):
        self.kubectl("apply", "-f", MANIFESTS / "core" / "namespace.yaml")

    def rendered(self, directory):
        """All but the objects of cert-manager, whose types this cluster lacks."""
        documents = self.kubectl("kustomize", directory).split("\n---\n")
        return "\n---\n".join(text for text in documents if "apiVersion: cert-manager.io/" not in text)

    def certify(self):
        """`certs init`; returns what must then stay: the Secret, and every caBundle."""
        environment = {**os.environ, "KUBECONFIG": str(self.cluster.kubeconfig)}
        done = subprocess.run([BINARY, "certs", "init"], env=environment, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        made = self.certified()
        self.assertEqual(set(made[1].values()), {made[0]["data"]["ca.crt"]})
        return made

    def certified(self):
        secret = json.loads(self.kubectl("-n", NAMESPACE, "get", "secret", "secret-hygiene-tls", "-o", "json"))
        return secret, {hook["name"]: hook["clientConfig"].get("caBundle")
                        for kind in CONFIGURATIONS for hook in self.configuration(kind)["webhooks"]}

    def configuration(self, kind):
        return json.loads(self.kubectl("get", kind, "secret-hygiene", "-o", "json"))

    def remove(self, yaml_text):
        self.kubectl("delete", *[f"{kind}/secret-hygiene" for kind in CONFIGURATIONS])
        self.kubectl("delete", "--ignore-not-found", "-f", "-", text=yaml_text)


class Installed(OnACluster):
    """An installation in one of the four ways."""

    def put(self, way, platform="", timeout=3, force=False, refused="", chart=CHART, settings=()):
        """Installs or upgrades."""
        if way.startswith("helm"):
            values = [f"timeoutSeconds={timeout}", *([f"platform={platform}"] if platform else []), *settings]
            self.run_tool(way, "upgrade", "--install", "secret-hygiene", chart, "--namespace", NAMESPACE, "--reset-then-reuse-values",
                          *(part for value in values for part in ("--set", value)), *(["--force-conflicts"] if force else []), refused=refused)
            return
        with tempfile.TemporaryDirectory() as scratch:
            here = pathlib.Path(scratch)
            presets = [MANIFESTS / "platforms" / platform] if platform else []
            (here / "kustomization.yaml").write_text(json.dumps({
                "resources": [os.path.relpath(MANIFESTS / "overlays" / "self-signed", here)],
                "components": [os.path.relpath(preset, here) for preset in presets]}), encoding="utf-8")
            text = self.rendered(here).replace("timeoutSeconds: 3", f"timeoutSeconds: {timeout}")
        self.kubectl(*way.split(), *(["--force-conflicts"] if force else []), "-f", "-", text=text, refused=refused)

    @contextlib.contextmanager
    def installed(self, way, **options):
        """What must stay, as certify() returns it."""
        self.make_namespace()
        try:
            self.put(way, **options)
            yield self.certify()
        finally:
            self.kubectl("delete", "--ignore-not-found", *[f"{kind}/secret-hygiene" for kind in CONFIGURATIONS])
            if way.startswith("helm"):
                self.run_tool(way, "uninstall", "secret-hygiene", "--namespace", NAMESPACE)
                self.kubectl("delete", "namespace", NAMESPACE)
            else:
                self.kubectl("delete", "--ignore-not-found", "-k", MANIFESTS / "overlays" / "self-signed")

    def assert_upgraded(self, made, timeout):
        self.assertEqual(self.configuration(CONFIGURATIONS[0])["webhooks"][0]["timeoutSeconds"], timeout)
        self.assertEqual(self.certified(), made)
