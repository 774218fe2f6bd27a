"""`audit -o policyreport` and `-o html` on a real API server: what kubectl takes, what --apply writes and deletes, with which
permissions; what a browser makes of names that are markup.

The kind comes from policyreports.yaml, which the API server holds every report to.
"""

import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402
import libwebhook  # noqa: E402

sys.path.append(str(libcluster.ROOT / "tests" / "browser"))
import libchromium  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

DEFINITIONS = libcluster.ROOT / "tests" / "api_server" / "policyreports.yaml"
GROUP = "/apis/wgpolicyk8s.io/v1alpha2"
NAME = "secret-hygiene"
POLICIES = libcluster.policies(
    libcluster.policy("few", mode="Warn", match={"types": ["Opaque"]}, limits={"secretsPerNamespace": 2}, message="Tidy up."),
    libcluster.policy("small", mode="Enforce", match={"types": ["Opaque"]}, limits={"bytesPerSecret": 10}))


def report_path(namespace):
    return f"{GROUP}/namespaces/{namespace}/policyreports/{NAME}" if namespace else f"{GROUP}/clusterpolicyreports/{NAME}"


class AuditTest(libcluster.ClusterTest):
    def setUp(self):
        super().setUp()
        self.api = libapi.Api()
        self.addCleanup(self.api.close)
        self.policy_directory = self.policies(POLICIES)

    def define(self):
        """The kind is installed, until the end of the test, with all reports."""
        self.admin("apply", "-f", DEFINITIONS)
        self.addCleanup(self.admin, "delete", "-f", DEFINITIONS)
        for plural in ("policyreports", "clusterpolicyreports"):
            libcluster.wait_for(lambda plural=plural: self.api.get(f"{GROUP}/{plural}").status == 200, f"{plural} are served")

    def audit(self, *arguments, user="admin", output="policyreport"):
        """The audit of the test's namespace, or of what `arguments` say."""
        where = [] if "-A" in arguments else ["-n", self.namespace]
        done = subprocess.run(
            [libwebhook.binary(), "audit", "-p", str(self.policy_directory), "-o", output, *where, *arguments],
            env={"KUBECONFIG": str(libcluster.running.kubeconfig_of(user)), "HOME": libcluster.running.directory},
            capture_output=True, text=True, timeout=libcluster.COMMAND_TIMEOUT, check=False)
        return libcluster.Result(done)

    def audited(self, *arguments, **options):
        done = self.audit(*arguments, **options)
        self.assertEqual(done.status, 0, done.stderr)
        return done

    def report(self, namespace=None):
        answer = self.api.get(report_path(self.namespace if namespace is None else namespace))
        return answer.document if answer.status == 200 else None

    def make(self, name, value="short", namespace=None):
        self.admin("create", "secret", "generic", name, f"--from-literal=k={value}", "-n", namespace or self.namespace)


class Printed(AuditTest):
    def test_kubectl_takes_what_it_prints(self):
        self.define()
        self.make("a")
        self.make("b", "longer than ten bytes")
        self.make("c")
        text = self.audited().stdout
        self.assertEqual(self.kubectl("apply", "--validate=strict", "-f", "-", stdin=text).stdout,
                         f"policyreport.wgpolicyk8s.io/{NAME} created\n")
        self.assertIn("unchanged", self.kubectl("apply", "-f", "-", stdin=self.audited().stdout).stdout)
        report = self.report()
        self.assertEqual(report["summary"], {"pass": 2, "fail": 1, "warn": 1, "error": 0, "skip": 0})
        self.assertEqual([(result["policy"], result["rule"], result["result"]) for result in report["results"]],
                         [("few", "secretsPerNamespace", "warn"), ("small", "bytesPerSecret", "fail")])
        self.assertEqual(report["results"][1]["resources"],
                         [{"apiVersion": "v1", "kind": "Secret", "namespace": self.namespace, "name": "b"}])
        self.assertNotIn("longer than ten bytes", text)

    def test_a_namespace_with_many_findings_is_bounded_and_counted(self):
        self.define()
        name = "n" * 240
        for number in range(600):
            document = libapi.secret(f"{name}-{number:03}", data={"k": "A" * 16})
            self.assertEqual(self.api.request("POST", libapi.secrets_path(self.namespace), document).status, 201)
        self.kubectl("apply", "-f", "-", stdin=self.audited().stdout)
        report = self.report()
        shown = len(report["results"])
        self.assertEqual(report["summary"]["fail"], 600)
        self.assertEqual(int(report["metadata"]["annotations"]["secret-hygiene.io/results-left-out"]), 601 - shown)
        self.assertGreater(shown, 100)


