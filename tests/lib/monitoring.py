"""manifests/monitoring as programs read it: the queries of the dashboard, the alerts as a rule file, the scrape configuration."""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
MONITORING = ROOT / "manifests" / "monitoring"
JOB = "secret-hygiene"
# A variable of Grafana. With `pipe` its values are joined as they are: without, Grafana takes them for text and escapes what makes them patterns.
VARIABLE = re.compile(r"\$\{?(\w+)(?::pipe\})?")
# A discovery by the API server; there is no kubelet here that would run what it finds.
DISCOVERY = re.compile(r"    kubernetes_sd_configs:\n(?:      .*\n)+")


def dashboard():
    return json.loads((MONITORING / "dashboard.json").read_text(encoding="utf-8"))


def controllers():
    """{controller: pattern of its pods} of the dashboard's variable."""
    variable, = (each for each in dashboard()["templating"]["list"] if each["name"] == "controller")
    return {option["text"]: option["value"] for option in variable["options"] if option["value"] != "$__all"}


def audit_example():
    """What one audit of a cluster with 1000 revisions, all labelled, writes."""
    return (ROOT / "tests" / "lib" / "audit.prom").read_text(encoding="utf-8")


def other_exporters():
    """The text of a scrape with every series of the dashboard and the alerts that is neither ours nor the API server's, and of an audit."""
    return (ROOT / "tests" / "lib" / "other_exporters.prom").read_text(encoding="utf-8") + audit_example()


class Query:
    """One target of a panel, its variables those that Grafana puts in for everything, over `seconds`."""

    def __init__(self, panel, target, seconds, rate_seconds):
        self.row, self.title, self.unit = panel["row"], panel["title"], panel["fieldConfig"]["defaults"]["unit"]
        self.instant = target["instant"]
        self.legend = target["legendFormat"]
        values = {"job": JOB, "instance": ".+", "controller": "|".join(controllers().values()), "__range": f"{seconds}s",
                  "__rate_interval": f"{rate_seconds}s"}
        self.expression = VARIABLE.sub(lambda match: values[match[1]], target["expr"])

    def label_names(self):
        """Those that the legend names; of a table, those that the query groups by."""
        if self.legend:
            return set(re.findall(r"{{(\w+)}}", self.legend))
        return set(re.split(r",\s*", re.search(r"by \((.*?)\)", self.expression)[1]))

    def name_of(self, labels):
        """What Grafana calls a series."""
        if self.legend:
            return re.sub(r"{{(\w+)}}", lambda match: labels.get(match[1], ""), self.legend).strip()
        return ", ".join(labels[name] for name in sorted(labels))


def queries(seconds, rate_seconds):
    """Every query of every panel, in the order of the dashboard."""
    found, row = [], ""
    for panel in dashboard()["panels"]:
        if panel["type"] == "row":
            row = panel["title"]
        else:
            found += [Query({**panel, "row": row}, target, seconds, rate_seconds) for target in panel["targets"]]
    return found


def rule_file():
    """The rules as Prometheus reads them without its operator: what docs/monitoring.md does with sed."""
    lines = (MONITORING / "prometheus-rule.yaml").read_text(encoding="utf-8").split("\nspec:\n", 1)[1].splitlines()
    return "\n".join(line.removeprefix("  ") for line in lines) + "\n"


def scrape_file(targets):
    """scrape.yaml, with the pods that discovery would find in its place. `targets`: {pod: address}."""
    text = (MONITORING / "scrape.yaml").read_text(encoding="utf-8")
    configs = [{"targets": [address], "labels": {
        "__meta_kubernetes_namespace": "secret-hygiene", "__meta_kubernetes_pod_name": pod,
        "__meta_kubernetes_pod_label_app_kubernetes_io_name": "secret-hygiene",
        "__meta_kubernetes_pod_label_app_kubernetes_io_component": "webhook",
        "__meta_kubernetes_pod_container_port_name": "metrics"}} for pod, address in targets.items()]
    replaced, count = DISCOVERY.subn(f"    static_configs: {json.dumps(configs)}\n", text)
    if count != 1:
        raise ValueError("scrape.yaml has not one discovery")
    return replaced


def api_server_job(cluster, **more):
    """A job for the API server of a cluster of `./dev cluster`, as an item of scrape_configs: what it says of webhooks and of stored Secrets.
    `more`: fields of the item."""
    user, = json.loads(cluster.kubeconfig.read_text(encoding="utf-8"))["users"]
    return "  - " + json.dumps({
        **more, "job_name": "apiserver", "scheme": "https", "authorization": {"credentials": user["user"]["token"]},
        "tls_config": {"ca_file": str(cluster.directory / "ca.crt")},
        "static_configs": [{"targets": [cluster.server.removeprefix("https://")]}],
        "metric_relabel_configs": [{"action": "keep", "source_labels": ["__name__"], "regex": "apiserver_(admission_webhook_.*|resource_objects|storage_objects|resource_size_estimate_bytes)"}]}) + "\n"


def other_exporters_job(address):
    """A job for what serves other_exporters(), as an item of scrape_configs."""
    return "  - " + json.dumps({"job_name": "other-exporters", "honor_labels": True, "static_configs": [{"targets": [address]}]}) + "\n"
