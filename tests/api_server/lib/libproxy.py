"""A running `secret-hygiene proxy` before the API server of the tests, and raw requests to either of the two."""

import http.client
import json
import pathlib
import socket
import ssl
import urllib.parse

import libcluster
import libwebhook
import plain_api
from webhook_process import WebhookProcess

LABEL_SELECTOR = "!secret-hygiene.io/ignore"
FIELD_SELECTOR = "type!=helm.sh/release.v1"


def token_of(user):
    document = json.loads(libcluster.running.kubeconfig_of(user).read_text(encoding="utf-8"))
    return document["users"][0]["user"]["token"]


def launch(*arguments, environment=None):
    """A process of `proxy` on free ports, which may not have started."""
    defaults = ["--metrics-listen", "127.0.0.1:0"]
    if "--listen" not in arguments:
        defaults += ["--listen", "127.0.0.1:0"]
    return WebhookProcess(libwebhook.binary(), [*defaults, *arguments], environment, command="proxy")


class Proxy:
    """`arguments` come after those that this class gives itself. Its kubeconfig names a token file with the token of `user`."""

    def __init__(self, directory, arguments=(), user="admin", environment=None):
        self.directory = pathlib.Path(directory)
        self.kubeconfig = self.directory / "proxy-kubeconfig"
        self.token_file = self.directory / "token"
        self.token_file.write_text(token_of(user), encoding="utf-8")
        self.killed = False
        defaults = {"--drain-timeout": "1s", "--kubeconfig": libcluster.running.kubeconfig,
                    "--write-kubeconfig": self.kubeconfig}
        if any(str(word).startswith("unix:") for word in arguments):
            del defaults["--write-kubeconfig"]
        given = [word for flag, value in defaults.items() if flag not in arguments for word in (flag, value)]
        self.process = launch("--token-file", self.token_file, *given, *arguments, environment=environment)
        try:
            proxying = self.process.wait_for_event("proxying", libwebhook.TIMEOUT)
        except BaseException:
            self.process.stop()
            raise
        self.server = proxying["listen"]
        self.metrics_port = int(proxying["metrics_listen"].rpartition(":")[2])

    @property
    def port(self):
        return int(self.server.rpartition(":")[2])

    def metrics(self):
        return libwebhook.Webhook.metrics(self)

    def get_plain(self, path):
        return libwebhook.Webhook.get_plain(self, path)

    def resident_bytes(self, field="VmRSS"):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(field + ":"))

    def ca(self):
        document = json.loads(self.kubeconfig.read_text(encoding="utf-8"))
        data = document["clusters"][0]["cluster"]["certificate-authority-data"]
        return libcluster.cluster.base64.b64decode(data).decode()

    def socket(self):
        return connect(self.server, ssl.create_default_context(cadata=self.ca()))


def api_server_socket():
    return connect(libcluster.running.server,
                   ssl.create_default_context(cafile=libcluster.running.directory / "ca.crt"))


def connect(url, context):
    """A TLS connection to the host and port of a URL; the caller closes it."""
    address = urllib.parse.urlsplit(url)
    plain = socket.create_connection((address.hostname, address.port), libwebhook.TIMEOUT)
    try:
        return context.wrap_socket(plain, server_hostname=address.hostname)
    except BaseException:
        plain.close()
        raise


def head(method, target, host, user="admin", more=""):
    authorization = f"Authorization: Bearer {token_of(user)}\r\n" if user else ""
    return (f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\n{authorization}{more}\r\n").encode("latin-1")


def answer_on(connection, method="GET"):
    """(status, headers, body) of the next answer, whatever its framing; the body of a watch that goes on is cut short by the
    connection's timeout."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    parts = []
    try:
        while part := response.read1(65536):
            parts.append(part)
    except (TimeoutError, http.client.IncompleteRead):
        pass
    return response.status, response.headers, b"".join(parts)


class ProxyTest(libcluster.ClusterTest):
    """Starts proxies for a test, and ends each with SIGTERM after it, expecting status 0."""

    def start_proxy(self, *arguments, user="admin", environment=None):
        proxy = Proxy(self.directory, arguments, user, environment)
        self.addCleanup(self._end_proxy, proxy)
        return proxy

    def _end_proxy(self, proxy):
        status = proxy.process.stop(libwebhook.TIMEOUT)
        if status != 0 and not proxy.killed:
            self.fail(f"the proxy ended with status {status}:\n" + "\n".join(proxy.process.lines[-60:]))

    def through(self, proxy, *arguments, **options):
        """kubectl through the proxy, by its kubeconfig alone."""
        return self.run_client("kubectl", *arguments, environment={"KUBECONFIG": str(proxy.kubeconfig)}, **options)

    def seed(self, *names, labelled=(), kind="Opaque"):
        """Secrets in the test's namespace, those of `labelled` with the label that the selector leaves out."""
        with plain_api.Api(libcluster.running) as api:
            for name in (*names, *labelled):
                metadata = {"name": name}
                if name in labelled:
                    metadata["labels"] = {libcluster.LABEL: "true"}
                done = api.create(self.namespace, {"apiVersion": "v1", "kind": "Secret", "type": kind, "metadata": metadata})
                self.assertEqual(done.status, 201, done.text)
