"""`./dev bench counting`: what a policy that counts takes of the throughput of CREATE, in local mode."""
import os
import pathlib
import re
import subprocess
import tempfile
import time

import bench_inventory
import bench_pairs
import bench_reviews
from bench_servers import BUILD, CERTIFICATES, Server

# Bytes of the value, and connections: with few, wrk sleeps while a slower server answers, and to wake it costs that server more.
LOADS = ((4096, 8), (4096, 32), (65536, 8))
STORED = (10_000, 20)  # Secrets and namespaces of the API server behind it
NAME, UID = "blob-00000000", "876226b3-a60f-48b3-a842-440200000000"
PLAIN = {"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": "size"},
         "spec": {"mode": "Enforce", "limits": {"bytesPerSecret": "768Ki"}}}
# Judged as the policy that counts is, by a limit of one Secret: what differs is the counting.
ONE_SECRET = {**bench_inventory.POLICY, "spec": {"mode": "Enforce", "match": bench_inventory.POLICY["spec"]["match"],
                                                 "limits": {"keysPerSecret": 10 ** 6, "bytesPerKey": "64Gi"}}}
# Each review has a name and a uid of its own, as each CREATE of an API server has.
SCRIPT = """
local file = io.open("{body}", "rb"); local text = file:read("*a"); file:close()
local parts, number = {{}}, {first}
init = function()
  -- Formatted once: what is made anew for each request is the number in it.
  local all, from = wrk.format("POST", nil, {{["Content-Type"] = "application/json"}}, text), 1
  local at = all:find("00000000", from, true)
  while at do
    parts[#parts + 1] = all:sub(from, at - 1); parts[#parts + 1] = ""
    from = at + 8; at = all:find("00000000", from, true)
  end
  parts[#parts + 1] = all:sub(from)
end
request = function()
  number = number + 1
  local text = string.format("%08x", number)
  for i = 2, #parts, 2 do parts[i] = text end
  return table.concat(parts)
end
"""


class Load:
    """One server, and the runs of wrk against it. A context manager."""

    def __init__(self, folder, policies, kubeconfig):
        arguments = bench_inventory.serve_arguments(folder, policies, kubeconfig)
        self.server = Server("secret-hygiene", [os.path.join(BUILD, "secret-hygiene"), "serve", *map(str, arguments)], "0",
                             r'"message":"serving".*"listen":"127.0.0.1:(\d+)"')
        self.script = pathlib.Path(folder, "load.lua")
        self.body = pathlib.Path(folder, "body.json")
        self.sent = 0

    def __enter__(self):
        self.server.__enter__()
        time.sleep(1)  # the inventory is read within it
        return self

    def __exit__(self, *error):
        return self.server.__exit__(*error)

    def run(self, connections, seconds):
        self.script.write_text(SCRIPT.format(body=self.body, first=self.sent), encoding="ascii")
        before = self.server.cpu_seconds()
        out = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s",
                              self.script, f"https://127.0.0.1:{self.server.port}/validate/{'a' * 32}?timeout=30s"],
                             capture_output=True, text=True, check=True).stdout
        cpu = self.server.cpu_seconds() - before
        if "Non-2xx" in out or "Socket errors" in out:
            raise SystemExit(f"bench: failed under load:\n{out}")
        requests = int(re.search(r"(\d+) requests in", out).group(1))
        self.sent += requests + connections
        return {"rps": float(re.search(r"Requests/sec:\s+(\S+)", out).group(1)), "cpu_us": cpu / requests * 1e6,
                "entries": self.sent, "resident": self.server.resident_mib()}


def run(rounds, seconds):
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-bench-") as folder:
        policies = {"with": bench_inventory.write_policies(f"{folder}/counting", PLAIN, bench_inventory.POLICY),
                    "without": bench_inventory.write_policies(f"{folder}/plain", PLAIN, ONE_SECRET)}
        command = [os.path.join(BUILD, "tests/bench/synthetic_api_server"), "0", f"{CERTIFICATES}/tls.crt",
                   f"{CERTIFICATES}/tls.key", *map(str, STORED)]
        with Server("synthetic API server", command, "1", r":(\d+)") as stored:
            config = bench_inventory.kubeconfig(folder, f"https://127.0.0.1:{stored.port}", f"{CERTIFICATES}/ca.crt", "none")
            for value_bytes, connections in LOADS:
                write_review(folder, value_bytes)
                runs = bench_pairs.in_turn(list(policies), lambda way: Load(folder, policies[way], config),
                                           lambda _, load: load.run(connections, 1), rounds, seconds)  # pylint: disable=cell-var-from-loop
                print_runs(value_bytes, connections, runs)


def write_review(folder, value_bytes):
    secret = bench_reviews.secret(value_bytes, name=NAME)
    secret["metadata"]["uid"] = UID
    pathlib.Path(folder, "body.json").write_text(bench_reviews.review(secret), encoding="utf-8")


def print_runs(value_bytes, connections, runs):
    """Entries of CREATEs that nobody stores pile up from run to run."""
    print(f"\n/validate CREATE of {value_bytes // 1024} KiB, {connections} connections, each with a uid and a name of its own, with a "
          f"policy that counts and with one of the same match that does not; {len(runs['with'])} runs of 1 s each, in turn; the median, and the best")
    bench_pairs.print_table("policy that counts", runs, "with", "without")
    resident = {way: max(run["resident"] for run in each) for way, each in runs.items()}
    print(f"\nEntries in the end: {max(run['entries'] for run in runs['with']):,}; resident MiB {resident['with']:.1f}, without {resident['without']:.1f}",
          flush=True)
