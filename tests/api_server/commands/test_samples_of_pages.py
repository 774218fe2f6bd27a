"""What pages show of commands is what these print.

HYGIENE_UPDATE_GOLDEN=1 in the environment writes the screenshot of docs/audit-reports.md anew.
"""

import base64
import json
import os
import pathlib
import re
import shutil
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402
import libwebhook  # noqa: E402
import libconsole  # noqa: E402
from libhousekeeping import revision  # noqa: E402
import installed_controllers  # noqa: E402

sys.path.insert(0, str(libcluster.ROOT / "tests" / "browser"))
import libchromium  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

KIB = 1024
# Of the page of prune, which shows what a release does that is younger than an hour.
MIN_AGE_SECONDS = 4


def manifest(name, data, **more):
    """As people write it: a key on each line."""
    entries = "".join(f"  {key}: {base64.b64encode(bytes(size)).decode()}\n" for key, size in data.items())
    extra = "".join(f"{key}: {json.dumps(value)}\n" for key, value in more.items())
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: shop\ndata:\n{entries}{extra}"


FILES = {
    "manifests/keystores.yaml": manifest("keystore", {"bundle.jks": 800 * KIB}) + "---\n" + manifest("truststore", {"ca.jks": 300 * KIB}),
    "manifests/web.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n---\n" + manifest("web", {"password": 16}),
    "manifests/sops.yaml": manifest("database", {"password": 16}, sops={"mac": "ENC[AES256_GCM,data:abc,type:str]", "version": "3.9.0"}),
    "truststore.yaml": manifest("truststore", {"ca.jks": 300 * KIB}),
    "port.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: port}\ntype: Opaque\ndata:\n  port: 8443\n",
    "tests/policies/team.yaml": (
        "apiVersion: secret-hygiene.io/v1alpha1\nkind: PolicyTest\npolicies: ../../policies/default\ncases:\n"
        "  - name: a small Secret is allowed\n    object: {metadata: {name: small, namespace: shop}}\n    expect: {verdict: allowed}\n"
        "  - name: a large Secret is denied\n    object: {metadata: {name: large, namespace: shop}, fill: {data: {archive: 900Ki}}}\n"
        "    expect: {verdict: denied}\n"),
}


# As `kubectl events` writes them, in columns as wide as they must be.
TIME, GAP = re.compile(r"\b\d+[dhms]\d*[hms]?\b"), re.compile(r" {2,}")
REVIEW = {"uid": "5f0d2a7c-3b1e-4c5d-9e8f-0a1b2c3d4e5f", "operation": "CREATE", "namespace": "shop", "name": "keystore",
          "userInfo": {"username": "system:serviceaccount:shop:ci"}}


def opaque(name, size):
    return libapi.secret(name, data={"value": base64.b64encode(os.urandom(size)).decode()})


