"""What `secret-hygiene certs` says where it cannot do what it was asked to, on a real API server; and that it then changes nothing."""

import base64
import json
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libcerts  # noqa: E402
from libcerts import KINDS, NAMESPACE, SECRET  # noqa: E402
from libcertificates import dated  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

UNKNOWN = ("the API server refuses these credentials (401): the token or the client certificate has expired or is wrong; log in "
           "again, or choose another --context: Unauthorized")
NOT_OURS = ('secrets "secret-hygiene-tls" in namespace "secret-hygiene" exists and secret-hygiene did not create it (type kubernetes.io/tls with the label '
            "app.kubernetes.io/managed-by=secret-hygiene): it was not changed; choose another name with --secret, or delete it")
OUR_LABEL = {"app.kubernetes.io/managed-by": "secret-hygiene"}
DAY = 24 * 3600


def stamp(seconds_from_now):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + seconds_from_now))


class NoWayIn(libcerts.CertsTest):
    def refused_by_all(self, environment, more=()):
        """What every command says, which must be the same."""
        said = {self.refused(command, *more, environment=environment) for command in ("init", "rotate", "show")}
        self.assertEqual(len(said), 1, said)
        return said.pop()

    def signed_token(self, **claims):
        """A token of a service account as the API server makes them: a JSON Web Token, RS256."""
        account = self.found(f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/secret-hygiene-certs-init")["metadata"]
        issuer = "https://kubernetes.default.svc"
        now = int(time.time())
        document = {"iss": issuer, "aud": [issuer], "iat": now - 60, "nbf": now - 60, "exp": now + 600,
                    "sub": f"system:serviceaccount:{NAMESPACE}:{account['name']}",
                    "kubernetes.io": {"namespace": NAMESPACE, "serviceaccount": {"name": account["name"], "uid": account["uid"]}},
                    **claims}
        encode = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")  # noqa: E731
        text = b".".join(encode(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, document))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", libcluster.running.directory / "sa.key"], input=text,
                                   check=True, capture_output=True).stdout
        return (text + b"." + encode(signature)).decode()

    def test_no_cluster(self):
        port = libcluster.libwebhook.free_port()
        environment = self.kubeconfig(server=f"https://127.0.0.1:{port}", user={"token": "x"})
        self.assertEqual(self.refused_by_all(environment), f'context "test" of {environment["KUBECONFIG"]}: cannot reach '
                         f"https://127.0.0.1:{port}: Connection refused")
        self.assertEqual(self.refused_by_all({}), "there is no cluster to connect to: no kubeconfig was found and this is not a pod; "
                         "give --kubeconfig FILE, or set KUBECONFIG")
        self.assertEqual(self.refused_by_all({}, ["--kubeconfig", "/nonexistent"]),
                         "--kubeconfig: /nonexistent: cannot be read: No such file or directory")
        other = self.certificates().ca
        self.assertIn(f"the certificate of {libcluster.running.server} is not trusted: ",
                      self.refused_by_all(self.kubeconfig(ca=other, user={"token": "x"})))

    def test_a_context_that_is_not_there(self):
        environment = self.kubeconfig(user={"token": "x"})
        self.assertEqual(self.refused_by_all(environment, ["--context", "prod"]),
                         f'{environment["KUBECONFIG"]}: there is no context "prod"; there is: test')
        environment = self.kubeconfig(user={"token": "x"}, context="gone")
        self.assertEqual(self.refused_by_all(environment), f'{environment["KUBECONFIG"]}: there is no context "gone"; there is: test')

    def test_credentials_that_are_wrong_or_have_expired(self):
        self.make_service_accounts()
        good = self.kubeconfig(user={"token": self.signed_token()})
        self.certs("init", environment=good)
        ended = self.signed_token(exp=int(time.time()) - 60)
        for token in ("wrong", self.signed_token(aud=["elsewhere"]), ended):
            self.assertEqual(self.refused_by_all(self.kubeconfig(user={"token": token})), UNKNOWN)
        self.certs("init", environment=self.kubeconfig(user=self.client_certificate(-DAY, DAY)))
        self.assertEqual(self.refused_by_all(self.kubeconfig(user=self.client_certificate(-2 * DAY, -DAY))), UNKNOWN)

    def client_certificate(self, begin, end):
        """A user of a kubeconfig with a certificate of the cluster's CA, in the group that may do all."""
        pair = dated(self.directory / f"client{begin}", stamp(begin), stamp(end), "/O=system:masters/CN=operator",
                     "extendedKeyUsage=clientAuth", libcluster.running.directory)
        return {"client-certificate": pair.certificate, "client-key": pair.key}

    def test_a_token_file_that_is_gone(self):
        environment = self.kubeconfig(user={"tokenFile": "/nonexistent"})
        self.assertEqual(self.refused_by_all(environment), f'context "test" of {environment["KUBECONFIG"]}: /nonexistent: cannot be '
                         "read: No such file or directory")
        self.assertEqual(self.api.get(SECRET).status, 404)

    def test_nobody_in_particular_is_told_what_is_missing(self):
        self.assertIn('permission is missing to get validatingwebhookconfigurations.admissionregistration.k8s.io "secret-hygiene": ',
                      self.refused("init", environment=self.kubeconfig()))


