"""manifests/monitoring without a cluster: the alerts fire and clear, each has its runbook, and the dashboard is one that Grafana takes."""

import itertools
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import libmanifests as manifests

import dashboard_picture
import monitored_controllers
import monitoring
import prometheus

HERE = pathlib.Path(__file__).resolve().parent
OBJECTS = manifests.components("monitoring/")
RULES = [rule for group in OBJECTS["PrometheusRule", "secret-hygiene"]["spec"]["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
DASHBOARD = monitoring.dashboard()
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
SEVERITIES = {"warning", "critical"}
MISSING = "Missing series"
# Their page has those of `audit`.
OF_AUDIT = re.compile(r"\bsecret_hygiene_(?:stored|audit)_\w+")
METRIC = re.compile(r"\b(?:secret_hygiene|process)_\w+")


def documented_metrics():
    pages = "".join((manifests.ROOT / "docs" / page).read_text(encoding="utf-8") for page in ("metrics.md", "audit-metrics.md"))
    names = re.findall(r"^\| `(\w+)` \| (\w+)", pages, re.MULTILINE)
    return {name + suffix for name, kind in names for suffix in (("_bucket",) if kind == "histogram" else ("",))}


def anchor(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def runbook_sections():
    """Anchors of docs/runbook.md."""
    runbook = (manifests.ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    return [anchor(heading) for heading in re.findall(r"^## (.*)$", runbook, re.MULTILINE)]


class Objects(unittest.TestCase):
    def test_the_component_adds_these_objects_and_changes_no_other(self):
        base = manifests.kustomize(manifests.MANIFESTS / "base")
        self.assertEqual({key: thing for key, thing in OBJECTS.items() if key in base}, base)
        self.assertEqual(OBJECTS.keys() - base.keys(), {
            ("Service", "secret-hygiene-metrics"), ("ServiceMonitor", "secret-hygiene"), ("PrometheusRule", "secret-hygiene"),
            ("ConfigMap", "secret-hygiene-dashboard")})
        for key in OBJECTS.keys() - base.keys():
            self.assertEqual(OBJECTS[key]["metadata"]["namespace"], manifests.NAMESPACE)

    def test_the_service_monitor_leads_to_where_the_pods_serve_metrics(self):
        service, monitor = OBJECTS["Service", "secret-hygiene-metrics"], OBJECTS["ServiceMonitor", "secret-hygiene"]["spec"]
        selected = monitor["selector"]["matchLabels"].items()
        self.assertLessEqual(selected, service["metadata"]["labels"].items())
        # Not the webhook's own, which leads to its TLS port.
        self.assertFalse(selected <= OBJECTS["Service", "secret-hygiene"]["metadata"]["labels"].items())
        pod = manifests.deployment(OBJECTS)["spec"]["template"]
        self.assertEqual(service["spec"]["selector"], pod["metadata"]["labels"])
        endpoint, = monitor["endpoints"]
        port, = service["spec"]["ports"]
        self.assertEqual(endpoint["port"], port["name"])
        container = pod["spec"]["containers"][0]
        self.assertIn(port["targetPort"], [each["name"] for each in container["ports"]])
        # Plain HTTP, as the probes of the same port know.
        self.assertEqual((endpoint["scheme"], endpoint["path"]), ("http", "/metrics"))
        self.assertNotIn("scheme", container["readinessProbe"]["httpGet"])
        self.assertEqual(container["readinessProbe"]["httpGet"]["port"], port["targetPort"])
        # Labels of our own would be renamed else, and the job is the one that queries name.
        self.assertIs(endpoint["honorLabels"], True)
        self.assertEqual(service["metadata"]["labels"][monitor["jobLabel"]], monitoring.JOB)

    def test_the_sidecar_of_grafana_finds_the_dashboard(self):
        config_map = OBJECTS["ConfigMap", "secret-hygiene-dashboard"]
        self.assertEqual(config_map["metadata"]["labels"]["grafana_dashboard"], "1")
        self.assertEqual(json.loads(config_map["data"]["secret-hygiene.json"]), DASHBOARD)
        # `kubectl apply` without --server-side keeps all of it once more in an annotation.
        self.assertLess(len(json.dumps(config_map)), 200 * 1024)


class Rules(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        (self.directory / "rules.yaml").write_text(monitoring.rule_file(), encoding="utf-8")

    def test_promtool_finds_nothing_to_say_about_the_rules(self):
        checked = prometheus.promtool("check", "rules", "rules.yaml", directory=self.directory)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        self.assertIn(f"SUCCESS: {len(RULES)} rules found", checked.stdout)

    def test_the_page_makes_the_same_rules_with_sed(self):
        page = (manifests.ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
        command = re.search(r"^(sed .*) manifests/monitoring/prometheus-rule.yaml >", page, re.MULTILINE)[1]
        made = subprocess.run([*shlex.split(command), manifests.MANIFESTS / "monitoring" / "prometheus-rule.yaml"], capture_output=True,
                              text=True, check=True)
        self.assertEqual(made.stdout, monitoring.rule_file())

    def test_each_alert_fires_and_clears(self):
        text = ""
        for file in ("alerts.yaml", "controller_alerts.yaml"):
            text += (HERE / file).read_text(encoding="utf-8")
            shutil.copy(HERE / file, self.directory)
            tested = prometheus.promtool("test", "rules", file, directory=self.directory)
            self.assertEqual(tested.returncode, 0, tested.stdout + tested.stderr)
        for name in ALERTS:
            cases = re.findall(rf"eval_time: \S+\n *alertname: {name}\n *exp_alerts:(.*)\n", text)
            with self.subTest(name):
                self.assertIn("", cases)  # what it fires stands on the lines below
                self.assertEqual(cases[-1], " []")

    def test_each_alert_says_what_is_wrong_and_where_to_read_on(self):
        for name, alert in ALERTS.items():
            with self.subTest(name):
                self.assertIn(alert["labels"]["severity"], SEVERITIES)
                self.assertEqual(set(alert["annotations"]), {"summary", "description", "runbook"})
                self.assertTrue(all(text.endswith(".") for key, text in alert["annotations"].items() if key != "runbook"))

    def test_each_alert_has_a_section_of_the_runbook_and_each_section_its_alert(self):
        for name, alert in ALERTS.items():
            words = re.sub(r"(?<!^)(?=[A-Z])", "-", name.removeprefix("SecretHygiene")).lower()
            self.assertEqual(alert["annotations"]["runbook"], f"docs/runbook.md#{words}", name)
        named = [alert["annotations"]["runbook"].rpartition("#")[2] for alert in ALERTS.values()]
        self.assertEqual(sorted(named), sorted(runbook_sections()))
        # Each section begins with its alert, in the order of the rules.
        text = (manifests.ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
        begins = re.findall(r"^## (.*)\n\n`(SecretHygiene\w+)` \((\w+)\): ", text, re.MULTILINE)
        self.assertEqual([(anchor(heading), name, severity) for heading, name, severity in begins],
                         [(alert["annotations"]["runbook"].rpartition("#")[2], name, alert["labels"]["severity"]) for name, alert in ALERTS.items()])
        self.assertEqual(set(re.findall(r"`(SecretHygiene\w+)`", text)), set(ALERTS))

    def test_promtool_takes_the_scrape_configuration(self):
        (self.directory / "scrape.yaml").write_text(monitoring.scrape_file({"pod": "10.0.0.1:9090"}), encoding="utf-8")
        checked = prometheus.promtool("check", "config", "scrape.yaml", directory=self.directory)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)


class MonitoredControllers(unittest.TestCase):
    def test_the_dashboard_and_the_rules_know_those_of_docs_controllers_yaml(self):
        known = manifests.known_controllers()
        for name, write in monitored_controllers.WRITERS.items():
            text = (monitored_controllers.MONITORING / name).read_text(encoding="utf-8")
            self.assertEqual(write(text, known), text, "run: /usr/bin/python3 -B tests/manifests/monitored_controllers.py")
            # Nothing of an entry is passed over.
            for each in known:
                self.assertNotEqual(write(text, [other for other in known if other != each]), text, each["name"])
                self.assertNotEqual(write(text, [{**other, "pods": "x"} if other == each else other for other in known]), text, each["name"])
        self.assertEqual(monitoring.controllers(), {each["name"]: each["pods"] for each in known})
        # Grafana cuts at commas, and at the colon between name and value.
        self.assertEqual([each["name"] for each in known if re.search(",| : ", each["name"] + each["pods"])], [])

    def test_labels_are_unused_only_where_a_selector_can_be_set_and_cuts_a_cache(self):
        chosen = re.search(r'controller=~"(.*?)"', ALERTS["SecretHygieneLabelsUnused"]["expr"])[1].split("|")
        self.assertLessEqual({"Kong Ingress Controller", "Argo CD", "ECK", "Reloader"}, set(chosen))
        self.assertFalse({"Kong Operator", "cert-manager", "Flux", "Traefik"} & set(chosen))


class AuditMetrics(unittest.TestCase):
    def test_promtool_has_nothing_to_remark_on_the_example(self):
        checked = prometheus.promtool("check", "metrics", stdin=monitoring.audit_example())
        self.assertEqual((checked.returncode, checked.stdout, checked.stderr), (0, "", ""))

    def test_the_table_and_the_example_have_the_same_metrics_types_and_labels(self):
        page = (manifests.ROOT / "docs" / "audit-metrics.md").read_text(encoding="utf-8")
        table = {name: (kind, set(re.findall(r"`(\w+)`", labels)))
                 for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|", page, re.MULTILINE)}
        example = monitoring.audit_example()
        shown = {name: (kind, set()) for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", example, re.MULTILINE)}
        for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? \d+$", example, re.MULTILINE):
            shown[name][1].update(re.findall(r'(\w+)="', labels))
        self.assertEqual(shown, table)
        self.assertEqual(re.findall(r"^# HELP (\w+) [A-Z].*\.$", example, re.MULTILINE), list(table))
        self.assertTrue(all(OF_AUDIT.fullmatch(name) for name in table))


class Dashboard(unittest.TestCase):
    def test_it_is_one_that_grafana_10_reads(self):
        self.assertEqual((DASHBOARD["uid"], DASHBOARD["title"], DASHBOARD["schemaVersion"]), ("secret-hygiene", "secret-hygiene", 38))
        identifiers = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(identifiers), len(set(identifiers)))
        self.assertNotIn("id", DASHBOARD)  # Grafana's own, which a file must not name
        self.assertNotIn("__inputs", DASHBOARD)  # those of an import by hand, which a provisioned file is not

    def test_every_row_that_it_must_have_has_panels(self):
        rows = {}
        for panel in DASHBOARD["panels"]:
            if panel["type"] == "row":
                rows[panel["title"]] = []
            else:
                list(rows.values())[-1].append(panel["title"])
        self.assertEqual(list(rows), ["What controllers pay", "Rejected", "Labelled", "Requests", "Usage against limits across Secrets", "Health"])
        self.assertTrue(all(rows.values()), rows)
        titles = list(itertools.chain(*rows.values()))
        self.assertEqual(len(titles), len(set(titles)))

    def test_panels_stand_side_by_side_and_never_on_each_other(self):
        taken = set()
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24)
            cells = set(itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])))
            self.assertFalse(taken & cells, panel["title"])
            taken |= cells

    def test_its_data_source_is_a_variable_everywhere(self):
        variables = {variable["name"]: variable for variable in DASHBOARD["templating"]["list"]}
        self.assertEqual(variables["datasource"]["type"], "datasource")
        self.assertEqual(variables["datasource"]["query"], "prometheus")
        wanted = {"type": "prometheus", "uid": "${datasource}"}
        for thing in (*PANELS, *(target for panel in PANELS for target in panel["targets"]), variables["job"], variables["instance"]):
            self.assertEqual(thing["datasource"], wanted)

    def test_every_panel_has_a_description_a_unit_a_legend_and_queries_of_known_variables(self):
        known = {"job", "instance", "controller", "__range", "__rate_interval"}
        for panel in PANELS:
            with self.subTest(panel["title"]):
                self.assertTrue(panel["description"])
                self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])
                self.assertTrue(panel["targets"])
                references = [target["refId"] for target in panel["targets"]]
                self.assertEqual(len(references), len(set(references)))
                for target in panel["targets"]:
                    self.assertLessEqual(set(monitoring.VARIABLE.findall(target["expr"])), known)
                    self.assertEqual(bool(target["legendFormat"]), panel["type"] != "table")
                    self.assertNotEqual(target["instant"], target["range"])
                    self.assertEqual(target["range"], panel["type"] == "timeseries")

    def test_kongs_controller_is_the_first_choice(self):
        self.assertEqual(list(monitoring.controllers())[:6], ["Kong Ingress Controller", "Argo CD", "cert-manager", "ECK", "Reloader", "Flux"])
        for panel in PANELS:
            for target in panel["targets"]:
                # Grafana escapes the values of such a variable everywhere but in the form ${controller:pipe}.
                self.assertNotRegex(target["expr"], r"\$controller|\$\{controller\}")

    def test_each_panel_about_controllers_says_what_it_lacks(self):
        rows = {panel["title"]: panel["gridPos"]["y"] for panel in DASHBOARD["panels"] if panel["type"] == "row"}
        panels = [panel for panel in PANELS if panel["gridPos"]["y"] < rows["Rejected"]]
        self.assertGreater(len(panels), 12)
        for panel in panels:
            with self.subTest(panel["title"]):
                lacks = panel["fieldConfig"]["defaults"]["noValue"]
                of_audit = [bool(OF_AUDIT.search(target["expr"])) for target in panel["targets"]]
                if all(of_audit):
                    self.assertEqual(lacks, "No audit's metrics: docs/audit-metrics.md")
                self.assertEqual(panel["description"].startswith("Needs the metrics of the audit."), all(of_audit))
                if panel["title"] != MISSING and not all(of_audit):
                    self.assertRegex(lacks, "^No .*(: scrape |: an API server from )")

    def test_the_panel_of_what_is_missing_names_each_series_that_is_and_no_other(self):
        panel, = (panel for panel in PANELS if panel["title"] == MISSING)
        present = [f"{name}{{{labels or ''}}}" for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", monitoring.other_exporters(), re.MULTILINE)]
        present += ['apiserver_resource_objects{group="",resource="secrets"}', 'apiserver_resource_size_estimate_bytes{group="",resource="secrets"}']
        self.assertEqual(set(re.findall(r"absent\((\w+)", str(panel["targets"]))) - {each.partition("{")[0] for each in present}, set())

        def tests_of(series, expected):
            return {"interval": "1m", "input_series": [{"series": each, "values": "1 1"} for each in series],
                    "promql_expr_test": [{"expr": f"sum({target['expr']})", "eval_time": "1m", "exp_samples": expected} for target in panel["targets"]]}
        with tempfile.TemporaryDirectory() as directory:
            text = json.dumps({"tests": [tests_of([], [{"labels": "{}", "value": 1}]), tests_of(present, [])]})
            (pathlib.Path(directory) / "missing.yaml").write_text(text, encoding="utf-8")
            tested = prometheus.promtool("test", "rules", "missing.yaml", directory=directory)
        self.assertEqual(tested.returncode, 0, tested.stdout + tested.stderr)

    def test_its_picture_is_drawn_from_the_recording_of_each_panel(self):
        self.assertEqual({panel["title"] for panel in PANELS}, set(dashboard_picture.recorded()["panels"]))
        self.assertEqual(dashboard_picture.PICTURE.read_text(encoding="utf-8"), dashboard_picture.draw(),
                         "run: /usr/bin/python3 -B tests/manifests/dashboard_picture.py")

    def test_queries_and_alerts_ask_only_for_metrics_that_are_documented(self):
        known = documented_metrics() | {record["record"].split(":")[1] for record in RULES if "record" in record}
        expressions = [target["expr"] for panel in PANELS for target in panel["targets"]] + [rule["expr"] for rule in RULES]
        used = {name for expression in expressions for name in METRIC.findall(expression)}
        self.assertEqual(used - known, set())


if __name__ == "__main__":
    unittest.main()
