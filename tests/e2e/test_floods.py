"""More connections than a port has places for, all of them silent: probes, scrapes and reviews are answered all the same."""

import contextlib
import resource
import socket
import unittest

import libwebhook

SILENT = 1_100  # docs/sizing.md: 1024 places, 256 on the metrics port
REVIEW = libwebhook.sample("create-opaque-validate")
# The start of the largest review of a CREATE that an API server stores: its type has no bound but etcd's, and JSON takes six bytes for `<`.
SLOW_HEAD = b"POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n"
SLOW_REVIEW = (b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","operation":"CREATE","namespace":"n",'
               b'"name":"a","kind":{"group":"","version":"v1","kind":"Secret"},"object":{"kind":"Secret","apiVersion":"v1",'
               b'"metadata":{"name":"a","namespace":"n"},"type":"' + b"\\u003c" * 40_000)
FLOOD_MAX = 320 << 20  # docs/sizing.md: 384 MiB, less counting and head room
KEPT_MAX = 32 << 20


class Floods(libwebhook.WebhookTest):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        self.webhook = self.start()

    def silent_connections(self, port):
        connections = contextlib.ExitStack()
        self.addCleanup(connections.close)
        for _ in range(SILENT):
            connections.enter_context(socket.create_connection(("127.0.0.1", port), libwebhook.TIMEOUT))

    def resident(self):
        return self.webhook.metrics()["process_resident_memory_bytes"]

    def assert_the_bound_was_reached(self):
        self.assertGreater(self.webhook.metrics()['secret_hygiene_bound_reached_total{bound="connections"}'], 0)

    @unittest.skipIf(libwebhook.is_sanitized(), "a sanitizer keeps what is freed")
    def test_memory_of_a_thousand_slow_reviews_is_bounded_and_given_back(self):
        before = self.resident()
        with contextlib.ExitStack() as connections:
            for _ in range(1_000):
                connection = connections.enter_context(self.webhook.tls())
                # Those that hold a large slot are read on; the others wait, and their sockets fill.
                connection.settimeout(0.05)
                with contextlib.suppress(TimeoutError):
                    connection.sendall(SLOW_HEAD + SLOW_REVIEW)
            self.assertLess(self.resident() - before, FLOOD_MAX)
        libwebhook.wait_until(lambda: self.resident() - before < KEPT_MAX, "memory is given back", 120)
        self.assertTrue(self.webhook.review("/validate", REVIEW)["allowed"])

    def test_silent_connections_to_the_metrics_port_fail_no_probe(self):
        self.silent_connections(self.webhook.metrics_port)
        for path in ("/livez", "/readyz", "/metrics"):
            self.assertEqual(self.webhook.get_plain(path).status, 200)
        self.assert_the_bound_was_reached()

    def test_silent_connections_to_the_webhook_port_stop_no_review(self):
        self.silent_connections(self.webhook.port)
        kept_alive = self.webhook.connection()
        self.addCleanup(kept_alive.close)
        for _ in range(10):
            self.assertTrue(self.webhook.review("/validate", REVIEW)["allowed"])
            self.assertTrue(self.webhook.review("/validate", REVIEW, kept_alive)["allowed"])
        self.assert_the_bound_was_reached()


if __name__ == "__main__":
    unittest.main()
