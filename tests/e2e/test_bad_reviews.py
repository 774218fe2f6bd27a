"""Reviews that cannot be read: what the user who runs kubectl sees, and the next review is served as ever."""

import json
import unittest

import libwebhook

GOOD = libwebhook.sample("create-opaque-validate")
UID = json.loads(GOOD)["request"]["uid"]
BODY_BYTES_MAX = 20 * 1024 * 1024


def changed(change):
    """The recorded review after change(review)."""
    review = json.loads(GOOD)
    change(review)
    return json.dumps(review, separators=(",", ":")).encode()


def with_data(value):
    return changed(lambda review: review["request"]["object"]["data"].update(password=value))


def in_object(**members):
    return changed(lambda review: review["request"]["object"].update(members))


# name: (body, what the user is told). The uid was read, so the API server gets an answer of its own kind.
ANSWERED = {
    "truncated": (GOOD[:len(GOOD) // 2], "the text ends before its JSON document is complete"),
    "truncated by its last byte": (GOOD[:GOOD.rindex(b"}")], "the text ends before its JSON document is complete"),
    "two documents": (GOOD + GOOD, "text follows the end of the review"),
    "a value that is not UTF-8": (GOOD.replace(b'"name":"', b'"name":"\xff', 1), "its text is not UTF-8"),
    "a key that is not UTF-8": (GOOD.replace(b'"data":{"', b'"data":{"\xc0\xaf', 1), "its text is not UTF-8"),
    "deeply nested": (in_object(extra="@").replace(b'"@"', b"[" * 100_000 + b"]" * 100_000), "nest"),
    "a duplicate key": (GOOD.replace(b'"data":{', b'"data":{},"data":{', 1), "an object gives a key twice"),
    "another kind": (changed(lambda review: review.update(kind="ConversionReview")),
                     "expected kind AdmissionReview of apiVersion admission.k8s.io/v1"),
    "another version": (changed(lambda review: review.update(apiVersion="admission.k8s.io/v1beta1")),
                        "expected kind AdmissionReview of apiVersion admission.k8s.io/v1"),
    "a number as a value": (with_data(5), "request.object.data.password: expected a string, found a number"),
    "a number as a type": (in_object(type=5), "request.object.type: expected a string, found a number"),
    "a number as an annotation": (
        changed(lambda review: review["request"]["object"]["metadata"].update(annotations={"a/b": 5})),
        "request.object.metadata.annotations.a/b: expected a string, found a number"),
    "a list as the data": (in_object(data=["QQ=="]), "request.object.data: expected an object, found an array"),
    "data that is not base64": (with_data("not base64!"), "request.object.data.password: not base64"),
    "base64 that is cut short": (with_data("QUJD RA"), "request.object.data.password: not base64"),
}

# The same where no uid was read: the API server reports HTTP 400 and this sentence.
UNANSWERABLE = {
    "empty": (b"", "the text ends before its JSON document is complete"),
    "no JSON": (b"hello", "not JSON: syntax error"),
    "a list": (b"[1]", "the review: expected an object"),
    "no request": (b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}', "request.uid: missing"),
    "no uid": (changed(lambda review: review["request"].pop("uid")), "request.uid: missing"),
    "an empty uid": (changed(lambda review: review["request"].update(uid="")), "request.uid: missing"),
    "a number as the uid": (changed(lambda review: review["request"].update(uid=5)), "uid: expected a string"),
    "nested before its uid": (b"[" * 100_000, ""),
}


class BadReviews(libwebhook.WebhookTest):
    def setUp(self):
        super().setUp()
        self.webhook = self.start()

    def assert_serving(self):
        self.assertTrue(self.webhook.review("/validate", GOOD)["allowed"])

    def test_validate_denies_what_it_cannot_read_and_says_why(self):
        for name, (body, told) in ANSWERED.items():
            with self.subTest(name):
                answer = self.webhook.post("/validate", body)
                self.assertEqual(answer.status, 200, answer.body)
                response = answer.json()["response"]
                self.assertEqual((response["uid"], response["allowed"]), (UID, False))
                self.assertEqual((response["status"]["code"], response["status"]["reason"]), (400, "BadRequest"))
                message = response["status"]["message"]
                self.assertTrue(message.startswith("secret-hygiene cannot read this review: "), message)
                self.assertIn(told, message)
                self.assertRegex(message, r"\(at byte \d+\)$")
        self.assert_serving()

    def test_mutate_allows_what_it_cannot_read_with_a_warning(self):
        for name, (body, told) in ANSWERED.items():
            with self.subTest(name):
                response = self.webhook.post("/mutate", body).json()["response"]
                self.assertEqual((response["uid"], response["allowed"]), (UID, True))
                self.assertNotIn("patch", response)
                self.assertEqual(len(response["warnings"]), 1)
                self.assertIn(told, response["warnings"][0])
        self.assert_serving()

    def test_a_body_without_a_uid_is_http_400_with_a_sentence(self):
        for name, (body, told) in UNANSWERABLE.items():
            for path in ("/validate", "/mutate"):
                with self.subTest(name, path=path):
                    answer = self.webhook.post(path, body)
                    text = answer.body.decode()
                    self.assertEqual(answer.status, 400, text)
                    self.assertTrue(text.startswith("not an AdmissionReview: "), text)
                    self.assertIn(told, text)
        self.assert_serving()

    def test_a_body_over_the_bound_is_http_413_and_counted_and_one_at_the_bound_is_read(self):
        padded = GOOD.rstrip() + b" " * (BODY_BYTES_MAX - len(GOOD.rstrip()))
        self.assertTrue(self.webhook.review("/validate", padded)["allowed"])
        answer = self.webhook.post("/validate", padded + b" ")
        self.assertEqual((answer.status, answer.body), (413, b"the body is larger than this server accepts\n"))
        self.assertEqual(self.webhook.metrics()['secret_hygiene_bound_reached_total{bound="body"}'], 1)
        self.assert_serving()

    def test_every_unreadable_review_is_counted_as_malformed_and_logged_without_its_text(self):
        for body, _ in ANSWERED.values():
            self.webhook.post("/validate", body)
        counted = {name: value for name, value in self.webhook.metrics().items()
                   if name.startswith("secret_hygiene_admission_requests_total{") and value}
        self.assertEqual(sum(counted.values()), len(ANSWERED))
        self.assertTrue(all('verdict="malformed"' in name for name in counted), counted)
        libwebhook.wait_until(lambda: len(self.webhook.events("a review could not be read")) == len(ANSWERED),
                              "a line of the log for each")
        self.assertNotIn("not base64!", self.webhook.log_text())

    def test_a_request_that_is_none_of_ours_is_told_what_is(self):
        for method, path, headers, status, told in (
                ("POST", "/", {}, 404, "/validate, /mutate or /validate-policies"),
                ("GET", "/validate", {}, 405, "POST an AdmissionReview"),
                ("POST", "/validate", {"Content-Type": "application/yaml"}, 415, "application/json")):
            with self.subTest(method=method, path=path, headers=headers):
                answer = self.webhook.request(method, path, GOOD if method == "POST" else None, headers)
                self.assertEqual(answer.status, status)
                self.assertIn(told, answer.body.decode())
        self.assert_serving()


if __name__ == "__main__":
    unittest.main()
