"""Requests in flight are answered through reloads and through SIGTERM: several clients send without a pause, and each
of their requests must get an answer that an API server would take."""

import json
import signal
import ssl
import threading
import unittest

import libcertificates
import libwebhook

REVIEW = libwebhook.sample("create-opaque-validate")
CLIENTS = 4
SWAPS = 4


def denying(message):
    return ("apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: deny}\n"
            f"spec: {{mode: Enforce, limits: {{bytesPerSecret: 1}}, message: {message}}}\n")


def head(body, **fields):
    lines = ["POST /validate HTTP/1.1", "Host: localhost", "Content-Type: application/json",
             f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Clients:
    """Threads that send one review after the other: half of them on one connection each, as long as the server keeps
    it open, the others on a new one for each request. What goes wrong is kept in `failures`."""

    def __init__(self, webhook, context):
        self.failures = []
        self._webhook = webhook
        self._context = context
        self._stop = threading.Event()
        self._answered = threading.Condition()
        self._answers = []
        self._threads = [threading.Thread(target=self._run, args=(number % 2 == 0,), daemon=True)
                         for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def answers(self):
        """Every answer so far, in order of arrival."""
        with self._answered:
            return list(self._answers)

    def wait_for_more(self, count):
        """Until as many more answers have come."""
        with self._answered:
            wanted = len(self._answers) + count
            enough = self._answered.wait_for(lambda: self.failures or len(self._answers) >= wanted,
                                             libwebhook.TIMEOUT)
            assert enough, f"no {count} answers within {libwebhook.TIMEOUT} s"

    def stop(self):
        self._stop.set()
        self.join()

    def join(self):
        for thread in self._threads:
            thread.join(libwebhook.TIMEOUT)
            assert not thread.is_alive()

    def _run(self, keep):
        connection = None
        try:
            while not self._stop.is_set():
                if connection is None:
                    connection = self._webhook.connection(self._context)
                    try:
                        connection.connect()
                    except (ConnectionRefusedError, ConnectionResetError):
                        return  # it has stopped accepting: nothing was sent, so nothing was lost
                answer = self._webhook.post("/validate", REVIEW, connection=connection)
                document = answer.json()
                libwebhook.assert_review_answer(document, "/validate", json.loads(REVIEW)["request"]["uid"])
                with self._answered:
                    self._answers.append(document["response"])
                    self._answered.notify_all()
                if not keep or answer.headers["Connection"] == "close":
                    connection.close()
                    connection = None
        except Exception as error:  # whatever it is, this request was lost
            with self._answered:
                self.failures.append(error)
                self._answered.notify_all()
        finally:
            if connection is not None:
                connection.close()


class Reloads(libwebhook.WebhookTest):
    def test_every_request_during_swaps_of_the_policies_is_judged_by_the_old_or_the_new_set(self):
        directory = libwebhook.KubeletDirectory(self.directory / "policies")
        directory.swap({"policies.yaml": denying("set 0")})
        webhook = self.start(directory)
        clients = Clients(webhook, webhook.tls_context())
        self.addCleanup(clients.stop)
        for number in range(1, SWAPS + 1):
            clients.wait_for_more(CLIENTS)
            before = len(webhook.events("policies reloaded"))
            directory.swap({"policies.yaml": denying(f"set {number}")})
            libwebhook.wait_until(lambda: len(webhook.events("policies reloaded")) > before, "the reload")
            self.assertIn(f"set {number}", webhook.review("/validate", REVIEW)["status"]["message"])
        clients.wait_for_more(CLIENTS)
        clients.stop()
        self.assertEqual(clients.failures, [])
        messages = [answer["status"]["message"] for answer in clients.answers()]
        sets = [next(number for number in range(SWAPS + 1) if f"set {number}" in message) for message in messages]
        self.assertEqual(set(sets), set(range(SWAPS + 1)))

    def test_every_request_during_swaps_of_the_certificate_is_answered(self):
        pairs = [self.certificates(name) for name in ("first", "second")]
        directory = libwebhook.KubeletDirectory(self.directory / "mounted")
        directory.swap(pairs[0].files())
        webhook = self.start(certificates=libcertificates.Pair(directory))
        trusting = ssl.create_default_context()
        for pair in pairs:
            trusting.load_verify_locations(pair.ca)
        clients = Clients(webhook, trusting)
        self.addCleanup(clients.stop)
        kept = webhook.connection(trusting)
        self.addCleanup(kept.close)
        webhook.review("/validate", REVIEW, kept)
        for number in range(1, SWAPS + 1):
            clients.wait_for_more(CLIENTS)
            pair = pairs[number % 2]
            before = len(webhook.events("certificate reloaded"))
            directory.swap(pair.files())
            libwebhook.wait_until(lambda: len(webhook.events("certificate reloaded")) > before, "the reload")
            with webhook.tls(trusting) as connection:
                shown = ssl.DER_cert_to_PEM_cert(connection.getpeercert(binary_form=True))
            self.assertEqual(shown.split(), pair.files()["tls.crt"].decode().split())
            webhook.review("/validate", REVIEW, kept)  # an old connection goes on with what it began with
        clients.wait_for_more(CLIENTS)
        clients.stop()
        self.assertEqual(clients.failures, [])


class Termination(libwebhook.WebhookTest):
    def test_requests_whose_body_is_still_to_come_are_answered_after_sigterm(self):
        webhook = self.start()
        connections = [webhook.tls() for _ in range(CLIENTS)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.sendall(head(REVIEW, Expect="100-continue"))
            self.assertEqual(connection.recv(65536), b"HTTP/1.1 100 Continue\r\n\r\n")  # so it is in flight
            connection.sendall(REVIEW[:400])
        webhook.process.signal(signal.SIGTERM)
        libwebhook.wait_until(lambda: refuses_connections(webhook), "it no longer accepts")
        for connection in connections:
            connection.sendall(REVIEW[400:])
            received = libwebhook.receive_all(connection)
            fields, _, body = received.partition(b"\r\n\r\n")
            self.assertIn(b"\r\nConnection: close", fields)
            self.assertTrue(json.loads(body)["response"]["allowed"])
        self.assertEqual(webhook.process.wait(libwebhook.TIMEOUT), 0)

    def test_nothing_is_lost_of_what_several_clients_send_around_sigterm(self):
        for delay in ("0s", "300ms"):
            with self.subTest(shutdown_delay=delay):
                webhook = self.start(arguments=["--shutdown-delay", delay])
                clients = Clients(webhook, webhook.tls_context())
                clients.wait_for_more(5 * CLIENTS)
                webhook.process.signal(signal.SIGTERM)
                clients.join()
                self.assertEqual(clients.failures, [])
                self.assertEqual(webhook.process.wait(libwebhook.TIMEOUT), 0)
                self.assertEqual(len(webhook.events("stopped")), 1)
                self.assertEqual(webhook.events("requests were cut off at the end of --drain-timeout"), [])

    def test_it_is_not_ready_from_sigterm_on_and_serves_on_for_the_delay(self):
        webhook = self.start(arguments=["--shutdown-delay", "60s"])
        self.assertEqual(webhook.get_plain("/readyz").status, 200)
        webhook.process.signal(signal.SIGTERM)
        webhook.wait_for_event("shutting down")
        readiness = webhook.get_plain("/readyz")
        self.assertEqual(readiness.status, 503)
        self.assertIn(b"[-]shutdown failed: draining", readiness.body)
        self.assertEqual(webhook.get_plain("/livez").status, 200)
        webhook.review("/validate", REVIEW)
        webhook.process.signal(signal.SIGTERM)  # a second one does not wait
        self.assertEqual(webhook.process.wait(libwebhook.TIMEOUT), 0)

    def test_what_does_not_end_within_the_drain_timeout_is_cut_off_and_said(self):
        webhook = self.start(arguments=["--drain-timeout", "100ms"])
        with webhook.tls() as connection:
            connection.sendall(head(REVIEW, Expect="100-continue"))
            connection.recv(65536)
            webhook.process.signal(signal.SIGTERM)
            self.assertEqual(libwebhook.receive_all(connection), b"")
        self.assertEqual(webhook.process.wait(libwebhook.TIMEOUT), 0)
        self.assertEqual(len(webhook.events("requests were cut off at the end of --drain-timeout")), 1)


def refuses_connections(webhook):
    try:
        webhook.tcp().close()
    except ConnectionResetError:
        return False  # it was stopping just then
    except ConnectionRefusedError:
        return True
    return False


if __name__ == "__main__":
    unittest.main()
