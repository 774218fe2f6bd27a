"""`./dev bench counting`: CREATEs that the strict mode counts or denies, beside those that a ResourceQuota counts or refuses, on a real
API server."""
import contextlib
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
from installed_webhook import scrape
from ledger import good_ledgers

# Of the last character of a Secret's name, for each replica: a configuration names the URL of one process only.
ENDINGS = {1: ("[0-9]",), 3: ("[0-3]", "[4-6]", "[7-9]")}
SECONDS = 3
QUOTA, CALLED, STRICT = "ResourceQuota", "webhook, not counted", "strict"
# {way: its namespaces, before their numbers}
FAR = {"nothing": "bench-nothing-", QUOTA: "bench-quota-", CALLED: "bench-called-", STRICT: "bench-strict-"}
FULL = {QUOTA: "bench-full-quota-", STRICT: "bench-full-strict-"}
ROOM, HELD = 10 ** 6, 10  # limits: far from them, and at them
LEDGER_SERIES = ("conflicts_total", "write_duration_seconds_count", "written_bytes_total")
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

    def create(self, namespace, clients, seconds, spread=0, last=0, value_bytes=96, refused=False):
        """Requests a second, p50 and p99 in ms. `refused`: every CREATE must be, else none may be."""
        script = pathlib.Path(self.folder, "create.lua")
        script.touch(mode=0o600)
        script.write_text(SCRIPT.format(first=self.first, spread=spread, last=last, token=self.token, namespace=namespace,
                                        value_groups=value_bytes // 3), encoding="ascii")
        out = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s", script,
                              self.server], capture_output=True, text=True, check=True).stdout
        requests = int(re.search(r"(\d+) requests in", out).group(1))
        failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        if "Socket errors" in out or (int(failed.group(1)) if failed else 0) != (requests if refused else 0):
            raise SystemExit(f"bench: CREATEs in {namespace} were answered as they must not be:\n{out}")
        self.first += requests + 2 * clients
        return (float(re.search(r"Requests/sec:\s+(\S+)", out).group(1)), *(in_ms(out, percent) for percent in ("50", "99")))


def in_ms(out, percent):
    number, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", out).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def hook(number, ending, port, namespaces):
    authority = pathlib.Path(CERTIFICATES, "ca.crt").read_bytes()
    return {"name": f"validate-{number}.secret-hygiene.io", "admissionReviewVersions": ["v1"], "failurePolicy": "Fail",
            "timeoutSeconds": 10, "sideEffects": "NoneOnDryRun",
            "clientConfig": {"url": f"https://127.0.0.1:{port}/validate/{'a' * 32}",
                             "caBundle": cluster.base64.b64encode(authority).decode()},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"],
                       "operations": ["CREATE", "UPDATE"], "scope": "Namespaced"}],
            "matchConditions": [{"name": "its-names", "expression": f"object.metadata.name.matches('{ending}$')"}],
            "namespaceSelector": {"matchExpressions": [
                {"key": "kubernetes.io/metadata.name", "operator": "In", "values": namespaces}]}}


def post(api, path, document):
    answer = api.request("POST", path, document)
    if answer.status not in (200, 201):
        raise SystemExit(f"bench: {path}: {answer.status} {answer.message}")


