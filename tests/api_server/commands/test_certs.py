"""`secret-hygiene certs` on a real API server: what it makes is called with, and its service account may do what it needs and no more."""

import hashlib
import json
import pathlib
import ssl
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libapi  # noqa: E402
import libcerts  # noqa: E402
from libcerts import KINDS, NAMESPACE, SECRET  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

HOOKS = {"mutate.secret-hygiene.io", "validate.secret-hygiene.io", "policies.secret-hygiene.io"}
MADE = "created a CA and a certificate in the Secret secret-hygiene-tls, valid for 365 days\n"
PUT = "wrote the CA into the caBundles\n"
STAYS = "the Secret secret-hygiene-tls already holds a certificate, which is kept\n"
HELD = "the caBundles already hold the CA\n"
# As a pod of certs/self-signed finds it. A namespace of mounts needs no privilege where users may have one of users.
UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]
AS_A_POD = [*UNSHARE, "sh", "-c",
            'mount -t tmpfs none /run && mkdir -p "$0" && cp ca.crt token namespace "$0" && exec "$@"',
            "/run/secrets/kubernetes.io/serviceaccount"]


def fingerprint(pem):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


class Init(libcerts.CertsTest):
    def test_it_makes_a_pair_and_both_bundles_and_the_api_server_calls_with_them(self):
        self.assertIn("run `certs init`", self.refused("show"))
        self.assertEqual(self.certs("init").stdout, MADE + PUT)
        secret = self.found(SECRET)
        self.assertEqual(secret["type"], "kubernetes.io/tls")
        self.assertEqual(secret["metadata"]["labels"]["app.kubernetes.io/managed-by"], "secret-hygiene")
        self.assertEqual(set(secret["data"]), {"ca.crt", "tls.crt", "tls.key"})
        ca = self.stored("ca.crt")
        self.assertEqual(self.bundles(), dict.fromkeys(HOOKS, ca))
        webhook = self.serve_stored()
        self.assertEqual(libcerts.certificate_served(webhook.port), self.stored("tls.crt"))
        self.wait_until_called(webhook)
        helm = self.manifest("revision", libcluster.HELM_TYPE)
        self.assertEqual(self.kubectl("create", "-f", helm).stdout, "secret/revision created\n")
        self.assertEqual(self.labels("revision"), {libcluster.LABEL: "true"})

    def test_a_second_run_repairs_what_was_emptied_and_changes_nothing_else(self):
        self.certs("init")
        before = self.versions()
        self.assertEqual(self.certs("init").stdout, STAYS + HELD)
        self.assertEqual(self.versions(), before)
        bundles, secret = self.bundles(), self.found(SECRET)
        validating = libcerts.configuration_path(KINDS[0])
        self.patch(validating, [{"op": "remove", "path": "/webhooks/0/clientConfig/caBundle"}], libapi.JSON_PATCH)
        self.assertIn("  MISSING    the CA of the certificate: run `certs init`\n", self.certs("show").stdout)
        self.assertEqual([hook["trustsCertificate"] for hook in self.shown()["bundles"]], [False, True, True])
        self.assertEqual(self.certs("init").stdout, STAYS + PUT)
        self.assertEqual(self.bundles(), bundles)
        self.assertEqual(self.found(SECRET), secret)
        self.assertEqual(self.versions()[2], before[2], "the other configuration was not written")

    def test_show_says_what_is_there_in_words_and_in_json(self):
        self.certs("init", "--days", "90")
        text, document = self.certs("show").stdout, self.shown()
        for line in ("certificate  CN=secret-hygiene\n", ", 89 days left\n",
                     "  names      secret-hygiene.secret-hygiene.svc, secret-hygiene.secret-hygiene.svc.cluster.local, ",
                     f"  SHA-256    {fingerprint(self.stored('tls.crt'))}\n",
                     'caBundle     mutate.secret-hygiene.io of mutatingwebhookconfigurations.admissionregistration.k8s.io '
                     '"secret-hygiene"\n'):
            self.assertIn(line, text)
        self.assertNotIn("MISSING", text)
        self.assertEqual(document["certificate"]["sha256"], fingerprint(self.stored("tls.crt")))
        self.assertEqual((document["certificate"]["state"], document["certificate"]["daysLeft"]), ("valid", 89))
        self.assertEqual([authority["sha256"] for authority in document["authorities"]], [fingerprint(self.stored("ca.crt"))])
        self.assertEqual({hook["webhook"] for hook in document["bundles"]}, HOOKS)
        self.assertNotIn("KEY", text + json.dumps(document))

    def test_the_api_server_refuses_a_write_that_is_not_of_the_version_that_was_read(self):
        """What every step of a rotation relies on: a 409, both for a merge patch and for a JSON Patch."""
        self.certs("init")
        secret, *configurations = self.versions()
        for path, version in zip(map(libcerts.configuration_path, KINDS), configurations):
            patch = [{"op": "replace", "path": "/metadata/resourceVersion", "value": version},
                     {"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": ""}]
            self.patch(path, {"metadata": {"labels": {"another": "write"}}})
            answer = self.api.request("PATCH", path, patch, libapi.JSON_PATCH)
            self.assertEqual((answer.status, answer.document["reason"]), (409, "Conflict"))
        patch = {"metadata": {"resourceVersion": secret}, "data": {"ca.crt": ""}}
        self.patch(SECRET, {"metadata": {"labels": {"another": "write"}}})
        answer = self.api.request("PATCH", SECRET, patch, libapi.MERGE_PATCH)
        self.assertEqual((answer.status, answer.document["reason"]), (409, "Conflict"))

    def test_a_service_of_another_name_and_namespace(self):
        self.set_hooks("/clientConfig/service/name", "hygiene")
        self.set_hooks("/clientConfig/service/namespace", self.namespace)
        self.assertIn('points to the Service "secret-hygiene" in namespace "secret-hygiene": give --service and --namespace',
                      self.refused("init"))
        named = ["--namespace", self.namespace, "--service", "hygiene", "--secret", "pair"]
        self.certs("init", *named)
        self.assertEqual(self.secret("pair")["type"], "kubernetes.io/tls")
        self.assertIn(f"hygiene.{self.namespace}.svc, ", self.certs("show", *named).stdout)


