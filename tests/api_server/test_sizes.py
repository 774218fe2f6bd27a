"""The largest Secrets that an API server takes, and what lies just beyond."""

import base64
import os
import unittest

import libcluster  # first: it says where the others are
import libapi

setUpModule = libcluster.start
tearDownModule = libcluster.stop

DATA_MAX = 1 << 20  # of all values together; ValidateSecret in k8s.io/kubernetes/pkg/apis/core/validation
KEYS = 60_000
TYPE_BYTES = 1_500_000  # the API server escapes `<` in six bytes, and sends the old object along on an UPDATE
OVERSIZED = {"secret-hygiene.io/oversized": "true"}
# As newer API servers say it, and as 1.30 does.
TOO_LONG = "data: Too long: (may not be more than|must have at most) 1048576 bytes\n"


class Sizes(libcluster.ClusterTest):
    """Under Fail: a review that we could not answer would fail the write."""

    def setUp(self):
        super().setUp()
        self.api = libapi.Api()
        self.addCleanup(self.api.close)

    def serve_limits(self, **limits):
        self.webhook = self.serve(libcluster.policy("large", mode="Enforce", limits=limits, message="Make it smaller."), "Fail")

    def body_bytes(self):
        return self.webhook.metrics()["secret_hygiene_request_body_bytes_sum"]

    def blob(self, name, size):
        return f"--from-file=blob={self.file(name, os.urandom(size))}"

    def replace(self, *arguments):
        made = self.kubectl("create", "secret", "generic", *arguments, "--dry-run=client", "-o", "json").stdout
        return self.kubectl("replace", "-f", "-", stdin=made, check=False)

    def assert_every_review_was_read(self):
        malformed = {name: value for name, value in self.webhook.metrics().items() if 'verdict="malformed"' in name and value}
        self.assertEqual(malformed, {})

    def test_a_mebibyte_is_created_labelled_and_replaced_by_another_mebibyte(self):
        self.webhook = self.serve(failure_policy="Fail")
        created = self.kubectl("create", "secret", "generic", "a", self.blob("first", DATA_MAX))
        self.assertEqual(created.stdout, "secret/a created\n")
        self.assertIn('Warning: policy "size-limits": 1Mi of data exceeds bytesPerSecret 768Ki', created.stderr)
        self.assertEqual(self.labels("a"), OVERSIZED)
        before = self.body_bytes()
        second = self.blob("second", DATA_MAX)
        replaced = self.replace("a", second)
        self.assertEqual((replaced.status, replaced.stdout), (0, "secret/a replaced\n"), replaced.stderr)
        # Two reviews, each of them with a mebibyte before and another after, in base64.
        self.assertGreater(self.body_bytes() - before, 2 * 2 * DATA_MAX * 4 // 3)
        stored = self.secret("a")
        self.assertEqual(base64.b64decode(stored["data"]["blob"]), (self.directory / "second").read_bytes())
        self.assertEqual(stored["metadata"]["labels"], OVERSIZED)
        self.assertEqual(self.kubectl("label", "secret", "a", "team=blue").stdout, "secret/a labeled\n")
        replaced = self.replace("a", self.blob("small", 4096))
        self.assertEqual((replaced.status, replaced.stdout), (0, "secret/a replaced\n"), replaced.stderr)
        self.assertEqual(self.labels("a"), {}, "no longer large, and replaced without the user's label")
        self.assert_every_review_was_read()

    def test_one_byte_more_is_the_api_servers_to_refuse(self):
        """It asks /validate only about what it would store itself."""
        self.serve_limits(bytesPerSecret=DATA_MAX - 1)
        validated = libcluster.requests_to(self.webhook, "validate")
        over = self.blob("over", DATA_MAX + 1)
        refused = self.kubectl("create", "secret", "generic", "a", over, check=False)
        self.assertEqual(refused.status, 1)
        self.assertRegex(refused.stderr, f'^error: failed to create secret Secret "a" is invalid: {TOO_LONG}$')
        self.assertEqual(libcluster.requests_to(self.webhook, "validate"), validated)
        self.kubectl("create", "secret", "generic", "a")
        refused = self.replace("a", over)
        self.assertEqual(refused.status, 1)
        self.assertRegex(refused.stderr, f'^The Secret "a" is invalid: {TOO_LONG}$')
        # With one byte less the same policy decides: it was there all the time.
        denied = self.kubectl("create", "secret", "generic", "b", self.blob("just", DATA_MAX), check=False)
        self.assertIn('denied the request: policy "large": 1048576 bytes of data exceeds bytesPerSecret 1048575 bytes',
                      denied.stderr)

    def many_keys(self, name):
        return libapi.secret(name, data={f"k{number:05}": "" for number in range(KEYS)})

    def test_sixty_thousand_empty_keys_are_stored_and_a_limit_of_keys_denies_them(self):
        self.serve_limits(keysPerSecret=KEYS)
        answer = self.api.create(self.namespace, self.many_keys("a"))
        self.assertEqual(answer.status, 201, answer.message)
        more = self.many_keys("b")
        more["data"]["one-more"] = ""
        answer = self.api.create(self.namespace, more)
        self.assertEqual(answer.status, 403)
        self.assertIn("60001 keys exceed keysPerSecret 60000", answer.message)
        self.assert_every_review_was_read()

    def test_a_type_of_a_megabyte_and_a_half_is_answered_with_a_review_of_18_megabytes(self):
        self.webhook = self.serve(failure_policy="Fail")
        answer = self.api.create(self.namespace, libapi.secret("a", "<" * TYPE_BYTES))
        self.assertEqual(answer.status, 201, answer.message[-500:])
        self.assertTrue(any("exceeds bytesPerObject 1Mi" in warning for warning in answer.warnings), answer.warnings)
        before = self.body_bytes()
        answer = self.api.patch(self.namespace, "a", {"metadata": {"labels": {"team": "blue"}}})
        self.assertEqual(answer.status, 200, answer.message[-500:])
        self.assertEqual(answer.document["metadata"]["labels"], {"team": "blue"})
        self.assertGreater(self.body_bytes() - before, 2 * 18_000_000)
        self.assert_every_review_was_read()

    def test_a_limit_of_the_whole_object_denies_such_a_type(self):
        self.serve_limits(bytesPerObject="1Mi")
        answer = self.api.create(self.namespace, libapi.secret("a", "<" * TYPE_BYTES))
        self.assertEqual(answer.status, 403)
        self.assertIn('denied the request: policy "large": ', answer.message)
        self.assertIn("exceeds bytesPerObject 1Mi", answer.message)


if __name__ == "__main__":
    unittest.main()
