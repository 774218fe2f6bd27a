"""Helm 3 and Helm 4 with the webhook between them and the API server."""

import base64
import os
import pathlib
import sys
import unittest

import libcluster

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "manifests"))
import libmanifests  # noqa: E402  (found by the line above)

setUpModule = libcluster.start
tearDownModule = libcluster.stop

UPGRADES = 10
# Base64 of random bytes does not compress, so that a release of it is larger than this; one of the small chart is not.
POLICIES = libcluster.policies(
    libcluster.policy("helm-history", match={"types": [libcluster.HELM_TYPE]},
                      labels={libcluster.LABEL: "true"}),
    libcluster.policy("release-size", mode="Enforce", match={"types": [libcluster.HELM_TYPE]},
                      limits={"bytesPerSecret": "16Ki"}, message="Take files out of the chart."))
DENIED = ('admission webhook "validate.secret-hygiene.io" denied the request: policy "release-size": ')


class Helm:
    """What holds for both; the classes below say which."""

    version = 0

    def setUp(self):
        super().setUp()
        self.webhook = self.serve(POLICIES)
        self.chart = self.make_chart("small", "")
        self.large = self.make_chart("large", base64.b64encode(os.urandom(24 * 1024)).decode())

    def make_chart(self, name, ballast):
        self.file(f"{name}/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        self.file(f"{name}/values.yaml", "colour: red\n")
        self.file(f"{name}/ballast.txt", ballast)
        self.file(f"{name}/templates/map.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
                                                "data:\n  colour: {{ .Values.colour }}\n")
        return self.directory / name

    def run_helm(self, *arguments, **options):
        return self.helm(self.version, *arguments, **options)

    def revisions(self):
        """{revision: labels} of the release's Secrets."""
        listed = self.kubectl("get", "secrets", "--field-selector", f"type={libcluster.HELM_TYPE}", "-o", "json").json()
        return {int(item["metadata"]["labels"]["version"]): item["metadata"]["labels"] for item in listed["items"]}

    def assert_labelled(self, statuses):
        """`statuses`: {revision: status}. Every revision carries our label and Helm's own, as Helm gave them."""
        found = self.revisions()
        self.assertEqual({number: labels["status"] for number, labels in found.items()}, statuses)
        for number, labels in found.items():
            self.assertEqual(labels[libcluster.LABEL], "true", number)
            self.assertEqual((labels["name"], labels["owner"], labels["version"]), ("web", "helm", str(number)))
            self.assertEqual(set(labels) - {"createdAt", "modifiedAt"},
                             {libcluster.LABEL, "name", "owner", "status", "version"})

    def history(self):
        return {entry["revision"]: entry["status"]
                for entry in self.run_helm("history", "web", "-o", "json").json()}

    def colour(self):
        return self.kubectl("get", "configmap", "web", "-o", "jsonpath={.data.colour}").stdout

    def assert_no_update_was_denied(self):
        denied = [name for name, value in self.webhook.metrics().items()
                  if 'operation="UPDATE"' in name and 'verdict="denied"' in name and value]
        self.assertEqual(denied, [])

    def test_install_ten_upgrades_rollback_and_uninstall(self):
        self.assertIn("STATUS: deployed\nREVISION: 1\n", self.run_helm("install", "web", self.chart).stdout)
        self.assert_labelled({1: "deployed"})
        for revision in range(2, UPGRADES + 2):
            said = self.run_helm("upgrade", "web", self.chart, "--set", f"colour=c{revision}", "--history-max", "0").stdout
            self.assertIn('Release "web" has been upgraded. Happy Helming!\n', said)
            expected = {number: "superseded" for number in range(1, revision)} | {revision: "deployed"}
            self.assert_labelled(expected)
        self.assertEqual(self.history(), expected)
        self.assertEqual(self.run_helm("rollback", "web", "3", "--history-max", "0").stdout,
                         "Rollback was a success! Happy Helming!\n")
        expected = {number: "superseded" for number in range(1, UPGRADES + 2)} | {UPGRADES + 2: "deployed"}
        self.assert_labelled(expected)
        self.assertEqual(self.history(), expected)
        self.assertEqual(self.colour(), "c3")
        self.assertEqual(self.run_helm("uninstall", "web").stdout, 'release "web" uninstalled\n')
        self.assertEqual(self.revisions(), {})
        self.assert_no_update_was_denied()

    def test_uninstall_that_keeps_the_history(self):
        self.run_helm("install", "web", self.chart)
        self.run_helm("upgrade", "web", self.chart)
        self.assertEqual(self.run_helm("uninstall", "web", "--keep-history").stdout, 'release "web" uninstalled\n')
        self.assert_labelled({1: "superseded", 2: "uninstalled"})
        self.assertEqual(self.history(), {1: "superseded", 2: "uninstalled"})
        self.run_helm("rollback", "web", "1")
        self.assert_labelled({1: "superseded", 2: "uninstalled", 3: "deployed"})
        self.assert_no_update_was_denied()

    def test_a_denied_install_says_why_and_leaves_nothing(self):
        denied = self.run_helm("install", "web", self.large, check=False)
        self.assertEqual(denied.status, 1)
        self.assertIn("Error: INSTALLATION FAILED: create: failed to create: " + DENIED, denied.stderr)
        self.assertIn("Take files out of the chart.", denied.stderr)
        self.assertEqual(self.revisions(), {})
        self.run_helm("install", "web", self.chart)
        self.assert_labelled({1: "deployed"})

    def test_a_denied_upgrade_says_why_and_leaves_the_release_usable(self):
        self.run_helm("install", "web", self.chart)
        denied = self.run_helm("upgrade", "web", self.large, "--set", "colour=blue", check=False)
        self.assertEqual(denied.status, 1)
        self.assertIn("Error: UPGRADE FAILED: create: failed to create: " + DENIED, denied.stderr)
        self.assert_labelled({1: "deployed"})
        self.assertEqual(self.colour(), "red")
        self.run_helm("upgrade", "web", self.chart, "--set", "colour=green")
        self.assert_labelled({1: "superseded", 2: "deployed"})
        self.assertEqual(self.colour(), "green")
        self.assert_no_update_was_denied()

    def test_a_release_over_a_limit_that_came_later_can_be_upgraded_and_removed_but_not_gone_back_to(self):
        relaxed = libcluster.libwebhook.KubeletDirectory(self.directory / "relaxed")
        relaxed.swap({"policies.yaml": POLICIES.replace("16Ki", "1Mi")})
        self.unregister()
        self.webhook = self.serve(relaxed)
        self.run_helm("install", "web", self.large)
        relaxed.swap({"policies.yaml": POLICIES})
        libcluster.wait_for(lambda: self.webhook.events("policies reloaded"), "the stricter policy is in force")
        self.run_helm("upgrade", "web", self.chart)
        self.assert_labelled({1: "superseded", 2: "deployed"})
        # A rollback writes a new revision, as large as the one it goes back to.
        denied = self.run_helm("rollback", "web", "1", check=False)
        self.assertEqual(denied.status, 1)
        self.assertIn("Error: create: failed to create: " + DENIED, denied.stderr)
        self.assert_labelled({1: "superseded", 2: "deployed"})
        self.run_helm("uninstall", "web")
        self.assertEqual(self.revisions(), {})
        self.assert_no_update_was_denied()

    def test_the_test_of_our_chart_passes_with_the_webhook_and_fails_without(self):
        objects = libmanifests.chart("tests.image=kubectl", f"tests.namespace={self.namespace}", helm=f"helm{self.version}")
        (container,) = objects["Pod", "secret-hygiene-test"]["spec"]["containers"]
        self.assertEqual(self.kubectl(*container["args"]).stdout, "true")
        self.unregister()
        libcluster.wait_for(lambda: self.kubectl(*container["args"], check=False).status == 1, "the API server calls no webhook")
        self.assertEqual(self.kubectl("get", "secrets", "-o", "name").stdout, "")

    def test_controllers_can_leave_the_history_out(self):
        self.run_helm("install", "web", self.chart)
        self.kubectl("create", "secret", "generic", "own")
        for selector in (["-l", f"!{libcluster.LABEL}"], ["--field-selector", f"type!={libcluster.HELM_TYPE}"]):
            self.assertEqual(self.kubectl("get", "secrets", *selector, "-o", "name").stdout, "secret/own\n")
        self.assertEqual(len(self.kubectl("get", "secrets", "-o", "name").stdout.splitlines()), 2)


class Helm3(Helm, libcluster.ClusterTest):
    version = 3


class Helm4(Helm, libcluster.ClusterTest):
    version = 4


if __name__ == "__main__":
    unittest.main()
