"""`./dev cluster try`: installs secret-hygiene on the running cluster, uses it as people do, and prints what happened."""

import os
import pathlib
import re
import shlex
import tempfile
import textwrap

from installed_webhook import NAMESPACE, ROOT, InstalledWebhook
from process import Failed

WIDTH = 118
TRIED = "try"


class Show:
    """Prints a command as a person would type it, and what it said."""

    def __init__(self, client, directory):
        """`client` has a run() as Client's; `directory` is the one it works in."""
        self._client = client
        self._directory = directory

    def say(self, text):
        print(f"\n# {text}", flush=True)

    def run(self, program, *arguments, expect=0, tail=None):
        """`expect`: the exit status that shows that secret-hygiene works. `tail`: so many lines of the end are enough."""
        words = ["helm" if program.startswith("helm") else program, *map(str, arguments)]
        print(f"$ {shlex.join(words)}", flush=True)
        done = self._client.run(program, *arguments, check=False)
        lines = (done.stdout + done.stderr).rstrip().splitlines()
        for line in lines[-tail:] if tail else lines:
            # client-go stamps warnings with time, process and source line.
            line = re.sub(r'^[IWE]\d{4} \S+\s+\d+ \S+\] "?(.*?)"?$', r"\1", line)
            print("\n".join(textwrap.wrap(line, WIDTH, initial_indent="  ", subsequent_indent="    ",
                                          break_on_hyphens=False) or [""]), flush=True)
        if done.status != expect:
            raise Failed(f"the last command ended with status {done.status}, not {expect}")

    def file(self, name, size):
        (self._directory / name).write_bytes(os.urandom(size))
        return name


def make_chart(directory):
    chart = directory / "web"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.0.0\n", encoding="utf-8")
    (chart / "values.yaml").write_text("colour: red\n", encoding="utf-8")
    (chart / "templates" / "map.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  colour: {{ .Values.colour }}\n",
        encoding="utf-8")
    return chart.name


def helm_and_labels(show, chart):
    show.say("Helm installs a release and upgrades it twice: each revision is a Secret")
    show.run("helm4", "install", "web", chart, "-n", TRIED)
    for colour in ("green", "blue"):
        show.run("helm4", "upgrade", "web", chart, "-n", TRIED, "--set", f"colour={colour}")
    show.say("an ordinary Secret beside them, and a large one")
    show.run("kubectl", "create", "secret", "generic", "database", "-n", TRIED, "--from-literal=user=app")
    show.run("kubectl", "create", "secret", "generic", "backup", "-n", TRIED,
             f"--from-file={show.file('backup.tgz', 800 * 1024)}")
    show.say("the labels that it put on; Helm's own are untouched, and helm works as before")
    show.run("kubectl", "get", "secrets", "-n", TRIED, "--sort-by=.metadata.name",
             "-L", "secret-hygiene.io/ignore,secret-hygiene.io/oversized")
    show.run("helm4", "history", "web", "-n", TRIED, "--max", "3")
    show.say("what a controller is given that selects on the label")
    show.run("kubectl", "get", "secrets", "-n", TRIED, "-l", "!secret-hygiene.io/ignore")


def strict_policies(show, webhook):
    show.say("the policies change while it runs: policies/strict rejects")
    loaded = len(webhook.process.events())
    webhook.mount_policies(ROOT / "policies" / "strict")
    webhook.process.wait_for_event("policies reloaded", after=loaded)
    show.run("kubectl", "create", "secret", "generic", "dump", "-n", TRIED,
             f"--from-file={show.file('dump.sql', 600 * 1024)}", expect=1)
    show.say("what is stored already can still be edited and deleted")
    show.run("kubectl", "annotate", "secret", "backup", "-n", TRIED, "owner=team-a")
    show.run("kubectl", "delete", "secret", "backup", "-n", TRIED)


def refused_policies(show, directory):
    show.say("a bad set of policies is refused when it is written")
    (directory / "bad.yaml").write_text(textwrap.dedent("""\
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: secret-hygiene-policies
          labels: {secret-hygiene.io/policies: "true"}
        data:
          limits.yaml: |
            apiVersion: secret-hygiene.io/v1alpha1
            kind: SecretPolicy
            metadata: {name: limits}
            spec:
              mode: Enforce
              limits: {bytesPerSecret: 512Kb}
        """), encoding="utf-8")
    show.run("kubectl", "apply", "--server-side", "--force-conflicts", "-n", NAMESPACE, "-f", "bad.yaml", expect=1)


def print_counted(webhook):
    print("\n# what it counted")
    for name, value in sorted(webhook.metrics().items()):
        if value and re.match(r"secret_hygiene_(admission|labels|rejections|policy_reloads)\w*_total", name):
            print(f"  {value:4.0f}  {name.removeprefix('secret_hygiene_')}")


def try_out(cluster):
    """On a cluster that is up; leaves it as it was."""
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name:
        directory = pathlib.Path(name)
        print("# manifests/base without its Deployment, certs init, and a process in the Deployment's place", flush=True)
        with InstalledWebhook(cluster, directory) as webhook:
            show = Show(webhook, directory)
            show.run("kubectl", "get", "mutatingwebhookconfigurations,validatingwebhookconfigurations")
            show.run("secret-hygiene", "certs", "show")
            show.run("kubectl", "create", "namespace", TRIED)
            try:
                helm_and_labels(show, make_chart(directory))
                strict_policies(show, webhook)
                refused_policies(show, directory)
                print_counted(webhook)
            finally:
                webhook.run("kubectl", "delete", "namespace", TRIED)
        print("\ntaken away again: the configurations first, then the namespaces")
