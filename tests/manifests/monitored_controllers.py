"""What manifests/monitoring knows of each controller of docs/controllers.yaml: the dashboard's variable, a record of its memory, and whether a selector
would make that fall. As a program it writes all of it, in manifests/monitoring and in the chart's copy."""

import json
import re

import libmanifests as manifests

MONITORING = manifests.MANIFESTS / "monitoring"
RECORD = "controller:secret_hygiene_controller_memory:bytes"


def options(known):
    """The variable's lines: Grafana makes the options anew of `query`, which it cuts at commas."""
    query = ", ".join(f"{each['name']} : {each['pods']}" for each in known)
    listed = "".join(f',\n          {{"selected": false, "text": {json.dumps(each["name"])}, "value": {json.dumps(each["pods"])}}}' for each in known)
    return query, listed


def dashboard(text, known):
    """The dashboard's text, with these controllers."""
    query, listed = options(known)
    head, variable, rest = re.fullmatch(r'(.*"name": "controller",\n)(.*?)(\n        "current".*)', text, re.DOTALL).groups()
    variable = re.sub(r'"query": ".*"', lambda _: f'"query": {json.dumps(query)}', variable)
    variable = re.sub(r'("value": "\$__all"\}).*(\n        \],)', lambda match: match[1] + listed + match[2], variable, flags=re.DOTALL)
    return head + variable + rest


def record(each):
    container = f'="{each["container"]}"' if "container" in each else '!=""'
    return (f"        - record: {RECORD}\n"
            f'          expr: max by (namespace, pod, container) (container_memory_working_set_bytes{{container{container},pod=~"{each["pods"]}"}})\n'
            f"          labels: {{controller: {each['name']}}}\n")


def rules(text, known):
    """The rules' text, with these controllers."""
    falls = [each["name"] for each in known
             if each["caches"] in ("whole", "deployed") and not each.get("builtIn") and not each.get("byDefault")]
    text = re.sub(rf"(?:        - record: {RECORD}\n.*\n.*\n)+", lambda _: "".join(map(record, known)), text)
    return re.sub(rf'{RECORD}\{{controller=~".*?"', lambda _: f'{RECORD}{{controller=~"{"|".join(falls)}"', text)


WRITERS = {"dashboard.json": dashboard, "prometheus-rule.yaml": rules}


def main():
    for name, write in WRITERS.items():
        text = write((MONITORING / name).read_text(encoding="utf-8"), manifests.known_controllers())
        for directory in (MONITORING, manifests.CHART / "files" / "monitoring"):
            (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
