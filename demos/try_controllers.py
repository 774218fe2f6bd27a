"""`./dev cluster try-controllers`: what Helm's history costs controllers that cache Secrets: as it is stored, behind a selector, pruned. Ends with
what `secret-hygiene controllers` says of each known controller."""

import base64
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

import cluster_tools
import helm_history
import installed_controllers
import plain_api
from installed_webhook import BINARY, COMMAND_TIMEOUT, ROOT
from process import Failed

NAMESPACE, OPERATOR_NAMESPACE = "try-controllers", "elastic-system"
RELEASES, REVISIONS, SIZE = 10, 100, 300_000
ORDINARY = 20
KEPT = 10
POLICIES = (ROOT / "policies/default/helm-history.yaml", ROOT / "policies/examples/eck-keep.yaml")
LABEL_SELECTOR, FIELD_SELECTOR = "!secret-hygiene.io/ignore", f"type!={helm_history.TYPE}"
LEAST_SAVED = 0.8
READY_TIMEOUT = 300
# The collector of Go's garbage works on for a moment after the last Secret has come.
QUIET = 2.0
OPERATOR_ARGUMENTS = ("manager", f"--operator-namespace={OPERATOR_NAMESPACE}", "--enable-webhook=false", "--manage-webhook-certs=false",
                      "--enable-leader-election=false", "--metrics-port=0", "--disable-telemetry", "--disable-config-watch")


@dataclasses.dataclass
class Memory:
    """In bytes, as the kernel counts: what it held at most, and in the end."""
    peak: int
    resident: int


