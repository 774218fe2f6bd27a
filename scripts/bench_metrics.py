"""`./dev bench metrics`: what recording takes of the throughput, and how long a scrape of many series takes."""
import http.client
import json
import os
import re
import ssl
import statistics
import tempfile
import time

import bench_reviews
from bench_servers import BUILD, CERTIFICATES, Server, direct, unrecorded

POLICIES, NAMESPACES = 50, 200  # of which each pair is a series
SCRAPES = 50
RUN_SECONDS = 2


def recording(rounds, seconds, load):
    """`load(server, seconds)` runs wrk. Both servers run all the time, and are asked in turn, for a short while each: what else the
    machine does then meets both alike."""
    ways = {"with": direct, "without": unrecorded}
    runs = {way: [] for way in ways}
    for round_ in range(rounds):
        first, second = sorted(ways, reverse=round_ % 2 == 0)
        with ways[first](threads=1) as one, ways[second](threads=1) as other:
            servers = {first: one, second: other}
            for server in servers.values():
                load(server, RUN_SECONDS)
            for turn in range(seconds):
                for way in sorted(ways, reverse=turn % 2 == 0):
                    runs[way].append(load(servers[way], RUN_SECONDS))
    print(f"\n/validate CREATE 4 KiB, 1 server thread, {len(runs['with'])} runs of {RUN_SECONDS} s each, in turn; the median, and the best")
    print("| recording | requests/s | best | CPU µs/request | best |\n|---|--:|--:|--:|--:|")
    rate, cpu = ({way: [run[key] for run in each] for way, each in runs.items()} for key in ("rps", "cpu_us"))
    for way in ways:
        print(f"| {way} | {statistics.median(rate[way]):,.0f} | {max(rate[way]):,.0f} | {statistics.median(cpu[way]):.2f} | {min(cpu[way]):.2f} |")
    # Neighbours in time are compared: the machine's pace changes from one second to the next.
    ratios = [one / other for one, other in zip(rate["with"], rate["without"])]
    print(f"| of without | {statistics.median(ratios):.3f} | {max(rate['with']) / max(rate['without']):.3f} | "
          f"{statistics.median(one / other for one, other in zip(cpu['with'], cpu['without'])):.3f} | "
          f"{min(cpu['with']) / min(cpu['without']):.3f} |", flush=True)


def serve_with_many_policies(folder):
    policies = os.path.join(folder, "policies")
    os.mkdir(policies)
    for number in range(POLICIES):
        with open(os.path.join(policies, f"{number}.yaml"), "w", encoding="utf-8") as file:
            json.dump({"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": f"policy-{number}"},
                       "spec": {"mode": "Enforce", "limits": {"bytesPerSecret": 1}}}, file)
    command = [os.path.join(BUILD, "secret-hygiene"), "serve", "--policies", policies, "--tls-dir", CERTIFICATES, "--listen", "127.0.0.1:0",
               "--metrics-listen", "127.0.0.1:0", "--status-listen", "127.0.0.1:0", "--shutdown-delay", "0s"]
    return Server("secret-hygiene", command, "0", r'"message":"serving".*?"metrics_listen":"127.0.0.1:(\d+)"')


def reject_in_every_namespace(port):
    # The development certificate's CA is not this machine's.
    connection = http.client.HTTPSConnection("127.0.0.1", port, context=ssl._create_unverified_context())
    for number in range(NAMESPACES):
        review = bench_reviews.review(bench_reviews.secret(64)).replace('"team-a"', f'"team-{number}"')
        connection.request("POST", "/validate?timeout=30s", review, {"Content-Type": "application/json"})
        connection.getresponse().read()
    connection.close()


def scrapes():
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-bench-") as folder, serve_with_many_policies(folder) as server:
        reject_in_every_namespace(re.search(r'"listen":"127.0.0.1:(\d+)"', server.ready_line)[1])
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        times = []
        for _ in range(SCRAPES):
            started = time.monotonic()
            connection.request("GET", "/metrics")
            text = connection.getresponse().read()
            times.append((time.monotonic() - started) * 1e3)
        connection.close()
    series = len(re.findall(rb"^[^#\n]", text, re.MULTILINE))
    print(f"\nA scrape of {series:,} series, {len(text) / 1024:,.0f} KiB, {SCRAPES} times: median {statistics.median(times):.1f} ms, "
          f"least {min(times):.1f}, most {max(times):.1f}", flush=True)
