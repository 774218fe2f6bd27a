"""What the end-to-end tests share: the real binary, started on free ports, and clients that may misbehave.

    class Something(libwebhook.WebhookTest):
        def test_it(self):
            webhook = self.start()                       # policies/default, a fresh certificate
            response = webhook.review("/validate", libwebhook.sample("create-opaque"))

Each webhook that a test starts, and does not kill, must end with status 0 on SIGTERM: so a sanitizer's report fails the test. None may have
had an internal error.
"""

import http.client
import json
import os
import pathlib
import signal
import socket
import ssl
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "lib"))

import libcertificates  # noqa: E402
from kubelet_directory import KubeletDirectory  # noqa: E402,F401
from loopback import free_port, series  # noqa: E402,F401
from webhook_process import DidNotStart, WebhookProcess  # noqa: E402,F401

SAMPLES = ROOT / "tests" / "samples"
DEFAULT_POLICIES = ROOT / "policies" / "default"
# Generous: a sanitizer makes the binary ten times slower, and other tests run beside this one.
TIMEOUT = 60


def binary():
    path = os.environ.get("SECRET_HYGIENE_BINARY", str(ROOT / "build" / "release" / "secret-hygiene"))
    if not os.access(path, os.X_OK):
        raise unittest.SkipTest(f"{path} is not built") if "SECRET_HYGIENE_BINARY" not in os.environ else OSError(path)
    return path


def is_sanitized():
    """Whether the binary has a sanitizer, and so memory of its own besides the program's."""
    return b"__asan_init" in (data := pathlib.Path(binary()).read_bytes()) or b"__tsan_init" in data


def policy_text(name, *spec):
    """A SecretPolicy as YAML; `spec`: the lines of its spec."""
    return "\n".join(["apiVersion: secret-hygiene.io/v1alpha1", "kind: SecretPolicy", f"metadata: {{name: {name}}}", "spec:",
                      *(f"  {line}" for line in spec), ""])


def sample_files():
    return sorted(SAMPLES.glob("*.json"))


def sample(name):
    """The bytes of a recorded review, as an API server sent them."""
    return (SAMPLES / f"{name}.json").read_bytes()


