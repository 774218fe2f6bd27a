"""Strict counting with the rights of manifests/components/counting-strict and no others, and what it leaves when it is uninstalled."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libcounting  # noqa: E402
from libcounting import COMPONENTS, counting  # noqa: E402

sys.path.insert(0, str(libcluster.ROOT / "tests" / "manifests"))
import libmanifests  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

RIGHTS = (libcluster.CORE / "service-account.yaml", COMPONENTS / "counting-local" / "cluster-role.yaml", COMPONENTS / "counting-strict" / "role.yaml")


class Permissions(libcounting.CountingTest):
    ledger_flag = ()  # as the manifests start it

    def setUp(self):
        super().setUp()
        for path in RIGHTS:
            self.admin("apply", "-f", path)
        token = self.admin("create", "token", "secret-hygiene", "--namespace", libcounting.OUR_NAMESPACE).stdout.strip()
        document = json.loads(libcluster.running.kubeconfig.read_text(encoding="utf-8"))
        document["users"][0]["user"] = {"token": token}
        document["contexts"][0]["context"]["namespace"] = libcounting.OUR_NAMESPACE  # as in a pod
        self.as_account = self.file("as-account.json", document)

    def test_they_suffice_for_a_denial_that_markers_confirm(self):
        webhook = self.count(counting(limits={"secretsPerNamespace": 2}), "strict", "--kubeconfig", self.as_account)
        for name in ("first", "second"):
            self.created(name)
        self.assertIn("2 Secrets", self.denied("third"))
        markers = [name for name in self.admin("--namespace", libcounting.LEDGER_NAMESPACE, "get", "secrets", "-o", "name").stdout.split() if "-marker-" in name]
        self.assertTrue(markers)
        self.assertEqual([event for event in webhook.events() if "marker could not" in event["message"]], [])


class Uninstalling(libcounting.CountingTest):
    def test_the_command_of_the_page_removes_ledger_and_markers_and_nothing_of_others(self):
        here = ("--namespace", libcounting.LEDGER_NAMESPACE)

        def of_strict_counting():
            names = self.admin(*here, "get", "configmaps,secrets", "-o", "name").stdout.split()
            return [name for name in names if "/secret-hygiene-ledger" in name or "/secret-hygiene-marker-" in name]
        webhook = self.count(counting(limits={"secretsPerNamespace": 1}), "strict")
        self.created("first")
        self.denied("second")
        self.unregister()
        webhook.process.stop(libcluster.COMMAND_TIMEOUT)
        self.assertEqual({name.split("/")[0] for name in of_strict_counting()}, {"configmap", "secret"})
        self.admin(*here, "create", "secret", "generic", "of-others")
        self.addCleanup(self.admin, *here, "delete", "secret", "of-others")
        (commands,) = libmanifests.install_commands("Uninstalling")
        (command,) = [line.partition("#")[0].split() for line in commands.splitlines() if " delete configmap,secret " in line]
        # As where --ledger names a namespace that stays.
        self.run_client(*(libcounting.LEDGER_NAMESPACE if word == libcounting.OUR_NAMESPACE else word for word in command))
        self.assertEqual(of_strict_counting(), [])
        self.assertEqual(self.admin(*here, "get", "secrets", "-o", "name").stdout.split(), ["secret/of-others"])


if __name__ == "__main__":
    unittest.main()