class NotInstalled(libcerts.CertsTest):
    def test_a_configuration_that_is_not_there(self):
        for kind in KINDS:
            self.admin("delete", kind, "secret-hygiene")
            said = self.refused("init")
            self.assertEqual(said, f'{kind}.admissionregistration.k8s.io "secret-hygiene" is not installed: apply the manifests first, or '
                             "name it with --validating and --mutating (\"\": none)")
            self.assertEqual(self.api.get(SECRET).status, 404)
            self.admin("apply", "-f", libcluster.CORE / f"{kind.removesuffix('webhookconfigurations')}-webhook.yaml")
        self.admin("delete", KINDS[1], "secret-hygiene")
        self.certs("init", "--mutating", "")
        self.assertEqual({hook["webhook"] for hook in self.certs("show", "--mutating", "", "-o", "json").json()["bundles"]},
                         {"validate.secret-hygiene.io", "policies.secret-hygiene.io"})

    def test_a_namespace_that_is_not_there(self):
        self.set_hooks("/clientConfig/service/namespace", "nowhere")
        self.assertEqual(self.refused("init", "--namespace", "nowhere"),
                         'there is no namespace "nowhere": apply the manifests first, or give --namespace')

    def test_no_certificate_yet(self):
        self.assertEqual(self.refused("rotate"), "the Secret secret-hygiene-tls in namespace secret-hygiene holds no certificate yet: "
                         "run `certs init`")
        self.assertEqual(self.refused("show"), 'there is no certificate in the Secret "secret-hygiene-tls" in namespace "secret-hygiene": '
                         "run `certs init`")

    def test_four_inits_at_once_make_one_pair(self):
        for process in [self.start_certs("init") for _ in range(4)]:
            self.ended(process)
        self.assertEqual(libcerts.certificates_in(self.stored("ca.crt")), 1)
        self.assertEqual(set(self.bundles().values()), {self.stored("ca.crt")})