def wait_until(condition, what, timeout=TIMEOUT):
    """Polls until condition() holds and returns its value; for what another process does in its own time."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(0.02)
    return value


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Webhook:
    """A running webhook. `arguments` come after those that this class gives itself; it ends at once on SIGTERM
    unless they say otherwise."""

    def __init__(self, policies, certificates, arguments=(), environment=None):
        self.certificates = certificates
        self.killed = False
        defaults = {"--listen": "127.0.0.1:0", "--shutdown-delay": "0s"}
        given = [word for flag, value in defaults.items() if flag not in arguments for word in (flag, value)]
        self.process = WebhookProcess(
            binary(),
            ["--policies", policies, "--tls-dir", certificates.directory, "--metrics-listen", "127.0.0.1:0", "--status-listen", "127.0.0.1:0", *given,
             *arguments], environment)
        try:
            serving = self._wait_for_text() if "text" in arguments else self.process.wait_for_event("serving", TIMEOUT)
        except (DidNotStart, TimeoutError, AssertionError):
            self.process.stop()
            raise
        self.port = int(serving["listen"].rpartition(":")[2])
        self.metrics_port = int(serving["metrics_listen"].rpartition(":")[2])
        self.status_port = int(serving["status_listen"].rpartition(":")[2])

    def _wait_for_text(self):
        """The fields of the line that says that it serves, of a log with --log-format text."""
        line = wait_until(lambda: next((line for line in self.process.lines if " serving " in line), None), "it serves")
        return dict(word.split("=", 1) for word in line.split() if "=" in word)

    def tls_context(self, client=None, alpn=("http/1.1",)):
        """`client`: a libcertificates.Pair to show to the server."""
        context = ssl.create_default_context(cafile=self.certificates.ca)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if client:
            context.load_cert_chain(client.certificate, client.key)
        return context

    def tcp(self):
        """A plain connection to the TLS port."""
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT)

    def tls(self, context=None):
        """A TLS connection for raw bytes; the caller closes it."""
        plain = self.tcp()
        try:
            return (context or self.tls_context()).wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise

    def connection(self, context=None):
        """A kept-alive HTTPS connection of http.client; the caller closes it."""
        return http.client.HTTPSConnection("localhost", self.port, timeout=TIMEOUT,
                                           context=context or self.tls_context())

    def request(self, method, path, body=None, headers=None, connection=None):
        used = connection or self.connection()
        try:
            used.request(method, path, body, headers or {})
            return Answer(used.getresponse())
        finally:
            if connection is None:
                used.close()

    def post(self, path, body, headers=None, connection=None):
        return self.request("POST", path, body, {"Content-Type": "application/json", **(headers or {})}, connection)

    def review(self, path, body, connection=None):
        """The `response` of the answer to a review; AssertionError if it is not one that an API server would take."""
        answer = self.post(path, body, connection=connection)
        assert answer.status == 200, (answer.status, answer.body)
        document = answer.json()
        assert_review_answer(document, path, json.loads(body)["request"]["uid"])
        return document["response"]

    def raw(self, data, context=None, shutdown_write=False):
        """Everything the server sends back to these bytes until it closes the connection."""
        with self.tls(context) as connection:
            connection.sendall(data)
            if shutdown_write:
                connection.unwrap()
            return receive_all(connection)

    def get_plain(self, path, port=None, headers=None):
        """GET on the metrics listener, or another that speaks plain HTTP."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.metrics_port, timeout=TIMEOUT)
        try:
            connection.request("GET", path, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def status(self):
        """What /api/v1/status says."""
        return self.get_plain("/api/v1/status", self.status_port).json()

    def metrics(self):
        """Every series of a scrape: {'name{label="value"}': number}."""
        return series(self.get_plain("/metrics").body.decode())

    def events(self, message=None):
        return [event for event in self.process.events() if message is None or event.get("message") == message]

    def wait_for_event(self, wanted, after=0):
        return self.process.wait_for_event(wanted, TIMEOUT, after)

    def kill(self):
        """SIGKILL: it has no time to say anything."""
        self.killed = True
        self.process.signal(signal.SIGKILL)
        self.process.wait(TIMEOUT)

    def log_text(self):
        return "\n".join(self.process.lines)


def receive_all(connection):
    """Up to the connection's end, whether it is orderly or breaks off."""
    received = bytearray()
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            break
        except ssl.SSLError as error:
            # Python 3.11.2 has no SSLEOFError for it.
            if not isinstance(error, ssl.SSLEOFError) and error.reason != "UNEXPECTED_EOF_WHILE_READING":
                raise
            break
        if not part:
            break
        received += part
    return bytes(received)


def assert_review_answer(document, path, uid):
    """What a real API server demands of an answer; it fails the user's request otherwise."""
    assert document.get("apiVersion") == "admission.k8s.io/v1", document
    assert document.get("kind") == "AdmissionReview", document
    response = document.get("response")
    assert isinstance(response, dict), document
    assert response.get("uid") == uid, document
    assert isinstance(response.get("allowed"), bool), document
    assert ("patch" in response) == ("patchType" in response), document
    if "patch" in response:
        assert path.startswith("/mutate"), document
        assert response["patchType"] == "JSONPatch", document
    if not response["allowed"]:
        assert response["status"]["message"] and response["status"]["code"] == 403, document
    assert all(isinstance(warning, str) for warning in response.get("warnings", [])), document


class WebhookTest(unittest.TestCase):
    """Starts webhooks for a test, and ends each with SIGTERM after it, expecting status 0."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="secret-hygiene-e2e-")
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def certificates(self, name="tls", **options):
        return libcertificates.serving(self.directory / name, **options)

    def policies(self, text, name="policies"):
        """A directory with one file of policies."""
        path = self.directory / name
        path.mkdir(exist_ok=True)
        (path / "policies.yaml").write_text(text, encoding="utf-8")
        return path

    def start(self, policies=DEFAULT_POLICIES, certificates=None, arguments=(), environment=None):
        webhook = Webhook(policies, certificates or self.certificates(), arguments, environment)
        self.addCleanup(self._end, webhook)
        return webhook

    def fails_to_start(self, policies=DEFAULT_POLICIES, certificates=None, arguments=()):
        """(exit status, what it said on stderr) of a webhook that must refuse to serve."""
        process = WebhookProcess(
            binary(), ["--policies", policies, "--tls-dir", (certificates or self.certificates()).directory,
                       "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--status-listen", "127.0.0.1:0", *arguments])
        self.addCleanup(process.stop)
        status = process.wait(TIMEOUT)
        return status, "\n".join(process.lines)

    def _end(self, webhook):
        status = webhook.process.stop(TIMEOUT)
        if status != (-signal.SIGKILL if webhook.killed else 0):
            self.fail(f"the webhook ended with status {status}:\n" + "\n".join(webhook.process.lines[-60:]))
        self.assertEqual([line for line in webhook.process.lines if "invariant violated" in line], [])
