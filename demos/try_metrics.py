"""`./dev cluster try-metrics`: what a real Prometheus sees of controllers (try_growth.py), then the webhook on the running cluster, a burst of
rejections, and what every panel of the dashboard shows."""

import base64
import contextlib
import datetime
import math
import pathlib
import secrets
import sys
import tempfile
import time

import monitoring
import plain_api
import try_growth
from process import Failed
from try_install import make_chart
from try_limits import call_with
from installed_webhook import NAMESPACE, InstalledWebhook
from ledger import good_ledgers
from prometheus import MetricsPage, Prometheus

REPLICAS = 2
HELM, COUNTED, OTHER = NAMESPACES = ("try-metrics-helm", "try-metrics-counted", "try-metrics-other")
LIMIT = 20
BURST = 40
RANGE, RATE_RANGE = 300, 60
PATIENCE = 90
POLICIES = f"""\
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {{name: helm-history}}
spec:
  match: {{types: [helm.sh/release.v1]}}
  labels: {{secret-hygiene.io/ignore: "true"}}
---
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {{name: size}}
spec:
  mode: Enforce
  limits: {{bytesPerSecret: 16Ki}}
  exceptions: [{{names: [legacy], namespaces: [legacy], until: "{datetime.date.today() + datetime.timedelta(days=20)}", reason: moves to a volume}}]
---
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {{name: few-keys}}
spec:
  mode: Warn
  limits: {{keysPerSecret: 2}}
---
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {{name: team-quota}}
spec:
  mode: Enforce
  match: {{namespaces: [{COUNTED}]}}
  limits: {{secretsPerNamespace: {LIMIT}, bytesPerNamespace: 1Mi}}
"""
# As Prometheus evaluates it in a cluster each 30 s; here somebody waits.
CONFIGURATION = "global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}\nrule_files: [rules.yaml]\n"


