"""What `secret-hygiene export` writes, enforced by a real API server: its answers are those of the webhook, beside it and without it."""

import base64
import pathlib
import tempfile
import unittest

import libcluster  # first: it says where the others are
import exported_policies
import libapi
import try_fallback
from cluster_client import Client

setUpModule = libcluster.start
tearDownModule = libcluster.stop

SETS, OBJECTS = 4, 40
KEYS = 5000
DATA_MAX = 1 << 20
MANY_KEYS = 30_000  # with DATA_MAX about as many as etcd takes
MANY_ANNOTATIONS = 60_000
MANY_OWNERS = 20_000
NESTED_MAX = 250  # the parser of CEL


class SideBySide(unittest.TestCase):
    def test_random_writes_get_the_same_answer_and_a_killed_webhook_lets_nothing_large_pass(self):
        try_fallback.try_out(libcluster.running, SETS, OBJECTS)


class InTree(libcluster.ClusterTest):
    """Without a webhook."""

    def setUp(self):
        super().setUp()
        self.api = libapi.Api()
        self.addCleanup(self.api.close)
        self.client = Client(libcluster.running, pathlib.Path(tempfile.mkdtemp(dir=self.directory)))

    def enforce(self, exceptions=(), flags=(), **limits):
        """Denies in this test's namespace what breaks them, a little later."""
        spec = {"mode": "Enforce", "limits": limits} | ({"exceptions": exceptions} if exceptions else {})
        self.install(libcluster.policy("large", **spec), flags)

    def install(self, text, flags=()):
        exported_policies.apply(self.client, exported_policies.export(self.client, self.policies(text), [self.namespace], flags))
        self.addCleanup(self.forget)

    def forget(self):
        exported_policies.delete(self.client, "app.kubernetes.io/name=secret-hygiene")

    def answer(self, secret):
        return self.api.create(self.namespace, secret, "?dryRun=All")

    def wait_until_denied(self, secret):
        libcluster.wait_for(lambda: self.answer(secret).status == 403, "the API server enforces the policy")
        return self.answer(secret).message

    def test_the_largest_secret_is_measured_within_the_budget_of_cel(self):
        blob = base64.b64encode(bytes(DATA_MAX - KEYS)).decode()
        secret = libapi.secret("a", data={"blob": blob, **{f"k{number}": "eA==" for number in range(KEYS)}})
        self.enforce(bytesPerSecret=DATA_MAX - 1, bytesPerObject="1Mi", annotationBytes="64Ki", bytesPerKey=DATA_MAX - KEYS - 1, keysPerSecret=KEYS)
        message = self.wait_until_denied(secret)
        self.assertIn('ValidatingAdmissionPolicy \'deny.large.secret-hygiene.io\'', message)
        self.assertIn('denied request: policy "large": 1048576 bytes of data exceeds bytesPerSecret 1048575 bytes, ', message)
        self.assertIn("of text in the object exceeds bytesPerObject 1Mi, ", message)
        self.assertIn(f"{DATA_MAX - KEYS} bytes of data in one key exceeds bytesPerKey {DATA_MAX - KEYS - 1} bytes, ", message)
        self.assertTrue(message.endswith(f"{KEYS + 1} keys exceed keysPerSecret {KEYS}: Secret {self.namespace}/a"), message)

    def test_an_update_of_the_largest_secret_is_compared_within_the_budget_of_cel(self):
        """What a policy costs is summed over its verdict and its message, which the API server makes of every write."""
        data = {"blob": base64.b64encode(bytes(DATA_MAX)).decode(), **{f"k{number:05}": "" for number in range(MANY_KEYS)}}
        stored = self.api.create(self.namespace, libapi.secret("a", data=data))
        self.assertEqual(stored.status, 201, stored.message)
        self.enforce(bytesPerSecret="512Ki", bytesPerObject="1Mi", annotationBytes="64Ki", bytesPerKey="512Ki", keysPerSecret=KEYS)
        self.wait_until_denied(libapi.secret("b", data={"blob": data["blob"]}))
        path = f"{libapi.secrets_path(self.namespace)}/a?dryRun=All"
        answer = self.api.request("PUT", path, libapi.secret("a", metadata={"labels": {"team": "blue"}}, data=data))
        self.assertEqual(answer.status, 200, answer.message)
        self.assertIn(f"{MANY_KEYS + 1} keys", answer.warnings[0])
        answer = self.api.request("PUT", path, libapi.secret("a", data={**data, "one-more": ""}))
        self.assertEqual(answer.status, 403, answer.message)
        self.assertTrue(answer.message.endswith(f"{MANY_KEYS + 2} keys exceed keysPerSecret {KEYS}: Secret {self.namespace}/a"), answer.message)

    def test_as_many_annotations_as_an_object_holds_are_measured(self):
        self.enforce(flags=["--fallback"], annotationBytes="1Ki")
        self.wait_until_denied(libapi.secret("a", metadata={"annotations": {"note": "x" * 1100}}))
        many = {f"{number:04x}": "" for number in range(MANY_ANNOTATIONS)}
        answer = self.answer(libapi.secret("a", metadata={"annotations": many}))
        self.assertEqual(answer.status, 403, answer.message)
        self.assertIn(f"{4 * MANY_ANNOTATIONS / 1024:.1f}Ki of annotations exceeds annotationBytes 1Ki", answer.message)

    def test_what_costs_more_than_cel_allows_is_denied_by_what_denies(self):
        self.enforce(flags=["--fallback"], bytesPerObject="1Ki")
        self.wait_until_denied(libapi.secret("a", metadata={"annotations": {"note": "x" * 1100}}))
        owners = [{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": f"{number}"} for number in range(MANY_OWNERS)]
        answer = self.answer(libapi.secret("a", metadata={"ownerReferences": owners}))
        self.assertEqual(answer.status, 422, answer.message)
        self.assertIn("'deny.large.secret-hygiene.io' denied request: ", answer.message)
        self.assertTrue(answer.message.endswith("operation cancelled: actual cost limit exceeded"), answer.message)

    def test_a_key_is_labelled_by_the_first_of_more_policies_than_cel_nests(self):
        key = "secret-hygiene.io/class"
        self.install(libcluster.policies(*(libcluster.policy(f"p{number:03}", match={"names": [f"n{number}"]}, labels={key: f"c{number}"})
                                           for number in range(NESTED_MAX + 50))))

        def label(name):
            return self.answer(libapi.secret(name)).document["metadata"].get("labels", {}).get(key)
        libcluster.wait_for(lambda: label("n0") == "c0", "the API server labels")
        self.assertEqual(label(f"n{NESTED_MAX + 49}"), f"c{NESTED_MAX + 49}")
        self.assertIsNone(label("other"))

    def test_an_exception_in_force_spares_and_one_that_has_ended_does_not(self):
        def exception(name, until):
            return {"names": [name], "namespaces": ["*"], "until": until, "reason": "it moves"}

        def two_keys(name):
            return libapi.secret(name, data={"a": "", "b": ""})

        self.enforce([exception("spared-*", "2099-01-31"), exception("ended-*", "2020-01-31")], keysPerSecret=1)
        self.wait_until_denied(two_keys("a"))
        self.assertEqual(self.answer(two_keys("spared-a")).status, 201)
        self.assertEqual(self.answer(two_keys("ended-a")).status, 403)

    def test_the_whole_object_is_measured_to_the_byte_as_the_webhook_measures_it(self):
        """Nobody labels it: managed fields are the same."""
        secret = libapi.secret("a", "example.com/ü", metadata={
            "labels": {"team": "blue", "secret-hygiene.io/ignore": "true"}, "finalizers": ["example.com/keep"],
            "annotations": {"note": 'é "quoted" \\ \n\x01\x7f\x85\u200b\U000e0001', "secret-hygiene.io/owned-labels": "a=b",
                            "secret-hygiene.io/unmanaged-labels": "secret-hygiene.io/ignore"},
            "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "1-2-3"}]},
            data={"a": "", "b": "eA==", "c": "eHh4", "d": None})
        self.enforce(bytesPerObject=1)
        measured = self.wait_until_denied(secret).partition(' policy "large"')[2]
        self.assertRegex(measured, r"^: \d{3} bytes of text in the object exceeds bytesPerObject 1 byte: Secret ")
        self.forget()
        self.serve(libcluster.policy("large", mode="Enforce", limits={"bytesPerObject": 1}), "Fail")
        libcluster.wait_for(lambda: "admission webhook" in self.answer(secret).message, "only the webhook denies it")
        self.assertEqual(self.answer(secret).message.partition(' policy "large"')[2].partition(" (largest")[0], measured)


if __name__ == "__main__":
    unittest.main()
