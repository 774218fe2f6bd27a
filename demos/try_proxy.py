"""`./dev cluster try-proxy`: what a client-go informer on all Secrets takes beside Helm's history, directly and through
`secret-hygiene proxy`, and kube-controller-manager through it."""

import contextlib
import json
import pathlib
import tempfile
import time

import plain_api
from process import Failed
from try_controllers import FIELD_SELECTOR, LABEL_SELECTOR, NAMESPACE, REVISIONS, RELEASES, SIZE, Trial, informer_of
from installed_webhook import BINARY, InstalledWebhook
from namespace_life import NamespaceLife, wait_for
from webhook_process import WebhookProcess

LABEL = "secret-hygiene.io/ignore"
UNMANAGED_LABELS = "secret-hygiene.io/unmanaged-labels"
LEAST_SAVED = 0.9
CONTROLLER_MANAGER = "kube-controller-manager"
MANAGED_SECONDS = 60
WAYS = {
    "empty": "directly, no Secrets yet",
    "directly": "without a selector",
    "label": f"through the proxy, which adds --selector '{LABEL_SELECTOR}' alone",
    "type": f"through the proxy, which adds --field-selector '{FIELD_SELECTOR}' alone",
}


class Proxied:
    """In a cluster's place for a client: its kubeconfig leads through a proxy with these selectors, and names a token file."""

    def __init__(self, cluster, directory, selector, field_selector, more=()):
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=directory))
        self.kubeconfig = self.directory / "kubeconfig"
        token = self.directory / "token"
        token.touch(mode=0o600)
        token.write_text(json.loads(cluster.kubeconfig.read_text(encoding="utf-8"))["users"][0]["user"]["token"], encoding="utf-8")
        self._process = WebhookProcess(BINARY, [
            "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--drain-timeout", "1s", "--kubeconfig", cluster.kubeconfig,
            "--write-kubeconfig", self.kubeconfig, "--token-file", token, "--selector", selector,
            "--field-selector", field_selector, *more], command="proxy")
        try:
            self.metrics_address = self._process.wait_for_event("proxying")["metrics_listen"]
        except BaseException:
            self._process.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stop()


@contextlib.contextmanager
def informer_on(cluster, directory):
    informer = informer_of(cluster, directory)
    try:
        yield informer
    finally:
        informer.stop()


def measured(cluster, directory):
    """Memory of an informer on this way, once it holds what it is given."""
    with informer_on(cluster, directory) as informer:
        return informer.wait()


def see_a_label_come_and_go(cluster, informer):
    """The cache of an informer behind the label selector loses a Secret that is labelled, and gains it again.

    The label is the user's, by the annotation: the webhook takes one off that it did not set."""
    with plain_api.Api(cluster) as api:
        for value, change in (("true", "deleted"), (None, "added")):
            api.patch(NAMESPACE, "ordinary-0", {"metadata": {"labels": {LABEL: value}, "annotations": {UNMANAGED_LABELS: LABEL}}})
            wait_for(lambda: f'{{"message": "{change}", "secret": "{NAMESPACE}/ordinary-0"}}' in informer.log(),
                     f"the informer's cache says: {change}")


def measure(cluster, directory, releases, revisions):
    """{way: Memory} of WAYS, in a namespace that is filled under a webhook which labels."""
    memory = {"empty": measured(cluster, directory)}
    Trial(cluster, directory).fill(releases, revisions)
    memory["directly"] = measured(cluster, directory)
    with Proxied(cluster, directory, LABEL_SELECTOR, "") as proxied, informer_on(proxied, directory) as informer:
        memory["label"] = informer.wait()
        see_a_label_come_and_go(cluster, informer)
    with Proxied(cluster, directory, "", FIELD_SELECTOR) as proxied:
        memory["type"] = measured(proxied, directory)
    return memory


def manage_through(cluster, directory, seconds):
    """kube-controller-manager through a proxy without selectors, for so long. Returns how many namespaces lived and died meanwhile."""
    lived, end = 0, time.monotonic() + seconds
    with Proxied(cluster, directory, "", "") as proxied, plain_api.Api(cluster) as api:
        cluster.stop_process(CONTROLLER_MANAGER)
        cluster.start_process(CONTROLLER_MANAGER, f"--kubeconfig={proxied.kubeconfig}")
        try:
            while time.monotonic() < end or lived == 0:
                NamespaceLife(api, f"try-proxy-{lived}").live()
                lived += 1
        finally:
            cluster.stop_process(CONTROLLER_MANAGER)
            cluster.start_process(CONTROLLER_MANAGER, f"--kubeconfig={cluster.kubeconfig}")
    return lived


def gone(memory, way):
    """The part of the growth that a way spares, of the peak."""
    empty, full = memory["empty"].peak, memory["directly"].peak
    return 1 - (memory[way].peak - empty) / (full - empty)


def print_table(memory):
    print("way       peak MB  resident MB  of the growth gone")
    for way, of_way in memory.items():
        saved = "" if way in ("empty", "directly") else f"{gone(memory, way):20.1%}"
        print(f"{way:9}{of_way.peak / 1e6:8.0f} {of_way.resident / 1e6:12.0f}{saved}")
    print()
    for way, meaning in WAYS.items():
        print(f"{way:9} {meaning}")
    print("\nA Secret that was labelled meanwhile left the cache, and came back when the label was taken off.", flush=True)


def try_out(cluster, releases=RELEASES, revisions=REVISIONS, seconds=MANAGED_SECONDS):
    """On a cluster that is up; leaves it as it was. Returns the memory of each way."""
    print(f"# an informer on all Secrets: {releases} Helm releases of {revisions} revisions, {SIZE / 1000:.0f} KB each, "
          f"labelled by the webhook\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-try-") as name:
        directory = pathlib.Path(name)
        with InstalledWebhook(cluster, directory) as webhook:
            webhook.run("kubectl", "create", "namespace", NAMESPACE)
            try:
                memory = measure(cluster, directory, releases, revisions)
            finally:
                webhook.run("kubectl", "delete", "namespace", NAMESPACE)
        print_table(memory)
        lived = manage_through(cluster, directory, seconds)
        print(f"\n{CONTROLLER_MANAGER} through a proxy without selectors for {seconds} s: {lived} namespaces got their service account\n"
              "and root CA, a quota that counted right, their garbage collected, and their end.", flush=True)
    for way in ("label", "type"):
        if gone(memory, way) < LEAST_SAVED:
            raise Failed(f"{way}: less than {LEAST_SAVED:.0%} of the growth is gone")
    return memory
