#!/usr/bin/env python3
"""Measures the webhook against tests/bench/null_server, the smallest honest Beast and OpenSSL server, in one run.

usage: ./dev bench [admission] [memory] [threads] [cluster] [counting] [audit] [proxy] [metrics] [worst] [--seconds N] [--rounds N] [--only TEXT]

admission  requests a second, latency, CPU a request and resident peak of null, the webhook with OpenSSL directly on
           the socket (what ships) and the webhook on asio::ssl, in turn, for each size of review
memory     resident peak under 8 connections of UPDATEs of 1 MiB, under 64 of reviews of 18.9 MB, and growth over
           200,000 requests
threads    the webhook on 1 and on 2 threads
cluster    what the webhook adds to a CREATE on a real API server, and what an export does; only when it is named
counting   limits across Secrets: a million Secrets read, the cost of a request, strict mode beside a ResourceQuota; only
           when it is named; with --stored N also N Secrets (100000) on the real API server, which takes minutes
audit      an audit of 4000 Secrets of 500 KB, and of 50,000 of 1 KB, beside a curl that reads the same pages, on a real
           API server; needs 6 GB on disk and takes minutes; only when it is named; --only large or small
proxy      a LIST of 300 MB and 20,000 GETs of one ConfigMap through `secret-hygiene proxy`, beside `kubectl proxy` and neither, on a
           real API server, and the GETs on one that costs next to nothing; only when it is named
metrics    what recording takes of the throughput at 4 KiB, beside a build whose recorder does nothing; the time of a scrape of 10,000
           series; only when it is named
worst      CPU that judging takes beside reading, of the reviews that cost most: labels, annotations, keys, owners, types,
           groups; only when it is named

Only ratios within one run mean anything: machines are noisy. Servers run on the first core, the load (wrk) on the
second; `threads` gives the server both, which the load then shares.
"""
import argparse
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))
import bench_reviews  # noqa: E402
from bench_servers import asio, direct, null  # noqa: E402

CONNECTIONS = 8


def check_answer(server, path, body_file, denied):
    """A fast wrong answer is no result: the review must be allowed, or judged where it may be denied."""
    context = ssl._create_unverified_context()  # the development certificate's CA is not this machine's
    with open(body_file, "rb") as body:
        request = urllib.request.Request(f"https://127.0.0.1:{server.port}{path}", body.read(),
                                         {"Content-Type": "application/json"})
    answer = json.load(urllib.request.urlopen(request, context=context))["response"]
    if not answer["allowed"] and (not denied or answer["status"]["code"] != 403):
        sys.exit(f"bench: {server.name} does not allow the review: {answer}")


def load(server, path, body_file, connections, seconds, load_core="1", denied=False):
    """One run of wrk; a dict of what it and the server's process say."""
    check_answer(server, path, body_file, denied)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
                     f'wrk.body = io.open("{body_file}", "rb"):read("*a")\n')
        script.flush()
        cpu_before = server.cpu_seconds()
        out = subprocess.run(
            ["taskset", "-c", load_core, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s",
             "-s", script.name, f"https://127.0.0.1:{server.port}{path}?timeout=30s"],
            capture_output=True, text=True, check=True).stdout
        cpu = server.cpu_seconds() - cpu_before
    if "Non-2xx" in out or "Socket errors" in out:
        sys.exit(f"bench: {server.name} failed under load:\n{out}")
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    percentile = {p: re.search(rf"{p}%\s+(\S+)", out).group(1) for p in ("50", "99")}
    return {"rps": float(re.search(r"Requests/sec:\s+(\S+)", out).group(1)), "p50": percentile["50"],
            "p99": percentile["99"], "cpu_us": cpu / requests * 1e6, "requests": requests, "cpu": cpu}


def best(runs):
    """The run with the least CPU a request: noise only ever adds."""
    result = min(runs, key=lambda run: run["cpu_us"])
    return {**result, "rps": max(run["rps"] for run in runs)}


def admission(args, bodies):
    print(f"\n{CONNECTIONS} connections, 1 server thread, {args.rounds} rounds of {args.seconds} s each in turn; best of each")
    print("| review | server | requests/s | of null | p50 | p99 | CPU µs/request | of null | resident peak MiB |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, path in (("CREATE 4 KiB", "/validate"), ("CREATE 64 KiB", "/validate"), ("CREATE 512 KiB", "/validate"),
                       ("CREATE 1 MiB", "/validate"), ("UPDATE 1 MiB", "/validate"), ("Helm CREATE 4 KiB", "/mutate"),
                       ("CREATE many labels", "/mutate"), ("CREATE many labels", "/validate")):
        if args.only not in name:
            continue
        makers = (null, direct, asio)
        runs = {make.__name__: [] for make in makers}
        peak = {}
        for _ in range(args.rounds):
            for make in makers:
                with make(threads=1) as server:
                    load(server, path, bodies[name], CONNECTIONS, 1)
                    runs[make.__name__].append(load(server, path, bodies[name], CONNECTIONS, args.seconds))
                    peak[make.__name__] = server.resident_peak_mib()
        base = best(runs["null"])
        for make in makers:
            run = best(runs[make.__name__])
            print(f"| {path} {name} | {make.__name__} | {run['rps']:,.0f} | {run['rps'] / base['rps']:.2f} | {run['p50']} | "
                  f"{run['p99']} | {run['cpu_us']:,.1f} | {run['cpu_us'] / base['cpu_us']:.2f} | {peak[make.__name__]:.1f} |",
                  flush=True)


