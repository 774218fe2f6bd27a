"""An API server that shows a client certificate to some webhooks, to some a wrong one and to others none; and webhooks that demand one."""

import json
import pathlib
import ssl
import tempfile
import unittest

import libcluster
from libcluster import libcertificates

NAME = "kube-apiserver"
SERVICE = "secret-hygiene.secret-hygiene.svc"  # of the manifests
NAMESPACE = "secret-hygiene"
WEBHOOK_PLUGINS = ("MutatingAdmissionWebhook", "ValidatingAdmissionWebhook")
FAILED = 'failed calling webhook "mutate.secret-hygiene.io": failed to call webhook: Post "https://127.0.0.1:{}/mutate?timeout=3s": '

files = None
ports = {}


def setUpModule():
    """The API server chooses its certificate by host and port, so the ports come first."""
    global files  # pylint: disable=global-statement
    files = tempfile.TemporaryDirectory(prefix="secret-hygiene-clients-")
    directory = pathlib.Path(files.name)
    ports.update({name: libcluster.lasting_port() for name in ("known", "stranger", "none", "service")})
    known = libcertificates.client(directory / "known", NAME)
    stranger = libcertificates.client(directory / "stranger", NAME, "another CA")
    kubeconfig = write(directory / "kubeconfig", {"apiVersion": "v1", "kind": "Config", "users": [
        {"name": f"{host}:{ports[port]}", "user": {"client-certificate": shown.certificate, "client-key": shown.key}}
        for host, port, shown in (("127.0.0.1", "known", known), ("127.0.0.1", "stranger", stranger),
                                  (SERVICE, "service", known))]})
    configuration = write(directory / "admission", {
        "apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration", "plugins": [
            {"name": plugin, "configuration": {"apiVersion": "apiserver.config.k8s.io/v1",
                                               "kind": "WebhookAdmissionConfiguration", "kubeConfigFile": kubeconfig}}
            for plugin in WEBHOOK_PLUGINS]})
    libcluster.start([f"--admission-control-config-file={configuration}"])


def tearDownModule():
    libcluster.stop()
    files.cleanup()


def write(path, document):
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def pair(name):
    return libcertificates.Pair(pathlib.Path(files.name) / name)


class ClientCertificates(libcluster.ClusterTest):
    by_service = False

    def prepare(self, hook):
        if self.by_service:
            path = hook["clientConfig"].pop("url").rpartition("/")[2]
            hook["clientConfig"]["service"] = {"name": NAMESPACE, "namespace": NAMESPACE, "path": f"/{path}",
                                               "port": ports["service"]}

    def demanding(self, port, name=NAME):
        """A webhook on the port that the API server knows by this name."""
        return self.start(arguments=["--listen", f"127.0.0.1:{ports[port]}", "--client-ca", pair("known").ca, "--client-name", name])

    def assert_refused(self, webhook, alert):
        """A user is told of the alert under Fail, and the webhook was never called. With TLS 1.3 a client sends its request before it
        reads the alert: now and then its connection is gone by then, and the API server says that instead."""
        self.register(webhook, "Fail", called=False)
        told = ("error: failed to create secret Internal error occurred: " + FAILED.format(webhook.port) +
                f"remote error: tls: {alert}")
        libcluster.wait_for(
            lambda: self.kubectl("create", "secret", "generic", "a", "--dry-run=server", check=False).stderr.strip() == told, told)
        self.assertEqual(libcluster.called_endpoints(webhook), [0, 0])

    def test_an_api_server_with_the_demanded_certificate_is_served(self):
        webhook = self.demanding("known")
        self.register(webhook, "Fail")
        made = self.kubectl("create", "-f", self.manifest("web", libcluster.HELM_TYPE))
        self.assertEqual(made.stdout, "secret/web created\n")
        self.assertEqual(self.labels("web"), {libcluster.LABEL: "true"})

    def test_a_webhook_that_is_registered_by_its_service_knows_the_api_server_too(self):
        self.admin("create", "namespace", NAMESPACE)
        # The API server asks no DNS and sees no pod here; of a Service of this type it takes the name as it is.
        self.admin("create", "service", "externalname", NAMESPACE, "--namespace", NAMESPACE, "--external-name=localhost")
        self.by_service = True
        webhook = self.demanding("service")
        self.register(webhook, "Fail")
        self.assertEqual(self.kubectl("create", "-f", self.manifest("web", libcluster.HELM_TYPE)).stdout, "secret/web created\n")
        self.assertEqual(self.labels("web"), {libcluster.LABEL: "true"})

    def test_an_api_server_without_a_certificate_fails_clearly(self):
        self.assert_refused(self.demanding("none"), "certificate required")

    def test_an_api_server_with_a_certificate_of_another_ca_fails_clearly(self):
        self.assert_refused(self.demanding("stranger"), "unknown certificate authority")

    def test_an_api_server_with_another_name_fails_clearly(self):
        self.assert_refused(self.demanding("known", "kube-apiserver-of-others"), "bad certificate")

    def test_a_stranger_is_refused_at_the_handshake(self):
        webhook = self.demanding("known")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for client in (None, pair("stranger")):
                with self.subTest(version=version, client=client and client.directory.name):
                    context = webhook.tls_context(client)
                    context.minimum_version = context.maximum_version = version
                    with self.assertRaisesRegex(ssl.SSLError, "(?i)alert"):
                        # With TLS 1.3 a client hears of it only when it reads.
                        with webhook.tls(context) as connection:
                            connection.recv(1)
        self.assertEqual(libcluster.called_endpoints(webhook), [0, 0])


if __name__ == "__main__":
    unittest.main()
