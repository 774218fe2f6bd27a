"""`./dev bench proxy`: a LIST of 300 MB and 20,000 GETs of one ConfigMap, directly, through `secret-hygiene proxy`, and through
`kubectl proxy`, in turn; the GETs also before an API server that costs next to nothing, which shows what the proxies cost; and the
LIST also where the API server, the proxy and the client have a share of the processor each, as they have on three machines."""

import base64
import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

import cluster
import cpu_share
import plain_api
from bench_inventory import cpu_seconds
from bench_proxy_ways import all_ways, synthetic_server

SECRETS = 300
SECRET_BYTES = 750_000  # a million as base64
BUFFER_BYTES = 1 << 20
CONNECTIONS = 8
GETS = 20_000
CORES_EACH = 0.6  # three of them leave something to all else on two cores
CONFIG_MAP = "/api/v1/namespaces/bench/configmaps/one"


def list_megabytes_per_second(way, token, _server_pid):
    """Of one LIST, from its request to the end of the connection. Nothing is parsed: the client must not be what is measured."""
    request = (f"GET /api/v1/namespaces/bench/secrets HTTP/1.1\r\nHost: {way.address.netloc}\r\nAccept: application/json\r\n"
               f"Authorization: Bearer {token}\r\nConnection: close\r\n\r\n")
    buffer = memoryview(bytearray(BUFFER_BYTES))
    total, begin = 0, bytearray()
    with way.connect() as connection:
        started = time.perf_counter()
        connection.sendall(request.encode())
        while count := connection.recv_into(buffer):
            if len(begin) < 16:
                begin += buffer[:16]
            total += count
        seconds = time.perf_counter() - started
    if not begin.startswith(b"HTTP/1.1 200") or total < SECRETS * SECRET_BYTES:
        raise SystemExit(f"bench: {way.name}: the list is not whole: {bytes(begin[:16])}, {total} bytes")
    return total / seconds / 1e6


def gets(way, token, server_pid):
    """(GETs a second; CPU microseconds for each of the proxy; of the API server)."""
    before, server_before = way.cpu_seconds(), cpu_seconds(server_pid)
    out = subprocess.run(["h2load", "--h1", "-t1", f"-c{CONNECTIONS}", f"-n{GETS}", "-H", f"Authorization: Bearer {token}",
                          way.url(CONFIG_MAP)], capture_output=True, text=True, check=True).stdout
    cpu, server_cpu = way.cpu_seconds() - before, cpu_seconds(server_pid) - server_before
    if f"{GETS} succeeded" not in out or f"{GETS} 2xx" not in out:
        raise SystemExit(f"bench: {way.name} failed under load:\n{out}")
    rate = float(re.search(r"finished in [^,]*, ([\d.]+) req/s", out).group(1))
    return rate, cpu / GETS * 1e6, server_cpu / GETS * 1e6


def fill(running):
    with plain_api.Api(running) as api:
        wanted = [("/api/v1/namespaces", {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "bench"}}),
                  ("/api/v1/namespaces/bench/configmaps",
                   {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "one"}, "data": {"key": "x" * 1000}})]
        value = base64.b64encode(os.urandom(SECRET_BYTES)).decode()
        wanted += [("/api/v1/namespaces/bench/secrets",
                    {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": f"s-{number}"}, "data": {"blob": value}})
                   for number in range(SECRETS)]
        for path, document in wanted:
            answer = api.request("POST", path, document)
            if answer.status != 201:
                raise SystemExit(f"bench: {path}: {answer.status} {answer.message}")


def measure(measured, ways, token, server_pid, rounds):
    """{name: what was measured in each round}, in turn."""
    results = {way.name: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            results[way.name].append(measured(way, token, server_pid))
    return results


def report_lists(ways, lists, how, rounds):
    print(f"\nLIST of {SECRETS} Secrets of {SECRET_BYTES} bytes, {how}; {rounds} rounds in turn, medians")
    print("| way | MB/s | of direct |\n|---|--:|--:|")
    speeds = {way.name: statistics.median(lists[way.name]) for way in ways}
    for name, speed in speeds.items():
        print(f"| {name} | {speed:.0f} | {speed / speeds[ways[0].name]:.2f} |")


def report_gets(server, ways, results, rounds):
    """The last way is the one to compare with."""
    other = ways[-1]
    rates, costs, server_costs = ({way.name: statistics.median(each[index] for each in results[way.name]) for way in ways}
                                  for index in range(3))
    print(f"\n{GETS} GETs of one ConfigMap on {CONNECTIONS} connections, {server}; {rounds} rounds in turn, medians; in brackets: "
          f"of {other.name}")
    print("| way | GETs/s | its CPU a GET | resident peak | the API server's CPU a GET |\n|---|--:|--:|--:|--:|")
    for way in ways:
        own = (f"{costs[way.name]:.0f} us ({costs[way.name] / costs[other.name]:.2f}) | "
               f"{way.peak_mib():.0f} MiB ({way.peak_mib() / other.peak_mib():.2f})" if way.pid else "|")
        print(f"| {way.name} | {rates[way.name]:.0f} ({rates[way.name] / rates[other.name]:.2f}) | {own} | "
              f"{server_costs[way.name]:.0f} us |")


@contextlib.contextmanager
def ways_to(server, kubeconfig, directory):
    ways = all_ways(server, kubeconfig, directory)
    try:
        yield ways
    finally:
        for way in ways:
            way.stop()


def lists_where_cores_are_shared(ways, token, server_pid, rounds):
    report_lists(ways, measure(list_megabytes_per_second, ways, token, server_pid, rounds), "all on the same cores", rounds)


def lists_with_cores_of_their_own(running, ways, token, server_pid, rounds):
    if not cpu_share.possible():
        print("\nLISTs with a share of the processor for each were not measured: no cgroup can be made here")
        return
    groups = {"client": [os.getpid()], "servers": [each["pid"] for each in running.state()["processes"].values()]}
    groups.update({str(number): [way.pid] for number, way in enumerate(ways) if way.pid})
    with cpu_share.shares(groups, CORES_EACH):
        lists = measure(list_megabytes_per_second, ways, token, server_pid, rounds)
    report_lists(ways, lists, f"{CORES_EACH} of a core for each of API server with etcd, proxy, client", rounds)


def on_a_real_server(directory, rounds):
    running = cluster.Cluster(directory / "cluster", end_with_us=True)
    running.up()
    try:
        fill(running)
        token = json.loads(running.kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]["token"]
        with ways_to(running.server, running.kubeconfig, directory) as ways:
            pid = running.state()["processes"]["kube-apiserver"]["pid"]
            report_gets("a real API server", ways, measure(gets, ways, token, pid, rounds), rounds)
            lists_where_cores_are_shared(ways, token, pid, rounds)
            lists_with_cores_of_their_own(running, ways, token, pid, rounds)
            print("resident peak after the LISTs, MiB: " +
                  ", ".join(f"{way.name} {way.peak_mib():.0f}" for way in ways if way.pid))
    finally:
        running.down()


def on_a_synthetic_server(directory, rounds):
    server, kubeconfig = synthetic_server(directory)
    with server, ways_to(f"https://localhost:{server.port}", kubeconfig, directory) as ways:
        results = measure(gets, ways, "t", server.process.pid, rounds)
        report_gets("an API server that costs next to nothing", ways, results, rounds)


def run(rounds):
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-bench-") as name:
        on_a_synthetic_server(pathlib.Path(name), rounds)
        on_a_real_server(pathlib.Path(name), rounds)
