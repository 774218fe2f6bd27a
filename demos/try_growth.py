"""The first part of `./dev cluster try-metrics`: what a Prometheus sees of two controllers and of a proxy while Helm's history comes, is
labelled, is selected away and is pruned. Memory is that of the running processes."""

import contextlib
import json
import pathlib
import re
import tempfile
import time

import growth_checks
import monitoring
from installed_webhook import BINARY, ROOT
from loopback import HOST, free_port
from process import Failed
from prometheus import MetricsPage, Prometheus
from try_controllers import LABEL_SELECTOR, FIELD_SELECTOR, NAMESPACE, OPERATOR_NAMESPACE, SIZE, Trial, informer_of, operator_of
from try_proxy import Proxied

ROW = "What controllers pay"
RELEASES, REVISIONS, KEPT = 6, 100, 10
# What cAdvisor would call them. The informer has the name of a pod of Reloader, which caches Secrets with such a one.
PODS = {"informer": {"namespace": NAMESPACE, "pod": "informer-reloader-7d9c6b5f4-x2k9z", "container": "informer"},
        "ECK": {"namespace": OPERATOR_NAMESPACE, "pod": "elastic-operator-0", "container": "manager"}}
MEMORY_LIMIT = 300_000_000
PATIENCE = 300
# Alerts that look back over hours and days: here a day lasts two minutes.
SECONDS_OF_A_DAY = 120
# Which sums bytes: so `label` writes them down, and the proxy can add them up.
SUM = """\
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: sum}
spec:
  mode: Warn
  limits: {bytesPerNamespace: 10Gi}
"""
CONFIGURATION = "global: {scrape_interval: 4s, scrape_timeout: 4s, evaluation_interval: 1s}\nrule_files: [rules.yaml]\nscrape_configs:\n"
NEAR, GROWING, UNUSED = "SecretHygieneControllerNearsLimit", "SecretHygieneHelmHistoryGrowing", "SecretHygieneLabelsUnused"


def hurried(rules):
    """The rules, each duration in them as much shorter as the day is."""
    milliseconds = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}

    def shorter(match):
        return f"{round(int(match[1]) * milliseconds[match[2]] * SECONDS_OF_A_DAY / 86_400)}ms"
    return re.sub(r"(?<![\w.])(\d+)([mhd])\b", shorter, rules).replace("86400", str(SECONDS_OF_A_DAY))


