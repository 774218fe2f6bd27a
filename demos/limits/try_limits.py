"""`./dev cluster try-limits`: three replicas on the running cluster, a burst of writes against a limit, and what came of it; then tenants
within their limits and at them, alone and beside one that does its worst."""

import concurrent.futures
import json
import multiprocessing
import pathlib
import secrets
import statistics
import tempfile
import time

import plain_api
from burst import CLIENTS, Burst, Census
from cluster import Cluster
from cluster_client import BINARY
from installed_webhook import NAMESPACE, InstalledWebhook
from ledger import good_ledgers, ledger_names
from process import Failed
from tenants import Abuser, Honest

TRIED = "try-limits"
REPLICAS = 3
LIMIT = 200
WRITES = 600
PATIENCE = 300
LEDGER = "secret-hygiene-ledger"
# An honest namespace of each role shares the abuser's ledger: namespace_ledgers() says so.
ROLES = {"wide": tuple(f"limits-wide-{number}" for number in range(4)), "full": tuple(f"limits-full-{number}" for number in range(4))}
HONEST = {namespace: role for role, namespaces in ROLES.items() for namespace in namespaces}
ABUSER, UNCOUNTED = "limits-abuser", "limits-uncounted"
TENANT = "alice"
# The abuser's is more than a share of a ledger holds, so that its share ends first what it takes, and its limit once the quota is gone.
LIMITS = {"wide": 1_000_000, "full": 10, "abuser": 2_000}
QUOTA = 20
PHASES = ("alone", "beside the same requests where nothing is counted", "beside the abuser")
SHORT_MINUTES = 0.1
CLIENTS_OF_ALL = 8
RATE, ABUSE_RATE = 2, 500
START_SECONDS = 6  # so long nine processes take to start


def call_with(token, failure_policy="Fail"):
    """manifests/base as components/counting-strict makes it; by default no write without the webhook's word."""
    def adjust(document):
        for hook in document.get("webhooks", []):
            service = hook["clientConfig"]["service"]
            if service["path"] != "/validate-policies":
                hook.update({"failurePolicy": failure_policy, "sideEffects": "NoneOnDryRun"})
            if service["path"] == "/validate":
                hook["timeoutSeconds"] = 10
            service["path"] += f"/{token}"
    return adjust


def policy(name, limit, *namespaces):
    return {"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": name},
            "spec": {"mode": "Enforce", "match": {"namespaces": namespaces}, "limits": {"secretsPerNamespace": limit}}}


