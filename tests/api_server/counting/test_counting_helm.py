"""Helm 3 and 4 that prune their own history under a limit on revisions: Helm deletes the oldest just before it writes the next.

SECRET_HYGIENE_HELM_UPGRADES=50 makes as many upgrades of each release, with each Helm in both ways of counting.
"""

import concurrent.futures
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402
import libcounting  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

UPGRADES = int(os.environ.get("SECRET_HYGIENE_HELM_UPGRADES", "0"))
HISTORIES = (1, 2, 10)
# Upgrades that find the history full, where nobody asked for a number.
FULL = 4


class Helm(libcounting.CountingTest):
    def chart(self):
        self.file("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        self.file("chart/templates/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
                                              "data:\n  colour: {{ .Values.colour | quote }}\n")
        return self.directory / "chart"

    def upgrade(self, version, namespace, chart, history):
        """One release from its first revision on; how many revisions are stored after each upgrade."""
        where = ("--namespace", namespace)
        self.run_client(f"helm{version}", "install", "web", chart, *where, "--set", "colour=c0")
        stored = []
        for number in range(UPGRADES or history + FULL):
            self.run_client(f"helm{version}", "upgrade", "web", chart, *where, "--history-max", history,
                            "--set", f"colour=c{number + 1}")
            listed = self.run_client("kubectl", "get", "secrets", *where, "-o", "name").stdout
            stored.append(len(listed.splitlines()))
        return stored

    def run_histories(self, version, mode):
        """One release for each length of history, beside each other."""
        names = {history: f"{self.namespace}-history-{history}" for history in HISTORIES}
        webhook = self.count(libcluster.policies(*(
            libcluster.policy(f"history-{history}", mode="Enforce", limits={"secretsPerRelease": max(2, history)},
                              match={"types": [libcluster.HELM_TYPE], "namespaces": [name]})
            for history, name in names.items())), mode, "--when-counts-unknown", "deny")
        for name in names.values():
            self.admin("create", "namespace", name)
        chart = self.chart()
        with concurrent.futures.ThreadPoolExecutor(len(HISTORIES)) as pool:
            releases = {history: pool.submit(self.upgrade, version, name, chart, history) for history, name in names.items()}
        for history, release in releases.items():
            stored = release.result()
            self.assertLessEqual(max(stored), max(2, history))
            self.assertEqual(stored[-1], max(2, history))
        self.assertEqual(libcluster.requests_to(webhook, "validate", "denied"), 0)
        # The limits are there: a Helm that keeps one more is stopped.
        denied = self.run_client(f"helm{version}", "upgrade", "web", chart, "--namespace", names[2], "--history-max", 3,
                                 "--set", "colour=last", check=False)
        self.assertIn(f"release web in namespace {names[2]} holds 2 of 2 revisions", denied.stderr)

    def test_helm_3_prunes_its_history_while_one_webhook_counts(self):
        self.run_histories(3, "local")

    def test_helm_4_prunes_its_history_while_the_ledger_counts(self):
        self.run_histories(4, "strict")

    @unittest.skipUnless(UPGRADES, "SECRET_HYGIENE_HELM_UPGRADES is not set")
    def test_helm_3_prunes_its_history_while_the_ledger_counts(self):
        self.run_histories(3, "strict")

    @unittest.skipUnless(UPGRADES, "SECRET_HYGIENE_HELM_UPGRADES is not set")
    def test_helm_4_prunes_its_history_while_one_webhook_counts(self):
        self.run_histories(4, "local")


if __name__ == "__main__":
    unittest.main()