class Applied(AuditTest):
    def test_reports_are_written_and_a_second_time_nothing_changes(self):
        self.define()
        self.make("a", "longer than ten bytes")
        self.assertEqual(self.audited("--apply").stdout, "1 PolicyReport written, 0 unchanged, 0 deleted\n")
        report = self.report()
        self.assertEqual(report["metadata"]["labels"], {"app.kubernetes.io/managed-by": NAME})
        self.assertEqual({field["manager"] for field in report["metadata"]["managedFields"]}, {NAME})
        self.assertEqual(self.audited("--apply").stdout, "0 PolicyReports written, 1 unchanged, 0 deleted\n")
        self.assertEqual(self.report(), report)
        self.make("b")
        self.assertEqual(self.audited("--apply").stdout, "1 PolicyReport written, 0 unchanged, 0 deleted\n")
        self.assertEqual(self.report()["summary"]["pass"], 1)

    def test_what_says_nothing_any_more_is_deleted_and_others_reports_stay(self):
        self.define()
        self.make("a")
        self.audited("--apply")
        theirs = {"apiVersion": "wgpolicyk8s.io/v1alpha2", "kind": "PolicyReport", "metadata": {"name": "theirs"}}
        self.kubectl("apply", "-f", "-", stdin=json.dumps(theirs))
        self.kubectl("delete", "secret", "a")
        self.assertEqual(self.audited("--apply").stdout, "0 PolicyReports written, 0 unchanged, 1 deleted\n")
        self.assertIsNone(self.report())
        self.assertEqual(self.kubectl("get", "policyreports", "-o", "name").stdout, "policyreport.wgpolicyk8s.io/theirs\n")

    def test_all_namespaces_one_that_is_being_deleted_and_the_cluster(self):
        self.define()
        other = f"{self.namespace}-gone"
        self.admin("create", "namespace", other)
        self.make("a")
        # A finalizer keeps these Secrets, and so the namespace, until the end of the test. They are too many.
        for name in ("one", "two", "three"):
            held = libapi.secret(name, metadata={"finalizers": ["example.com/hold"]}, data={"k": "AAAA"})
            self.assertEqual(self.api.request("POST", libapi.secrets_path(other), held).status, 201)
            self.addCleanup(self.admin, "patch", "secret", name, "-n", other, "--type=merge",
                            "--patch", '{"metadata":{"finalizers":null}}')
        self.admin("delete", "namespace", other, "--wait=false")
        libcluster.wait_for(lambda: self.api.get(f"/api/v1/namespaces/{other}").document["status"]["phase"] == "Terminating",
                            "the namespace is being deleted")
        # Namespaces of earlier tests have reports too.
        self.assertIn("; 1 namespace is being deleted\n", self.audited("-A", "--apply").stdout)
        self.assertIsNone(self.report(other))
        self.assertIsNotNone(self.report())
        self.policy_directory = self.policies(
            libcluster.policy("all", mode="Warn", match={"types": ["Opaque"]}, limits={"secretsPerCluster": 1}), "cluster-policies")
        self.audited("-A", "--apply")
        self.assertIsNone(self.report())
        cluster = self.report("")
        self.assertEqual(cluster["kind"], "ClusterPolicyReport")
        self.assertEqual(cluster["results"][0]["rule"], "secretsPerCluster")
        # Of one namespace: the report of the cluster stays.
        self.audited("--apply")
        self.assertEqual(self.report(""), cluster)
        self.policy_directory = self.policies(POLICIES)
        self.audited("-A", "--apply")
        self.assertIsNone(self.report(""))

    def test_without_the_kind_the_error_says_how_to_get_it(self):
        self.make("a")
        done = self.audit("--apply")
        self.assertEqual(done.status, 2)
        self.assertIn("the API server serves no PolicyReports (openreports.io/v1alpha1 or wgpolicyk8s.io/v1alpha2): install their "
                      "CustomResourceDefinitions", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_reports_are_of_openreports_where_the_cluster_serves_it_also_beside_the_older_api(self):
        text = DEFINITIONS.read_text(encoding="utf-8")
        for old, new in (("policyreport", "report"), ("PolicyReport", "Report"), ("polr", "orep"), ("wgpolicyk8s.io", "openreports.io"),
                         ("v1alpha2", "v1alpha1")):
            text = text.replace(old, new)
        self.admin("apply", "-f", "-", stdin=text)
        self.addCleanup(self.admin, "delete", "-f", "-", stdin=text)
        root = "/apis/openreports.io/v1alpha1"
        for plural in ("reports", "clusterreports"):
            libcluster.wait_for(lambda plural=plural: self.api.get(f"{root}/{plural}").status == 200, f"{plural} are served")
        self.define()
        self.make("a", value="longer than ten bytes")
        self.assertEqual(self.audited("--apply").stdout, "1 PolicyReport written, 0 unchanged, 0 deleted\n")
        report = self.api.get(f"{root}/namespaces/{self.namespace}/reports/{NAME}").document
        self.assertEqual((report["kind"], report["summary"]["fail"], report["results"][0]["resources"][0]["name"]), ("Report", 1, "a"))
        self.assertIsNone(self.report())
        self.assertEqual(self.audited("--apply").stdout, "0 PolicyReports written, 1 unchanged, 0 deleted\n")
        self.assertEqual(self.audited().json()["items"][0]["apiVersion"], "openreports.io/v1alpha1")

    def test_a_selector_and_apply_do_not_go_together(self):
        self.define()
        self.make("a")
        done = self.audit("--apply", "-l", "a=b")
        self.assertEqual(done.status, 2)
        self.assertIn("PolicyReports cover whole namespaces", done.stderr)
        self.assertIsNone(self.report())


class Page(AuditTest):
    @unittest.skipUnless(libchromium.program(), "no Chromium is installed: ./dev deps test")
    def test_a_browser_shows_names_that_are_markup_as_names(self):
        evil = "</td><script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
        self.api.request("POST", libapi.secrets_path(self.namespace), libapi.secret("odd", kind=evil, data={"k": "c2VjcmV0IQ=="}))
        done = self.audited("-A", output="html")
        self.assertNotIn("c2VjcmV0IQ==", done.stdout)
        page_file = self.file("audit.html", done.stdout)
        with libchromium.Browser() as browser:
            page = browser.open(page_file)
            self.assertIn(evil, page.evaluate("document.body.innerText"))
            self.assertIn("small", page.evaluate("document.body.innerText"))
            self.assertIsNone(page.evaluate("window.pwned"))
            self.assertEqual((page.warnings, page.requests), ([], [page_file.resolve().as_uri()]))


class Permissions(AuditTest):
    """What docs/audit-reports.md says that --apply needs: all of it, and no more."""

    def grant(self, verbs):
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
                "metadata": {"name": "audit", "namespace": self.namespace},
                "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]},
                          {"apiGroups": ["wgpolicyk8s.io"], "resources": ["policyreports"], "verbs": list(verbs)}]}
        self.admin("apply", "-f", "-", stdin=json.dumps(role))
        for verb in ("list", "create", "patch", "delete"):
            asked = ("auth", "can-i", verb, "policyreports.wgpolicyk8s.io", "-n", self.namespace, "--as=alice")
            answer = "yes\n" if verb in verbs else "no\n"
            libcluster.wait_for(lambda asked=asked, answer=answer: self.admin(*asked, check=False).stdout == answer,
                                f"{verb} is as granted")

    def test_each_verb_is_needed_and_together_they_suffice(self):
        self.define()
        self.kubectl("create", "rolebinding", "audit", "--role=audit", "--user=alice")
        needed = ("list", "create", "patch", "delete")
        for missing in ("list", "create", "patch"):
            with self.subTest(missing=missing):
                self.make(f"for-{missing}")
                self.grant([verb for verb in needed if verb != missing])
                done = self.audit("--apply", user="alice")
                self.assertEqual(done.status, 2, done.stdout)
                self.assertIn("permission is missing", done.stderr)
                self.assertIsNone(self.report())
        self.grant(needed)
        self.assertEqual(self.audited("--apply", user="alice").stdout, "1 PolicyReport written, 0 unchanged, 0 deleted\n")
        self.kubectl("delete", "secrets", "--all")
        self.grant([verb for verb in needed if verb != "delete"])
        self.assertIn('the verb "delete"', self.audit("--apply", user="alice").stderr)
        self.grant(needed)
        self.assertEqual(self.audited("--apply", user="alice").stdout, "0 PolicyReports written, 0 unchanged, 1 deleted\n")


if __name__ == "__main__":
    unittest.main()
