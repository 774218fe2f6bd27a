"""`secret-hygiene doctor` on a real API server: an installation that is healthy, and one that is broken in each way that it knows."""

import base64
import json
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libconsole  # noqa: E402
import libhousekeeping  # noqa: E402
import libmanifests  # noqa: E402
from installed_webhook import CONFIGURATIONS, NAMESPACE, InstalledWebhook  # noqa: E402

MUTATING, VALIDATING = CONFIGURATIONS
HOOKS = ("mutate.secret-hygiene.io", "validate.secret-hygiene.io", "policies.secret-hygiene.io")
STRICT = libcluster.ROOT / "policies" / "strict"
# What the API server runs of an installation, beside what InstalledWebhook applies: a part is what has a Deployment or a CronJob.
PARTS = ("housekeeping/audit", "housekeeping/prune")

# Ours, and the API server's.
VERSION = re.compile(r"\b(?:v1\.\d+\.\d+|0\.\d+\.\d+)\b")

installed = None
_directory = None


def setUpModule():
    global installed, _directory  # pylint: disable=global-statement
    libcluster.start()
    _directory = tempfile.TemporaryDirectory(prefix="secret-hygiene-doctor-")
    objects = libmanifests.components(*PARTS)
    parts = [each for (kind, name), each in objects.items() if kind == "Deployment" or name in ("secret-hygiene-audit", "secret-hygiene-prune")]
    installed = InstalledWebhook(libcluster.running, _directory.name, policies=STRICT, adjust=take_strict, more=parts)
    installed.__enter__()  # pylint: disable=unnecessary-dunder-call


def tearDownModule():
    installed.uninstall()
    _directory.cleanup()
    libcluster.stop()


def take_strict(document):
    """The ConfigMap holds what InstalledWebhook mounts."""
    if document["kind"] == "ConfigMap":
        document["data"] = {path.name: path.read_text(encoding="utf-8") for path in STRICT.glob("*.yaml") if path.name != "kustomization.yaml"}


def encoded(path):
    return base64.b64encode(pathlib.Path(path).read_bytes()).decode()


class DoctorTest(libhousekeeping.HousekeepingTest):
    def doctor(self, *arguments, status=0, **options):
        """{(check, subject): result}."""
        said = self.hygiene("doctor", "-o", "json", "--metrics", installed.metrics_addresses[0], *arguments, status=status, **options).json()
        self.assertEqual((said["apiVersion"], said["kind"]), ("secret-hygiene.io/v1alpha1", "DoctorReport"))
        for state, count in said["summary"].items():
            self.assertEqual(count, sum(each["state"] == state for each in said["results"]), state)
        for each in said["results"]:
            self.assertEqual(bool(each["advice"]), each["state"] != "ok", each)
        return {(each["check"], each["subject"]): each for each in said["results"]}

    def ails(self, *arguments, status=1, **options):
        """What is not ok: {(check, subject): (state, message)}."""
        return {key: (each["state"], each["message"]) for key, each in self.doctor(*arguments, status=status, **options).items()
                if each["state"] != "ok"}

    def changed(self, kind, name, *operations, namespace=NAMESPACE):
        """Applies a JSON Patch until the end of the test."""
        place = (kind, name, "-n", namespace)
        before = self.admin("get", *place, "-o", "json").json()
        for field in ("resourceVersion", "uid", "creationTimestamp", "managedFields"):
            before["metadata"].pop(field, None)
        self.admin("patch", *place, "--type=json", "-p", json.dumps(operations))
        self.addCleanup(self.admin, "replace", "-f", "-", stdin=json.dumps(before))

    def wait_until_it_ails(self, key, *arguments):
        """The API server learns of a change by a watch."""
        libcluster.wait_for(lambda: key in self.ails(*arguments, status=None), f"doctor finds {key}")
        return self.ails(*arguments)

    def hygiene(self, *arguments, status=0, **options):
        if status is not None:
            return super().hygiene(*arguments, status=status, **options)
        return libhousekeeping.Process(self, *arguments, **options).wait()

    def alone(self, found, check, subject, state, said):
        """One finding is there, and no other but what follows of it."""
        self.assertIn((check, subject), found)
        self.assertEqual(found[check, subject][0], state)
        self.assertIn(said, found[check, subject][1])
        self.assertEqual({key for key in found if key[0] not in (check, "labels", "limits")}, set(), found)