class OfACluster(libcluster.ClusterTest):
    def setUp(self):
        super().setUp()
        self.home = self.directory / "home"
        (self.home / ".kube").mkdir(parents=True)
        (self.home / "policies").symlink_to(libconsole.ROOT / "policies")
        admin = libcluster.running.kubeconfig.read_text(encoding="utf-8")
        (self.home / ".kube" / "config").write_text(admin, encoding="utf-8")
        self.kubeconfig = self.home / ".kube" / "config"
        name = self.run_client("kubectl", "config", "current-context", environment={"KUBECONFIG": str(self.kubeconfig)}).stdout.strip()
        self.run_client("kubectl", "config", "rename-context", name, "prod", environment={"KUBECONFIG": str(self.kubeconfig)})
        for namespace in ("shop", "payments"):
            self.admin("create", "namespace", namespace)
            self.addCleanup(self.admin, "delete", "namespace", namespace)

    def create(self, namespace, *secrets):
        with libapi.Api() as api:
            for each in secrets:
                answer = api.create(namespace, each)
                self.assertEqual(answer.status, 201, answer.text)

    def check(self, page, replaced=(), shape=lambda line: line):
        """`shape`: what is compared of a line."""
        samples = [sample for block in libconsole.blocks_of(page) for sample in block]
        self.assertGreater(len(samples), 0)
        path = libcluster.cluster_tools.search_path()
        for sample, printed in zip(samples, libconsole.run(samples, self.home, libwebhook.binary(), path, replaced), strict=True):
            with self.subTest(command=sample.command):
                printed = [line.replace(str(self.home), "/home/me") for line in printed]
                self.assertTrue(libconsole.is_shown(list(map(shape, sample.printed)), list(map(shape, printed))), "printed is:\n" + "\n".join(printed))

    def fill(self):
        self.create("shop", *(revision("web", number, 40, 292 * KIB) for number in range(1, 41)),
                    *(revision("web.canary", number, 12, 120 * KIB) for number in range(1, 13)),
                    opaque("keystore", 800 * KIB), opaque("truststore", 310 * KIB))
        self.create("payments", *(revision("ledger", number, 25, 196 * KIB) for number in range(1, 26)),
                    *(opaque(f"account-{number}", 400) for number in range(9)))

    def test_audit(self):
        self.fill()
        policies = libcluster.policies(
            libcluster.policy("helm-revisions", mode="Warn", match={"types": [libcluster.HELM_TYPE]}, limits={"secretsPerRelease": 20}),
            libcluster.policy("quota", mode="Enforce", limits={"secretsPerNamespace": 500, "bytesPerNamespace": "64Mi",
                                                               "secretsPerCluster": 20000}))
        self.admin("create", "namespace", "secret-hygiene")
        self.addCleanup(self.admin, "delete", "namespace", "secret-hygiene")
        self.admin("-n", "secret-hygiene", "create", "configmap", "secret-hygiene-policies",
                   f"--from-file={self.file('limits.yaml', policies)}")
        self.check("audit.md")

    def test_audit_metrics(self):
        self.fill()
        self.check("audit-metrics.md")

    def install_controllers(self):
        for controller in ("Reloader", "Kong Ingress Controller"):
            self.admin("-n", "shop", "apply", "-f", "-", stdin=json.dumps(installed_controllers.installed(controller)))

    def test_controllers(self):
        self.fill()
        self.install_controllers()
        self.check("controllers.md")

    @unittest.skipUnless(os.environ.get("HYGIENE_UPDATE_GOLDEN"), "writes the screenshot of docs/audit-reports.md")
    def test_picture_of_an_audit(self):
        self.fill()
        self.install_controllers()
        libconsole.run([libconsole.Sample("secret-hygiene audit -A -p policies/strict -o html >page.html", [])], self.home, libwebhook.binary())
        path = self.home / "page.html"
        path.write_text(path.read_text(encoding="utf-8").replace(str(self.home), "/home/me"), encoding="utf-8")
        with libchromium.Browser() as browser:
            (libcluster.ROOT / "docs" / "audit-page.webp").write_bytes(browser.open(path, 1200, 900).screenshot(form="webp"))

    def test_label(self):
        self.create("shop", opaque("keystore", 600_000), *(revision("web", number, 2) for number in (1, 2)),
                    opaque("account", 40), opaque("session", 40))
        self.check("label.md")

    def test_prune(self):
        self.create("shop", *(revision("web", number, 24, 496 * KIB) for number in range(1, 25)),
                    *(revision("mail", number, 2) for number in (1, 2)))
        time.sleep(MIN_AGE_SECONDS)
        self.create("shop", *(revision("api", number, 31) for number in range(1, 32)))
        self.check("prune.md", [("secret-hygiene prune", f"secret-hygiene prune --min-age {MIN_AGE_SECONDS}s")])

    def prepare(self, hook):
        hook["sideEffects"] = "NoneOnDryRun"

    def test_events(self):
        self.admin("create", "namespace", "team-payments")
        self.addCleanup(self.admin, "delete", "namespace", "team-payments")
        webhook = self.serve(libcluster.policies(libcluster.policy("team-limits", mode="Enforce", limits={"bytesPerSecret": "768Ki"},
                                                                   message="Keep large files in a volume.")),
                             arguments=["--events", "--kubeconfig", self.kubeconfig])
        with libapi.Api() as api:
            for _ in range(3):
                self.assertEqual(api.create("team-payments", opaque("backup-bundle", 900 * KIB)).status, 403)
        libcluster.wait_for(lambda: [event["count"] for event in self.admin("-n", "team-payments", "get", "events", "-o", "json").json()["items"]] == [3],
                            "an Event with a count of 3")
        self.check("events.md", shape=lambda line: GAP.sub("  ", TIME.sub("TIME", line)))
        self.assertEqual(webhook.events("an Event could not be written"), [])


class Offline(libwebhook.WebhookTest):
    def setUp(self):
        super().setUp()
        shutil.copytree(libconsole.ROOT / "policies", self.directory / "policies")
        for name, text in FILES.items():
            path = self.directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def test_a_page_shows_what_the_program_prints(self):
        for page, count in (("check.md", 3), ("test.md", 1)):
            blocks = libconsole.blocks_of(page)
            self.assertEqual(len(blocks), count)
            for samples in blocks:
                for sample, printed in zip(samples, libconsole.run(samples, self.directory, libwebhook.binary()), strict=True):
                    with self.subTest(page=page, command=sample.command):
                        self.assertTrue(libconsole.is_shown(sample.printed, printed), "printed is:\n" + "\n".join(printed))

    def test_the_line_of_a_decision(self):
        page = (libconsole.ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
        shown = json.loads(re.search(r"^```json\n(.*)\n```$", page, re.MULTILINE)[1])
        webhook = self.start(self.policies(libwebhook.policy_text("size-limits", "mode: Enforce", "limits: {bytesPerSecret: 768Ki}")))
        review = json.loads(libwebhook.sample("create-opaque-validate"))
        review["request"].update(REVIEW)
        review["request"]["object"]["metadata"].update({"namespace": "shop", "name": "keystore"})
        review["request"]["object"]["data"] = {"bundle.jks": base64.b64encode(bytes(900 * KIB)).decode()}
        webhook.review("/validate", json.dumps(review).encode())
        logged = webhook.wait_for_event("denied")
        self.assertEqual(list(shown), list(logged))
        for varies in ("time", "duration_us"):
            self.assertIs(type(shown.pop(varies)), type(logged.pop(varies)))
        self.assertEqual(shown, logged)

    def test_a_line_that_differs_is_seen_and_one_that_is_left_out_is_not(self):
        self.assertTrue(libconsole.is_shown(["a", "...", "d"], ["a", "b", "c", "d"]))
        self.assertTrue(libconsole.is_shown(["a", "...", "b"], ["a", "b"]))
        for shown in (["a", "...", "e"], ["a", "d"], ["b", "...", "d"], ["a", "...", "c"]):
            self.assertFalse(libconsole.is_shown(shown, ["a", "b", "c", "d"]))


if __name__ == "__main__":
    unittest.main()
