#!/usr/bin/env python3
"""`./dev soak`: three replicas in strict mode, proxies with informers and writers on a real API server, while all that can rotate does
and faults come one after the other. At the end every invariant of soak_checks.py must hold."""

import argparse
import collections
import contextlib
import datetime
import pathlib
import secrets
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "lib"), str(ROOT / "demos" / "limits")]
import plain_api  # noqa: E402
import soak_checks  # noqa: E402
from balancer import Balancer  # noqa: E402
from cluster import Cluster  # noqa: E402
from installed_webhook import NAMESPACE, InstalledWebhook  # noqa: E402
from ledger import good_ledgers  # noqa: E402
from namespace_life import wait_for  # noqa: E402
from process import Failed  # noqa: E402
from soak_faults import POLICIES, Access, Faults, Proxy, Repeated  # noqa: E402
from soak_writers import LIMIT, NAMESPACES, SIZE_LIMIT, Writers  # noqa: E402
from try_limits import LEDGER, REPLICAS, call_with, wait_until_synced  # noqa: E402
from try_proxy import informer_on  # noqa: E402
from webhook_process import parse_event  # noqa: E402

ROUND_SECONDS = 60
SHORT_MINUTES = 5
# Below SHORT_MINUTES a quarter is less than a minute: the allocator's arenas and OpenSSL's caches of sessions still fill.
MEMORY_BOUND, SHORT_MEMORY_BOUND = 0.05, 0.25
SETTLE_SECONDS = 30

Sample = collections.namedtuple("Sample", "resident descriptors threads")
Event = collections.namedtuple("Event", "at text")


class Log:
    """Keeps each line of every process at warning or error, and can stop reading."""

    def __init__(self):
        self.events = []
        self._reading = threading.Event()
        self._reading.set()

    def take(self, line):
        self._reading.wait()
        event = parse_event(line)
        if event is None or event["level"] in ("warning", "error", "critical"):
            at = datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp() if event else time.time()
            self.events.append(Event(at, line))

    def stall(self):
        self._reading.clear()

    def go_on(self):
        self._reading.set()


class Watcher:
    """Samples processes, and counts what is stored, once a second until it is closed."""

    def __init__(self, stage):
        self.samples = {name: [] for name in stage.steady()}
        self.census = dict.fromkeys(NAMESPACES, 0)
        self._stage = stage
        self._looking = Repeated(1, self._look)

    def close(self):
        self._looking.close()

    def _look(self):
        for name, pid in self._stage.steady().items():
            self.samples[name].append(sample_of(pid))
        with contextlib.suppress(OSError, ValueError, KeyError), plain_api.Api(self._stage.cluster, timeout=5) as api:
            for namespace in NAMESPACES:
                stored = len(api.get(plain_api.secrets_path(namespace)).document["items"])
                self.census[namespace] = max(self.census[namespace], stored)


def sample_of(pid):
    process = pathlib.Path("/proc", str(pid))
    status = dict(line.split(":", 1) for line in (process / "status").read_text(encoding="utf-8").splitlines())
    return Sample(int(status["VmRSS"].split()[0]) * 1024, len(list((process / "fd").iterdir())), int(status["Threads"]))


class Stage:
    """All that runs, on an API server of its own in `directory`; ends with the context."""

    def __init__(self, directory):
        self._directory = pathlib.Path(directory)
        self.cluster = Cluster(self._directory / "cluster", end_with_us=True)
        self.log = Log()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.cluster.up()
            stack.callback(self.cluster.down)
            self.way = Balancer([int(self.cluster.server.rpartition(":")[2])])
            self.way.start()
            stack.callback(self.way.stop)
            self.access = Access(self.cluster, self._directory, self.way.port)
            self._create_namespaces()
            self.webhook = stack.enter_context(self._installed())
            wait_until_synced(self.webhook)
            self.proxy, self.renewed = (self._proxy(stack, name) for name in ("steady", "renewed"))
            self.informer = stack.enter_context(informer_on(self.proxy, self._directory))
            self.informer.wait()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _proxy(self, stack, name):
        proxy = Proxy(self.access, self._directory, name, self.log.take)
        stack.callback(lambda: proxy.process.stop())  # pylint: disable=unnecessary-lambda  # it may be another one by then
        return proxy

    def _create_namespaces(self):
        with plain_api.Api(self.cluster) as api:
            for name in NAMESPACES:
                api.request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def _installed(self):
        token = secrets.token_hex(16)
        (self._directory / "endpoint-token").write_text(token, encoding="utf-8")
        policies = self._directory / "first-policies"
        policies.mkdir()
        (policies / "soak.yaml").write_text(policy(0), encoding="utf-8")
        return InstalledWebhook(
            self.cluster, self._directory, policies, call_with(token), replicas=REPLICAS,
            more=good_ledgers(LEDGER, NAMESPACE, "soak"), on_line=self.log.take, arguments=[
                "--endpoint-token", self._directory / "endpoint-token", "--kubeconfig", self.access.kubeconfig, "--counting", "strict",
                "--ledger", f"{NAMESPACE}/{LEDGER}", "--when-counts-unknown", "deny"])

    def steady(self):
        """{name: pid} of the processes that no fault ends."""
        return {"replica 0": self.webhook.processes[0].pid, "replica 2": self.webhook.processes[2].pid,
                "proxy": self.proxy.process.pid}

    # What faults ask for.

    def mount_policies(self, generation):
        self.webhook.policies.swap({"soak.yaml": policy(generation)})

    def informer_syncs(self, proxy):
        with informer_on(proxy, self._directory) as informer:
            wait_for(lambda: '"synced"' in informer.log(), "an informer syncs through the proxy")

    def restart_api_server(self, meanwhile):
        self.cluster.stop_process("kube-apiserver")
        meanwhile()
        self.cluster.start_process("kube-apiserver")

    def restart_controller_manager(self):
        self.cluster.stop_process("kube-controller-manager")
        self.cluster.start_process("kube-controller-manager")

    def swap_certificates(self):
        self.cluster.swap_certificates()
        self.access.mount_ca()


