"""A real Prometheus scrapes the real webhook, to which a real API server sends what kubectl and Helm write: every query of the dashboard and
every alert gives data, and the text of a scrape is what docs/metrics.md says."""

import contextlib
import http.client
import io
import json
import math
import pathlib
import re
import ssl
import tempfile
import unittest

import libcluster
import libproxy

import try_metrics
import monitoring
import prometheus

setUpModule = libcluster.start
tearDownModule = libcluster.stop

# What the failure of something else shows: without it they have nothing to say.
ONLY_OF_FAILED_CALLS = "Calls that failed, as API servers count them"
ONLY_OF_MISSING_SERIES = "Missing series"
ONLY_OF_FAILURE = (ONLY_OF_FAILED_CALLS, ONLY_OF_MISSING_SERIES)
# They compare with hours or days before; tests/manifests/controller_alerts.yaml has those.
LOOK_BACK = {"SecretHygieneControllerNearsLimit", "SecretHygieneControllerKilled", "SecretHygieneHelmHistoryGrowing"}
REJECTED = 'sum by (namespace) (secret_hygiene_rejections_total{policy="size",limit="bytesPerSecret"})'
BAD_POLICY = "kind: SecretPolicy\nspec: {limits: {bytesPerSecret: 512Kb}}\n"


