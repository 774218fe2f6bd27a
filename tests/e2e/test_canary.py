"""A planted value must be nowhere but in the request that brings it: not in an answer, the log, a metric, the output of
`check`, nor, once the request is over, anywhere in the memory of the process."""

import base64
import json
import pathlib
import ssl
import subprocess
import unittest

import libwebhook

# 24 bytes, so that its base64 has no padding and a value of many of them holds this text at every 32nd character.
CANARY = b"Zk9-canary-Xq7-planted-W"
ENCODED = base64.b64encode(CANARY)
# The base64 of a value that has one or two bytes before the canary, less the characters that these share.
SHIFTED = [base64.b64encode(b"-" * shift + CANARY)[4:-4] for shift in (1, 2)]
FORMS = [CANARY, ENCODED, *SHIFTED]
SIZES = (1, 100, 5_000, 40_000)
NAMESPACE = "namespace-of-the-canary"
POLICIES = """
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: everything-breaks}
spec:
  mode: Enforce
  limits: {bytesPerSecret: 1, bytesPerObject: 1, annotationBytes: 1, bytesPerKey: 1, keysPerSecret: 1}
---
apiVersion: secret-hygiene.io/v1alpha1
kind: SecretPolicy
metadata: {name: labels}
spec:
  match: {sizeOver: 1}
  labels: {example.com/large: "true"}
"""


def text(data):
    return data.decode("ascii")


def planted(count, uid="a-uid"):
    """A review of an UPDATE whose Secrets hold the canary in every place that takes a value, `count` times in each."""
    value = CANARY * count
    applied = json.dumps({"kind": "Secret", "data": {"key": text(base64.b64encode(value))},
                          "stringData": {"key": '<"&\\\n' + text(value)}})
    secret = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
              "metadata": {"name": "canary", "namespace": NAMESPACE,
                           "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied,
                                           "example.com/note": text(value)}},
              "data": {"even": text(base64.b64encode(value)), "odd": text(base64.b64encode(b"-" + value)),
                       "odder": text(base64.b64encode(b"--" + value))},
              "stringData": {"plain": "\t" + text(value) + "\u00e9\u20ac"}}
    kind = {"group": "", "version": "v1", "kind": "Secret"}
    resource = {"group": "", "version": "v1", "resource": "secrets"}
    review = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
              "request": {"uid": uid, "kind": kind, "resource": resource, "name": "canary", "namespace": NAMESPACE,
                          "operation": "UPDATE", "userInfo": {"username": "somebody"}, "object": secret,
                          "oldObject": {**secret, "data": {"even": secret["data"]["even"]}}, "dryRun": False}}
    # As Go writes JSON: <, > and & escaped.
    return json.dumps(review).replace("<", "\\u003c").replace("&", "\\u0026").encode()


def broken(review):
    """name: the review made unreadable in one of every way, each beside or within a planted value."""
    canary_string = b'"' + ENCODED
    return {
        "truncated within a value": review[:review.index(ENCODED) + len(ENCODED)],
        "truncated after it": review[:-2],
        "no base64": review.replace(canary_string, b'"*' + CANARY, 1),
        "no UTF-8": review.replace(CANARY, CANARY + b"\xff", 1),
        "a control character": review.replace(CANARY, CANARY + b"\n", 1),
        "a bad escape": review.replace(CANARY, CANARY + b"\\x", 1),
        "a number beside it": review.replace(b'"data": {', b'"data": {"number": 5, ', 1),
        "data is the value": review.replace(b'"data": {', b'"data": "' + CANARY + b'", "other": {', 1),
        "type is an object": review.replace(b'"type": "Opaque"', b'"type": {"a": "' + CANARY + b'"}', 1),
        "a duplicate": review.replace(b'"data": {', b'"data": {"even": "' + ENCODED + b'", ', 1),
        "another kind": review.replace(b'"AdmissionReview"', b'"' + CANARY + b'"', 1),
        "another resource": review.replace(b'"resource": "secrets"', b'"resource": "configmaps"'),
        "no uid": review.replace(b'"uid": "a-uid", ', b"", 1),
        "nested": review.replace(b'"stringData": {', b'"deep": ' + b"[" * 200 + b'"' + CANARY + b'"' + b"]" * 200
                                 + b', "stringData": {', 1),
        "text after its end": review + CANARY,
        "no JSON at all": CANARY,
        "a list": b'["' + CANARY + b'"]',
    }


def found_in(data):
    return [form for form in FORMS if form in data]