def memory_of(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    peak, resident = (int(re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024 for name in ("VmHWM", "VmRSS"))
    return Memory(peak, resident)


class Controller:
    """A program of cluster_tools that caches Secrets. Ends with `stop`; its standard input ends with ours."""

    def __init__(self, cluster, directory, program, arguments, ready):
        self._ready = ready
        self._log = pathlib.Path(tempfile.mkstemp(dir=directory, prefix=program)[1])
        environment = {"KUBECONFIG": str(cluster.kubeconfig), "HOME": str(directory), "POD_IP": "127.0.0.1"}
        with open(self._log, "wb") as log:
            self._child = subprocess.Popen([cluster_tools.tool(program), *arguments], env=environment, cwd=directory,
                                           stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)

    def memory(self):
        return memory_of(self._child.pid)

    def log(self):
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait(self):
        """Its Memory, once it holds every Secret and has come to rest."""
        deadline = time.monotonic() + READY_TIMEOUT
        while self._ready not in (log := self.log()):
            if self._child.poll() is not None or time.monotonic() > deadline:
                raise Failed("the controller ended, or does not come to hold the Secrets:\n" + "\n".join(log.splitlines()[-5:]))
            time.sleep(0.05)
        seen, since = self.memory().peak, time.monotonic()
        while time.monotonic() - since < QUIET:
            time.sleep(0.1)
            if (peak := self.memory().peak) != seen:
                seen, since = peak, time.monotonic()
        return self.memory()

    def stop(self):
        self._child.stdin.close()
        self._child.terminate()
        self._child.wait(COMMAND_TIMEOUT)


def informer_of(cluster, directory, arguments=()):
    return Controller(cluster, directory, "informer", arguments, '"synced"')


def operator_of(cluster, directory, arguments=()):
    return Controller(cluster, directory, "elastic-operator", (*OPERATOR_ARGUMENTS, *arguments), "Orphan secrets garbage collection complete")


class Trial:
    """One filled cluster, and what was measured on it: {(controller, state): Memory}."""

    def __init__(self, cluster, directory):
        self.measured = {}
        self._cluster = cluster
        self._directory = directory

    def run(self, program, *arguments, text=""):
        environment = {"KUBECONFIG": str(self._cluster.kubeconfig), "HOME": str(self._directory)}
        done = subprocess.run([program, *map(str, arguments)], input=text, env=environment, cwd=self._directory, capture_output=True,
                              text=True, timeout=READY_TIMEOUT, check=False)
        if done.returncode != 0:
            raise Failed(f"{pathlib.Path(program).name} {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout

    def kubectl(self, *arguments, **options):
        return self.run(cluster_tools.tool("kubectl"), *arguments, **options)

    def prepare(self):
        for namespace in (NAMESPACE, OPERATOR_NAMESPACE):
            self.kubectl("create", "namespace", namespace)
        self.kubectl("apply", "--server-side", "-f", cluster_tools.BUILT / cluster_tools.ELASTIC_KINDS)
        self.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", cluster_tools.BUILT / cluster_tools.ELASTIC_KINDS)

    def clean(self):
        self.kubectl("delete", "--ignore-not-found", "-f", cluster_tools.BUILT / cluster_tools.ELASTIC_KINDS)
        self.kubectl("delete", "--ignore-not-found", "namespace", NAMESPACE, OPERATOR_NAMESPACE)

    def fill(self, releases, revisions):
        with plain_api.Api(self._cluster) as api:
            for number in range(ORDINARY):
                value = base64.b64encode(os.urandom(500)).decode()
                api.create(NAMESPACE, {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": {"password": value},
                                       "metadata": {"name": f"ordinary-{number}"}})
        helm_history.write(self._cluster, NAMESPACE, releases, revisions, SIZE)

    def label(self, more=""):
        """By POLICIES, and by the text of more policies."""
        policies = self._directory / "policies"
        policies.mkdir()
        for path in POLICIES:
            (policies / path.name).write_bytes(path.read_bytes())
        if more:
            (policies / "more.yaml").write_text(more, encoding="utf-8")
        self.run(BINARY, "label", "--policies", policies, "-n", NAMESPACE, "--qps", 0, "--apply")

    def prune(self):
        # Nothing is being upgraded here.
        self.run(BINARY, "prune", "-n", NAMESPACE, "--keep", KEPT, "--min-age", "0s", "--qps", 0, "--apply")

    def look(self):
        """What `controllers` says of all known ones as they are installed, by the sizes of an audit. Nothing runs them here."""
        objects = [installed_controllers.installed(name) for name in installed_controllers.INSTALLED]
        self.kubectl("apply", "--server-side", "-n", NAMESPACE, "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        report = self._directory / "audit.json"
        report.write_text(self.run(BINARY, "audit", "-A", "-o", "json"), encoding="utf-8")
        return self.run(BINARY, "controllers", "-n", NAMESPACE, "--audit", report)

    def measure(self, state, informer=(), operator=()):
        """Runs both at once with these arguments; the operator not where they are None."""
        controllers = {"informer": informer_of(self._cluster, self._directory, informer)}
        if operator is not None:
            controllers["ECK"] = operator_of(self._cluster, self._directory, operator)
        try:
            for name, controller in controllers.items():
                self.measured[name, state] = controller.wait()
        finally:
            for controller in controllers.values():
                controller.stop()

    def saved(self, controller, state):
        """The part of the growth that a state spares, of the peak."""
        empty, full = (self.measured[controller, name].peak for name in ("empty", "as stored"))
        return 1 - (self.measured[controller, state].peak - empty) / (full - empty)


STATES = {
    "empty": "no Secrets yet",
    "as stored": "no selector",
    "by type": f"--field-selector {FIELD_SELECTOR}, no label needed",
    "labelled": f"after label --apply: --label-selector {LABEL_SELECTOR}; ECK: --restrict-watched-resources",
    "pruned": f"after prune --keep {KEPT} --apply: no selector",
}


def print_table(trial):
    print("controller  state      peak MB  resident MB  of the growth saved")
    for controller in ("informer", "ECK"):
        for state in STATES:
            if memory := trial.measured.get((controller, state)):
                saved = "" if state in ("empty", "as stored") else f"{trial.saved(controller, state):21.0%}"
                print(f"{controller:10}  {state:9} {memory.peak / 1e6:8.0f} {memory.resident / 1e6:12.0f}{saved}")
    print()
    for state, meaning in STATES.items():
        print(f"{state:9}  {meaning}", flush=True)


def try_out(cluster, releases=RELEASES, revisions=REVISIONS):
    """On a cluster that is up; leaves it as it was. Returns the Trial."""
    print(f"# {releases} Helm releases of {revisions} revisions, {SIZE / 1000:.0f} KB each, beside {ORDINARY} small Secrets\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name:
        trial = Trial(cluster, pathlib.Path(name))
        try:
            trial.prepare()
            trial.measure("empty")
            trial.fill(releases, revisions)
            trial.measure("as stored")
            trial.measure("by type", informer=("--field-selector", FIELD_SELECTOR), operator=None)
            trial.label()
            trial.measure("labelled", informer=("--label-selector", LABEL_SELECTOR), operator=("--restrict-watched-resources",))
            trial.prune()
            trial.measure("pruned")
            report = trial.look()
        finally:
            trial.clean()
    print_table(trial)
    print(f"\n$ secret-hygiene controllers -n {NAMESPACE} --audit audit.json\n{report}", end="", flush=True)
    for controller in ("informer", "ECK"):
        if trial.saved(controller, "labelled") < LEAST_SAVED:
            raise Failed(f"{controller}: the selector saves less than {LEAST_SAVED:.0%}")
    return trial