class Healthy(DoctorTest):
    def setUp(self):
        super().setUp()
        libcluster.wait_for(lambda: not self.ails(status=None), "nothing ails any more")

    def test_every_part_is_ok_and_named(self):
        before = self.admin("get", "secrets,configmaps", "-A", "-o", "name").stdout
        found = self.doctor()
        for key in [("versions", ""), ("clock", ""), *(("configuration", hook) for hook in HOOKS), *(("certificate", hook) for hook in HOOKS),
                    ("endpoints", NAMESPACE), ("policies", installed.metrics_addresses[0]), ("labels", "default"), ("limits", "default"),
                    ("rights", "secret-hygiene"), ("rights", "secret-hygiene-audit"), ("rights", "secret-hygiene-prune")]:
            self.assertEqual(found.pop(key, {"state": "missing"})["state"], "ok", key)
        self.assertEqual(found, {})
        self.assertEqual(self.admin("get", "secrets,configmaps", "-A", "-o", "name").stdout, before, "it changed something")

    def test_the_table_says_the_same(self):
        said = self.hygiene("doctor", "--metrics", installed.metrics_addresses[0]).stdout
        for line in ("STATE  CHECK", "was denied, as the policies say", "came back with secret-hygiene.io/ignore=true",
                     "\n15 ok, 0 warnings, 0 problems, 0 not checked\n"):
            self.assertIn(line, said)
        self.assertNotIn("To do", said)

    def test_the_default_policies_deny_nothing_and_that_is_no_ailment(self):
        default = libcluster.ROOT / "policies" / "default"
        data = {path.name: path.read_text(encoding="utf-8") for path in default.glob("*.yaml") if path.name != "kustomization.yaml"}
        self.changed("configmap", "secret-hygiene-policies", {"op": "replace", "path": "/data", "value": data})
        loaded = len(installed.process.events())
        installed.mount_policies(default)
        self.addCleanup(installed.mount_policies, STRICT)
        installed.process.wait_for_event("policies reloaded", after=loaded)
        self.assertIn("no policy denies a Secret of 1 MiB", self.doctor()["limits", "default"]["message"])

    def test_what_may_not_be_looked_at_is_said_with_the_verb(self):
        found = self.ails(user="alice", status=2)
        for key, said in {("configuration", MUTATING): '"get" on "mutatingwebhookconfigurations.admissionregistration.k8s.io"',
                          ("configuration", VALIDATING): '"get" on "validatingwebhookconfigurations.admissionregistration.k8s.io"',
                          ("endpoints", NAMESPACE): '"get" on "services"', ("policies", ""): '"list" on "configmaps"',
                          ("labels", "default"): "the policies are unknown", ("limits", "default"): "the policies are unknown",
                          ("rights", "deployments"): '"list" on "deployments.apps"',
                          ("rights", "cronjobs"): '"list" on "cronjobs.batch"'}.items():
            self.assertEqual(found[key][0], "notLookedAt", key)
            self.assertIn(said, found[key][1])
        self.admin("create", "clusterrole", "doctor", "--verb=get,list", "--resource=deployments.apps,cronjobs.batch,configmaps")
        self.addCleanup(self.admin, "delete", "clusterrole,clusterrolebinding", "doctor")
        self.admin("create", "clusterrolebinding", "doctor", "--clusterrole=doctor", "--user=alice")
        libcluster.wait_for(lambda: ("rights", "deployments") not in self.ails(user="alice", status=2), "alice may list")
        found = self.ails(user="alice", status=2)
        self.assertIn('"create" on "subjectaccessreviews.authorization.k8s.io"', found["rights", "secret-hygiene-audit"][1])
        self.assertIn('"create" on "secrets"', found["labels", "default"][1])
        self.assertIn('"create" on "secrets"', found["limits", "default"][1])

    def test_the_documented_roles_suffice(self):
        roles = libcluster.ROOT / "docs" / "doctor-roles.yaml"
        name = "secret-hygiene-doctor"
        self.admin("apply", "-f", roles)
        self.addCleanup(self.admin, "delete", "-f", roles)
        self.admin("create", "clusterrolebinding", name, f"--clusterrole={name}", "--user=alice")
        self.addCleanup(self.admin, "delete", "clusterrolebinding", name)
        for namespace in (NAMESPACE, "default"):
            self.admin("create", "rolebinding", name, f"--role={name}", "--user=alice", "-n", namespace)
            self.addCleanup(self.admin, "delete", "rolebinding", name, "-n", namespace)
        libcluster.wait_for(lambda: not self.ails(user="alice", status=None), "alice may look at all")
        self.assertEqual(self.doctor(user="alice"), self.doctor())

    def test_without_metrics_the_pods_are_looked_for(self):
        said = self.hygiene("doctor", "-o", "json", status=2).json()
        self.assertEqual([(each["check"], each["subject"]) for each in said["results"] if each["state"] != "ok"], [("policies", "pods")])

    def test_an_api_server_that_is_not_there_ends_it(self):
        done = self.hygiene("doctor", "--context", "nowhere", status=2)
        self.assertEqual(done.stdout, "")
        self.assertIn("nowhere", done.stderr)

    def call_by_url(self, port, bundle):
        for kind, paths in ((MUTATING, ["mutate"]), (VALIDATING, ["validate", "validate-policies"])):
            self.changed(kind, NAMESPACE, *(
                {"op": "replace", "path": f"/webhooks/{number}/clientConfig", "value": {"url": f"https://127.0.0.1:{port}/{path}", "caBundle": bundle}}
                for number, path in enumerate(paths)))

    def test_webhooks_that_are_called_by_their_url_need_no_service(self):
        webhook = self.start(STRICT)
        self.call_by_url(webhook.port, encoded(webhook.certificates.ca))
        found = self.doctor()
        self.assertNotIn(("endpoints", NAMESPACE), found)
        self.assertIn(f"the certificate that https://127.0.0.1:{webhook.port} serves", found["certificate", HOOKS[0]]["message"])

    def test_a_url_whose_certificate_is_for_another_name(self):
        bundle = self.admin("get", MUTATING, NAMESPACE, "-o", "jsonpath={.webhooks[0].clientConfig.caBundle}").stdout
        self.call_by_url(installed.port, bundle)
        state, said = self.ails()["certificate", HOOKS[0]]
        self.assertEqual(state, "problem")
        self.assertIn(f"the certificate of https://127.0.0.1:{installed.port} is not trusted", said)

    def test_a_url_that_nobody_answers_is_not_looked_at(self):
        self.call_by_url(9, encoded(libcluster.running.directory / "ca.crt"))
        self.assertEqual(self.ails(status=None)["certificate", HOOKS[0]][0], "notLookedAt")