def memory(pid):
    """(name of the mapping, its bytes) of everything that the process can write to."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            fields = line.split()
            first, last = (int(number, 16) for number in fields[0].split("-"))
            if not fields[1].startswith("rw") or fields[-1] in ("[vvar]", "[vsyscall]"):
                continue
            mem.seek(first)
            try:
                yield " ".join(fields[5:]) or "anonymous", mem.read(last - first)
            except OSError:
                continue  # it has gone


def places_of(needles, pid):
    """(mapping, offset, what) of each needle that is in the memory of the process."""
    places = []
    for name, data in memory(pid):
        for needle in needles:
            if (at := data.find(needle)) != -1:
                places.append((name, hex(at), needle))
    return places


def context_of(webhook, version):
    context = webhook.tls_context()
    context.minimum_version = context.maximum_version = version
    return context


VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


class Output(libwebhook.WebhookTest):
    def test_the_canary_is_in_no_answer_no_line_of_the_log_and_no_metric(self):
        for log_format in ("json", "text"):
            webhook = self.start(self.policies(POLICIES),
                                 arguments=["--log-level", "debug", "--log-format", log_format])
            reviews = {f"{count} times": planted(count) for count in SIZES}
            reviews |= broken(planted(1))
            for name, body in reviews.items():
                self.assertNotEqual(found_in(body), [], name)
                for path in ("/validate", "/mutate", "/validate-policies", "/nothing"):
                    with self.subTest(name, path=path, log_format=log_format):
                        answer = webhook.post(path, body, {"Authorization": f"Bearer {text(CANARY)}"})
                        self.assertEqual(found_in(answer.body + str(answer.headers).encode()), [])
            for page in ("/metrics", "/readyz?verbose"):
                self.assertEqual(found_in(webhook.get_plain(page).body), [])
            webhook.process.stop()
            self.assertIn(NAMESPACE, webhook.log_text())
            self.assertEqual(found_in(webhook.log_text().encode()), [])
            self.assertEqual(found_in(webhook.process.stdout.encode()), [])

    def test_check_prints_no_canary(self):
        policies = self.policies(POLICIES)
        review = self.directory / "review.json"
        for output in ("table", "json", "github"):
            for name, body in {"readable": planted(3), **broken(planted(1))}.items():
                with self.subTest(output=output, review=name):
                    review.write_bytes(body)
                    done = subprocess.run([libwebhook.binary(), "check", "-p", policies, "-o", output, review],
                                          capture_output=True, check=False, timeout=libwebhook.TIMEOUT)
                    self.assertNotEqual(done.stdout + done.stderr, b"")
                    self.assertEqual(found_in(done.stdout + done.stderr), [])


class Memory(libwebhook.WebhookTest):
    def setUp(self):
        super().setUp()
        if libwebhook.is_sanitized():
            self.skipTest("a sanitizer keeps what was freed, and maps terabytes")
        self.webhook = self.start(self.policies(POLICIES), arguments=["--threads", "2"])
        self.pid = self.webhook.process.pid

    def assert_no_canary(self):
        self.assertEqual(places_of(FORMS, self.pid), [])

    def test_the_scan_finds_what_is_there(self):
        """What a request in flight has brought so far: names, and no more of its values than one read buffer."""
        body = planted(100)
        with self.webhook.tls() as connection:
            connection.sendall(b"POST /validate?marker=in-the-url HTTP/1.1\r\nHost: localhost\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(body) + body[:body.index(ENCODED) + 200])
            needles = [b"marker=in-the-url", ENCODED]
            libwebhook.wait_until(
                lambda: {needle for _, _, needle in places_of(needles, self.pid)} == set(needles), "they are found")
        self.assertTrue(places_of([b"everything-breaks"], self.pid))

    def test_nothing_is_left_after_an_answer(self):
        for version in VERSIONS:
            connection = self.webhook.connection(context_of(self.webhook, version))
            self.addCleanup(connection.close)
            for count in SIZES:
                for path in ("/validate", "/mutate"):
                    with self.subTest(version=version.name, path=path, count=count):
                        self.webhook.review(path, planted(count), connection)
                        self.assert_no_canary()

    def test_nothing_is_left_after_an_unreadable_review(self):
        for version in VERSIONS:
            context = context_of(self.webhook, version)
            for name, body in broken(planted(50)).items():
                with self.subTest(name, version=version.name):
                    connection = self.webhook.connection(context)
                    self.addCleanup(connection.close)
                    self.webhook.post("/validate", body, connection=connection)
                    self.assert_no_canary()

    def test_nothing_is_left_of_a_request_that_was_abandoned_half_way(self):
        body = planted(5_000)
        head = b"POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        for version in VERSIONS:
            for sent in (body[:body.index(ENCODED) + 100], body[:len(body) // 2], body[:-1]):
                with self.subTest(version=version.name, sent=len(sent)):
                    connection = self.webhook.tls(context_of(self.webhook, version))
                    connection.sendall(head + sent)
                    libwebhook.wait_until(lambda: places_of(FORMS, self.pid), "it has arrived")
                    connection.close()
                    libwebhook.wait_until(
                        lambda: self.webhook.metrics()["secret_hygiene_connections"] <= 1, "it has gone")
                    self.assert_no_canary()

    def test_nothing_is_left_of_what_is_no_review(self):
        """Refused from the head, over the bound, no HTTP at all, and a ConfigMap that holds no policies."""
        value = CANARY * 100
        for request in (
                b"POST /nothing HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(value) + value,
                b"POST /validate HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n" + value,
                b"POST /validate HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + value + b"\r\n",
                b"POST /validate HTTP/1.1\r\nHost: h\r\nAuthorization: " + value + b"\r\nContent-Length: 0\r\n\r\n",
                b"POST /validate-policies HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(value) + value,
                value + b"\r\n\r\n"):
            with self.subTest(request=request[:40]):
                connection = self.webhook.tls()
                self.addCleanup(connection.close)
                connection.sendall(request)
                self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 4"))
                libwebhook.wait_until(lambda: not places_of(FORMS, self.pid), "nothing of it is left", 5)


if __name__ == "__main__":
    unittest.main()