def memory(args, bodies):
    print("\nResident memory of the webhook, 1 thread, MiB")
    print("| load | null | webhook |\n|---|--:|--:|")
    for name, body, connections, seconds in (
            ("8 connections of UPDATE 1 MiB", "UPDATE 1 MiB", 8, args.seconds),
            ("64 connections of reviews of 18.9 MB", "worst", 64, max(args.seconds, 10))):
        peaks = []
        for make in (null, direct):
            with make(threads=1) as server:
                load(server, "/mutate", bodies[body], connections, seconds)
                peaks.append(server.resident_peak_mib())
        print(f"| {name}: peak | {peaks[0]:.1f} | {peaks[1]:.1f} |", flush=True)
    with direct(threads=1) as server:
        load(server, "/validate", bodies["CREATE 4 KiB"], CONNECTIONS, 1)
        before, done = server.resident_mib(), 0
        while done < 200_000:
            done += load(server, "/validate", bodies["CREATE 4 KiB"], CONNECTIONS, 2)["requests"]
        print(f"| growth over {done:,} requests of CREATE 4 KiB | | {server.resident_mib() - before:+.2f} |", flush=True)


def threads(args, bodies):
    print("\nThreads: the load shares the two cores with the server, so CPU a request tells more than requests a second")
    print("| review | threads | requests/s | CPU µs/request | requests per CPU second |\n|---|--:|--:|--:|--:|")
    for name in ("CREATE 4 KiB", "CREATE 512 KiB"):
        for count in (1, 2):
            with direct(threads=count, core="0,1") as server:
                load(server, "/validate", bodies[name], 16, 1, "0,1")
                run = load(server, "/validate", bodies[name], 16, args.seconds, "0,1")
            print(f"| CREATE {name.split(' ', 1)[1]} | {count} | {run['rps']:,.0f} | {run['cpu_us']:,.1f} | "
                  f"{run['requests'] / run['cpu']:,.0f} |", flush=True)


def through_the_proxy(args, _bodies):
    import bench_proxy  # pylint: disable=import-outside-toplevel
    bench_proxy.run(args.rounds)


def metrics(args, bodies):
    import bench_metrics  # pylint: disable=import-outside-toplevel
    bench_metrics.recording(args.rounds, args.seconds, lambda server, seconds: load(server, "/validate", bodies["CREATE 4 KiB"], CONNECTIONS, seconds))
    bench_metrics.scrapes()


def worst(args, _bodies):
    import bench_worst  # pylint: disable=import-outside-toplevel
    with tempfile.TemporaryDirectory() as folder:
        bench_worst.run(folder, args.seconds, load)


def on_a_cluster(_args, _bodies):
    import bench_cluster  # pylint: disable=import-outside-toplevel  (the others need no cluster)
    bench_cluster.run()


def counting(args, _bodies):
    import bench_inventory, bench_request, bench_strict  # pylint: disable=import-outside-toplevel,multiple-imports
    if args.only in "inventory":
        bench_inventory.head()
        bench_inventory.synthetic(1_000_000, 2_000, args.rounds)
    if args.only in "request":
        bench_request.run(args.rounds, args.seconds)
    if args.only in "strict":
        bench_strict.on_a_cluster(args.rounds, args.stored, args.replicas, args.clients, args.namespaces)


def audit(args, _bodies):
    import bench_audit  # pylint: disable=import-outside-toplevel
    bench_audit.run(args.rounds, 4_000 if args.only in "large" else 0, 50_000 if args.only in "small" else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", choices=["admission", "memory", "threads", "cluster", "counting", "audit", "proxy", "metrics", "worst", []], default=[])
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", metavar="TEXT", help="in `admission`, reviews with this in their name; in `counting`, "
                        "inventory, request or strict; in `audit`, large or small")
    parser.add_argument("--stored", type=int, default=0, metavar="N", help="in `counting`, Secrets created on the API server")
    for name, values, choices in (("replicas", [1, 3], [1, 3]), ("clients", [1, 8, 32], None), ("namespaces", [1, 8], None)):
        parser.add_argument(f"--{name}", type=int, nargs="+", default=values, choices=choices, metavar="N",
                            help=f"in `counting --only strict`: {' '.join(map(str, values))}")
    args = parser.parse_args()
    started = time.time()
    with tempfile.TemporaryDirectory() as folder:
        bodies = bench_reviews.write_all(folder)
        for what in args.what or ["admission", "memory", "threads"]:
            {"admission": admission, "memory": memory, "threads": threads, "cluster": on_a_cluster,
             "counting": counting, "audit": audit, "proxy": through_the_proxy, "metrics": metrics, "worst": worst}[what](args, bodies)
    print(f"\n{os.cpu_count()} cores, {time.time() - started:.0f} s")


if __name__ == "__main__":
    main()