class Scene:
    """A Prometheus that scrapes the API server, two controllers, a proxy and the last audit. Takes all of it away on exit.

    Thread-safety: one thread.
    """

    def __init__(self, cluster, directory):
        self._cluster, self._directory = cluster, pathlib.Path(directory)
        self._operator_port = free_port()
        self._running, self._audit, self._ends = {}, "", contextlib.ExitStack()
        self.trial = Trial(cluster, self._directory)
        self.prometheus = None
        self.shown = {}  # {phase: {(panel, series): value}}

    def __enter__(self):
        with self._ends:
            self._count_each("1s")
            self._ends.callback(self._count_each, "1m")
            self._ends.callback(self.trial.clean)
            self.trial.prepare()
            self.trial.fill(0, 0)
            self._ends.callback(self._stop)
            proxy = self._ends.enter_context(Proxied(self._cluster, self._directory, "", FIELD_SELECTOR, ["--estimate-every", "10s"]))
            page = self._ends.enter_context(MetricsPage(self._page))
            folder = self._directory / "prometheus"
            folder.mkdir()
            (folder / "rules.yaml").write_text(hurried(monitoring.rule_file()), encoding="utf-8")
            self.prometheus = self._ends.enter_context(Prometheus(
                folder, CONFIGURATION + monitoring.api_server_job(self._cluster, scrape_interval="10s", scrape_timeout="10s")
                + monitoring.other_exporters_job(page.address)
                + scrape_job("proxy", proxy.metrics_address, {}) + scrape_job("operator", f"{HOST}:{self._operator_port}", PODS["ECK"])))
            self._ends = self._ends.pop_all()
        return self

    def __exit__(self, *_):
        self._ends.close()

    def _count_each(self, period):
        """How often the API server counts what is stored: each minute, unless it is told otherwise."""
        # The controller manager ends if the API server is away while it starts.
        self._cluster.stop_process("kube-controller-manager")
        self._cluster.stop_process("kube-apiserver")
        self._cluster.start_process("kube-apiserver", f"--etcd-count-metric-poll-period={period}")
        self._cluster.start_process("kube-controller-manager")

    def start(self, informer=(), operator=()):
        """Both controllers with these arguments, until they hold what they ask for."""
        self._stop()
        started = {"informer": informer_of(self._cluster, self._directory, informer),
                   "ECK": operator_of(self._cluster, self._directory, (f"--metrics-port={self._operator_port}", *operator))}
        self._running = started
        for controller in started.values():
            controller.wait()

    def _stop(self):
        stopped, self._running = self._running, {}
        for controller in stopped.values():
            controller.stop()

    def audit(self):
        """Its metrics are on the page from now on."""
        self._audit = self.trial.run(BINARY, "audit", "-A", "-p", ROOT / "policies" / "default", "-o", "prometheus")

    def _page(self):
        """What cAdvisor and kube-state-metrics would say of the controllers, and the text of the last audit."""
        lines = []
        for name, controller in self._running.items():
            labels = ",".join(f'{label}="{value}"' for label, value in PODS[name].items())
            lines += [f"container_memory_working_set_bytes{{{labels}}} {controller.memory().resident}",
                      f'kube_pod_container_resource_limits{{{labels},resource="memory"}} {MEMORY_LIMIT}']
        return "\n".join([*lines, self._audit])

    def value(self, expression):
        """Of the first series; 0 where there is none."""
        found = self.prometheus.instant(expression)
        return found[0][1] if found else 0

    def wait(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise Failed(f"waited {PATIENCE} s for {what}")
            time.sleep(0.5)

    def wait_until_fired(self, alert):
        """Also if it has cleared since."""
        self.wait(lambda: self.prometheus.instant(f'max_over_time(ALERTS{{alertname="{alert}",alertstate="firing"}}[1h])'), f"{alert} to fire")
        print(f"{alert} fired", flush=True)

    def wait_until_clear(self, alert):
        self.wait(lambda: {rule["name"]: rule.get("state") for rule in self.prometheus.rules()}[alert] == "inactive", f"{alert} to clear")
        print(f"{alert} cleared", flush=True)

    def show(self, phase):
        """Keeps what every panel of the row shows now."""
        self.shown[phase] = {(query.title, query.name_of(labels)): (value, query.unit)
                             for query in monitoring.queries(60, 10) if query.row == ROW
                             for labels, value in self.prometheus.instant(query.expression)}


def scrape_job(name, address, labels):
    return "  - " + json.dumps({"job_name": name, "honor_labels": True, "static_configs": [{"targets": [address], "labels": labels}]}) + "\n"


def play(scene):
    """The phases, in the order of PHASES, each until Prometheus has seen it."""
    stored = RELEASES * REVISIONS
    scene.audit()
    scene.start()
    scene.wait(lambda: scene.value(f"max(secret_hygiene_stored_revision_bytes offset {SECONDS_OF_A_DAY}s) + 1"), "a day before")
    scene.show("before")

    scene.trial.fill(RELEASES, REVISIONS)
    scene.audit()
    scene.wait_until_fired(NEAR)
    scene.wait_until_fired(GROWING)
    scene.wait(lambda: scene.value("max(apiserver_resource_objects{group='',resource='secrets'})") > stored, "the API server's count")
    scene.show("come")

    scene.trial.label(SUM)
    scene.audit()
    scene.wait_until_fired(UNUSED)
    scene.wait_until_clear(GROWING)
    scene.wait_until_clear(NEAR)
    scene.wait(lambda: scene.value("max(secret_hygiene_proxy_kept_away_bytes)") > stored * SIZE / 2, "the proxy's estimate")
    scene.show("labelled")

    scene.start(informer=("--label-selector", LABEL_SELECTOR), operator=("--restrict-watched-resources",))
    scene.wait_until_clear(UNUSED)
    scene.show("selected")

    scene.trial.prune()
    scene.start()
    scene.audit()
    left = RELEASES * (KEPT + 1)  # and the deployed one
    scene.wait(lambda: scene.value("max(secret_hygiene_stored_revisions)") == left, "the audit")
    scene.wait(lambda: 0 < scene.value("max(apiserver_resource_objects{group='',resource='secrets'})") < stored, "the API server's count")
    scene.wait(lambda: scene.value("max(secret_hygiene_proxy_kept_away_bytes)") < stored * SIZE / 2, "the proxy's estimate")
    scene.show("pruned")


PHASES = {
    "before": "20 small Secrets, controllers without a selector",
    "come": f"{RELEASES} releases of {REVISIONS} revisions have come while the controllers ran",
    "labelled": "label --apply",
    "selected": f"the informer again, with {LABEL_SELECTOR}; ECK with --restrict-watched-resources",
    "pruned": f"prune --keep {KEPT} --apply; both again, without a selector",
}


def print_shown(shown, text_of):
    """A row for each series, a column for each phase; `text_of(value, unit)` as a dashboard shows it."""
    print(f"\n{'':74}" + "".join(f"{phase:>14}" for phase in PHASES))
    title = None
    for key in dict.fromkeys(key for phase in PHASES for key in shown[phase]):
        values = [text_of(*shown[phase][key]) if key in shown[phase] else "no data" for phase in PHASES]
        print(f"{'' if key[0] == title else key[0]:37}{key[1][:36]:37}" + "".join(f"{value:>14}" for value in values))
        title = key[0]
    print()
    for phase, meaning in PHASES.items():
        print(f"{phase:10} {meaning}", flush=True)


def try_out(cluster, text_of):
    """On a cluster that is up; leaves it as it was."""
    print(f"# {RELEASES * REVISIONS} Helm revisions of {SIZE / 1000:.0f} KB, a client-go informer and ECK's operator. For the alerts a day lasts "
          f"{SECONDS_OF_A_DAY} s.", flush=True)
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name, Scene(cluster, name) as scene:
        play(scene)
        print_shown(scene.shown, text_of)
        wrong = growth_checks.wrong(scene.shown, RELEASES * REVISIONS * SIZE, MEMORY_LIMIT)
        if wrong:
            raise Failed("\n".join(wrong))