class ServiceAccount(libcerts.CertsTest):
    """The Job and the CronJob of certs/self-signed, run with their arguments and permissions."""

    def setUp(self):
        super().setUp()
        self.tokens = self.make_service_accounts()

    def arguments(self, name):
        path = libcerts.SELF_SIGNED / f"{name}.yaml"
        return libcerts.arguments_of(self.admin("create", "--dry-run=client", "-o", "json", "-f", path).json())

    def run_job(self, name, *more, **options):
        return self.certs(*self.arguments(name), *more, environment=self.kubeconfig(user={"tokenFile": str(self.tokens[name])}), **options)

    def test_their_permissions_suffice(self):
        self.assertEqual(self.run_job("job").stdout, MADE + PUT)
        self.assertEqual(self.run_job("job").stdout, STAYS + HELD)
        webhook = self.serve_stored()
        self.wait_until_called(webhook)
        self.make_slice(webhook.port)
        self.assertIn("the certificate is valid until ", self.run_job("cron-job").stdout)
        old = self.stored("ca.crt")
        said = self.run_job("cron-job", "--force", "--settle", "1s").stdout
        self.assertEqual(said, PUT + "wrote a new certificate into the Secret secret-hygiene-tls, valid for 365 days\n"
                         "every replica serves the certificate: removed 1 earlier CA\n" + PUT)
        self.assertNotIn(old, self.stored("ca.crt"))
        self.assertEqual(self.bundles(), dict.fromkeys(HOOKS, self.stored("ca.crt")))
        self.assertEqual(libcerts.certificate_served(webhook.port), self.stored("tls.crt"))

    def test_a_pod_finds_the_cluster_by_its_service_account(self):
        if subprocess.run(UNSHARE + ["true"], capture_output=True, check=False).returncode != 0:
            self.skipTest("this machine lets nobody make namespaces")
        self.file("ca.crt", (libcluster.running.directory / "ca.crt").read_bytes())
        self.file("namespace", NAMESPACE)
        host, _, port = libcluster.running.server.removeprefix("https://").partition(":")
        pod = {"environment": {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}, "prefix": AS_A_POD}
        token = self.file("token", self.tokens["job"].read_text(encoding="utf-8"))
        self.assertEqual(self.certs(*self.arguments("job"), **pod).stdout, MADE + PUT)
        self.file("token", self.tokens["cron-job"].read_text(encoding="utf-8"))
        self.assertIn("the certificate is valid until ", self.certs(*self.arguments("cron-job"), **pod).stdout)
        token.write_text("not a token", encoding="utf-8")
        self.assertIn("(401)", self.refused(*self.arguments("cron-job"), **pod))

    def set_rules(self, account, path, rules, changed, allowed):
        """Replaces the rules of a Role or ClusterRole, and waits until `changed`, a verb and a resource, is allowed to the account or is
        not: authorisation learns of a role from a watch."""
        self.patch(path, {"rules": rules})
        account = f"--as=system:serviceaccount:{NAMESPACE}:{account}"
        answer = "yes\n" if allowed else "no\n"
        libcluster.wait_for(lambda: self.admin("auth", "can-i", *changed, account, "--namespace", NAMESPACE,
                                               check=False).stdout == answer, f"can-i {changed}: {answer}")

    def test_a_permission_that_is_missing_is_named_with_verb_and_resource(self):
        of_rotation = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/roles/secret-hygiene-certs"
        of_init = f"{of_rotation}-init"
        of_cluster = "/apis/rbac.authorization.k8s.io/v1/clusterroles/secret-hygiene-certs"
        configurations = [(verb, f"{kind}.admissionregistration.k8s.io") for kind in KINDS for verb in ("get", "patch")]
        cases = [
            # command, role, (verb, resource), its name
            ("job", of_init, ("create", "secrets"), ""),
            ("job", of_init, ("get", "secrets"), "/secret-hygiene-tls"),
            ("cron-job", of_rotation, ("get", "secrets"), "/secret-hygiene-tls"),
            ("cron-job", of_rotation, ("patch", "secrets"), "/secret-hygiene-tls"),
            ("cron-job", of_rotation, ("list", "endpointslices.discovery.k8s.io"), ""),
            *(("job", of_cluster, permission, "/secret-hygiene") for permission in configurations),
        ]
        for name, path, (verb, resource), of in cases:
            with self.subTest(verb=verb, resource=resource):
                self.set_hooks("/clientConfig/caBundle", "")
                now = ["--force", "--settle", "0s", "--wait", "0s"] if name == "cron-job" else []
                if now:
                    self.certs("init")
                whole = self.found(path)["rules"]
                self.set_rules(libcerts.ACCOUNTS[name], path, without(whole, verb, resource), (verb, resource + of), False)
                done = self.run_job(name, *now, check=False)
                self.assertEqual(done.status, 2, done.stdout)
                self.assertIn(f": permission is missing to {verb} {resource}", done.stderr)
                self.assertIn(f': a Role or ClusterRole must allow the verb "{verb}" on "{resource}"', done.stderr)
                self.assertIn(f'User "system:serviceaccount:{NAMESPACE}:{libcerts.ACCOUNTS[name]}" cannot {verb} ', done.stderr)
                self.set_rules(libcerts.ACCOUNTS[name], path, whole, (verb, resource + of), True)
                self.api.request("DELETE", SECRET)

    def as_account(self, job, *arguments, stdin=None):
        """What kubectl says on stderr with the token of that job."""
        environment = self.kubeconfig(user={"tokenFile": str(self.tokens[job])})
        return self.admin("--namespace", NAMESPACE, *arguments, environment=environment, check=False, stdin=stdin).stderr

    def test_they_may_change_the_bundles_and_nothing_else_of_the_configurations(self):
        self.run_job("job")
        refused = "this account may change the caBundle of a webhook and nothing else"
        hook = self.found(libcerts.configuration_path(KINDS[0]))["webhooks"][0]
        elsewhere = {
            "/clientConfig": {"url": "https://elsewhere.example/"}, "/clientConfig/service/namespace": "other", "/clientConfig/service/path": "/other",
            "/rules/0/resources": ["*"], "/namespaceSelector": {}, "/objectSelector": {"matchLabels": {"a": "b"}}, "/matchConditions": [],
            "/matchPolicy": "Exact", "/failurePolicy": "Fail", "/timeoutSeconds": 30, "/sideEffects": "NoneOnDryRun", "/name": "other.secret-hygiene.io",
            "/admissionReviewVersions": ["v1", "v1beta1"]}
        self.assertLessEqual(set(hook), {path.split("/")[1] for path in elsewhere}, "a field that no case changes")
        for kind in KINDS:
            for job in self.tokens:
                def patch(*changes):
                    return self.as_account(job, "patch", kind, "secret-hygiene", "--dry-run=server", "--type=json", "-p", json.dumps(changes))
                libcluster.wait_for(lambda: refused in patch({"op": "add", "path": "/webhooks/0/timeoutSeconds", "value": 1}),
                                    "the admission policy is in force")
                for path, value in elsewhere.items():
                    with self.subTest(kind=kind, job=job, path=path):
                        self.assertIn(refused, patch({"op": "add", "path": f"/webhooks/0{path}", "value": value}))
                self.assertIn("denied request", patch({"op": "remove", "path": "/webhooks"}))
                self.assertEqual(patch({"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "QQ=="}), "")

    def test_the_job_may_create_the_secret_of_certificates_alone_and_the_cron_job_none(self):
        def create(job, name, kind):
            secret = {"apiVersion": "v1", "kind": "Secret", "type": kind, "data": {"tls.crt": "", "tls.key": ""},
                      "metadata": {"name": name, "annotations": {"kubernetes.io/service-account.name": "secret-hygiene-certs"}}}
            return self.as_account(job, "create", "--dry-run=server", "-f", "-", stdin=json.dumps(secret))
        refused = "this account may create the Secret secret-hygiene-tls of type kubernetes.io/tls and no other"
        libcluster.wait_for(lambda: refused in create("job", "other", "kubernetes.io/tls"), "the admission policy is in force")
        # As somebody would who wants the token of another account.
        self.assertIn(refused, create("job", "secret-hygiene-tls", "kubernetes.io/service-account-token"))
        self.assertNotIn("forbidden", create("job", "secret-hygiene-tls", "kubernetes.io/tls"))
        self.assertIn('cannot create resource "secrets"', create("cron-job", "secret-hygiene-tls", "kubernetes.io/tls"))


def without(rules, verb, resource):
    """Rules of RBAC that allow all but this verb on this resource."""
    left = [{**rule, "resources": [one], "verbs": [other for other in rule["verbs"] if (other, one) != (verb, resource.partition(".")[0])]}
            for rule in rules for one in rule["resources"]]
    return [rule for rule in left if rule["verbs"]]


if __name__ == "__main__":
    unittest.main()
