"""More connections than a port has places for, all of them silent: probes, scrapes and reviews are answered all the same."""

import contextlib
import resource
import socket
import unittest

import libwebhook

SILENT = 1_100  # docs/operations.md: 1024 places, 256 on the metrics port
REVIEW = libwebhook.sample("create-opaque-validate")


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

    def assert_the_bound_was_reached(self):
        self.assertGreater(self.webhook.metrics()['secret_hygiene_bound_reached_total{bound="connections"}'], 0)

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