def namespace(api, name):
    post(api, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def numbered(names, most):
    return [f"{name}{number}" for name in names for number in range(most)]


def prepare(api, most):
    for name in numbered([*FAR.values(), *FULL.values()], most):
        namespace(api, name)
    for name in numbered(FULL.values(), most):
        for number in range(HELD):
            post(api, plain_api.secrets_path(name), {"metadata": {"name": f"held-{number}"}})
    for ways, hard in ((FAR, ROOM), (FULL, HELD)):
        for name in numbered([ways[QUOTA]], most):
            post(api, f"/api/v1/namespaces/{name}/resourcequotas", {
                "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "count"}, "spec": {"hard": {"count/secrets": str(hard)}}})
    for ledger in LEDGERS:
        post(api, "/api/v1/namespaces/default/configmaps", ledger)


@contextlib.contextmanager
def replicas_called(api, arguments, replicas, most):
    """The addresses of the metrics of so many processes, which the API server calls meanwhile."""
    with contextlib.ExitStack() as stack:
        command = [f"{BUILD}/secret-hygiene", "serve", *map(str, arguments)]
        servers = [stack.enter_context(Server("secret-hygiene", command, "0,1", r'"message":"serving".*"listen":"127.0.0.1:(\d+)"'))
                   for _ in range(replicas)]
        configurations = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
        called = numbered([FAR[CALLED], FAR[STRICT], FULL[STRICT]], most)
        post(api, configurations, {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "bench"},
            "webhooks": [hook(number, ending, server.port, called) for number, (ending, server) in enumerate(zip(ENDINGS[replicas], servers))]})
        stack.callback(api.request, "DELETE", f"{configurations}/bench")
        api.close()  # the API server ends a connection that nobody uses meanwhile; the next request opens another
        time.sleep(5)  # the API server, the quota's controller and serve learn of all this by watches
        yield ["http://" + re.search(r'"metrics_listen":"([^"]+)"', server.ready_line).group(1) + "/metrics" for server in servers]


def ledger_totals(urls):
    """Conflicts, writes and bytes of all ledgers so far."""
    scrapes = [scrape(url) for url in urls]
    return [sum(value for each in scrapes for name, value in each.items() if name.startswith(f"secret_hygiene_ledger_{wanted}"))
            for wanted in LEDGER_SERIES]


def compare(writer, urls, ways, clients, spread, rounds):
    """Prints a row for each way, each run in turn; the least of each."""
    runs, ledger, answered = {way: [] for way in ways}, [0] * len(LEDGER_SERIES), 0
    for _ in range(rounds):
        for way, name in ways.items():
            before = ledger_totals(urls)
            runs[way].append(writer.create(name, clients, SECONDS, spread, refused=ways is FULL))
            if way == STRICT:
                answered += runs[way][-1][0] * SECONDS
                ledger = [total + now - then for total, now, then in zip(ledger, ledger_totals(urls), before)]
    least = {way: (max(run[0] for run in each), min(run[1] for run in each), min(run[2] for run in each)) for way, each in runs.items()}
    quota, called = least[QUOTA], least.get(CALLED)
    for way, (rate, p50, p99) in least.items():
        swaps = f"{ledger[0]:.0f} | {ledger[1]:.0f} | {ledger[2] / answered:,.1f}" if way == STRICT else "| |"
        print(f"| {len(urls)} | {clients} | {spread} | {'full' if ways is FULL else 'far'} | {way} | {rate:,.0f} | {p50:.2f} | {p99:.2f} | "
              f"{p50 / quota[1]:.2f} | {p99 / quota[2]:.2f} | {f'{p50 / called[1]:.2f}' if called else ''} | {swaps} |", flush=True)


def strict(running, folder, rounds, replicas, clients, namespaces):
    most = max(namespaces)
    policies = bench_inventory.write_policies(f"{folder}/strict-policies", *(
        {"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": name},
         "spec": {"mode": "Enforce", "match": {"namespaces": [f"{ways[STRICT]}*"]}, "limits": {"secretsPerNamespace": limit}}}
        for name, ways, limit in (("far", FAR, ROOM), ("full", FULL, HELD))))
    # A write whose count is unknown is denied, and that ends the run.
    arguments = bench_inventory.serve_arguments(folder, policies, running.kubeconfig, "--counting", "strict", "--ledger",
                                                "default/ledger", "--when-counts-unknown", "deny")
    writer = Writer(running, folder)
    print("\nCREATE of a Secret on a real API server by a ResourceQuota on count/secrets and by strict mode, in turn; the least of each, "
          "and of strict what all rounds wrote to ledgers;\nfar: with room for a million Secrets; full: refused, since the namespace is full")
    print("| replicas | clients | namespaces | limit | counted by | requests/s | p50 ms | p99 ms | p50 of the quota's | p99 of it | "
          "p50 of the webhook's that counts nothing | conflicts | ledger writes | KB a 1,000 answers |")
    print("|--:|--:|--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    with plain_api.Api(running) as api:
        prepare(api, most)
        for count in replicas:
            with replicas_called(api, arguments, count, most) as urls:
                for each in clients:
                    for spread in namespaces:
                        for ways in (FAR, FULL):
                            compare(writer, urls, ways, each, spread, rounds)


def on_a_cluster(rounds, stored, replicas, clients, namespaces):
    """`stored`: so many Secrets are created for the inventory of a real API server; 0: none."""
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-bench-") as folder:
        running = cluster.Cluster(f"{folder}/cluster", end_with_us=True)
        running.up()
        try:
            strict(running, folder, rounds, replicas, clients, namespaces)
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
