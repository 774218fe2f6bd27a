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
MADE = "made a CA and a certificate in the Secret secret-hygiene-tls, good for 365 days\n"
PUT = "put the CA into the webhook configurations\n"
STAYS = "the Secret secret-hygiene-tls holds a certificate already: it stays\n"
HELD = "the webhook configurations hold the CA already\n"
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
        self.assertIn('leads to the Service "secret-hygiene" in namespace "secret-hygiene": give --service and --namespace',
                      self.refused("init"))
        named = ["--namespace", self.namespace, "--service", "hygiene", "--secret", "pair"]
        self.certs("init", *named)
        self.assertEqual(self.secret("pair")["type"], "kubernetes.io/tls")
        self.assertIn(f"hygiene.{self.namespace}.svc, ", self.certs("show", *named).stdout)


class ServiceAccount(libcerts.CertsTest):
    """The Job and the CronJob of certs/self-signed, run with their arguments and permissions."""

    def setUp(self):
        super().setUp()
        self.token = self.make_service_account()
        self.as_account = self.kubeconfig(user={"tokenFile": str(self.token)})

    def arguments(self, name):
        path = libcerts.SELF_SIGNED / f"{name}.yaml"
        return libcerts.arguments_of(self.admin("create", "--dry-run=client", "-o", "json", "-f", path).json())

    def test_their_permissions_suffice(self):
        self.assertEqual(self.certs(*self.arguments("job"), environment=self.as_account).stdout, MADE + PUT)
        self.assertEqual(self.certs(*self.arguments("job"), environment=self.as_account).stdout, STAYS + HELD)
        webhook = self.serve_stored()
        self.wait_until_called(webhook)
        self.make_slice(webhook.port)
        self.assertIn("the certificate is good until ", self.certs(*self.arguments("cron-job"), environment=self.as_account).stdout)
        old = self.stored("ca.crt")
        said = self.certs(*self.arguments("cron-job"), "--force", "--settle", "1s", environment=self.as_account).stdout
        self.assertEqual(said, PUT + "put a new certificate into the Secret secret-hygiene-tls, good for 365 days\n"
                         "every replica serves the certificate: took 1 earlier CA out\n" + PUT)
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
        self.assertEqual(self.certs(*self.arguments("job"), **pod).stdout, MADE + PUT)
        self.assertIn("the certificate is good until ", self.certs(*self.arguments("cron-job"), **pod).stdout)
        self.token.write_text("not a token", encoding="utf-8")
        self.assertIn("(401)", self.refused(*self.arguments("cron-job"), **pod))

    def set_rules(self, path, rules, changed, allowed):
        """Replaces the rules of a Role or ClusterRole, and waits until `changed`, a verb and a resource, is allowed or is
        not: authorisation learns of a role from a watch."""
        self.patch(path, {"rules": rules})
        account = f"--as=system:serviceaccount:{NAMESPACE}:secret-hygiene-certs"
        answer = "yes\n" if allowed else "no\n"
        libcluster.wait_for(lambda: self.admin("auth", "can-i", *changed, account, "--namespace", NAMESPACE,
                                               check=False).stdout == answer, f"can-i {changed}: {answer}")

    def test_a_permission_that_is_missing_is_named_with_verb_and_resource(self):
        of_namespace = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/roles/secret-hygiene-certs"
        of_cluster = "/apis/rbac.authorization.k8s.io/v1/clusterroles/secret-hygiene-certs"
        configurations = [(verb, f"{kind}.admissionregistration.k8s.io") for kind in KINDS for verb in ("get", "patch")]
        cases = [
            # command, role, (verb, resource), its name
            ("job", of_namespace, ("create", "secrets"), ""),
            ("job", of_namespace, ("get", "secrets"), "/secret-hygiene-tls"),
            ("cron-job", of_namespace, ("patch", "secrets"), "/secret-hygiene-tls"),
            ("cron-job", of_namespace, ("list", "endpointslices.discovery.k8s.io"), ""),
            *(("job", of_cluster, permission, "/secret-hygiene") for permission in configurations),
        ]
        for name, path, (verb, resource), of in cases:
            with self.subTest(verb=verb, resource=resource):
                self.set_hooks("/clientConfig/caBundle", "")
                now = ["--force", "--settle", "0s", "--wait", "0s"] if name == "cron-job" else []
                if now:
                    self.certs("init")
                whole = self.found(path)["rules"]
                self.set_rules(path, without(whole, verb, resource), (verb, resource + of), False)
                done = self.certs(*self.arguments(name), *now, check=False, environment=self.as_account)
                self.assertEqual(done.status, 1, done.stdout)
                self.assertIn(f": permission is missing to {verb} {resource}", done.stderr)
                self.assertIn(f': a Role or ClusterRole must allow the verb "{verb}" on "{resource}"', done.stderr)
                self.assertIn(f'User "system:serviceaccount:{NAMESPACE}:secret-hygiene-certs" cannot {verb} ', done.stderr)
                self.set_rules(path, whole, (verb, resource + of), True)
                self.api.request("DELETE", SECRET)


def without(rules, verb, resource):
    """Rules of RBAC that allow all but this verb on this resource."""
    left = [{**rule, "resources": [one], "verbs": [other for other in rule["verbs"] if (other, one) != (verb, resource.partition(".")[0])]}
            for rule in rules for one in rule["resources"]]
    return [rule for rule in left if rule["verbs"]]


if __name__ == "__main__":
    unittest.main()