def install(cluster, directory, mode, *policies, binary=BINARY):
    token = secrets.token_hex(16)
    (directory / "token").write_text(token, encoding="utf-8")
    mounted = directory / "quota"
    mounted.mkdir(exist_ok=True)
    (mounted / "quota.yaml").write_text("\n---\n".join(map(json.dumps, policies)), encoding="utf-8")
    ledgers = good_ledgers(LEDGER, NAMESPACE, TRIED)
    return InstalledWebhook(cluster, directory, mounted, call_with(token), replicas=REPLICAS, more=ledgers, binary=binary, arguments=[
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


def percentiles(latencies):
    """p50 and p99 in ms."""
    if len(latencies) < 2:
        return float("nan"), float("nan")
    return tuple(statistics.quantiles(latencies, n=100, method="inclusive")[percent - 1] * 1e3 for percent in (50, 99))


def print_row(mode, done, stored):
    p50, p99 = percentiles(done.latencies)
    print(f"{mode:9} {stored:7} {len(done.denied):7} {sum(done.again.values()):12} {done.seconds:9.1f} {p50:9.0f} {p99:9.0f}", flush=True)


def try_bursts(cluster):
    print(f"# {REPLICAS} replicas behind one Service, {CLIENTS} clients, {WRITES} CREATEs, secretsPerNamespace {LIMIT}\n")
    print("counting   stored  denied  tried again   seconds    p50 ms    p99 ms", flush=True)
    rows = {}
    for mode in ("local", "strict"):
        with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name:
            with install(cluster, pathlib.Path(name), mode, policy("team-quota", LIMIT, TRIED)) as webhook:
                wait_until_synced(webhook)
                done, rows[mode] = burst(cluster, webhook)
                print_row(mode, done, rows[mode])
    print(f"\nlocal: each replica knows of the others' writes once they are stored; here {rows['local'] - LIMIT} too many.\n"
          "strict: they agree on a ledger first. A denial waits until it is certain: up to a second or two.\n", flush=True)
    if rows["strict"] != LIMIT:
        raise Failed(f"strict stored {rows['strict']}, not {LIMIT}")


class Neighbourhood:
    """The namespaces of all tenants, and how many Secrets those hold that a limit ends. Thread-safety: one thread."""

    def __init__(self, cluster, webhook):
        self._cluster, self._webhook = cluster, webhook
        self.ledgers = {}  # {namespace: the name of its ledger}

    def __enter__(self):
        documents = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in (*HONEST, ABUSER, UNCOUNTED)]
        for namespace in (ABUSER, UNCOUNTED):
            documents += [
                {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": TENANT, "namespace": namespace},
                 "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
                 "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": TENANT}]},
                {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few", "namespace": namespace},
                 "spec": {"hard": {"count/secrets": str(QUOTA)}}}]
        self._webhook.run("kubectl", "create", "-f", "-", stdin="\n".join(map(json.dumps, documents)))
        self.censuses = {namespace: Census(self._cluster, namespace).start() for namespace in (*ROLES["full"], ABUSER)}
        return self

    def __exit__(self, *_):
        self._webhook.run("kubectl", "delete", "--ignore-not-found", "namespace", *HONEST, ABUSER, UNCOUNTED)

    def lift_quota(self):
        """From now on it is the limit that ends what the abuser stores."""
        self._webhook.run("kubectl", "-n", ABUSER, "delete", "quota", "few")

    def look_at_ledgers(self):
        with plain_api.Api(self._cluster) as api:
            for name in ledger_names(LEDGER):
                data = api.get(f"/api/v1/namespaces/{NAMESPACE}/configmaps/{name}").document["data"]
                words = set(f"{data['entries']} {data['blocks']}".split())
                self.ledgers.update({namespace: name for namespace in (*HONEST, ABUSER) if namespace in words})

    def wrong(self):
        """Sentences about what was stored. Nobody may write any more."""
        most = {namespace: census.stop().highest for namespace, census in self.censuses.items()}
        over = [f"{namespace} held {held} Secrets, and its limit is {LIMITS[HONEST.get(namespace, 'abuser')]}"
                for namespace, held in most.items() if held > LIMITS[HONEST.get(namespace, "abuser")]]
        under = [f"{namespace} never was full" for namespace in ROLES["full"] if most[namespace] < LIMITS["full"]]
        shared = {HONEST[namespace] for namespace in HONEST if self.ledgers.get(namespace) == self.ledgers.get(ABUSER, "none")}
        return [*over, *under, *(f"no {role} namespace shares the abuser's ledger: choose other names" for role in ROLES if role not in shared)]


