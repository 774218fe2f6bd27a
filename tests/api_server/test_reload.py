"""Policies that change while the API server asks, as a mounted ConfigMap changes; and who judges that ConfigMap when it is written."""

import datetime
import shutil
import subprocess
import unittest

import libcluster  # first: it says where the others are
import libapi
from libcluster import libwebhook

setUpModule = libcluster.start
tearDownModule = libcluster.stop

# docs/operations.md promises it, from the swap on.
IN_FORCE_SECONDS = 2
OURS = "secret-hygiene"
CONFIG_MAP = "secret-hygiene-policies"
DENIED = 'admission webhook "policies.secret-hygiene.io" denied the request: '
REFUSED = "new policies refused; the last good set stays in force"
BAD = ("apiVersion: secret-hygiene.io/v1alpha1\nkind: SecretPolicy\nmetadata:\n  name: small\nspec:\n  mode: Enforced\n"
       "  limits:\n    bytesPerSecret: 1Kb\n  labls: {a: b}\n")


def limit(size, message):
    return libcluster.policy("small", mode="Enforce", limits={"bytesPerSecret": size}, message=message)


def lint(directory):
    """What `lint` says of the policies in a directory: its errors, one a line, with paths in that directory."""
    done = subprocess.run([libwebhook.binary(), "lint", "."], cwd=directory, capture_output=True, text=True, timeout=60,
                          check=False)
    assert done.returncode == 1, done
    return [line.removeprefix("./") for line in (done.stdout + done.stderr).splitlines() if ".yaml:" in line]


class MountedPolicies(libcluster.ClusterTest):
    def setUp(self):
        super().setUp()
        self.mounted = libwebhook.KubeletDirectory(self.directory / "mounted")
        self.api = libapi.Api(timeout=libapi.WRITE_TIMEOUT)
        self.addCleanup(self.api.close)

    def answer(self, size):
        """Of the API server to a Secret of that many bytes."""
        return self.api.create(self.namespace, libapi.secret("a", stringData={"blob": "v" * size}), "?dryRun=All")

    def reloads(self, result):
        return self.webhook.metrics().get(f'secret_hygiene_policy_reloads_total{{result="{result}"}}', 0)

    def hashes(self):
        return [name for name in self.webhook.metrics() if name.startswith("secret_hygiene_policy_info")]

class Reload(MountedPolicies):
    def test_a_symlink_swap_puts_new_rules_in_force_within_two_seconds(self):
        self.mounted.swap({"policies.yaml": limit(10, "the first set")})
        self.webhook = self.serve(self.mounted)
        self.assertIn("the first set", self.answer(11).message)
        before = self.hashes()
        swapped = datetime.datetime.now(datetime.timezone.utc)
        self.mounted.swap({"policies.yaml": limit(20, "the second set")})
        event = self.webhook.wait_for_event("policies reloaded")
        took = datetime.datetime.fromisoformat(event["time"]) - swapped
        self.assertLessEqual(took.total_seconds(), IN_FORCE_SECONDS)
        # The log speaks when the set was handed to the threads; each takes it before its next request.
        self.assertEqual(self.answer(20).status, 201)
        self.assertIn("the second set", self.answer(21).message)
        denied = self.kubectl("create", "-f", self.manifest("b", stringData={"blob": "v" * 21}), check=False)
        self.assertIn('admission webhook "validate.secret-hygiene.io" denied the request: policy "small": 21 bytes of data '
                      "exceeds bytesPerSecret 20 bytes", denied.stderr)
        self.assertNotEqual(self.hashes(), before)
        self.assertEqual((self.reloads("success"), self.reloads("failure")), (1, 0))

    def test_a_broken_set_changes_nothing_and_is_in_the_metrics_and_the_log(self):
        self.mounted.swap({"policies.yaml": limit(10, "the good set")})
        self.webhook = self.serve(self.mounted)
        before = self.hashes()
        self.mounted.swap({"policies.yaml": BAD})
        self.webhook.wait_for_event(REFUSED)
        errors = lint(self.mounted.path)
        self.assertEqual(len(errors), 3)
        for error in errors:
            self.webhook.wait_for_event(
                lambda event, error=error: event["message"] == "policy error" and event["detail"].endswith(error))
        self.assertEqual(self.answer(10).status, 201)
        self.assertIn("the good set", self.answer(11).message)
        self.assertEqual(self.hashes(), before)
        self.assertEqual((self.reloads("success"), self.reloads("failure")), (0, 1))
        self.assertEqual(self.webhook.get_plain("/readyz").status, 200)


class Guard(MountedPolicies):
    """/validate-policies, registered as manifests/ registers it, and policies/default as an operator applies it."""

    def setUp(self):
        super().setUp()
        self.admin("create", "namespace", OURS, check=False)
        self.addCleanup(self.admin, "delete", "configmap", CONFIG_MAP, "--namespace", OURS, "--ignore-not-found")
        self.source = self.directory / "source"
        shutil.copytree(libwebhook.DEFAULT_POLICIES, self.source)
        self.edit(limit(10, "the good set"))
        self.apply()
        self.mounted.swap(self.stored())
        self.webhook = self.serve(self.mounted, guard=True)

    def stored(self):
        return self.admin("get", "configmap", CONFIG_MAP, "--namespace", OURS, "-o", "json").json()["data"]

    def apply(self, **options):
        return self.admin("apply", "-k", self.source, **options)

    def edit(self, text):
        (self.source / "limits.yaml").write_text(text, encoding="utf-8")

    def test_an_apply_of_a_bad_set_is_refused_with_the_errors_of_lint(self):
        stored = self.stored()
        self.edit(BAD)
        refused = self.apply(check=False)
        self.assertEqual(refused.status, 1)
        self.assertIn(DENIED + "these policies cannot be loaded:\n", refused.stderr)
        errors = [error for error in lint(self.source) if error.startswith("limits.yaml:")]
        self.assertEqual(len(errors), 3)
        for error in errors:
            self.assertIn(error + "\n", refused.stderr)
        self.assertEqual(self.stored(), stored)
        self.edit(limit(10, "better"))
        self.assertEqual(self.apply().stdout, f"configmap/{CONFIG_MAP} configured\n")
        self.assertIn("better", self.stored()["limits.yaml"])

    def test_a_bad_set_that_was_stored_while_the_webhook_was_down_is_caught_at_the_reload(self):
        # It hangs, and so answers nobody, but keeps what it knows: as one replica of which the API server hears nothing.
        self.webhook.process.pause()
        self.addCleanup(self.webhook.process.resume)
        self.edit(BAD)
        self.assertEqual(self.apply().stdout, f"configmap/{CONFIG_MAP} configured\n")
        self.mounted.swap(self.stored())
        self.webhook.process.resume()
        self.webhook.wait_for_event(REFUSED)
        self.webhook.wait_for_event(lambda event: event["message"] == "policy error" and "limits.yaml:6:9: " in event["detail"])
        self.assertIn("the good set", self.answer(11).message)
        self.assertEqual(self.reloads("failure"), 1)


if __name__ == "__main__":
    unittest.main()
