"""`./dev bench proxy`: a LIST of 300 MB and GETs of one ConfigMap, directly, through `secret-hygiene proxy`, and through `kubectl proxy`, in turn."""

import base64
import json
import os
import pathlib
import re
import socket
import ssl
import statistics
import subprocess
import tempfile
import time
import urllib.parse

import cluster
import cluster_tools
import plain_api
from webhook_process import WebhookProcess, end_with_parent

SECRETS = 300
SECRET_BYTES = 750_000  # a million as base64
BUFFER_BYTES = 1 << 20
CONNECTIONS = 8


class Way:
    """One way to the API server: its address, how to trust it, and the process that stands between, if any."""

    def __init__(self, name, url, ca=None, pid=None):
        self.name, self.pid = name, pid
        self.address = urllib.parse.urlsplit(url)
        self.context = ssl.create_default_context(cadata=ca) if ca else None

    def connect(self):
        plain = socket.create_connection((self.address.hostname, self.address.port), 120)
        return self.context.wrap_socket(plain, server_hostname=self.address.hostname) if self.context else plain

    def peak_bytes(self):
        if self.pid is None:
            return None
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) * 1024


def list_seconds(way, token):
    """(seconds, bytes) of one LIST, from its request to the end of the connection. Nothing is parsed: the client must not be what is measured."""
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
    return seconds, total


def gets_per_second(way, token, seconds):
    scheme = "https" if way.context else "http"
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f'wrk.headers["Authorization"] = "Bearer {token}"\n')
        script.flush()
        out = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script.name,
             f"{scheme}://{way.address.netloc}/api/v1/namespaces/bench/configmaps/one"],
            capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit(f"bench: {way.name} failed under load:\n{out}")
    return float(re.search(r"Requests/sec:\s+(\S+)", out).group(1))


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


def start_proxy(binary, running, directory):
    kubeconfig = directory / "proxy-kubeconfig"
    process = WebhookProcess(binary, ["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--drain-timeout", "1s",
                                      "--kubeconfig", running.kubeconfig, "--write-kubeconfig", kubeconfig], command="proxy")
    proxying = process.wait_for_event("proxying")
    data = json.loads(kubeconfig.read_text(encoding="utf-8"))["clusters"][0]["cluster"]["certificate-authority-data"]
    return process, Way("secret-hygiene proxy", proxying["listen"], base64.b64decode(data).decode(), process.pid)


def start_kubectl_proxy(running):
    process = subprocess.Popen(
        [cluster_tools.tool("kubectl"), "proxy", "--port=0", "--kubeconfig", running.kubeconfig],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=end_with_parent)
    port = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline()).group(1)
    return process, Way("kubectl proxy", f"http://127.0.0.1:{port}", pid=process.pid)


def measure(ways, token, rounds, seconds):
    lists = {way.name: [] for way in ways}
    gets = {way.name: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            taken, total = list_seconds(way, token)
            lists[way.name].append(total / taken / 1e6)
        for way in ways:
            gets[way.name].append(gets_per_second(way, token, seconds))
    return lists, gets


def report(ways, lists, gets, rounds, seconds):
    print(f"\nLIST of {SECRETS} Secrets of {SECRET_BYTES} bytes, and GETs of one ConfigMap on {CONNECTIONS} connections for {seconds} s, "
          f"{rounds} rounds in turn; medians")
    print("| way | LIST MB/s | of direct | GETs/s | of direct | resident peak MiB |")
    print("|---|--:|--:|--:|--:|--:|")
    direct_list, direct_gets = (statistics.median(of[ways[0].name]) for of in (lists, gets))
    for way in ways:
        bulk, small = statistics.median(lists[way.name]), statistics.median(gets[way.name])
        peak = way.peak_bytes()
        print(f"| {way.name} | {bulk:.0f} | {bulk / direct_list:.2f} | {small:.0f} | {small / direct_gets:.2f} | "
              f"{'' if peak is None else f'{peak / 2**20:.0f}'} |")


def run(binary, rounds, seconds):
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-bench-") as name:
        directory = pathlib.Path(name)
        running = cluster.Cluster(directory / "cluster", end_with_us=True)
        running.up()
        processes = []
        try:
            fill(running)
            token = json.loads(running.kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]["token"]
            direct = Way("directly", running.server, (running.directory / "ca.crt").read_text(encoding="utf-8"))
            ours, our_way = start_proxy(binary, running, directory)
            processes.append(ours.stop)
            theirs, their_way = start_kubectl_proxy(running)
            processes += [theirs.wait, theirs.terminate]
            ways = [direct, our_way, their_way]
            report(ways, *measure(ways, token, rounds, seconds), rounds, seconds)
        finally:
            for end in reversed(processes):
                end()
            running.down()