def run_tenants(cluster, neighbourhood, minutes, clients):
    """({honest namespace: its Answers in each phase}, the abuser's answers in the last, what is wrong)."""
    where = Cluster(cluster.directory)  # without processes of ours, so that it can go to another
    begin = time.monotonic() + START_SECONDS
    phases = tuple(begin + number * minutes * 60 for number in range(len(PHASES) + 1))
    honest = {namespace: Honest(where, namespace, LIMITS[role], max(1, clients // len(HONEST)), RATE, phases)
              for namespace, role in HONEST.items()}
    abusers = [Abuser(where, namespace, TENANT, ABUSE_RATE, begin, end)
               for namespace, begin, end in zip((UNCOUNTED, ABUSER), phases[1:], phases[2:])]
    with concurrent.futures.ProcessPoolExecutor(len(honest) + 2, multiprocessing.get_context("spawn")) as pool:
        running = {namespace: pool.submit(tenant.run) for namespace, tenant in honest.items()}
        abusing = [pool.submit(abuser.run) for abuser in abusers]
        lift_at = (phases[2] + phases[3]) / 2
        while time.monotonic() < lift_at:
            if len(neighbourhood.ledgers) <= len(HONEST):
                neighbourhood.look_at_ledgers()
            time.sleep(0.5)
        neighbourhood.lift_quota()
        done = {namespace: future.result() for namespace, future in running.items()}
        abused = [future.result() for future in abusing]
    answers = {namespace: answers for namespace, (answers, _) in done.items()}
    wrong = [sentence for _, sentences in done.values() for sentence in sentences]
    # None is told so, whatever another does: the webhook has ten seconds for an answer.
    wrong += [f"{namespace}: {len(phase.unknown)} times its count was unknown" for namespace in answers for phase in answers[namespace] if phase.unknown]
    return answers, abused, wrong


def print_phase(number, answers, ledgers):
    print(f"\n{PHASES[number]}\n{'namespace':16} role  {'ledger':25} created  denied  tried again    p50 ms    p99 ms")
    for namespace, role in HONEST.items():
        got = answers[namespace][number]
        p50, p99 = percentiles(got.latencies)
        print(f"{namespace:16} {role:5} {ledgers.get(namespace, '-'):25} {got.created:7} {got.denied:7} {sum(got.again.values()):12} "
              f"{p50:9.1f} {p99:9.1f}", flush=True)


def print_ratios(answers):
    print(f"\nrole   {'':60}    p50 ms    p99 ms   of alone")
    for role, namespaces in ROLES.items():
        alone = None
        for number, phase in enumerate(PHASES):
            p50, p99 = percentiles([latency for namespace in namespaces for latency in answers[namespace][number].latencies])
            alone = alone or p99
            print(f"{role:6} {phase:60} {p50:9.1f} {p99:9.1f} {p99 / alone:10.2f}", flush=True)


def try_tenants(cluster, minutes, clients):
    print(f"# {clients} clients in {len(HONEST)} namespaces, {RATE} CREATEs a second each, {minutes * 60:.0f} s a phase; limits: {LIMITS}; "
          f"the abuser: {ABUSE_RATE} requests a second, a quota of {QUOTA}, without it in the second half", flush=True)
    policies = (policy("wide", LIMITS["wide"], *ROLES["wide"]), policy("full", LIMITS["full"], *ROLES["full"]), policy("abuser", LIMITS["abuser"], ABUSER))
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name:
        with install(cluster, pathlib.Path(name), "strict", *policies) as webhook, Neighbourhood(cluster, webhook) as neighbourhood:
            wait_until_synced(webhook)
            answers, abused, wrong = run_tenants(cluster, neighbourhood, minutes, clients)
            wrong += neighbourhood.wrong()
    for number in range(len(PHASES)):
        print_phase(number, answers, neighbourhood.ledgers)
    print_ratios(answers)
    for namespace, got in zip((UNCOUNTED, ABUSER), abused):
        print(f"\n{namespace}, {neighbourhood.ledgers.get(namespace, 'no ledger')}: {sum(got.values()) / minutes / 60:.0f} requests a second: {dict(got)}")
    print(f"\nat most stored at once: { {namespace: census.highest for namespace, census in neighbourhood.censuses.items()} }", flush=True)
    if wrong:
        raise Failed("\n".join(wrong[:10]))


def try_out(cluster, minutes=SHORT_MINUTES, clients=CLIENTS_OF_ALL):
    """On a cluster that is up; leaves it as it was. `minutes`: of each phase of the tenants."""
    try_bursts(cluster)
    try_tenants(cluster, minutes, clients)
