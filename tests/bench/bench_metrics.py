"""`./dev bench metrics`: what recording takes of the throughput, and how long a scrape of many series takes."""
import http.client
import json
import os
import re
import ssl
import statistics
import tempfile
import time

import bench_pairs
import bench_reviews
from bench_servers import BUILD, CERTIFICATES, Server, direct, unrecorded

POLICIES, NAMESPACES = 50, 200  # of which each pair is a series
SCRAPES = 50
RUN_SECONDS = 2


def recording(rounds, seconds, load):
    """`load(server, seconds)` runs wrk."""
    servers = {"with": direct, "without": unrecorded}
    runs = bench_pairs.in_turn(list(servers), lambda way: servers[way](threads=1), lambda _, server: load(server, RUN_SECONDS), rounds, seconds)
    print(f"\n/validate CREATE 4 KiB, 1 server thread, {len(runs['with'])} runs of {RUN_SECONDS} s each, in turn; the median, and the best")
    bench_pairs.print_table("recording", runs, "with", "without")


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
