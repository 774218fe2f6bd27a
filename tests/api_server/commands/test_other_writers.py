"""`prune` and `label` with Helm's history as programs that build on Helm's SDK write it, and as Velero restores it into another cluster."""

import base64
import json
import os
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402
import libhousekeeping  # noqa: E402
from libhousekeeping import HISTORY  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

OLD = 1700000000  # seconds since 1970, in 2023: createdAt and modifiedAt of Helm's labels
BYTES, OWNED = "secret-hygiene.io/bytes", "secret-hygiene.io/owned-labels"
LARGE = "example.com/large"
BY_SIZE = libcluster.policies(
    libcluster.policy("large", match={"sizeOver": "1000"}, labels={LARGE: "true"}),
    libcluster.policy("history", match={"types": [libcluster.HELM_TYPE]}, labels={libcluster.LABEL: "true"}))

# Releases as each names them, and the labels that it adds: since 3.13 the SDK keeps those of its caller beside its own. None limits the
# history, as the SDK does not by itself.
WRITERS = {
    # Flux's helm-controller: a HelmRelease with another targetNamespace is stored as TARGET-NAME.
    "apps-podinfo": {},
    # Rancher: a chart of its catalogue; and what its Fleet deploys from a bundle.
    "rancher-monitoring": {"team": "platform"},
    "fleet-agent-local": {},
    # Terraform's provider for Helm, whose max_history is 0: no limit.
    "terraform-ingress": {"example.com/workspace": "default"},
    # Any of them, where a release has the name of a revision.
    "sh.helm.release.v1.web.v1": {},
}
VELERO = {"velero.io/backup-name": "nightly", "velero.io/restore-name": "nightly-20261129"}


def revision(release, number, newest, more=None, annotations=None, size=300):
    """As the SDK's driver for Secrets writes it."""
    made = libhousekeeping.revision(release, number, newest, size)
    made["metadata"]["labels"] |= {"createdAt": str(OLD + number), "modifiedAt": str(OLD + number + 1), **(more or {})}
    if annotations:
        made["metadata"]["annotations"] = annotations
    return made


