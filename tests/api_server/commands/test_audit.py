"""`audit` on a real API server: what it finds, whatever happens meanwhile."""

import http.client
import http.server
import json
import pathlib
import re
import sys
import threading
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402
import libhousekeeping  # noqa: E402
from libhousekeeping import Process  # noqa: E402


def setUpModule():
    # A page is read from etcd at the version of its token, so that a compaction there is one for the list too. Before 1.33 each is.
    gate = "ListFromCacheSnapshot"
    libcluster.start([f"--feature-gates={gate}=false"] if libcluster.cluster_tools.knows_feature_gate(gate) else [])


tearDownModule = libcluster.stop

LIMITS = libcluster.policies(
    libcluster.policy("each", mode="Enforce", limits={"bytesPerSecret": 1000}),
    libcluster.policy("history", match={"types": [libcluster.HELM_TYPE]}, labels={libcluster.LABEL: "true"}),
    libcluster.policy("releases", mode="Warn", limits={"secretsPerRelease": 2}))
WHOLE = libcluster.policies(libcluster.policy("keys", mode="Warn", limits={"keysPerSecret": 1}))
PAGE = 100  # of whole Secrets


class Between:
    """A plain HTTP server between the audit and the API server, which acts as admin. Before the list request number `at`
    (from 1) is passed on it calls `work`; if that returns False, the connection ends without an answer."""

    def __init__(self, test, at, work):
        between, lock = self, threading.Lock()
        self.lists = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # pylint: disable=invalid-name
                with lock:
                    between.lists += 1
                    number = between.lists
                if number == at and work() is False:
                    self.close_connection = True
                    return
                try:
                    with libapi.Api() as api:
                        answer = api.request("GET", self.path, headers={"Accept": self.headers["Accept"]})
                except (OSError, http.client.HTTPException):
                    self.close_connection = True
                    return
                body = answer.text.encode()
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None  # a client that was interrupted goes in the middle of an answer
        threading.Thread(target=server.serve_forever, daemon=True).start()
        test.addCleanup(server.server_close)
        test.addCleanup(server.shutdown)
        self.environment = {"KUBECONFIG": str(test.file("between.json", {
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
            "contexts": [{"name": "c", "context": {"cluster": "c"}}]}))}


def compact():
    """Takes all versions but the newest out of etcd."""
    pid = libcluster.running.state()["processes"]["etcd"]["pid"]
    arguments = pathlib.Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
    url = next(each for each in arguments if each.startswith("--listen-client-urls=")).split("=", 1)[1]

    def call(method, **body):
        with urllib.request.urlopen(f"{url}/v3/kv/{method}", json.dumps(body).encode()) as answer:
            return json.load(answer)
    # A version stays readable until the next is compacted.
    call("compaction", revision=call("put", key="YQ==", value="YQ==")["header"]["revision"], physical=True)


DEFAULT = libcluster.ROOT / "policies" / "default"


