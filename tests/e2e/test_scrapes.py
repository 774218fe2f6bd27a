"""Scrapes of the real binary: while policies are reloaded, after reviews of ten thousand namespaces or of names that are none, and by a
client that never reads."""

import collections
import json
import socket
import threading
import unittest

import libwebhook

REVIEW = json.loads(libwebhook.sample("create-opaque-validate"))
NAMESPACES = 10_000
NAMED = 200  # docs/metrics.md
SWAPS = 10
STUCK_SCRAPERS = 4
# 40 bytes each, and some 15 KiB in answer: far more than the buffers of both sides hold.
REQUESTS_OF_EACH = 1_000
NOT_NAMESPACES = ('say "no"', "a\nb 1\n", "a\\", "é☃", "UPPER", "-", "n" * 64, "\x00", "{", "")


def rejecting(number=0):
    return ("apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata: {name: reject}\n"
            f"spec: {{mode: Enforce, limits: {{bytesPerSecret: 1}}, message: set {number}}}\n")


def review_in(namespace):
    request = {**REVIEW["request"], "namespace": namespace}
    request["object"] = {**request["object"], "metadata": {**request["object"]["metadata"], "namespace": namespace}}
    return json.dumps({**REVIEW, "request": request}).encode()


def rejections(webhook):
    """{namespace: count} of a scrape."""
    found = collections.Counter()
    for name, value in webhook.metrics().items():
        if name.startswith("secret_hygiene_rejections_total{"):
            found[name.split('namespace="')[1].split('",policy="')[0]] += value
    return found


class Scrapes(libwebhook.WebhookTest):
    def test_scrapes_during_reloads_are_whole_and_know_one_set_of_policies(self):
        directory = libwebhook.KubeletDirectory(self.directory / "policies")
        directory.swap({"policies.yaml": rejecting()})
        webhook = self.start(directory)
        names = {line.split("{")[0] for line in webhook.metrics()}
        texts, over = [], threading.Event()

        def scrape():
            while not over.is_set():
                texts.append(webhook.get_plain("/metrics").body.decode())
        scraper = threading.Thread(target=scrape, daemon=True)
        scraper.start()
        self.addCleanup(over.set)
        for number in range(1, SWAPS + 1):
            before, scraped = len(webhook.events("policies reloaded")), len(texts)
            directory.swap({"policies.yaml": rejecting(number)})
            libwebhook.wait_until(lambda: len(webhook.events("policies reloaded")) > before and len(texts) > scraped, "reload and scrape")
        over.set()
        scraper.join(libwebhook.TIMEOUT)
        hashes = []
        for text in texts:
            series = libwebhook.series(text)
            self.assertLessEqual(names, {name.split("{")[0] for name in series})
            self.assertTrue(text.endswith("\n"))
            hashes += [name for name in series if name.startswith("secret_hygiene_policy_info{")]
        self.assertEqual(len(hashes), len(texts))
        self.assertGreater(len(set(hashes)), 1)
        self.assertEqual(webhook.metrics()['secret_hygiene_policy_reloads_total{result="success"}'], SWAPS)

    def test_ten_thousand_namespaces_are_two_hundred_series_and_one_for_the_rest(self):
        webhook = self.start(self.policies(rejecting()))
        connection = webhook.connection()
        self.addCleanup(connection.close)
        for number in range(NAMESPACES):
            webhook.post("/validate", review_in(f"team-{number}"), connection=connection)
        found = rejections(webhook)
        self.assertEqual(len(found), NAMED + 1)
        self.assertEqual(found.pop("other"), NAMESPACES - NAMED)
        self.assertEqual(found, {f"team-{number}": 1 for number in range(NAMED)})

    def test_a_namespace_that_is_none_appears_in_no_label(self):
        webhook = self.start(self.policies(rejecting()))
        for name in NOT_NAMESPACES:
            self.assertFalse(webhook.review("/validate", review_in(name))["allowed"])
        self.assertEqual(rejections(webhook), {"other": len(NOT_NAMESPACES)})

    def test_scrapers_that_never_read_delay_no_admission_and_no_other_scrape(self):
        webhook = self.start()
        for _ in range(STUCK_SCRAPERS):
            scraper = socket.socket()
            self.addCleanup(scraper.close)
            scraper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            scraper.connect(("127.0.0.1", webhook.metrics_port))
            scraper.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * REQUESTS_OF_EACH)

        def all_were_cut_off():
            self.assertTrue(webhook.review("/validate", json.dumps(REVIEW).encode())["allowed"])
            return webhook.metrics()['secret_hygiene_bound_reached_total{bound="write_time"}'] == STUCK_SCRAPERS
        # From before they are stuck until the server's bound ends the last of them.
        libwebhook.wait_until(all_were_cut_off, "the bound of time for an answer that nobody reads")


if __name__ == "__main__":
    unittest.main()
