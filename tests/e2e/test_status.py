"""The status port of the real binary: that it shows what happens, keeps browsers in bounds, and delays no admission."""

import json
import re
import resource
import socket
import unittest

import libwebhook

POLICIES = libwebhook.policy_text("few-keys", "mode: Enforce", 'labels: {example.com/seen: "true"}', "limits: {keysPerSecret: 1}",
                                  'exceptions: [{names: ["*"], namespaces: ["*"], until: 2020-01-31, reason: It moved.}]')
DOCUMENT = libwebhook.ROOT / "docs" / "status-page.md"
# Objects whose members are data.
MAPS = ("policies.inForce[].limits", "policies.inForce[].labels")


def paths(value, path=""):
    """`a.b[].c` of every field."""
    if isinstance(value, dict) and path not in MAPS:
        return {found for key, inner in value.items() for found in paths(inner, f"{path}.{key}".lstrip("."))}
    if isinstance(value, list):
        return {found for inner in value for found in paths(inner, path + "[]")}
    return {path}


def documented():
    """The fields in the list of the document."""
    listed = DOCUMENT.read_text(encoding="utf-8").partition("## As JSON")[2]
    names = [line.partition("`: ")[0] + "`" for line in listed.splitlines() if line.startswith("- `")]
    return {field for each in names for field in re.findall(r"`([^`]+)`", each)}


class Status(libwebhook.WebhookTest):
    def setUp(self):
        super().setUp()
        resource_limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, resource_limits)
        self.descriptors = resource_limits[1]

    def descriptors_at_most(self, soft):
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, self.descriptors))

    def reject(self, webhook):
        response = webhook.review("/validate", libwebhook.sample("create-opaque-validate"))
        self.assertFalse(response["allowed"])

    def test_it_shows_what_was_rejected_and_what_is_in_force(self):
        webhook = self.start(self.policies(POLICIES))
        for _ in range(3):
            self.reject(webhook)
        webhook.review("/mutate", libwebhook.sample("create-opaque"))
        status = webhook.status()
        self.assertTrue(status["ready"])
        self.assertEqual([policy["name"] for policy in status["policies"]["inForce"]], ["few-keys"])
        self.assertEqual(status["policies"]["hash"], webhook.wait_for_event("policies loaded")["hash"])
        self.assertEqual(status["replica"], socket.gethostname())
        self.assertGreater(status["certificate"]["ends"], status["time"])
        sums = {name: sum(slot[name] for slot in status["traffic"]["slots"]) for name in ("answered", "denied", "labelled")}
        self.assertEqual(sums, {"answered": 4, "denied": 3, "labelled": 1})
        [rejection] = status["rejections"]
        review = json.loads(libwebhook.sample("create-opaque-validate"))["request"]
        self.assertEqual((rejection["namespace"], rejection["name"]), (review["namespace"], review["name"]))
        self.assertEqual((rejection["policy"], rejection["limit"], rejection["allowed"], rejection["times"]),
                         ("few-keys", "keysPerSecret", 1, 3))
        page = webhook.get_plain("/", webhook.status_port)
        self.assertIn(f">{review['namespace']}/{review['name']}<".encode(), page.body)

    def test_every_field_is_documented_and_every_documented_field_is_there(self):
        webhook = self.start(self.policies(POLICIES))
        self.reject(webhook)
        # usage.scopes[] and ledgers[] need a cluster: their fields are those of docs/counting.md, and tests/runtime has them.
        scopes = {f"usage.scopes[].{name}" for name in ("policy", "limit", "scope", "used", "reserved", "allowed")}
        ledgers = {f"usage.ledgers[].{name}" for name in ("ledger", "entries", "bytes", "coolingSeconds")}
        shares = {f"usage.ledgers[].namespaces[].{name}" for name in ("namespace", "bytes", "share")}
        self.assertEqual(paths(webhook.status()) - {"usage.scopes[]", "usage.ledgers[]"} | scopes | ledgers | shares, documented())

    def test_browsers_are_kept_in_bounds_and_other_hosts_are_refused(self):
        webhook = self.start(self.policies(POLICIES))
        for path, status in (("/", 200), ("/api/v1/status", 200), ("/debug/usage", 200), ("/nothing", 404)):
            with self.subTest(path):
                answer = webhook.get_plain(path, webhook.status_port)
                self.assertEqual(answer.status, status)
                policy = answer.headers["Content-Security-Policy"]
                self.assertTrue(policy.startswith("default-src 'none'; "), policy)
                self.assertIn("frame-ancestors 'none'", policy)
                self.assertEqual(answer.headers["Cache-Control"], "no-store")
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
                self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
                rebound = webhook.get_plain(path, webhook.status_port, {"Host": f"evil.example:{webhook.status_port}"})
                self.assertEqual(rebound.status, 421)
                self.assertNotIn(b"few-keys", rebound.body)

    def test_a_thousand_open_pages_delay_no_admission(self):
        self.descriptors_at_most(256)  # the webhook takes as many as it may
        webhook = self.start(self.policies(POLICIES))
        self.assertIn(webhook.metrics().get("process_max_fds"), (self.descriptors, None))  # absent: no limit
        self.descriptors_at_most(min(4096, self.descriptors))
        pages = []
        self.addCleanup(lambda: [page.close() for page in pages])
        for number in range(1000):
            page = socket.create_connection(("127.0.0.1", webhook.status_port), libwebhook.TIMEOUT)
            pages.append(page)
            path = "/" if number % 2 else "/api/v1/status"
            try:
                page.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            except (BrokenPipeError, ConnectionResetError):
                pass  # beyond the bound
            if number % 10 == 0:
                self.reject(webhook)  # on a connection of its own
        for _ in range(50):
            self.reject(webhook)
        self.assertEqual(webhook.get_plain("/readyz").status, 200)
        self.assertGreater(webhook.metrics()['secret_hygiene_bound_reached_total{bound="connections"}'], 0)
        for page in pages:
            page.close()
        # And those who ask again are answered.
        status = libwebhook.wait_until(lambda: self.asked(webhook), "a place on the status port")
        self.assertEqual(status["rejections"][0]["times"], 150)

    def asked(self, webhook):
        try:
            return webhook.status()
        except (ConnectionError, OSError):
            return None

    def test_polls_and_scrapes_while_policies_are_reloaded(self):
        directory = libwebhook.KubeletDirectory(self.directory / "mounted")
        directory.swap({"p.yaml": POLICIES})
        webhook = self.start(directory.path)
        hashes = set()
        for number in range(1, 5):
            names = [f"generation-{number}-{each}" for each in range(number)]
            bad = number == 3
            directory.swap({"p.yaml": "nothing: good\n" if bad else
                            "---\n".join(POLICIES.replace("few-keys", name) for name in names)})
            while True:
                status, series = webhook.status(), webhook.metrics()
                shown = [policy["name"] for policy in status["policies"]["inForce"]]
                # One set or another, whole.
                self.assertEqual(len({name.rsplit("-", 1)[0] for name in shown}), 1, shown)
                hashes.add((status["policies"]["hash"], len(shown)))
                self.assertEqual(len([name for name in series if name.startswith("secret_hygiene_policy_info")]), 1)
                if status["policies"]["refused"] == 1 if bad else shown == names:
                    break
        self.assertEqual(len({hash for hash, _ in hashes}), len(hashes), "a hash belongs to one set")
        self.assertEqual(webhook.status()["policies"]["refused"], 1)
        self.assertIn(b"refused since the start", webhook.get_plain("/", webhook.status_port).body)


if __name__ == "__main__":
    unittest.main()