class Audit(libhousekeeping.HousekeepingTest):
    def audit(self, *arguments, policies=LIMITS, **options):
        where = [] if "-A" in arguments else ["-n", self.namespace]
        return self.hygiene("audit", *where, "-p", self.policies(policies), "-o", "json", *arguments, **options).json()

    def create(self, name, size, kind="Opaque", **metadata):
        data = {"a": libhousekeeping.base64.b64encode(b"x" * size).decode()} if size else {}
        with libapi.Api() as api:
            answer = api.create(self.namespace, libapi.secret(name, kind, metadata=metadata, data=data))
        self.assertEqual(answer.status, 201, answer.text)

    def test_whole_and_metadata_agree(self):
        for number in range(12):
            self.create(f"s-{number}", 100 * number, annotations={"secret-hygiene.io/bytes": str(100 * number)})
        self.create("bare", 77)
        whole, metadata = self.audit("--read", "whole"), self.audit()
        self.assertEqual((whole["reading"]["form"], metadata["reading"]["form"]), ("whole", "metadata"))
        self.assertEqual(metadata["reading"]["oneByOne"], 1)
        for each in (whole, metadata):
            self.assertEqual((each["total"]["secrets"], each["total"]["bytes"]), (13, 6677))
            self.assertEqual((each["violations"], each["findings"][0]["passed"]), (1, 12))
            self.assertEqual([finding["name"] for finding in each["findings"][0]["findings"]], ["s-11"])

    def test_real_releases_a_name_with_dots_and_foreign_content(self):
        self.release("web.v1", 2)
        self.release("api", 1, helm=4)
        self.create("sh.helm.release.v1.web.v1.v9", 40, libcluster.HELM_TYPE)
        self.create("settings", 40, libcluster.HELM_TYPE)
        found = self.audit()
        self.assertEqual([(each["name"], each["revisions"]) for each in found["releases"]["most"]], [("web.v1", 3), ("api", 2)])
        self.assertEqual(found["releases"]["foreign"]["secrets"], 2)
        releases = next(each for each in found["policies"] if each["name"] == "releases")["limits"][0]
        # What counts by its name counts: `serve` sees it so too.
        self.assertEqual(releases["highest"][0], {"namespace": self.namespace, "name": "web.v1", "measured": 4})
        self.assertEqual(found["labels"]["missing"][0]["secrets"], 7)
        ignore = found["selectors"][0]
        self.assertEqual((ignore["kept"]["secrets"], ignore["keptOnceLabelled"]["secrets"]), (7, 0))

    def test_fail_on_violations(self):
        self.create("large", 1001)
        self.audit("--fail-on", "violations", status=1)
        self.audit("--fail-on", "violations", policies=WHOLE)

    def test_what_new_policies_would_change(self):
        self.create("small", 10)
        self.create("large", 300)
        old = self.file("old.yaml", libcluster.policy("sizes", mode="Enforce", limits={"bytesPerSecret": 400}))
        new = self.file("new.yaml", libcluster.policies(
            libcluster.policy("sizes", mode="Enforce", limits={"bytesPerSecret": 200}),
            libcluster.policy("oversized", match={"sizeOver": 200}, labels={"secret-hygiene.io/oversized": "true"})))
        here = ("audit", "-n", self.namespace, "-o", "json", "--fail-on", "denied")
        found = self.hygiene(*here, "-p", new, "--compare", old, status=1).json()["comparison"]
        self.assertEqual({part: [each["name"] for each in changes["first"]] for part, changes in found.items()},
                         {"newlyDenied": ["large"], "noLongerDenied": [], "newlyLabelled": ["large"], "noLongerLabelled": []})
        back = self.hygiene(*here, "-p", old, "--compare", new).json()["comparison"]
        self.assertEqual({part: changes["count"] for part, changes in back.items()},
                         {"newlyDenied": 0, "noLongerDenied": 1, "newlyLabelled": 0, "noLongerLabelled": 1})

    def test_who_may_list_one_namespace_only(self):
        self.create("one", 1)
        self.allow("alice", self.namespace, "list")
        self.assertEqual(self.audit(user="alice")["total"]["secrets"], 1)
        refused = self.hygiene("audit", "-A", "-p", DEFAULT, user="alice", status=2)
        self.assertEqual(refused.stdout, "")
        self.assertRegex(refused.stderr, r'permission is missing to list secrets in all namespaces: .*; to read one namespace, '
                                         r"use -n NAME: a Role there is enough\n$")
        self.assertEqual(refused.stderr.count("\n"), 1)

    def test_a_tenant_sees_what_is_used_of_each_limit_by_a_role_that_grants_no_more(self):
        tenants = libcluster.policies(
            libcluster.policy("quota", mode="Enforce", match={"namespaces": ["test-*"]},
                              limits={"secretsPerNamespace": 10, "bytesPerNamespace": 1000, "secretsPerCluster": 500}),
            libcluster.policy("elsewhere", mode="Enforce", match={"namespaces": ["shop"]}, limits={"secretsPerNamespace": 1}),
            libcluster.policy("releases", mode="Warn", limits={"secretsPerRelease": 3}))
        system = f"{self.namespace}-system"
        self.admin("create", "namespace", system)
        self.admin("-n", system, "create", "configmap", "limits", f"--from-file={self.file('tenants.yaml', tenants)}")
        self.create("one", 300)
        self.fill("web", 2, size=30)
        tenant = ("audit", "-n", self.namespace, "--policies-from", f"{system}/limits")
        self.allow("alice", self.namespace, "list")
        refused = self.hygiene(*tenant, user="alice", status=2)
        self.assertIn(f'permission is missing to get configmaps "limits" in namespace "{system}"', refused.stderr)
        for arguments in (("role", "alice", "--verb=get", "--resource=configmaps", "--resource-name=limits"),
                          ("rolebinding", "alice", "--role=alice", "--user=alice")):
            self.admin("-n", system, "create", *arguments)
        done = self.hygiene(*tenant, user="alice")
        self.assertEqual(done.stderr, "")
        rows = [line.split("  ") for line in done.stdout.partition("Limits across Secrets")[2].partition("\n\n")[0].splitlines()[2:]]
        here = self.namespace
        self.assertEqual([[cell.strip() for cell in row if cell] for row in rows],
                         [["quota", "Enforce", "secretsPerNamespace", here, "3", "10"],
                          ["quota", "Enforce", "bytesPerNamespace", here, "360 bytes", "1000 bytes"],
                          ["quota", "Enforce", "secretsPerCluster", "the cluster", "-", "500", "seen with -A only"],
                          ["releases", "Warn", "secretsPerRelease", f"{here}/web", "2", "3"]])
        found = self.hygiene(*tenant, "-o", "json", user="alice").json()["policies"]
        self.assertEqual({each["name"]: each["applies"] for each in found}, {"quota": True, "elsewhere": False, "releases": True})
        self.assertEqual([(each["limit"], each["partial"], [use["measured"] for use in each["highest"]])
                          for policy in found if policy["name"] == "quota" for each in policy["limits"]],
                         [("secretsPerNamespace", False, [3]), ("bytesPerNamespace", False, [360]), ("secretsPerCluster", True, [3])])

    def test_measuring_needs_no_more_than_list(self):
        self.allow("alice", self.namespace, "list")
        for number in range(10):
            self.create(f"s-{number}", 1, annotations={"secret-hygiene.io/bytes": "1"})
        self.create("bare", 77)
        found = self.audit(user="alice")
        self.assertEqual((found["reading"]["form"], found["reading"]["oneByOne"], found["total"]["bytes"]), ("metadata", 1, 87))

    def test_a_namespace_that_is_being_deleted(self):
        self.create("held", 2000, finalizers=["example.com/held"])
        self.admin("delete", "namespace", self.namespace, "--wait=false")

        def is_going():
            return "deletionTimestamp" in self.secret("held")["metadata"]
        libcluster.wait_for(is_going, "the Secret is being deleted")
        found = self.audit()
        self.kubectl("patch", "secret", "held", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
        self.assertEqual((found["deleting"], found["violations"], found["total"]["bytes"]), (1, 0, 2000))

    def test_a_list_whose_version_is_compacted_goes_on_and_says_so(self):
        self.fill("web", 3 * PAGE)
        between = Between(self, 3, compact)
        found = self.audit("--read", "whole", environment=between.environment)
        self.assertFalse(found["consistent"])
        self.assertEqual(found["total"]["secrets"], 3 * PAGE)
        self.assertGreater(between.lists, 3)

    def test_an_api_server_that_restarts_is_waited_for(self):
        self.fill("web", 3 * PAGE)

        reached, back = threading.Event(), threading.Event()

        def wait_for_restart():
            reached.set()
            back.wait(libcluster.COMMAND_TIMEOUT)
            return False
        process = Process(self, "audit", "-n", self.namespace, "-p", DEFAULT, "-o", "json", "--read", "whole",
                          environment=Between(self, 2, wait_for_restart).environment)
        self.assertTrue(reached.wait(libcluster.COMMAND_TIMEOUT))
        # Here, for the API server ends with the thread that started it.
        libcluster.running.stop_process("kube-apiserver")
        libcluster.running.start_process("kube-apiserver")
        back.set()
        done = process.wait()
        self.assertEqual((done.status, done.stderr), (0, ""))
        found = done.json()
        self.assertEqual((found["total"]["secrets"], found["interrupted"]), (3 * PAGE, False))
        libcluster.wait_for(lambda: self.kubectl("get", "secrets", check=False).status == 0, "the API server is back")

    def test_ctrl_c_leaves_a_true_report(self):
        self.fill("web", 4 * PAGE)
        started, processes = threading.Event(), []

        def interrupt():
            started.wait(libcluster.COMMAND_TIMEOUT)
            processes[0].interrupt()
        # A page is asked for while the one before it is read.
        between = Between(self, 4, interrupt)
        processes.append(Process(self, "audit", "-n", self.namespace, "-p", DEFAULT, "-o", "json", "--read", "whole",
                                 environment=between.environment))
        started.set()
        done = processes[0].wait()
        self.assertEqual((done.status, done.stderr), (130, ""))
        found = done.json()
        self.assertTrue(found["interrupted"])
        self.assertIn(found["total"]["secrets"], (2 * PAGE, 3 * PAGE))
        self.assertEqual(found["releases"]["most"][0]["revisions"], found["total"]["secrets"])

    def test_every_form_of_the_report_and_no_value_in_any(self):
        secret = "canary-" + "v" * 40
        self.kubectl("create", "secret", "generic", "one", f"--from-literal=key={secret}")
        encoded = libhousekeeping.base64.b64encode(secret.encode()).decode()
        for output, begin in (("table", "1 Secret in namespace "), ("json", "{"), ("html", "<!DOCTYPE html>"), ("policyreport", "{")):
            done = self.hygiene("audit", "-n", self.namespace, "-p", self.policies(LIMITS), "-o", output, "--read", "whole")
            self.assertTrue(done.stdout.lower().startswith(begin.lower()), done.stdout[:200])
            self.assertEqual(done.stderr, "")
            self.assertIsNone(re.search(f"{secret}|{encoded}", done.stdout))


class CronJob(libhousekeeping.JobTest):
    def test_it_reads_what_is_stored_under_its_own_account(self):
        with libapi.Api() as api:
            for number in range(30):
                # One lacks the size that the others state, so that it is read by itself.
                metadata = {"annotations": {"secret-hygiene.io/bytes": "0"}} if number else {}
                self.assertEqual(api.create(self.namespace, libapi.secret(f"s-{number}", metadata=metadata)).status, 201)
        said = self.run_job("audit", replaced={"--policies": libcluster.ROOT / "policies" / "default"}).stdout
        self.assertIn(self.namespace, said)


if __name__ == "__main__":
    unittest.main()
