"""What `secret-hygiene export --kubernetes-version` writes, on an API server that has no MutatingAdmissionPolicy."""

import pathlib
import tempfile
import unittest

import libcluster  # first: it says where the others are
import exported_policies
import libapi
from cluster_client import Client

VERSION = "1.33"  # the oldest that the API server of the tests can stand for


def setUpModule():
    libcluster.start([f"--emulated-version={VERSION}"])


tearDownModule = libcluster.stop


class Older(libcluster.ClusterTest):
    def test_labels_are_left_out_and_limits_hold(self):
        client = Client(libcluster.running, pathlib.Path(tempfile.mkdtemp(dir=self.directory)))
        policies = self.policies(libcluster.policy("few", mode="Enforce", labels={libcluster.LABEL: "true"}, limits={
            "bytesPerSecret": 9, "bytesPerObject": "1Ki", "annotationBytes": 9, "bytesPerKey": 9, "keysPerSecret": 1}))
        self.assertIn("MutatingAdmissionPolicy", {item["kind"] for item in exported_policies.export(client, policies, ["a"])})
        flags = ["--kubernetes-version", VERSION]
        self.assertEqual(client.run("secret-hygiene", "export", "-p", policies, *flags).stderr,
                         f"left out: labels: Kubernetes {VERSION} has no MutatingAdmissionPolicy, which 1.36 and later have\n")
        exported_policies.apply(client, exported_policies.export(client, policies, [self.namespace], flags))
        api = libapi.Api()
        self.addCleanup(api.close)
        large = libapi.secret("a", metadata={"annotations": {"note": "0123456789"}}, data={"a": "MDEyMzQ1Njc4OQ==", "b": ""})
        libcluster.wait_for(lambda: api.create(self.namespace, large, "?dryRun=All").status == 403, "the API server enforces the policy")
        message = api.create(self.namespace, large).message
        for sentence in ("10 bytes of data exceeds bytesPerSecret 9 bytes", "14 bytes of annotations exceeds annotationBytes 9 bytes",
                         "10 bytes of data in one key exceeds bytesPerKey 9 bytes", "2 keys exceed keysPerSecret 1"):
            self.assertIn(sentence, message)
        stored = api.create(self.namespace, libapi.secret("b", data={"a": "MDEyMzQ1Njc4"}))
        self.assertEqual((stored.status, stored.document["metadata"].get("labels")), (201, None))


if __name__ == "__main__":
    unittest.main()
