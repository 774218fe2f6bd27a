"""Every recorded review of a real API server, sent to both endpoints of the real binary with policies/default."""

import base64
import json
import unittest

import libwebhook

REVIEWS = {path.stem: path.read_bytes() for path in libwebhook.sample_files()}


def patch_of(response):
    return json.loads(base64.b64decode(response["patch"], validate=True)) if "patch" in response else []


class Samples(libwebhook.WebhookTest):
    def test_there_are_samples_of_every_operation(self):
        operations = {json.loads(body)["request"]["operation"] for body in REVIEWS.values()}
        self.assertEqual(operations, {"CREATE", "UPDATE", "DELETE"})

    def test_it_is_ready_when_it_says_that_it_serves(self):
        for _ in range(8):  # what another thread makes ready may come later, now and again
            webhook = self.start()
            answer = webhook.get_plain("/readyz?verbose")
            self.assertEqual((answer.status, webhook.get_plain("/livez").status), (200, 200), answer.body)

    def test_every_review_is_answered_on_both_endpoints_and_one_connection(self):
        webhook = self.start()
        connection = webhook.connection()
        self.addCleanup(connection.close)
        for name, body in REVIEWS.items():
            for path in ("/mutate?timeout=10s", "/validate?timeout=10s"):
                with self.subTest(sample=name, path=path):
                    webhook.review(path, body, connection)

    def test_a_delete_is_always_allowed_and_never_patched(self):
        webhook = self.start()
        for name, body in REVIEWS.items():
            if json.loads(body)["request"]["operation"] != "DELETE":
                continue
            for path in ("/mutate", "/validate"):
                with self.subTest(sample=name, path=path):
                    response = webhook.review(path, body)
                    self.assertTrue(response["allowed"])
                    self.assertNotIn("patch", response)

    def test_a_helm_revision_is_labelled_on_mutate_only(self):
        webhook = self.start()
        body = REVIEWS["create-helm3-v1"]
        patched = patch_of(webhook.review("/mutate", body))
        self.assertTrue(any(operation["path"].startswith("/metadata/labels") for operation in patched), patched)
        self.assertTrue(webhook.review("/validate", body)["allowed"])

    def test_the_samples_are_counted(self):
        webhook = self.start()
        webhook.review("/validate", REVIEWS["create-opaque-validate"])
        counted = {name: value for name, value in webhook.metrics().items()
                   if name.startswith("secret_hygiene_admission_requests_total{")}
        self.assertEqual(sum(counted.values()), 1, counted)

    def test_no_value_of_a_sample_is_in_the_log_or_the_metrics(self):
        webhook = self.start(arguments=["--log-level", "debug"])
        values = set()
        for body in REVIEWS.values():
            request = json.loads(body)["request"]
            for thing in (request["object"], request["oldObject"]):
                for value in ((thing or {}).get("data") or {}).values():
                    # Shorter ones occur by chance.
                    values |= {text for text in (value, base64.b64decode(value).decode("latin-1")) if len(text) >= 12}
            for path in ("/mutate", "/validate"):
                webhook.review(path, body)
        self.assertGreater(len(values), 20)
        said = webhook.log_text() + webhook.get_plain("/metrics").body.decode()
        self.assertEqual([value for value in values if value in said], [])


if __name__ == "__main__":
    unittest.main()
