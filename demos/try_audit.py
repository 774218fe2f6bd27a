"""`./dev cluster try-audit`: fills the running cluster with Helm history, audits, labels, prunes, audits again, and prints the
before and after."""

import base64
import os
import pathlib
import tempfile
import threading
import time

import plain_api
from cluster_client import ROOT, Client
from process import Failed
from try_install import Show, make_chart

TRIED = "try-audit"
RELEASES = 10
REVISIONS = 40  # of each release
BYTES = 50_000  # of each revision
WRITERS = 4
UPGRADES = 3
HELM_TYPE = "helm.sh/release.v1"
POLICIES = ROOT / "policies" / "default"
REPORTS = ROOT / "build" / "try-audit"  # they outlive the directory that the commands run in


def revision(release, number):
    status = "deployed" if number == REVISIONS else "superseded"
    return {"apiVersion": "v1", "kind": "Secret", "type": HELM_TYPE,
            "metadata": {"name": f"sh.helm.release.v1.{release}.v{number}",
                         "labels": {"name": release, "owner": "helm", "status": status, "version": str(number)}},
            "data": {"release": base64.b64encode(os.urandom(BYTES)).decode()}}


def fill(cluster):
    """What operators leave behind that never prune: Secrets as Helm writes them, by plain writes."""
    todo = [(f"app-{release}", number) for release in range(RELEASES) for number in range(1, REVISIONS + 1)]
    broken = []

    def write(share):
        try:
            with plain_api.Api(cluster) as api:
                for release, number in share:
                    answer = api.create(TRIED, revision(release, number))
                    if answer.status != 201:
                        raise Failed(answer.message)
        except Exception as error:  # pylint: disable=broad-exception-caught
            broken.append(error)
    threads = [threading.Thread(target=write, args=(todo[writer::WRITERS],)) for writer in range(WRITERS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise Failed(f"a writer ended: {broken[0]}")
    return len(todo), time.monotonic() - began


def stored(cluster):
    """(Secrets, decoded bytes of their data) in our namespace, as the API server has them; labelled ones of these."""
    with plain_api.Api(cluster) as api:
        items = api.get(plain_api.secrets_path(TRIED)).document["items"]
    size = sum(len(base64.b64decode(value)) for item in items for value in item.get("data", {}).values())
    labelled = sum("secret-hygiene.io/ignore" in item["metadata"].get("labels", {}) for item in items)
    return len(items), size, labelled


def audit(show, client, when):
    """Shows the end of the table, and leaves the HTML report; its path."""
    show.run("secret-hygiene", "audit", "-n", TRIED, "-p", POLICIES, tail=18)
    REPORTS.mkdir(parents=True, exist_ok=True)
    report = REPORTS / f"{when}.html"
    html = client.run("secret-hygiene", "audit", "-n", TRIED, "-p", POLICIES, "-o", "html").stdout
    report.write_text(html, encoding="utf-8")
    return report


def use(client, cluster, directory):
    show = Show(client, directory)
    chart = make_chart(directory)
    show.say(f"a release by Helm itself, and {RELEASES} of {REVISIONS} revisions of {BYTES // 1000} KB as an operator leaves them")
    show.run("helm4", "install", "web", chart, "-n", TRIED)
    for number in range(UPGRADES):
        show.run("helm4", "upgrade", "web", chart, "-n", TRIED, "--set", f"colour=c{number}", "--history-max", "0")
    written, seconds = fill(cluster)
    print(f"  {written} revisions written in {seconds:.1f} s", flush=True)
    rows = [("before", stored(cluster))]
    show.say("audit: the end of what it prints; all of it is in the HTML report")
    reports = [audit(show, client, "before")]
    show.say("label: what serve would have put on them; then the same again")
    show.run("secret-hygiene", "label", "-n", TRIED, "-p", POLICIES, "--apply", "--qps", "0", tail=2)
    show.run("secret-hygiene", "label", "-n", TRIED, "-p", POLICIES)
    rows.append(("labelled", stored(cluster)))
    show.say("prune: all are young here, so --min-age 0s; each is backed up first")
    show.run("secret-hygiene", "prune", "-n", TRIED, "--min-age", "0s", "--apply", "--qps", "0", "--backup", "backup")
    rows.append(("pruned", stored(cluster)))
    show.say("audit again")
    reports.append(audit(show, client, "after"))
    show.say("Helm goes back to a revision that was kept, and on from there")
    show.run("helm4", "rollback", "web", "2", "-n", TRIED)
    show.run("helm4", "upgrade", "web", chart, "-n", TRIED, "--set", "colour=after")
    show.say("the namespace before and after; a controller that selects !secret-hygiene.io/ignore caches the last column")
    print(f"{'':14} {'SECRETS':>8} {'BYTES':>13} {'LABELLED':>9} {'NOT LABELLED':>13}")
    for when, (count, size, labelled) in rows:
        print(f"{when:14} {count:8} {size / 2**20:9.1f} MiB {labelled:9} {count - labelled:13}", flush=True)
    print("\nreports: " + " and ".join(map(str, reports)), flush=True)
    if rows[-1][1][0] >= rows[0][1][0] // 2:
        raise Failed("prune left more than half")


def try_out(cluster):
    """On a cluster that is up; leaves it as it was."""
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name:
        directory = pathlib.Path(name)
        client = Client(cluster, directory)
        client.run("kubectl", "create", "namespace", TRIED)
        try:
            use(client, cluster, directory)
        finally:
            client.run("kubectl", "delete", "namespace", TRIED)