class Scene:
    """The webhook, installed on a cluster that is up with policies that reject, warn, label and count, and a Prometheus that scrapes its
    replicas, the API server and what stands in for other exporters, with the rules of manifests/monitoring. Takes all of it away on exit.

    Thread-safety: one thread.
    """

    def __init__(self, cluster, directory):
        self._cluster, self.directory = cluster, pathlib.Path(directory)
        self.token = secrets.token_hex(16)
        (self.directory / "token").write_text(self.token, encoding="utf-8")
        self.policies = self.directory / "of-try-metrics"
        self.policies.mkdir()
        (self.policies / "policies.yaml").write_text(POLICIES, encoding="utf-8")
        self.webhook = InstalledWebhook(
            cluster, directory, self.policies, call_with(self.token, "Ignore"), replicas=REPLICAS,
            more=good_ledgers("ledger", NAMESPACE, "try-metrics"),
            arguments=["--endpoint-token", self.directory / "token", "--kubeconfig", cluster.kubeconfig, "--events",
                       "--counting", "strict", "--ledger", f"{NAMESPACE}/ledger", "--when-counts-unknown", "allow"])
        self.prometheus = None
        self._ends = contextlib.ExitStack()

    def __enter__(self):
        with self._ends:
            self._ends.enter_context(self.webhook)
            folder = self.directory / "prometheus"
            folder.mkdir()
            (folder / "rules.yaml").write_text(monitoring.rule_file(), encoding="utf-8")
            others = self._ends.enter_context(MetricsPage(monitoring.other_exporters))
            targets = {f"secret-hygiene-{number}": address for number, address in enumerate(self.webhook.metrics_addresses)}
            self.prometheus = self._ends.enter_context(Prometheus(
                folder, CONFIGURATION + monitoring.scrape_file(targets) + monitoring.api_server_job(self._cluster)
                + monitoring.other_exporters_job(others.address)))
            self._wait(lambda: self.prometheus.instant(f"count(secret_hygiene_policies) == {REPLICAS}"), "Prometheus to scrape all")
            self._make_namespaces()
            self._ends = self._ends.pop_all()
        return self

    def __exit__(self, *_):
        self._ends.close()

    def _wait(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise Failed(f"waited {PATIENCE} s for {what}")
            time.sleep(0.2)

    def _make_namespaces(self):
        for namespace in NAMESPACES:
            self.webhook.run("kubectl", "create", "namespace", namespace)
        self._ends.callback(self.webhook.run, "kubectl", "delete", "namespace", *NAMESPACES)

    def use_helm(self):
        """A release and two upgrades: each revision is labelled."""
        chart = make_chart(self.directory)
        for verb, colour in (("install", "red"), ("upgrade", "green"), ("upgrade", "blue")):
            self.webhook.run("helm4", verb, "web", chart, "-n", HELM, "--set", f"colour={colour}")

    def write(self):
        """Creates, updates and warnings, up to one less than the limit of a namespace."""
        with plain_api.Api(self._cluster) as api:
            for number in range(LIMIT - 1):
                keys = 3 if number == 0 else 1
                self._expect(api.create(COUNTED, secret(f"app-{number}", {f"key-{key}": 64 for key in range(keys)})), 201)
                self._expect(api.patch(COUNTED, f"app-{number}", {"metadata": {"labels": {"seen": "true"}}}), 200)

    def burst(self):
        """Writes that are rejected, twice as many in one namespace as in the other."""
        with plain_api.Api(self._cluster) as api:
            for number in range(BURST):
                self._expect(api.create(OTHER if number % 3 else HELM, secret(f"dump-{number}", {"dump.sql": 20_000})), 403)

    @staticmethod
    def _expect(answer, status):
        if answer.status != status:
            raise Failed(f"the API server answered {answer.status}, not {status}: {answer.message}")

    def wait_until_seen(self):
        """Until Prometheus has seen all of that: usage is told four times a minute."""
        self._wait(lambda: self.prometheus.instant(f"max(secret_hygiene_limit_usage_ratio) >= {(LIMIT - 1) / LIMIT}"), "usage")
        self._wait(lambda: self.prometheus.instant("min(secret_hygiene_inventory_bytes) > 0"), "sizes")
        self._wait(lambda: self.prometheus.instant(f"sum(secret_hygiene_rejections_total) == {BURST}"), "the rejections")


def secret(name, sizes):
    """A Secret with so many bytes under each key."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
            "data": {key: base64.b64encode(bytes(size)).decode() for key, size in sizes.items()}}


def shown(value, unit):
    """As a dashboard shows it, roughly."""
    if math.isnan(value):
        return "none"
    if unit == "percentunit":
        return f"{value:.0%}"
    if unit == "s":
        return f"{value / 86400:.0f} d" if value >= 86400 else f"{value * 1e3:.2f} ms"
    if unit == "bytes":
        return f"{value / 1024:,.1f} KiB"
    return f"{value:.2f}/s" if unit in ("reqps", "ops") else f"{value:.3g}"


def print_panels(prometheus):
    """A line for each series of each panel; returns how many queries gave nothing."""
    row, title, empty = None, None, 0
    for query in monitoring.queries(RANGE, RATE_RANGE):
        if query.row != row:
            row = query.row
            print(f"\n# {row}", flush=True)
        found = prometheus.instant(query.expression)
        empty += not found
        for labels, value in found or [(None, None)]:
            series = "" if labels is None else query.name_of(labels)
            print(f"{'' if query.title == title else query.title:46} {series:44} {'no data' if labels is None else shown(value, query.unit):>12}")
            title = query.title
    return empty


def print_alerts(prometheus):
    print("\n# Alerts: pending ones fire once they have lasted")
    for rule in prometheus.rules():
        if rule["type"] == "alerting":
            print(f"{rule['name']:46} {rule['state']}")


def try_out(cluster):
    """On a cluster that is up; leaves it as it was."""
    try_growth.try_out(cluster, shown)
    print()
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name, Scene(cluster, name) as scene:
        print(f"# {REPLICAS} replicas, a Prometheus, a Helm release with two upgrades, {LIMIT - 1} Secrets that are created and updated, "
              f"{BURST} that are rejected.\n# Memory of controllers, the proxy and the audit are made up: tests/lib/other_exporters.prom", flush=True)
        scene.use_helm()
        scene.write()
        scene.burst()
        scene.wait_until_seen()
        print_panels(scene.prometheus)
        print_alerts(scene.prometheus)
        status = scene.webhook.process.wait_for_event("serving")["status_listen"]
        print(f"\nthe webhook's own page: http://{status}/\nPrometheus: {scene.prometheus.url}/graph", flush=True)
        if sys.stdin is not None and sys.stdin.isatty():
            input("Enter ends all of it ")
