"""`./dev bench counting`: the time until `serve` knows every Secret, beside a curl that throws the same pages away."""
import json
import os
import pathlib
import resource
import subprocess
import tempfile
import time
import urllib.parse

import plain_api
from bench_servers import BUILD, CERTIFICATES, Server
from webhook_process import WebhookProcess

METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
# An API server indents what it sends to a curl; this is what it sends to us.
USER_AGENT = "secret-hygiene/bench"
PAGE = 500
SYNC_TIMEOUT = 600
LISTED = "Secrets are listed"
POLICY = {"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": "team-quota"},
          "spec": {"mode": "Enforce", "match": {"namespaces": ["team-*", "bench-*"]}, "warnAt": "90%",
                   "limits": {"secretsPerNamespace": 10 ** 6, "bytesPerNamespace": "64Gi"}}}


def write_policies(folder, *documents):
    pathlib.Path(folder).mkdir()
    (pathlib.Path(folder) / "policies.yaml").write_text("\n---\n".join(map(json.dumps, documents)), encoding="utf-8")
    return folder


def serve_arguments(folder, policies, kubeconfig, *more):
    token = pathlib.Path(folder, "token")
    token.write_text("a" * 32, encoding="ascii")
    return ["--policies", policies, "--tls-dir", CERTIFICATES, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0",
            "--status-listen", "127.0.0.1:0", "--threads", "1", "--shutdown-delay", "0s", "--endpoint-token", token,
            "--kubeconfig", kubeconfig, *more]


class Pages:
    """The addresses of all pages of a list."""

    def __init__(self, server, ca, token, tokens):
        self.server, self.ca, self.token = server, ca, token
        self.queries = [f"limit={PAGE}" + (f"&continue={urllib.parse.quote(each)}" if each else "") for each in tokens]

    def curl_seconds(self, folder, core="0"):
        """One curl on one connection: seconds, and of these its CPU."""
        config = pathlib.Path(folder, "curl")
        config.write_text("".join(f'url = "{self.server}/api/v1/secrets?{query}"\noutput = "/dev/null"\n'
                                  for query in self.queries), encoding="ascii")
        config.chmod(0o600)
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(["taskset", "-c", core, "curl", "-sS", "--fail", "--http1.1", "--cacert", self.ca, "-A", USER_AGENT,
                        "-H", f"Accept: {METADATA_LIST}", "-H", f"Authorization: Bearer {self.token}", "-K", config],
                       check=True)
        taken, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def resident(pid):
    """MiB now and at its peak."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines())
    return tuple(int(fields[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sync_seconds(arguments, core="0"):
    """Seconds from the start of the process until every page was read, its CPU, and its resident memory then."""
    started = time.perf_counter()
    webhook = WebhookProcess(os.path.join(BUILD, "secret-hygiene"), arguments, launcher=["taskset", "-c", core])
    try:
        webhook.wait_for_event(LISTED, SYNC_TIMEOUT)
        taken = time.perf_counter() - started
        cpu = cpu_seconds(webhook.pid)
        time.sleep(2)  # what was needed for reading only may go
        return taken, cpu, *resident(webhook.pid)
    finally:
        webhook.stop()


def kubeconfig(folder, server, ca, token):
    path = pathlib.Path(folder, "kubeconfig")
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "bench",
        "clusters": [{"name": "bench", "cluster": {"server": server, "certificate-authority": str(ca)}}],
        "users": [{"name": "bench", "user": {"token": token}}],
        "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}]}), encoding="utf-8")
    return path


def compare(title, pages, arguments, folder, rounds):
    """In turn; the least of each counts, since noise only ever adds."""
    curls, syncs = [], []
    for _ in range(rounds):
        curls.append(pages.curl_seconds(folder))
        syncs.append(sync_seconds(arguments))
    (curl, curl_cpu), (sync, cpu, rss, peak) = min(curls), min(syncs)
    ratios = ", ".join(f"{mine[0] / theirs[0]:.2f}" for mine, theirs in zip(syncs, curls))
    print(f"| {title} | {curl:.2f} | {curl_cpu:.2f} | {sync:.2f} | {cpu:.2f} | {sync / curl:.2f} ({ratios}) | {rss:.1f} | "
          f"{peak:.1f} |", flush=True)


def head():
    print("\nTime until every Secret is known, against one curl that throws the same pages away; of each round in brackets")
    print("| Secrets | curl s | its CPU s | serve s | its CPU s | of curl | resident MiB | peak |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")


def synthetic(secrets, namespaces, rounds):
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-bench-") as folder:
        policies = write_policies(f"{folder}/policies", POLICY)
        command = [os.path.join(BUILD, "tests/bench/synthetic_api_server"), "0", f"{CERTIFICATES}/tls.crt",
                   f"{CERTIFICATES}/tls.key", str(secrets), str(namespaces)]
        with Server("synthetic API server", command, "1", r":(\d+)") as server:
            url, ca = f"https://127.0.0.1:{server.port}", f"{CERTIFICATES}/ca.crt"
            pages = Pages(url, ca, "none", [None] + [str(at) for at in range(PAGE, secrets, PAGE)])
            arguments = serve_arguments(folder, policies, kubeconfig(folder, url, ca, "none"))
            compare(f"{secrets:,} in {namespaces:,} namespaces, synthetic", pages, arguments, folder, rounds)


def continue_tokens(api):
    """Walks all pages once."""
    tokens = [None]
    while tokens[-1] != "":
        query = f"limit={PAGE}" + (f"&continue={urllib.parse.quote(tokens[-1])}" if tokens[-1] else "")
        answer = api.request("GET", f"/api/v1/secrets?{query}", headers={"Accept": METADATA_LIST, "User-Agent": USER_AGENT})
        tokens.append(answer.document["metadata"].get("continue", ""))
    return tokens[:-1]


def stored(running, secrets, folder, rounds):
    """The same with what a real API server stores."""
    token = json.loads(running.kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]["token"]
    policies = write_policies(f"{folder}/inventory-policies", POLICY)
    with plain_api.Api(running) as api:
        pages = Pages(running.server, running.directory / "ca.crt", token, continue_tokens(api))
    compare(f"{secrets:,} on a real API server", pages, serve_arguments(folder, policies, running.kubeconfig), folder, rounds)
