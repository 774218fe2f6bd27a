"""A server in the API server's place whose every byte a test writes, and a `secret-hygiene proxy` before it."""

import base64
import json
import pathlib
import queue
import socket
import ssl
import threading

import libcertificates
import libwebhook
from webhook_process import WebhookProcess


NO_SECRETS = ('{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"1"},'
              '"items":[]}')


class Upstream:
    """Accepts TLS connections on loopback; accept() hands them out in order. Thread-safety: one thread, besides its own."""

    def __init__(self, directory, port=0):
        self.certificates = libcertificates.serving(directory)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pathlib.Path(self.certificates.directory, "tls.crt"),
                                      pathlib.Path(self.certificates.directory, "tls.key"))
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self._accepted = queue.Queue()
        self._open = []
        threading.Thread(target=self._accept_all, daemon=True).start()

    def _accept_all(self):
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            try:
                plain.settimeout(libwebhook.TIMEOUT)
                connection = self._context.wrap_socket(plain, server_side=True)
            except OSError:
                plain.close()
                continue
            self._open.append(connection)
            self._accepted.put(connection)

    def accept(self):
        return self._accepted.get(timeout=libwebhook.TIMEOUT)

    def nobody_came(self):
        return self._accepted.empty()

    def close(self):
        # A thread waits in accept(): closing alone would leave the port open.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()

    def kubeconfig(self, path, token="upstream-token"):
        ca = base64.b64encode(pathlib.Path(self.certificates.ca).read_bytes()).decode()
        path.write_text(json.dumps({
            "current-context": "t",
            "clusters": [{"name": "c", "cluster": {"server": f"https://localhost:{self.port}",
                                                   "certificate-authority-data": ca}}],
            "users": [{"name": "u", "user": {"token": token}}],
            "contexts": [{"name": "t", "context": {"cluster": "c", "user": "u", "namespace": "ours"}}]}), encoding="utf-8")
        return path


def receive(connection, count):
    """So many bytes; fewer if the connection ends."""
    received = bytearray()
    while len(received) < count and (part := connection.recv(min(count - len(received), 1 << 20))):
        received += part
    return bytes(received)


def receive_head(connection):
    """Up to the empty line, and no byte more."""
    received = b""
    while not received.endswith(b"\r\n\r\n") and (part := connection.recv(1)):
        received += part
    return received


class ProxyTest(libwebhook.WebhookTest):
    """One upstream a test, and a proxy before it."""

    def setUp(self):
        super().setUp()
        self.upstream = Upstream(self.directory / "upstream")
        self.addCleanup(self._close_upstream)

    def _close_upstream(self):
        if self.upstream:
            self.upstream.close()

    def start_proxy(self, *arguments, expect="proxying"):
        flags = {"--listen": "127.0.0.1:0", "--metrics-listen": "127.0.0.1:0", "--drain-timeout": "1s",
                 "--kubeconfig": self.upstream.kubeconfig(self.directory / "upstream-kubeconfig"),
                 "--write-kubeconfig": self.directory / "kubeconfig", "--threads": "1"}
        if any(str(word).startswith("unix:") for word in arguments):
            del flags["--write-kubeconfig"]
        given = [word for flag, value in flags.items() if flag not in arguments for word in (flag, value)]
        process = WebhookProcess(libwebhook.binary(), [*given, *arguments], command="proxy")
        self.addCleanup(self._end_process, process)
        self._answer_selector_check()
        proxying = process.wait_for_event(expect, libwebhook.TIMEOUT)
        self.process = process
        self.server = proxying["listen"]
        self.metrics_port = int(proxying["metrics_listen"].rpartition(":")[2])
        return process

    def _answer_selector_check(self):
        """At its start the proxy lists one Secret by its selectors."""
        connection = self.upstream.accept()
        self.selector_check = receive_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                           f"{len(NO_SECRETS)}\r\nConnection: close\r\n\r\n{NO_SECRETS}".encode())
        connection.close()

    def _end_process(self, process):
        self.assertEqual(process.stop(libwebhook.TIMEOUT), 0, "\n".join(process.lines[-60:]))

    @property
    def port(self):
        return int(self.server.rpartition(":")[2])

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    def metrics(self):
        return libwebhook.Webhook.metrics(self)

    def get_plain(self, path):
        return libwebhook.Webhook.get_plain(self, path)

    def resident_peak(self):
        """Bytes."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))

    def written_kubeconfig(self):
        return json.loads((self.directory / "kubeconfig").read_text(encoding="utf-8"))

    def plain_client(self):
        """A TCP connection to the proxy; closed after the test."""
        plain = socket.create_connection(("127.0.0.1", self.port), libwebhook.TIMEOUT)
        self.addCleanup(plain.close)
        return plain

    def client(self, shown=None):
        """A TLS connection to the proxy; closed after the test. `shown`: a libcertificates.Pair that the client has."""
        ca = base64.b64decode(self.written_kubeconfig()["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
        context = ssl.create_default_context(cadata=ca)
        # A connection that breaks off raises. Python 3.11.2 sets this option, later ones do not.
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        if shown:
            context.load_cert_chain(shown.certificate, shown.key)
        connection = context.wrap_socket(self.plain_client(), server_hostname="127.0.0.1", suppress_ragged_eofs=False)
        self.addCleanup(connection.close)
        return connection

    def request(self, method="GET", target="/x", more="", host=None):
        return f"{method} {target} HTTP/1.1\r\nHost: {host or self.host}\r\n{more}\r\n".encode()

    def exchange(self, client, request, answer):
        """Sends a request that is a head alone through to the upstream, and its answer back; (upstream connection, head there)."""
        client.sendall(request)
        server = self.upstream.accept()
        head = receive_head(server)
        server.sendall(answer)
        self.assertEqual(receive(client, len(answer)), answer)
        return server, head

    def refused(self, request):
        """(status, document) of an answer of the proxy's own, after which the connection ends."""
        client = self.client()
        client.sendall(request)
        received = libwebhook.receive_all(client)
        head, _, body = received.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(body)
