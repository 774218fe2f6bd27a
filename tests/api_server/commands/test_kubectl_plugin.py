"""`kubectl secret-hygiene`, with the real kubectl: its help, its completion, and a command against the API server."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libwebhook  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop


class KubectlPlugin(libcluster.ClusterTest):
    def setUp(self):
        super().setUp()
        links = self.directory / "bin"
        links.mkdir()
        for name in ("kubectl-secret_hygiene", "kubectl_complete-secret_hygiene"):
            (links / name).symlink_to(libwebhook.binary())
        self.environment = {"PATH": f"{links}:{libcluster.cluster_tools.search_path()}:/usr/bin:/bin"}

    def plugin(self, *arguments, **options):
        return self.admin("secret-hygiene", *arguments, environment=self.environment, **options)

    def complete(self, *words):
        """(candidates, directive) that kubectl answers a shell."""
        *lines, directive = self.admin("__complete", "secret-hygiene", *words, environment=self.environment).stdout.splitlines()
        return [line.partition("\t")[0] for line in lines], directive

    def test_kubectl_finds_it_and_its_help_names_it_as_it_was_called(self):
        self.assertIn("kubectl-secret_hygiene", self.admin("plugin", "list", environment=self.environment).stdout)
        self.assertIn("Usage: kubectl secret-hygiene [OPTIONS] SUBCOMMAND", self.plugin("--help").stdout)
        self.assertIn("Usage: kubectl secret-hygiene certs show [OPTIONS]", self.plugin("certs", "show", "--help").stdout)
        self.assertRegex(self.plugin("--version").stdout, r"\Asecret-hygiene \S+\n\Z")

    def test_it_uses_kubectls_configuration_and_flags(self):
        missing = self.plugin("certs", "show", check=False)
        self.assertEqual(missing.status, 2)
        self.assertIn("secret-hygiene", missing.stderr)
        elsewhere = self.plugin("certs", "show", "--kubeconfig", self.directory / "none", check=False)
        self.assertEqual(elsewhere.status, 2)
        self.assertIn(str(self.directory / "none"), elsewhere.stderr)

    def test_it_takes_kubectls_flags_for_namespaces_labels_and_output(self):
        self.kubectl("create", "secret", "generic", "history", f"--type={libcluster.HELM_TYPE}")
        self.kubectl("create", "secret", "generic", "other", f"--type={libcluster.HELM_TYPE}")
        self.kubectl("label", "secret", "history", "team=a")
        policies = libwebhook.DEFAULT_POLICIES / "helm-history.yaml"
        for place in (["-n", self.namespace], ["-A"]):
            with self.subTest(place):
                said = self.plugin("label", "-p", policies, *place, "-l", "team=a", "-o", "json", "--kubeconfig",
                                   libcluster.running.kubeconfig, "--context", "test").stdout
                self.assertIn('"history"', said)
                self.assertNotIn('"other"', said)

    def test_kubectl_completes_its_commands_flags_and_values(self):
        self.assertEqual(self.complete("che"), (["check"], ":4"))
        self.assertEqual(self.complete("certs", ""), (["init", "rotate", "show"], ":4"))
        self.assertEqual(self.complete("check", "--out"), (["--output"], ":4"))
        self.assertEqual(self.complete("check", "--output", ""), (["table", "json", "github", "sarif", "junit"], ":4"))
        self.assertEqual(self.complete("lint", ""), ([], ":0"))
        self.assertEqual(self.complete("serve", "--policies", ""), ([], ":16"))


if __name__ == "__main__":
    unittest.main()