def documented():
    """{metric: (type, labels)} of docs/metrics.md."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|", (libcluster.ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def exposed(text):
    """The same of a scrape's text; no label's value in it has a quote."""
    found, name = {}, ""
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            found[name] = (kind, set())
        elif not line.startswith("#"):
            found[name][1].update(label for label in re.findall(r'(\w+)="', line) if label != "le")
    return found


def without_comparisons(expression):
    """What an alert compares, without the numbers that it compares it with: so its query can be seen to give data."""
    return re.sub(r"\s+(?:[<>]=?|==)\s+[\d.]+(?:e\+\d+)?(?: \* [\d.]+(?:e\+\d+)?)?(?=\s*(?:\)|$|and|unless))", "", expression)


class Metrics(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="secret-hygiene-metrics-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        cls.scene = try_metrics.Scene(libcluster.running, directory.name)
        cls.enterClassContext(cls.scene)
        cls.prometheus = cls.scene.prometheus
        cls.scene.use_helm()
        cls.scene.write()
        cls.scene.burst()
        cls.scene.wait_until_seen()

    # Helpers.

    def wait(self, condition, what):
        return libcluster.wait_for(condition, what, try_metrics.PATIENCE)

    def scrape(self, address):
        connection = http.client.HTTPConnection(address, timeout=libcluster.COMMAND_TIMEOUT)
        try:
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def post(self, path, body, headers=None):
        """The status of a request to the webhook itself, past the API server."""
        context = ssl._create_unverified_context()  # pylint: disable=protected-access  (nothing of it is trusted)
        connection = http.client.HTTPSConnection("127.0.0.1", self.scene.webhook.port, timeout=libcluster.COMMAND_TIMEOUT, context=context)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json", **(headers or {})})
            return connection.getresponse().status
        finally:
            connection.close()

    def alerts(self):
        return {rule["name"]: rule for rule in self.prometheus.rules() if rule["type"] == "alerting"}

    def wait_for_alert(self, name):
        """Until Prometheus holds it for true: it fires once it has lasted."""
        self.wait(lambda: self.alerts()[name]["state"] != "inactive", name)

    def ask(self, expression):
        """What an instant query gives, once it does: a scrape that came too late on a busy machine leaves a gap."""
        return libcluster.wait_for(lambda: self.prometheus.instant(expression), f"data for {expression}")

    def series_of(self, query):
        if query.instant:
            return [(labels, [value]) for labels, value in self.prometheus.instant(query.expression)]
        return self.prometheus.over(query.expression, 30)

    def check_query(self, query):
        """That it gives numbers, in series that the legend can name."""
        def gives_numbers():
            series = self.series_of(query)
            return series if any(math.isfinite(value) for _, values in series for value in values) else None
        series = libcluster.wait_for(gives_numbers, f"numbers for {query.expression}")
        names = [query.name_of(labels) for labels, _ in series]
        self.assertEqual(len(names), len(set(names)), names)
        if "by (" in query.expression:
            self.assertLessEqual({label for labels, _ in series for label in labels}, query.label_names())
        # Of some series only: Prometheus knows no empty label, such as the policy of a label that none asks for any more.
        for label in query.label_names():
            self.assertTrue(any(labels.get(label) for labels, _ in series), (label, series))

    # What is right while all is well.

    def test_1_the_text_of_a_scrape_is_what_the_page_says_and_promtool_finds_nothing_to_remark(self):
        proxy = libproxy.Proxy(self.directory, ["--estimate-every", "1h"])
        self.addCleanup(proxy.process.stop)
        found = {}
        # The proxy's own metrics are in the proxy only, and others only in the webhook.
        for address in (*self.scene.webhook.metrics_addresses, f"127.0.0.1:{proxy.metrics_port}"):
            text = self.scrape(address)
            checked = prometheus.promtool("check", "metrics", stdin=text)
            self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))
            for name, (kind, labels) in exposed(text).items():
                self.assertEqual(found.setdefault(name, (kind, set()))[0], kind, name)
                found[name][1].update(labels)
        page = documented()
        self.assertEqual(found.keys(), page.keys())
        for name, (kind, labels) in page.items():
            self.assertEqual(found[name][0], kind, name)
            # A series may not have come about here: a line that the log left out.
            self.assertLessEqual(found[name][1], labels, name)

    def test_1_targets_and_rules_are_well(self):
        self.wait(lambda: all(target["health"] == "up" for target in self.prometheus.targets()), "all targets to be up")
        replicas = [target["labels"] for target in self.prometheus.targets() if target["labels"]["job"] == monitoring.JOB]
        self.assertEqual(sorted((each["pod"], each["namespace"]) for each in replicas),
                         [("secret-hygiene-0", "secret-hygiene"), ("secret-hygiene-1", "secret-hygiene")])
        for rule in self.prometheus.rules():
            self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""), rule["name"])

    def test_1_our_own_labels_survive_those_of_the_target(self):
        # The target's is secret-hygiene; those of the metric are where the Secrets were.
        expected = {try_metrics.OTHER: 26, try_metrics.HELM: 14}
        self.wait(lambda: {labels["namespace"]: value for labels, value in self.prometheus.instant(REJECTED)} == expected, expected)
        self.assertEqual({labels["endpoint"] for labels, _ in self.ask(
            "count by (endpoint) (secret_hygiene_admission_requests_total)")}, {"mutate", "validate"})

    def test_1_every_query_of_every_panel_gives_data(self):
        queries = monitoring.queries(try_metrics.RANGE, try_metrics.RATE_RANGE)
        self.assertGreater(len(queries), 40)
        for query in queries:
            if query.title not in ONLY_OF_FAILURE:
                with self.subTest(query.title, legend=query.legend):
                    self.check_query(query)

    def test_1_no_series_about_controllers_is_missing(self):
        queries = [query for query in monitoring.queries(try_metrics.RANGE, try_metrics.RATE_RANGE) if query.title == ONLY_OF_MISSING_SERIES]
        self.wait(lambda: not any(self.prometheus.instant(query.expression) for query in queries), "every series to be there")

    def test_1_what_panels_show_is_what_was_done(self):
        expected = {("Rejections, by namespace", try_metrics.OTHER): 26, ("Rejecting policies", "policies"): 1,
                    ("Namespaces", "namespaces"): 2, ("Fullest scope of each limit", "team-quota secretsPerNamespace"): 0.95,
                    ("Counted Secrets", "team-quota"): 19, ("Replicas up", "up"): 2, ("Sets of policies in force", "sets"): 1}
        queries = monitoring.queries(try_metrics.RANGE, try_metrics.RATE_RANGE)

        def shown():
            found = {(query.title, query.name_of(labels)): value
                     for query in queries for labels, value in self.prometheus.instant(query.expression)}
            # Prometheus extrapolates from what it has scraped: these are no whole numbers.
            return {key: found.get(key) for key in expected} == expected and found["Denied", "denied"] > 30 and found["Labelled", "labelled"] > 2
        self.wait(shown, f"panels that show {expected}")

    def test_1_what_try_metrics_prints_has_every_panel_and_every_alert(self):
        def print_all():
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                empty = try_metrics.print_panels(self.prometheus)
                try_metrics.print_alerts(self.prometheus)
            return printed if empty == sum(query.title in ONLY_OF_FAILURE for query in monitoring.queries(60, 60)) else None
        printed = self.wait(print_all, "every other panel to have data")
        for name in (*(query.title for query in monitoring.queries(60, 60)), *self.alerts()):
            self.assertRegex(printed.getvalue(), rf"(?m)^{re.escape(name)} ")
        self.assertRegex(printed.getvalue(), r"(?m)^Fullest scope of each limit +team-quota secretsPerNamespace +95%$")

    def test_1_every_alert_gives_data_where_it_compares(self):
        for name, rule in self.alerts().items():
            with self.subTest(name):
                self.prometheus.instant(rule["query"])  # Refused, if it is none
                # Two have nothing to compare while all is well.
                if name not in {"SecretHygieneDown", "SecretHygieneCallsFailing"} | LOOK_BACK:
                    expression = without_comparisons(rule["query"])
                    self.assertNotEqual(expression, rule["query"])
                    self.ask(expression)

    # What alerts see, in this order: the last ends the webhook.

    def test_2_rejections_and_a_limit_that_is_nearly_used_are_seen(self):
        self.wait_for_alert("SecretHygieneRejectionsRising")
        self.wait_for_alert("SecretHygieneLimitNearlyUsed")

    def test_2_a_request_that_is_no_review_is_seen(self):
        self.assertEqual(self.post(f"/validate/{self.scene.token}", "{}"), 400)
        self.wait_for_alert("SecretHygieneMalformedReviews")

    def test_2_a_bound_that_is_reached_is_seen(self):
        self.assertEqual(self.post(f"/validate/{self.scene.token}", "{}", {"Padding": "x" * 20_000}), 431)
        self.wait_for_alert("SecretHygieneBoundsReached")

    def test_2_policies_that_are_refused_are_seen_until_they_are_put_right(self):
        bad = self.directory / "bad"
        bad.mkdir()
        (bad / "policies.yaml").write_text(BAD_POLICY, encoding="utf-8")
        self.scene.webhook.mount_policies(bad)
        self.wait_for_alert("SecretHygienePolicyReloadFailing")
        self.scene.webhook.mount_policies(self.scene.policies)
        self.wait(lambda: self.alerts()["SecretHygienePolicyReloadFailing"]["state"] == "inactive", "it clears")

    def test_3_a_webhook_that_is_gone_is_seen_by_what_api_servers_count(self):
        for process in self.scene.webhook.processes:
            process.stop()
        self.wait_for_alert("SecretHygieneDown")
        # The first call that fails begins a series, and Prometheus sees what comes after it.
        def fails():
            self.scene.webhook.run("kubectl", "create", "secret", "generic", "a", "--dry-run=server", "-n", try_metrics.OTHER)
            return self.alerts()["SecretHygieneCallsFailing"]["state"] != "inactive"
        self.wait(fails, "calls that fail")
        # The same, where the webhook fails closed.
        self.scene.webhook.run("kubectl", "patch", "validatingwebhookconfiguration", "secret-hygiene", "--type=json", "-p", json.dumps(
            [{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Fail"}]))
        queries = [query for query in monitoring.queries(try_metrics.RANGE, try_metrics.RATE_RANGE)
                   if query.title == ONLY_OF_FAILED_CALLS]
        def is_rejected():
            self.scene.webhook.run("kubectl", "create", "secret", "generic", "a", "--dry-run=server", "-n", try_metrics.OTHER,
                                   check=False)
            return all(self.prometheus.instant(query.expression) for query in queries)
        self.wait(is_rejected, "writes that are rejected")
        for query in queries:
            self.check_query(query)


if __name__ == "__main__":
    unittest.main()
