"""`./dev cluster try-upgrade --from PROGRAM`: replicas of an earlier build are replaced one by one by this one while tenants write at their
limit, then back again. Both count strictly, and their ledgers lie in one place."""

import concurrent.futures
import json
import pathlib
import tempfile
import time

from burst import Census
from cluster_client import BINARY
from process import Failed
from run import wait_until_ready
from tenants import Honest
from try_limits import REPLICAS, install, percentiles, policy, wait_until_synced

FULL, WIDE = "upgrade-full", "upgrade-wide"
LIMITS = {FULL: 20, WIDE: 1_000_000}
CLIENTS = 4
RATE = 5
BEFORE_SECONDS = 10
SHORT_MINUTES = 0.2
PHASES = ("before", "up", "back")


def replace(webhook, program):
    """The replicas, each once the one before it is ready, as a Deployment does."""
    webhook.binary = program
    for number in range(REPLICAS):
        webhook.processes[number].stop()
        webhook.start_again(number)
        wait_until_ready(f"http://{webhook.metrics_addresses[number]}/readyz")


def roll(webhook, program, phases):
    """When the replacements of the last two phases ended, of time.monotonic()."""
    ended = []
    for begin, target in zip(phases[1:], (BINARY, program)):
        time.sleep(max(0, begin - time.monotonic()))
        replace(webhook, target)
        ended.append(time.monotonic())
    return ended


def run(cluster, webhook, program, minutes):
    """({namespace: its Answers in each phase}, the starts of the phases, when replacements ended, what is wrong)."""
    begin = time.monotonic() + 1
    phases = (begin, *(begin + BEFORE_SECONDS + number * minutes * 60 for number in range(3)))
    censuses = {namespace: Census(cluster, namespace).start() for namespace in LIMITS}
    tenants = {namespace: Honest(cluster, namespace, limit, CLIENTS, RATE, phases) for namespace, limit in LIMITS.items()}
    with concurrent.futures.ThreadPoolExecutor(len(tenants)) as pool:
        running = {namespace: pool.submit(tenant.run) for namespace, tenant in tenants.items()}
        ended = roll(webhook, program, phases)
        done = {namespace: future.result() for namespace, future in running.items()}
    wrong = [sentence for _, sentences in done.values() for sentence in sentences]
    for namespace, census in censuses.items():
        held = census.stop().highest
        print(f"{namespace} held at most {held} Secrets; its limit is {LIMITS[namespace]}", flush=True)
        if held > LIMITS[namespace]:
            wrong.append(f"{namespace} held {held} Secrets")
    wrong += [f"a replacement took until {end - until:.0f} s after its phase" for end, until in zip(ended, phases[2:]) if end > until]
    return {namespace: answers for namespace, (answers, _) in done.items()}, phases, ended, wrong


def print_phases(answers, phases, ended):
    print("\nnamespace     phase   seconds  replaced s  created  denied  tried again  unknown  from s  until s    p50 ms    p99 ms")
    for namespace, of_phases in answers.items():
        for number, got in enumerate(of_phases):
            replaced = f"{ended[number - 1] - phases[number]:.1f}" if number else "-"
            since = [f"{moment - phases[number]:.1f}" for moment in (min(got.unknown), max(got.unknown))] if got.unknown else ["-", "-"]
            p50, p99 = percentiles(got.latencies)
            print(f"{namespace:13} {PHASES[number]:6} {phases[number + 1] - phases[number]:8.0f} {replaced:>11} {got.created:8} {got.denied:7} "
                  f"{sum(got.again.values()):12} {len(got.unknown):8} {since[0]:>7} {since[1]:>8} {p50:9.1f} {p99:9.1f}", flush=True)
    for namespace, of_phases in answers.items():
        for name, got in zip(PHASES, of_phases):
            for why, times in got.again.most_common(5):
                print(f"{namespace}, {name}: {times} times: {why[:200]}", flush=True)


def try_out(cluster, minutes=SHORT_MINUTES, program=BINARY):
    """On a cluster that is up; leaves it as it was. `minutes`: of each way; between other builds and this one counts are unknown for
    one to two minutes, and a write waits for them."""
    print(f"# {REPLICAS} replicas, replaced one by one by another program and back; {CLIENTS} clients a namespace, {RATE} CREATEs a second each; "
          f"limits: {LIMITS}\n", flush=True)
    policies = [policy(namespace, limit, namespace) for namespace, limit in LIMITS.items()]
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name:
        with install(cluster, pathlib.Path(name), "strict", *policies, binary=program) as webhook:
            documents = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}} for namespace in LIMITS]
            webhook.run("kubectl", "create", "-f", "-", stdin="\n".join(map(json.dumps, documents)))
            try:
                wait_until_synced(webhook)
                answers, phases, ended, wrong = run(cluster, webhook, program, minutes)
            finally:
                webhook.run("kubectl", "delete", "namespace", *LIMITS)
    print_phases(answers, phases, ended)
    # The last CREATEs of each way are answered: counts are known again.
    wrong += [f"{namespace}, {PHASES[number]}: counts were unknown until its end" for namespace, of_phases in answers.items()
              for number, got in enumerate(of_phases) if got.unknown and max(got.unknown) > phases[number + 1] - 1]
    if wrong:
        raise Failed("\n".join(wrong[:10]))