class OtherWriters(libhousekeeping.HousekeepingTest):
    def write(self, *secrets):
        with libapi.Api() as api:
            for secret in secrets:
                answer = api.create(self.namespace, secret)
                self.assertEqual(answer.status, 201, answer.text)

    def prune(self, *arguments):
        return self.hygiene("prune", "-n", self.namespace, "--keep", "1", "--qps", "0", "-o", "json", *arguments).json()

    def label(self, policies, *arguments):
        return self.hygiene("label", "-n", self.namespace, "-p", self.policies(policies), "--qps", "0", "-o", "json", "--apply", *arguments).json()

    def metadata(self, name):
        return self.secret(name)["metadata"]

    def test_the_history_of_each_writer_is_known_and_pruned_to_the_same(self):
        self.write(*(revision(release, number, 4, more) for release, more in WRITERS.items() for number in range(1, 5)))
        found = self.prune("--min-age", "0s", "--apply")
        self.assertEqual(found["foreign"], [])
        self.assertEqual({each["release"]: [revision["revision"] for revision in each["revisions"]] for each in found["releases"]},
                         {release: [1, 2] for release in WRITERS})
        for release in WRITERS:
            with self.subTest(release):
                self.assertEqual(self.numbers(release), [3, 4])

    def test_the_labels_of_each_writer_stay_beside_ours(self):
        self.write(*(revision(release, 1, 1, more) for release, more in WRITERS.items()))
        self.assertEqual(self.label(HISTORY)["summary"]["changed"], len(WRITERS))
        for release, more in WRITERS.items():
            with self.subTest(release):
                labels = self.metadata(f"sh.helm.release.v1.{release}.v1")["labels"]
                self.assertEqual(labels, {**revision(release, 1, 1, more)["metadata"]["labels"], libcluster.LABEL: "true"})

    def test_bundles_of_fleet_are_no_history(self):
        self.write(libapi.secret("s-0123456789abcdef", "fleet.cattle.io/bundle-deployment/v1alpha1", stringData={"options": "{}"}),
                   libapi.secret("tfstate-default-web", "Opaque", stringData={"tfstate": "x"},
                                 metadata={"labels": {"tfstate": "true", "app.kubernetes.io/managed-by": "terraform"}}))
        found = self.prune("--min-age", "0s", "--apply")
        self.assertEqual((found["releases"], found["foreign"]), ([], []))
        self.assertEqual(self.label(HISTORY)["summary"]["changed"], 0)

    def test_what_velero_restored_is_young_though_helm_wrote_it_long_ago(self):
        self.write(*(revision("web", number, 4, VELERO) for number in range(1, 5)))
        found = self.prune("--apply")
        self.assertEqual(found["releases"][0]["leftAlone"], "young")
        self.assertEqual(self.numbers("web"), [1, 2, 3, 4])
        # Once the restore is as old as --min-age, it is pruned as any other.
        time.sleep(1.1)
        self.prune("--min-age", "1s", "--apply")
        self.assertEqual(self.numbers("web"), [3, 4])

    def test_what_velero_restored_is_measured_again_and_its_labels_are_mended(self):
        stale = {BYTES: "999999999", OWNED: "example.com/of-the-other-cluster=true"}
        value = base64.b64encode(os.urandom(1500)).decode()
        large = libapi.secret("large", "Opaque", data={"k": value},
                              metadata={"labels": {**VELERO, "example.com/of-the-other-cluster": "true"}, "annotations": stale})
        small = libapi.secret("small", "Opaque", data={"k": "eA=="}, metadata={"labels": {**VELERO, LARGE: "true"},
                                                                             "annotations": {BYTES: "2000", OWNED: f"{LARGE}=true"}})
        self.write(large, small, revision("web", 1, 1, VELERO, stale))
        self.assertEqual(self.label(BY_SIZE)["summary"]["changed"], 3)
        found = self.metadata("large")
        # The label that the other cluster's policies gave is ours by the record that came along: no policy here gives it.
        self.assertEqual(found["labels"], {**VELERO, LARGE: "true"})
        self.assertEqual(found["annotations"], {BYTES: "1500", OWNED: f"{LARGE}=true"})
        self.assertEqual(self.secret("large")["data"], {"k": value})
        found = self.metadata("small")
        # It is too small to need the annotation.
        self.assertEqual((found["labels"], found.get("annotations", {})), (VELERO, {}))
        found = self.metadata("sh.helm.release.v1.web.v1")
        self.assertEqual((found["labels"][libcluster.LABEL], found["annotations"]), ("true", {OWNED: f"{libcluster.LABEL}=true"}))
        self.assertEqual(self.label(BY_SIZE)["summary"]["changed"], 0)
        self.assertNotIn(value, json.dumps(self.label(BY_SIZE)))

    def test_an_audit_measures_what_came_with_another_clusters_size(self):
        self.write(libapi.secret("restored", "Opaque", data={"k": "eA=="}, metadata={"labels": VELERO, "annotations": {BYTES: "900000"}}))
        limit = libcluster.policies(libcluster.policy("sizes", mode="Enforce", limits={"bytesPerSecret": "100"}))
        arguments = ("audit", "-n", self.namespace, "-p", self.policies(limit), "-o", "json")
        # Metadata alone believes the annotation; read whole, or after `label`, the size is the Secret's own.
        self.assertEqual(self.hygiene(*arguments, "--read", "metadata").json()["violations"], 1)
        self.assertEqual(self.hygiene(*arguments, "--read", "whole").json()["violations"], 0)
        self.label(BY_SIZE)
        self.assertEqual(self.hygiene(*arguments, "--read", "metadata").json()["violations"], 0)


if __name__ == "__main__":
    unittest.main()