class Broken(DoctorTest):
    """Each in its own way, and found by name."""

    def test_a_configuration_that_is_gone(self):
        before = self.admin("get", MUTATING, NAMESPACE, "-o", "json").json()
        del before["metadata"]["resourceVersion"], before["metadata"]["uid"]
        self.admin("delete", MUTATING, NAMESPACE)
        self.addCleanup(self.admin, "create", "-f", "-", stdin=json.dumps(before))
        found = self.wait_until_it_ails(("labels", "default"))
        self.alone(found, "configuration", MUTATING, "problem", "there is no mutatingwebhookconfigurations")
        self.assertIn("came back without secret-hygiene.io/ignore=true", found["labels", "default"][1])

    def test_a_webhook_that_is_gone(self):
        self.changed(VALIDATING, NAMESPACE, {"op": "remove", "path": "/webhooks/1"})
        self.alone(self.ails(status=0), "configuration", HOOKS[2], "warning", "no such webhook")

    def test_rules_that_leave_out_an_update(self):
        self.changed(VALIDATING, NAMESPACE, {"op": "replace", "path": "/webhooks/0/rules/0/operations", "value": ["CREATE"]})
        self.alone(self.ails(), "rules", HOOKS[1], "problem", "do not cover UPDATE of secrets")

    def test_another_path(self):
        self.changed(VALIDATING, NAMESPACE, {"op": "replace", "path": "/webhooks/0/clientConfig/service/path", "value": "/mutate"})
        found = self.wait_until_it_ails(("limits", "default"))
        self.alone(found, "path", HOOKS[1], "problem", "a path other than /validate")
        self.assertIn("was accepted, though the policies deny it", found["limits", "default"][1])

    def test_a_selector_of_objects(self):
        self.changed(VALIDATING, NAMESPACE, {"op": "add", "path": "/webhooks/0/objectSelector", "value": {"matchLabels": {"checked": "yes"}}})
        self.alone(self.ails(), "object-selector", HOOKS[1], "problem", "only Secrets with checked=yes are seen")

    def test_a_webhook_that_sees_its_own_namespace(self):
        self.changed(MUTATING, NAMESPACE, {"op": "remove", "path": "/webhooks/0/namespaceSelector/matchExpressions"})
        self.alone(self.ails(status=0), "namespace-selector", HOOKS[0], "warning", "Secrets of its own namespace, secret-hygiene")
        self.changed(MUTATING, NAMESPACE, {"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Fail"})
        self.alone(self.ails(), "namespace-selector", HOOKS[0], "problem", "its certificate cannot be renewed")

    def test_what_the_admissions_enforcer_of_aks_adds(self):
        condition = {"key": "control-plane", "operator": "NotIn", "values": ["true"]}
        self.changed(MUTATING, NAMESPACE, {"op": "add", "path": "/webhooks/0/namespaceSelector/matchExpressions/-", "value": condition})
        self.alone(self.ails(status=0), "platform", HOOKS[0], "warning", "AKS added the condition control-plane notin (true)")

    def test_what_autopilot_of_gke_adds(self):
        self.changed(MUTATING, NAMESPACE, {"op": "add", "path": "/webhooks/0/namespaceSelector/matchExpressions/0/values/-", "value": "gke-system"})
        self.alone(self.ails(status=0), "platform", HOOKS[0], "warning", "the validating webhook sees: gke-system")

    def test_a_timeout_side_effects_and_conditions_of_their_own(self):
        self.changed(VALIDATING, NAMESPACE, {"op": "replace", "path": "/webhooks/0/timeoutSeconds", "value": 30},
                     {"op": "replace", "path": "/webhooks/0/sideEffects", "value": "NoneOnDryRun"},
                     {"op": "replace", "path": "/webhooks/0/matchConditions", "value": [{"name": "not-me", "expression": "true"}]})
        found = self.ails(status=0)
        self.assertEqual({key: state for key, (state, _) in found.items()},
                         {(check, HOOKS[1]): "warning" for check in ("timeout", "side-effects", "match-conditions")})
        self.assertIn("a write waits for 30 s", found["timeout", HOOKS[1]][1])

    def test_a_bundle_of_another_ca(self):
        other = encoded(libcluster.running.directory / "ca.crt")
        self.changed(MUTATING, NAMESPACE, {"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": other})
        found = self.wait_until_it_ails(("labels", "default"))
        self.alone(found, "certificate", HOOKS[0], "problem", "does not accept the certificate for secret-hygiene.secret-hygiene.svc")

    def test_the_page_shows_what_it_prints(self):
        other = encoded(libcluster.running.directory / "ca.crt")
        self.changed(VALIDATING, NAMESPACE, {"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": other})
        self.wait_until_it_ails(("limits", "default"))
        ((sample,),) = libconsole.blocks_of("doctor.md")
        self.assertEqual(sample.command, "kubectl secret-hygiene doctor")
        printed = self.hygiene("doctor", "--metrics", installed.metrics_addresses[0], status=1).stdout
        shown, printed = ([VERSION.sub("VERSION", line) for line in lines] for lines in (sample.printed, printed.splitlines()))
        self.assertTrue(libconsole.is_shown(shown, printed), "printed is:\n" + "\n".join(printed))

    def test_no_bundle(self):
        self.changed(MUTATING, NAMESPACE, {"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"})
        self.alone(self.ails(), "certificate", HOOKS[0], "problem", "it has no caBundle")

    def test_a_certificate_for_another_name(self):
        pair = libcluster.libcertificates.dated(self.directory / "other", "20250101000000Z", "20990101000000Z")
        certificate = encoded(pair.certificate)
        self.changed("secret", "secret-hygiene-tls", {"op": "replace", "path": "/data/tls.crt", "value": certificate})
        self.changed(MUTATING, NAMESPACE, {"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": certificate})
        self.assertIn("ostname mismatch", self.ails()["certificate", HOOKS[0]][1])

    def test_no_certificate(self):
        found = self.ails("--secret", "another")
        self.alone(found, "certificate", HOOKS[0], "problem", "there is no certificate")

    def test_a_service_without_endpoints(self):
        self.changed("service", NAMESPACE, {"op": "replace", "path": "/spec", "value": {"ports": [{"port": 443}], "clusterIP": "None"}})
        self.alone(self.ails(), "endpoints", NAMESPACE, "problem", "0 of 0 endpoints are ready")

    def test_a_service_that_is_gone(self):
        found = self.ails("--service", "another")
        self.assertIn("there is no Service another", found["endpoints", "another"][1])
        self.assertIn("not to another in secret-hygiene", found["certificate", HOOKS[0]][1])

    def test_policies_that_are_not_in_force(self):
        self.changed("configmap", "secret-hygiene-policies", {"op": "remove", "path": "/data/limits.yaml"})
        self.alone(self.ails(), "policies", installed.metrics_addresses[0], "problem", "other policies in force")

    def test_policies_that_are_none(self):
        self.changed(VALIDATING, NAMESPACE, {"op": "remove", "path": "/webhooks/1"})
        self.changed("configmap", "secret-hygiene-policies", {"op": "replace", "path": "/data/limits.yaml", "value": "kind: Pod"})
        found = self.ails()
        self.assertIn("cannot take these policies: limits.yaml:1", found["policies", "secret-hygiene-policies"][1])
        self.assertEqual(found["labels", "default"][0], "notLookedAt")

    def test_rights_that_are_missing(self):
        self.changed("clusterrole", "secret-hygiene-prune", {"op": "replace", "path": "/rules/0/verbs", "value": ["list"]})
        found = self.wait_until_it_ails(("rights", "secret-hygiene-prune"))
        self.alone(found, "rights", "secret-hygiene-prune", "problem", "the service account secret-hygiene-prune may not get secrets")

    def test_a_webhook_that_is_called_and_does_not_answer(self):
        for kind in CONFIGURATIONS:  # nobody listens there
            self.changed(kind, NAMESPACE, {"op": "replace", "path": "/webhooks/0/clientConfig/service/port", "value": 9})
        found = self.wait_until_it_ails(("labels", "default"))
        self.assertEqual(set(found), {("labels", "default"), ("limits", "default")})
        self.changed(MUTATING, NAMESPACE, {"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Fail"})
        libcluster.wait_for(lambda: "failed calling webhook" in self.ails()["labels", "default"][1], "the write is refused")


if __name__ == "__main__":
    unittest.main()