class Stored(libcerts.CertsTest):
    """Secrets that another than `certs` made."""

    def keep(self, kind="kubernetes.io/tls", labels=None, **data):
        encoded = {name.replace("_", "."): base64.b64encode(value).decode() for name, value in data.items()}
        return self.put(f"/api/v1/namespaces/{NAMESPACE}/secrets", {
            "apiVersion": "v1", "kind": "Secret", "type": kind, "data": encoded,
            "metadata": {"name": "secret-hygiene-tls", "labels": labels or {}}})

    def pair_of(self, begin, end):
        """A pair in a Secret of ours, good from and to so many seconds from now."""
        pair = dated(self.directory / f"pair{begin}", stamp(begin), stamp(end),
                     extensions=f"subjectAltName=DNS:secret-hygiene.{NAMESPACE}.svc")
        self.keep(labels=OUR_LABEL, **{name.replace(".", "_"): text for name, text in pair.files().items()})
        return pair

    def test_a_secret_of_somebody_else_is_never_written(self):
        cases = [
            ("Opaque", OUR_LABEL),
            ("kubernetes.io/tls", None),
            ("kubernetes.io/tls", {"app.kubernetes.io/managed-by": "Helm"}),
        ]
        for kind, labels in cases:
            with self.subTest(kind=kind, labels=labels):
                theirs = self.keep(kind, labels, tls_crt=b"", tls_key=b"")
                for command in (["init"], ["rotate"], ["rotate", "--force"], ["show"]):
                    self.assertEqual(self.refused(*command), NOT_OURS)
                self.assertEqual(self.found(SECRET), theirs)
                self.assertEqual(set(self.bundles().values()), {""})
                self.api.request("DELETE", SECRET)

    def test_an_empty_one_of_ours_is_filled(self):
        self.keep(labels=OUR_LABEL, tls_crt=b"", tls_key=b"")
        self.certs("init")
        self.assertEqual(set(self.bundles().values()), {self.stored("ca.crt")})

    def test_one_of_ours_that_holds_no_pem_gets_into_no_bundle(self):
        self.keep(labels=OUR_LABEL, tls_crt=b"no PEM", tls_key=b"no PEM", ca_crt=b"no PEM")
        for command in ("init", "rotate", "show"):
            self.assertEqual(self.refused(command), 'the Secret "secret-hygiene-tls" in namespace "secret-hygiene" holds no certificate '
                             "and CA in PEM: delete it, then run `certs init`")
        self.assertEqual(set(self.bundles().values()), {""})

    def check_before(self, state, line):
        """What is said of a certificate whose time it is not."""
        self.assertIn(line, self.certs("show").stdout)
        self.assertEqual(self.shown()["certificate"]["state"], state)
        self.assertIn(", which is kept; it is due for renewal: run `certs rotate`\n", self.certs("init").stdout)
        self.set_hooks("/failurePolicy", "Fail")

    def check_after(self, webhook):
        self.assertEqual(self.shown()["certificate"]["state"], "valid")
        self.wait_until_called(webhook)
        self.kubectl("create", "secret", "generic", "written")

    def test_a_certificate_that_has_ended_is_renewed(self):
        pair = self.pair_of(-20 * DAY, -10 * DAY)
        self.check_before("ended", "  EXPIRED    no API server accepts it: run `certs rotate`\n")
        self.assertIn("the certificate has expired: renew it", self.fails_to_start(certificates=pair)[1])
        port = libcluster.libwebhook.free_port()
        said = self.certs("rotate", "--settle", "0s", "--wait", "0s", "--probe", f"127.0.0.1:{port}", check=False)
        self.assertEqual(said.status, 2)
        self.assertIn(f"not every replica serves the new certificate yet (cannot reach https://127.0.0.1:{port}: Connection refused): both "
                      "CAs stay trusted; run it again to finish\n", said.stderr)
        webhook = self.serve_stored()
        self.certs("rotate", "--probe", f"127.0.0.1:{webhook.port}")
        self.check_after(webhook)

    def test_a_certificate_from_a_clock_that_is_ahead_is_renewed(self):
        self.pair_of(10 * DAY, 20 * DAY)
        self.check_before("notYetValid", "  TOO EARLY  it is not yet valid, so no API server accepts it; the clock of the issuer was ahead, or this clock is "
                          "behind: run `certs rotate`\n")
        webhook = self.serve_stored()
        early = "x509: certificate has expired or is not yet valid"
        libcluster.wait_for(lambda: early in self.kubectl("create", "secret", "generic", "early", "--dry-run=server", check=False).stderr,
                            "the API server says so too")
        self.certs("rotate", "--settle", "0s", "--probe", f"127.0.0.1:{webhook.port}")
        self.check_after(webhook)


if __name__ == "__main__":
    unittest.main()
