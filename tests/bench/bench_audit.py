"""`./dev bench audit`: an audit of what a real API server stores, beside a curl that throws the same pages away."""
import base64
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import threading
import time
import urllib.parse

import cluster
import plain_api
from bench_inventory import USER_AGENT, write_policies
from bench_servers import BUILD

TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
# The pages that the audit asks for: webhook/housekeeping/stored/stored_walk.cpp.
FORMS = {"whole": ("application/json", 100), "metadata": (TABLE, 500)}
# What an audit reads by: the first needs each Secret whole, the second its metadata.
POLICIES = {
    "whole": {"limits": {"bytesPerSecret": "768Ki", "bytesPerObject": "1Mi", "annotationBytes": "64Ki", "keysPerSecret": 256}},
    "metadata": {"limits": {"bytesPerSecret": "768Ki", "secretsPerRelease": 20, "bytesPerNamespace": "1Gi"}}}
WRITERS = 4
NAMESPACES = 20
# The tokens of the pages must last as long as the bench.
API_SERVER = ["--etcd-compaction-interval=0", "--max-requests-inflight=800"]
ETCD = [f"--quota-backend-bytes={8 * 1024 ** 3}"]


def secret(number, size):
    """A Helm revision of random bytes, with the size that `serve` would have noted."""
    release, revision = divmod(number, 5)
    data = base64.b64encode(random.Random(number).randbytes(size)).decode()
    name = f"sh.helm.release.v1.app-{release}.v{revision + 1}"
    return json.dumps({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1", "data": {"release": data},
        "metadata": {"name": name, "labels": {"owner": "helm", "name": f"app-{release}", "status": "superseded"},
                     "annotations": {"secret-hygiene.io/bytes": str(size)}}})


def fill(running, secrets, size):
    """Writes them from a few connections at once."""
    failures, numbers, lock = [], iter(range(secrets)), threading.Lock()

    def write():
        try:
            with plain_api.Api(running) as api:
                while not failures:
                    with lock:
                        number = next(numbers, None)
                    if number is None:
                        return
                    answer = api.create(f"bench-{number // 5 % NAMESPACES}", secret(number, size))
                    if answer.status != 201:
                        raise OSError(f"{answer.status} {answer.message}")
        except OSError as failure:
            failures.append(str(failure))

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"bench: {failures[0]}")


def pages(running, form):
    """The addresses of all pages, walked once."""
    accept, limit = FORMS[form]
    found, token = [], None
    with plain_api.Api(running) as api:
        while token != "":
            query = f"limit={limit}" + (f"&continue={urllib.parse.quote(token)}" if token else "")
            found.append(f"{running.server}/api/v1/secrets?{query}")
            answer = api.request("GET", f"/api/v1/secrets?{query}", headers={"Accept": accept, "User-Agent": USER_AGENT})
            token = answer.document["metadata"].get("continue", "")
    return found


class Curl:
    """One curl on one connection, page after page."""

    def __init__(self, running, form, folder):
        token = json.loads(running.kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]["token"]
        config = pathlib.Path(folder, f"curl-{form}")
        config.touch(mode=0o600)
        config.write_text("".join(f'url = "{page}"\noutput = "/dev/null"\n' for page in pages(running, form)),
                          encoding="ascii")
        self.command = ["curl", "-sS", "--fail", "--http1.1", "--cacert", running.directory / "ca.crt", "-A", USER_AGENT,
                        "-H", f"Accept: {FORMS[form][0]}", "-H", f"Authorization: Bearer {token}", "-K", config]

    def seconds(self):
        started = time.perf_counter()
        subprocess.run(self.command, check=True)
        return time.perf_counter() - started


def peak_of(child):
    """The peak of its resident memory in MiB, and what it used. Its own is asked for as it runs: what wait4() says of it
    begins with this process's, which it was before its exec."""
    peak = 0.0
    while True:
        pid, status, used = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return peak, used
        if pathlib.Path(f"/proc/{child.pid}/cmdline").read_bytes().startswith(os.fsencode(child.args[0])):
            peak = max(peak, peak_now(child.pid))
        time.sleep(0.002)


def peak_now(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def audit(running, form, policies, secrets):
    """Seconds, CPU seconds, and the peak of its resident memory in MiB."""
    command = [os.path.join(BUILD, "secret-hygiene"), "audit", "-A", "-o", "json", "--kubeconfig", running.kubeconfig, "-p",
               policies]
    with tempfile.TemporaryFile() as report:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=report)
        peak, used = peak_of(child)
        taken = time.perf_counter() - started
        report.seek(0)
        found = json.load(report)
    in_bench = sum(each["secrets"] for each in found["namespaces"]["largest"] if each["name"].startswith("bench-"))
    if child.returncode != 0 or found["reading"]["form"] != form or in_bench != secrets:
        raise SystemExit(f"bench: the audit ended with {child.returncode}, read {found['reading']} and {in_bench} Secrets")
    return taken, used.ru_utime + used.ru_stime, peak


def compare(running, title, secrets, folder, rounds):
    for form in ("whole", "metadata"):
        policy = {"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": form},
                  "spec": {"mode": "Audit", **POLICIES[form]}}
        policies = write_policies(os.path.join(folder, f"{form}-{secrets}"), policy)
        curl = Curl(running, form, folder)
        curls, audits = [], []
        for _ in range(rounds):
            curls.append(curl.seconds())
            audits.append(audit(running, form, policies, secrets))
        taken, cpu, _ = min(audits)
        peak = max(each[2] for each in audits)
        ratios = ", ".join(f"{mine[0] / theirs:.2f}" for mine, theirs in zip(audits, curls))
        print(f"| {title}, {form} | {min(curls):.2f} | {taken:.2f} | {cpu:.2f} | {taken / min(curls):.2f} ({ratios}) | "
              f"{peak:.1f} |", flush=True)


def run(rounds, large, small):
    """`large` Secrets of 500 KB on one API server, then `small` of 1 KB on another."""
    print("\nAn audit of all Secrets, against one curl that throws the same pages away; of each round in brackets")
    print("| Secrets | curl s | audit s | its CPU s | of curl | peak MiB |")
    print("|---|--:|--:|--:|--:|--:|", flush=True)
    for count, size, title in ((large, 500_000, f"{large:,} of 500 KB"), (small, 1_000, f"{small:,} of 1 KB")):
        if count == 0:
            continue
        with tempfile.TemporaryDirectory(prefix="secret-hygiene-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
            running = cluster.Cluster(folder, API_SERVER, end_with_us=True, etcd_arguments=ETCD)
            running.up()
            try:
                with plain_api.Api(running) as api:
                    for number in range(NAMESPACES):
                        api.request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace",
                                                                   "metadata": {"name": f"bench-{number}"}})
                fill(running, count, size)
                compare(running, title, count, folder, rounds)
            finally:
                running.down()
