"""Faults of `./dev soak`: a schedule of functions, each of which injects one and returns when it is over."""

import contextlib
import json
import pathlib
import shutil
import threading
import time

import plain_api
from cluster_client import BINARY
from installed_webhook import NAME, NAMESPACE
from webhook_process import WebhookProcess

ACCOUNT, ACCESS_NAMESPACE = "soak", "kube-system"  # the webhooks are not called there
DOWN_SECONDS = 2
STALL_SECONDS = 4
POLICIES = """\
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {{name: soak}}
spec:
  mode: Enforce
  match: {{namespaces: ["soak-*"]}}
  labels: {{example.com/generation: "{generation}"}}
  limits: {{secretsPerNamespace: {number}, bytesPerSecret: {size}}}
"""


class Access:
    """A kubeconfig by files, as a pod has it: the API server's CA, and a token of a service account that is bound to a Secret.

    `through` is the port of the balancer before the API server.
    """

    def __init__(self, cluster, directory, through):
        self.kubeconfig, self._ca, self.token = (directory / name for name in ("access-kubeconfig", "access-ca.crt", "access-token"))
        self._cluster, self._number = cluster, 0
        with plain_api.Api(cluster) as api:
            must(api.request("POST", f"/api/v1/namespaces/{ACCESS_NAMESPACE}/serviceaccounts",
                             {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": ACCOUNT}}))
            must(api.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": ACCOUNT},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": ACCESS_NAMESPACE}]}))
        self.mount_ca()
        self.rotate_token()
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "soak",
            "clusters": [{"name": "soak", "cluster": {"server": f"https://127.0.0.1:{through}",
                                                      "certificate-authority": str(self._ca)}}],
            "users": [{"name": "soak", "user": {"tokenFile": str(self.token)}}],
            "contexts": [{"name": "soak", "context": {"cluster": "soak", "user": "soak"}}]}), encoding="utf-8")

    def mount_ca(self):
        replace(self._ca, (self._cluster.directory / "ca.crt").read_bytes())

    def rotate_token(self):
        """A new token; the last but one stops being good, by its Secret that is deleted."""
        self._number += 1
        name = f"soak-token-{self._number}"
        with plain_api.Api(self._cluster) as api:
            made = must(api.create(ACCESS_NAMESPACE, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}))
            bound = {"kind": "Secret", "apiVersion": "v1", "name": name, "uid": made.document["metadata"]["uid"]}
            asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                     "spec": {"expirationSeconds": 7200, "boundObjectRef": bound}}
            token = must(api.request("POST", f"/api/v1/namespaces/{ACCESS_NAMESPACE}/serviceaccounts/{ACCOUNT}/token", asked))
            replace(self.token, token.document["status"]["token"].encode())
            api.delete(ACCESS_NAMESPACE, f"soak-token-{self._number - 2}")


def must(answer):
    if answer.status not in (200, 201):
        raise OSError(f"{answer.status} {answer.message}")
    return answer


def replace(path, content):
    """At once, as a kubelet does."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_bytes(content)
    new.rename(path)


class Proxy:
    """`secret-hygiene proxy` with a certificate that it keeps in a directory."""

    def __init__(self, access, directory, name, on_line):
        self.directory = pathlib.Path(directory)
        self.kubeconfig, self._tls = self.directory / f"{name}-kubeconfig", self.directory / f"{name}-tls"
        self._access, self._on_line = access, on_line
        self.start()

    def start(self):
        self._tls.mkdir(mode=0o700, exist_ok=True)
        self.process = WebhookProcess(BINARY, [
            "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--drain-timeout", "1s",
            "--kubeconfig", self._access.kubeconfig, "--write-kubeconfig", self.kubeconfig, "--token-file", self._access.token,
            "--tls-dir", self._tls, "--field-selector", ""], command="proxy", on_line=self._on_line)
        self.process.wait_for_event("proxying")

    def renew_certificate(self):
        self.process.stop()
        shutil.rmtree(self._tls)
        self.start()


class Repeated:
    """Calls `action` again and again, `seconds` apart, on a thread of its own, until it is closed."""

    def __init__(self, seconds, action):
        self._over = threading.Event()
        self._seconds, self._action = seconds, action
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.wait(self._seconds):
            self._action()


class Faults:
    """`stage`: what runs (soak.Stage). Each fault is kept as (name, began, ended), in seconds since the epoch."""

    def __init__(self, stage):
        self.injected = []
        self._stage = stage
        self._generation = 0
        self.schedule = [self.rotate_certificates, self.rotate_token, self.rotate_policies, self.kill_replica, self.pause_replica,
                         self.end_replica, self.cut_connections, self.stall_log, self.renew_proxy_certificate,
                         self.restart_api_server, self.rotate_api_server_certificates]

    def inject(self, fault):
        began = time.time()
        try:
            fault()
        finally:
            self.injected.append((fault.__name__, began, time.time()))

    def rotate_certificates(self):
        """The webhook's serving certificate, its CA and the caBundles."""
        probes = [word for address in self._stage.webhook.addresses for word in ("--probe", address)]
        with contextlib.closing(Repeated(0.5, self._stage.webhook.mount_certificate)):
            self._stage.webhook.run(NAME, "certs", "rotate", "--force", "--settle", "1s", "--wait", "60s", "-n", NAMESPACE, *probes)

    def rotate_token(self):
        self._stage.access.rotate_token()

    def rotate_policies(self):
        self._generation += 1
        self._stage.mount_policies(self._generation)

    def kill_replica(self):
        process = self._stage.webhook.processes[1]
        process.signal(9)
        process.wait()
        time.sleep(DOWN_SECONDS)
        self._stage.webhook.start_again(1)

    def end_replica(self):
        self._stage.webhook.processes[1].stop()
        time.sleep(DOWN_SECONDS)
        self._stage.webhook.start_again(1)

    def pause_replica(self):
        process = self._stage.webhook.processes[2]
        process.pause()
        try:
            time.sleep(DOWN_SECONDS)
        finally:
            process.resume()

    def cut_connections(self):
        """Of the API server to the replicas, and of them and the proxies to it."""
        self._stage.webhook.balancer.cut()
        self._stage.way.cut()

    def stall_log(self):
        """Nobody reads the pipes of the logs, each of one page: a full disk, for a process that writes lines."""
        for process in [*self._stage.webhook.processes, self._stage.proxy.process]:
            process.narrow_log()
        self._stage.log.stall()
        try:
            time.sleep(STALL_SECONDS)
        finally:
            self._stage.log.go_on()

    def renew_proxy_certificate(self):
        self._stage.renewed.renew_certificate()
        self._stage.informer_syncs(self._stage.renewed)

    def restart_api_server(self):
        self._stage.restart_api_server(lambda: None)

    def rotate_api_server_certificates(self):
        """A new CA too, which it takes at its start. Its own client, the controller manager, reads its kubeconfig only once."""
        self._stage.restart_api_server(self._stage.swap_certificates)
        self._stage.restart_controller_manager()