def policy(generation):
    return POLICIES.format(generation=generation, number=LIMIT, size=SIZE_LIMIT)


def run_faults(faults, end, pace):
    """Rounds of the whole schedule, one each `pace` seconds or as fast as they go; returns how many."""
    rounds = 0
    while time.monotonic() < end:
        began = time.monotonic()
        for fault in faults.schedule:
            print(f"{time.strftime('%H:%M:%S')} {fault.__name__}", file=sys.stderr, flush=True)
            faults.inject(fault)
        rounds += 1
        time.sleep(max(0, min(began + pace, end) - time.monotonic()))
    return rounds


def soak(minutes):
    """Returns what was wrong, as sentences by the invariant's name."""
    bound = MEMORY_BOUND if minutes > SHORT_MINUTES else SHORT_MEMORY_BOUND
    pace = ROUND_SECONDS if minutes > SHORT_MINUTES else ROUND_SECONDS / 3
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-soak-") as directory, Stage(directory) as stage:
        writers, faults = Writers(stage.cluster), Faults(stage)
        watcher = Watcher(stage)
        writers.start()
        try:
            rounds = run_faults(faults, time.monotonic() + minutes * 60, pace)
            time.sleep(SETTLE_SECONDS)
        finally:
            writers.finish(150)
            watcher.close()
        wrong = judge(stage, writers, faults, watcher, bound)
        print_table(minutes, rounds, writers, faults, watcher, stage.log.events)
    return wrong


def judge(stage, writers, faults, watcher, bound):
    wrong = {"writes": soak_checks.writes(writers, stage.cluster), "limits": soak_checks.limits(watcher.census),
             "errors": soak_checks.errors(stage.log.events, faults.injected),
             "informer": soak_checks.informer(stage.informer.log, set(writers.all_stored()))}
    for name, samples in watcher.samples.items():
        wrong[f"memory of {name}"] = soak_checks.memory(samples, bound)
        wrong[f"descriptors of {name}"] = soak_checks.descriptors(samples)
        wrong[f"threads of {name}"] = soak_checks.threads(samples)
    return wrong


def print_table(minutes, rounds, writers, faults, watcher, events):
    print(f"| {minutes} minutes | |\n|---|--:|")
    rows = {"rounds of faults": rounds, "faults": len(faults.injected), **{f"writes: {k}": v for k, v in writers.counts.items()},
            "most stored in a namespace, limit " + str(LIMIT): max(watcher.census.values()), "lines at warning or error": len(events)}
    for name, samples in watcher.samples.items():
        before, after, part = soak_checks.growth(samples)
        rows[f"{name}: MiB, second and last quarter"] = f"{before / 2**20:.1f}, {after / 2**20:.1f} ({part:+.1%})"
        rows[f"{name}: descriptors, threads at the end"] = f"{samples[-1].descriptors}, {samples[-1].threads}"
    for name, value in rows.items():
        print(f"| {name} | {value} |")
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(prog="./dev soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="how long faults are injected; 60")
    try:
        wrong = soak(parser.parse_args().minutes)
    except (Failed, TimeoutError) as error:
        sys.exit(f"soak: {error}")
    for name, sentences in wrong.items():
        for sentence in sentences[:20]:
            print(f"soak: {name}: {sentence}", file=sys.stderr)
    sys.exit(1 if any(wrong.values()) else 0)


if __name__ == "__main__":
    main()
