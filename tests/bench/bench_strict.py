"""`./dev bench counting`: CREATEs that the strict mode counts, beside those that a ResourceQuota counts, on a real API server."""
import json
import pathlib
import re
import subprocess
import tempfile
import time

import bench_inventory
import cluster
import plain_api
from bench_servers import CERTIFICATES, Server
from bench_inventory import BUILD
from ledger import good_ledgers

CLIENTS = (1, 8, 32)
SECONDS = 4
WAYS = {"nothing": "bench-nothing", "ResourceQuota": "bench-quota", "webhook, not counted": "bench-called", "strict": "bench-strict"}
CALLED = ("bench-called", "bench-strict")
POLICY = {"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": "strict"},
          "spec": {"mode": "Enforce", "match": {"namespaces": ["bench-strict"]}, "limits": {"secretsPerNamespace": 10 ** 6}}}
QUOTA = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "count"},
         "spec": {"hard": {"count/secrets": "1000000"}}}
# As ledgers stand once they have cooled: else nothing would be known for a minute.
LEDGERS = good_ledgers("ledger", "default", "bench-1")
# Creates Secrets of these names in turn, in one namespace or, with a number, in so many.
SCRIPT = """
local number, spread, last = {first}, {spread}, {last}
local head = {{["Content-Type"] = "application/json", ["Authorization"] = "Bearer {token}", ["User-Agent"] = "kubectl-create"}}
local value = string.rep("QUFB", {value_groups})
request = function()
  number = number + 1
  local space = "{namespace}"
  if spread > 0 then space = space .. number % spread end
  local body = string.format([[{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"credentials-%07d",
"annotations":{{"secret-hygiene.io/bytes":"%d"}}}},"data":{{"password":"%s"}}}}]], number, #value / 4 * 3, value)
  return wrk.format("POST", "/api/v1/namespaces/" .. space .. "/secrets", head, body)
end
local made = 0
response = function()
  made = made + 1
  if last > 0 and made == last then wrk.thread:stop() end
end
"""


class Writer:
    """wrk against one API server."""

    def __init__(self, running, folder):
        self.server, self.folder = running.server, folder
        self.token = json.loads(running.kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]["token"]
        self.first = 0

    def create(self, namespace, clients, seconds, spread=0, last=0, value_bytes=96):
        """Requests a second, p50 and p99 in ms."""
        script = pathlib.Path(self.folder, "create.lua")
        script.touch(mode=0o600)
        script.write_text(SCRIPT.format(first=self.first, spread=spread, last=last, token=self.token, namespace=namespace,
                                        value_groups=value_bytes // 3), encoding="ascii")
        out = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s", script,
                              self.server], capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in out or "Socket errors" in out:
            raise SystemExit(f"bench: CREATEs in {namespace} failed:\n{out}")
        self.first += int(re.search(r"(\d+) requests in", out).group(1)) + 2 * clients
        return (float(re.search(r"Requests/sec:\s+(\S+)", out).group(1)), *(in_ms(out, percent) for percent in ("50", "99")))


def in_ms(out, percent):
    number, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", out).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def register(api, port):
    authority = pathlib.Path(CERTIFICATES, "ca.crt").read_bytes()
    hook = {"name": "validate.secret-hygiene.io", "admissionReviewVersions": ["v1"], "failurePolicy": "Fail",
            "timeoutSeconds": 10, "sideEffects": "NoneOnDryRun",
            "clientConfig": {"url": f"https://127.0.0.1:{port}/validate/{'a' * 32}",
                             "caBundle": cluster.base64.b64encode(authority).decode()},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"],
                       "operations": ["CREATE", "UPDATE"], "scope": "Namespaced"}],
            "namespaceSelector": {"matchExpressions": [
                {"key": "kubernetes.io/metadata.name", "operator": "In", "values": list(CALLED)}]}}
    post(api, "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
         {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
          "metadata": {"name": "bench"}, "webhooks": [hook]})


def post(api, path, document):
    answer = api.request("POST", path, document)
    if answer.status not in (200, 201):
        raise SystemExit(f"bench: {path}: {answer.status} {answer.message}")


def namespace(api, name):
    post(api, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def compare(writer, rounds):
    print("\nCREATE of a Secret on a real API server by a ResourceQuota on count/secrets and by strict mode, in turn; the least of each")
    print("| clients | counted by | requests/s | p50 ms | p99 ms | p50 of the quota's | p99 of it | p50 of the webhook's that counts nothing |")
    print("|--:|---|--:|--:|--:|--:|--:|--:|")
    for clients in CLIENTS:
        runs = {way: [] for way in WAYS}
        for _ in range(rounds):
            for way, name in WAYS.items():
                runs[way].append(writer.create(name, clients, SECONDS))
        least = {way: (max(run[0] for run in each), min(run[1] for run in each), min(run[2] for run in each))
                 for way, each in runs.items()}
        for way, (rate, p50, p99) in least.items():
            quota = least["ResourceQuota"]
            called = least["webhook, not counted"]
            print(f"| {clients} | {way} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | {p50 / quota[1]:.2f} | {p99 / quota[2]:.2f} "
                  f"| {p50 / called[1]:.2f} |", flush=True)


def strict(running, folder, rounds):
    policies = bench_inventory.write_policies(f"{folder}/strict-policies", POLICY)
    with plain_api.Api(running) as api:
        for name in WAYS.values():
            namespace(api, name)
        post(api, f"/api/v1/namespaces/{WAYS['ResourceQuota']}/resourcequotas", QUOTA)
        for ledger in LEDGERS:
            post(api, "/api/v1/namespaces/default/configmaps", ledger)
        arguments = bench_inventory.serve_arguments(folder, policies, running.kubeconfig, "--counting", "strict", "--ledger",
                                                    "default/ledger", "--when-counts-unknown", "allow")
        command = [f"{BUILD}/secret-hygiene", "serve", *map(str, arguments)]
        with Server("secret-hygiene", command, "0,1", r'"message":"serving".*"listen":"127.0.0.1:(\d+)"') as server:
            register(api, server.port)
            time.sleep(5)  # the API server, the quota's controller and serve learn of all this by watches
            compare(Writer(running, folder), rounds)


def on_a_cluster(rounds, stored):
    """`stored`: so many Secrets are created for the inventory of a real API server; 0: none."""
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-bench-") as folder:
        running = cluster.Cluster(f"{folder}/cluster", end_with_us=True)
        running.up()
        try:
            strict(running, folder, rounds)
            if stored:
                fill(running, folder, stored)
        finally:
            running.down()


def fill(running, folder, stored, namespaces=50):
    writer = Writer(running, folder)
    with plain_api.Api(running) as api:
        for number in range(namespaces):
            namespace(api, f"bench-{number}")
        started, left = time.monotonic(), stored
        while left > 0:
            before = writer.first
            writer.create("bench-", 16, 5, spread=namespaces, last=left)
            left -= writer.first - before
        print(f"\n{stored:,} Secrets created in {time.monotonic() - started:.0f} s", flush=True)
    bench_inventory.head()
    bench_inventory.stored(running, stored, folder, 3)
