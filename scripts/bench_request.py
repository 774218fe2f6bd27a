"""`./dev bench counting`: what a policy that counts takes of the throughput of CREATE, in local mode."""
import os
import pathlib
import re
import subprocess
import tempfile
import time

import bench_inventory
import bench_reviews
from bench_servers import BUILD, CERTIFICATES, Server

CONNECTIONS = (8, 32)  # with few, wrk sleeps while a slower server answers, and to wake it costs that server more
VALUE_BYTES = 4096
STORED = (10_000, 20)  # Secrets and namespaces of the API server behind it
NAME, UID = "blob-00000000", "876226b3-a60f-48b3-a842-440200000000"
PLAIN = {"apiVersion": "secret-hygiene.io/v1alpha1", "kind": "SecretPolicy", "metadata": {"name": "size"},
         "spec": {"mode": "Enforce", "limits": {"bytesPerSecret": "768Ki"}}}
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
    """One server and the runs of wrk against it."""

    def __init__(self, folder, policies, kubeconfig):
        arguments = bench_inventory.serve_arguments(folder, policies, kubeconfig)
        self.server = Server("secret-hygiene", [os.path.join(BUILD, "secret-hygiene"), "serve", *map(str, arguments)], "0",
                             r'"message":"serving".*"listen":"127.0.0.1:(\d+)"')
        self.script = pathlib.Path(folder, "load.lua")
        self.body = pathlib.Path(folder, "body.json")
        self.sent = 0

    def run(self, connections, seconds):
        """Requests a second, CPU µs a request, p99."""
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
        return (float(re.search(r"Requests/sec:\s+(\S+)", out).group(1)), cpu / requests * 1e6,
                re.search(r"99%\s+(\S+)", out).group(1), requests)


def run(rounds, seconds):
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-bench-") as folder:
        policies = {"without": bench_inventory.write_policies(f"{folder}/plain", PLAIN),
                    "with": bench_inventory.write_policies(f"{folder}/counting", PLAIN, bench_inventory.POLICY)}
        secret = bench_reviews.secret(VALUE_BYTES, name=NAME)
        secret["metadata"]["uid"] = UID
        pathlib.Path(folder, "body.json").write_text(bench_reviews.review(secret), encoding="utf-8")
        command = [os.path.join(BUILD, "tests/bench/synthetic_api_server"), "0", f"{CERTIFICATES}/tls.crt",
                   f"{CERTIFICATES}/tls.key", *map(str, STORED)]
        with Server("synthetic API server", command, "1", r":(\d+)") as stored:
            config = bench_inventory.kubeconfig(folder, f"https://127.0.0.1:{stored.port}", f"{CERTIFICATES}/ca.crt", "none")
            for connections in CONNECTIONS:
                runs = {way: [] for way in policies}
                for _ in range(rounds):
                    for way, path in policies.items():
                        load = Load(folder, path, config)
                        with load.server:
                            time.sleep(1)  # the inventory is read within it
                            runs[way] += [(*load.run(connections, 1), load.sent, load.server.resident_mib()) for _ in range(seconds)]
                print_table(connections, runs)


def print_table(connections, runs):
    """Entries of CREATEs that nobody stores pile up: by second, and of each second the best of all rounds."""
    print(f"\n/validate CREATE of {VALUE_BYTES // 1024} KiB, {connections} connections, each with a uid and a name of its own, "
          "with and without a policy that counts; best of each")
    print("| policy that counts | requests/s | of without | CPU µs/request | of without | p99 | most entries | resident MiB |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    base = (max(run[0] for run in runs["without"]), min(run[1] for run in runs["without"]))
    for way, each in runs.items():
        rate, cpu = max(run[0] for run in each), min(run[1] for run in each)
        p99 = min(each, key=lambda run: run[1])[2]
        entries = max(run[4] for run in each) if way == "with" else 0
        print(f"| {way} | {rate:,.0f} | {rate / base[0]:.2f} | {cpu:.1f} | {cpu / base[1]:.2f} | {p99} | {entries:,} | "
              f"{max(run[5] for run in each):.1f} |", flush=True)
