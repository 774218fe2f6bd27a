"""`./dev cluster try-limits`: three replicas on the running cluster, a burst of writes against a limit, and what came of it."""

import pathlib
import secrets
import statistics
import tempfile
import time

import plain_api
from burst import CLIENTS, Burst
from installed_webhook import NAMESPACE, InstalledWebhook
from ledger import good_ledgers
from process import Failed

TRIED = "try-limits"
REPLICAS = 3
LIMIT = 200
WRITES = 600
PATIENCE = 300
LEDGER = "secret-hygiene-ledger"
POLICY = f"""\
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {{name: team-quota}}
spec:
  mode: Enforce
  match: {{namespaces: [{TRIED}]}}
  limits: {{secretsPerNamespace: {LIMIT}}}
"""


def call_with(token, failure_policy="Fail"):
    """manifests/base with a token in the endpoints; by default no write without the webhook's word."""
    def adjust(document):
        for hook in document.get("webhooks", []):
            service = hook["clientConfig"]["service"]
            if service["path"] != "/validate-policies":
                hook.update({"failurePolicy": failure_policy, "sideEffects": "NoneOnDryRun"})
            service["path"] += f"/{token}"
    return adjust


def install(cluster, directory, mode):
    token = secrets.token_hex(16)
    (directory / "token").write_text(token, encoding="utf-8")
    policies = directory / "quota"
    policies.mkdir(exist_ok=True)
    (policies / "quota.yaml").write_text(POLICY, encoding="utf-8")
    ledgers = good_ledgers(LEDGER, NAMESPACE, TRIED)
    return InstalledWebhook(cluster, directory, policies, call_with(token), replicas=REPLICAS, more=ledgers, arguments=[
        "--endpoint-token", directory / "token", "--kubeconfig", cluster.kubeconfig, "--counting", mode,
        "--ledger", f"{NAMESPACE}/{LEDGER}", "--when-counts-unknown", "deny"])


def wait_until_synced(webhook):
    deadline = time.monotonic() + PATIENCE
    while webhook.metrics()["secret_hygiene_inventory_synced"] < REPLICAS:
        if time.monotonic() > deadline:
            raise Failed("the replicas do not come to know what is stored")
        time.sleep(0.1)


def burst(cluster, webhook):
    """(the Burst, how many are stored) in a namespace of its own."""
    webhook.run("kubectl", "create", "namespace", TRIED)
    try:
        done = Burst(cluster, TRIED, WRITES).start().join(PATIENCE)
        if done.broken:
            raise Failed(f"a client ended: {done.broken[0]}")
        with plain_api.Api(cluster) as api:
            return done, len(api.get(plain_api.secrets_path(TRIED)).document["items"])
    finally:
        webhook.run("kubectl", "delete", "namespace", TRIED)


def print_row(mode, done, stored):
    p50, p99 = (statistics.quantiles(done.latencies, n=100, method="inclusive")[percent - 1] for percent in (50, 99))
    print(f"{mode:9} {stored:7} {len(done.denied):7} {sum(done.again.values()):12} {done.seconds:9.1f} "
          f"{p50 * 1e3:9.0f} {p99 * 1e3:9.0f}", flush=True)


def try_out(cluster):
    """On a cluster that is up; leaves it as it was."""
    print(f"# {REPLICAS} replicas behind one Service, {CLIENTS} clients, {WRITES} CREATEs, secretsPerNamespace {LIMIT}\n")
    print("counting   stored  denied  tried again   seconds    p50 ms    p99 ms", flush=True)
    rows = {}
    for mode in ("local", "strict"):
        with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name:
            with install(cluster, pathlib.Path(name), mode) as webhook:
                wait_until_synced(webhook)
                done, rows[mode] = burst(cluster, webhook)
                print_row(mode, done, rows[mode])
    print(f"\nlocal: each replica knows of the others' writes once they are stored; here {rows['local'] - LIMIT} too many.\n"
          "strict: they agree on a ledger first. A denial waits until it is certain: up to a second or two.")
    if rows["strict"] != LIMIT:
        raise Failed(f"strict stored {rows['strict']}, not {LIMIT}")
