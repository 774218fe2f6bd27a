"""`./dev bench cluster`: what the webhook adds to a write, and what `secret-hygiene export` makes of the same policies, on a real API
server with a plain HTTP client."""

import base64
import json
import os
import pathlib
import statistics
import tempfile
import time

import cluster
import exported_policies
import plain_api
from cluster_client import Client
from installed_webhook import START_TIMEOUT, InstalledWebhook

# Each write of a round goes to one namespace; a label on it says which of our two webhooks are called there.
WAYS = {"none": "without webhooks", "validate": "/validate", "both": "/mutate and /validate",
        "labelled": "/mutate, which labels it, and /validate",
        "in-tree": "exported", "in-tree-labelled": "exported, which labels it"}
IN_TREE = ["bench-in-tree", "bench-in-tree-labelled"]
CALLED = {"MutatingWebhookConfiguration": ["both", "labelled"],
          "ValidatingWebhookConfiguration": ["validate", "both", "labelled"]}
WAY_LABEL = "bench.secret-hygiene.io/way"
SIZES = {"4 KiB": (4096, 600), "512 KiB": (512 * 1024, 150)}  # bytes, writes of each way
WARM_UP = 10
POLICIES = """\
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: limits}
spec:
  mode: Enforce
  limits: {bytesPerSecret: 768Ki, bytesPerObject: 1Mi, annotationBytes: 64Ki, keysPerSecret: 256}
---
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: labels}
spec:
  match: {namespaces: ["bench-*labelled"]}
  labels: {secret-hygiene.io/ignore: "true"}
"""


def select_by_namespace(document):
    """Which namespaces a configuration is about; the one of policies is left as it is."""
    for hook in document.get("webhooks", []):
        if hook["clientConfig"]["service"]["path"] in ("/mutate", "/validate"):
            hook["namespaceSelector"]["matchExpressions"].append({
                "key": WAY_LABEL, "operator": "In", "values": CALLED[document["kind"]]})


def install_exported(client, api, policies):
    """Returns once the API server denies and labels by itself."""
    exported_policies.apply(client, exported_policies.export(client, policies, IN_TREE))
    many_keys = {"metadata": {"name": "many"}, "data": {f"k{number}": "" for number in range(257)}}
    labels = {"metadata": {"name": "labels"}}
    deadline = time.monotonic() + START_TIMEOUT

    def dry_run(document):
        return api.create(IN_TREE[1], document, "?dryRun=All")
    while dry_run(many_keys).status != 403 or "labels" not in dry_run(labels).document["metadata"]:
        if time.monotonic() > deadline:
            raise SystemExit("bench: the API server does not enforce what was exported")
        time.sleep(0.1)


def timed(client, method, path, body=None):
    """Seconds until the answer was read; it must be 200 or 201."""
    started = time.perf_counter()
    answer = client.request(method, path, body)
    seconds = time.perf_counter() - started
    if answer.status not in (200, 201):
        raise SystemExit(f"bench: {method} {path}: {answer.status} {answer.message}")
    return seconds


def secret(name, size):
    data = base64.b64encode(os.urandom(size)).decode()
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": {"blob": data}}).encode()


def measure(client, size, writes):
    """Seconds of each CREATE, by way. In turn, so that what the machine does meanwhile meets all ways alike."""
    taken = {way: [] for way in WAYS}
    for number in range(WARM_UP + writes):
        body = secret(f"s{number}", size)
        for way in WAYS:
            collection = plain_api.secrets_path(f"bench-{way}")
            seconds = timed(client, "POST", collection, body)
            timed(client, "DELETE", f"{collection}/s{number}")
            if number >= WARM_UP:
                taken[way].append(seconds)
    return taken


def percentile(values, percent):
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def print_table(name, taken):
    base = {percent: percentile(taken["none"], percent) for percent in (50, 99)}
    for way, title in WAYS.items():
        p50, p99 = (percentile(taken[way], percent) * 1e3 for percent in (50, 99))
        added = ("", "") if way == "none" else (f"{p50 - base[50] * 1e3:+.2f}", f"{p99 - base[99] * 1e3:+.2f}")
        print(f"| {name} | {title} | {p50:.2f} | {added[0]} | {p99:.2f} | {added[1]} |", flush=True)


def check_calls(webhook):
    """Figures of calls that were not made would be worth nothing."""
    writes = sum(WARM_UP + count for _, count in SIZES.values())
    for endpoint, kind in (("mutate", "MutatingWebhookConfiguration"), ("validate", "ValidatingWebhookConfiguration")):
        called = webhook.requests_to(endpoint)
        if called < writes * len(CALLED[kind]):
            raise SystemExit(f"bench: /{endpoint} was called {called:.0f} times in {writes * len(CALLED[kind])} writes")


def run():
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-bench-") as directory:
        running = cluster.Cluster(os.path.join(directory, "cluster"), end_with_us=True)
        running.up()
        try:
            policies = pathlib.Path(directory, "bench-policies")
            policies.mkdir()
            (policies / "policies.yaml").write_text(POLICIES, encoding="utf-8")
            installed = InstalledWebhook(running, directory, policies, select_by_namespace, "bench-both")
            for way in WAYS:
                installed.run("kubectl", "create", "-f", "-", stdin=json.dumps({
                    "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"bench-{way}", "labels": {WAY_LABEL: way}}}))
            with installed as webhook:
                client = plain_api.Api(running)
                install_exported(Client(running, directory), client, policies)
                print("\nCREATE of a Secret on a real API server, one kept-alive connection, ways in turn; ms")
                print("| data | | p50 | added | p99 | added |\n|---|---|--:|--:|--:|--:|")
                for name, (size, writes) in SIZES.items():
                    print_table(name, measure(client, size, writes))
                check_calls(webhook)
        finally:
            running.down()
