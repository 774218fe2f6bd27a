"""What the tests of `secret-hygiene certs` share: an installation as manifests/ makes it, on a cluster without nodes.

The Service is one of type ExternalName, which the API server resolves by itself: so it calls https://secret-hygiene.secret-hygiene.svc
by the configurations' `clientConfig.service`, with that TLS server name, and reaches a webhook on this machine.
"""

import base64
import json
import os
import pathlib
import ssl
import subprocess

import libapi
import libcluster
import libkubelet

NAMESPACE = "secret-hygiene"
SELF_SIGNED = libcluster.ROOT / "certs" / "self-signed"
SECRET = f"/api/v1/namespaces/{NAMESPACE}/secrets/secret-hygiene-tls"
ACCESS = ("service-account", "role", "cluster-role", "admission-policies")
ACCOUNTS = {"job": "secret-hygiene-certs-init", "cron-job": "secret-hygiene-certs"}
POLICIES = f"/api/v1/namespaces/{NAMESPACE}/configmaps/secret-hygiene-policies"
SLICES = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
KINDS = ("validatingwebhookconfigurations", "mutatingwebhookconfigurations")
# What the Deployment of manifests/core mounts of the Secret.
MOUNTED_KEYS = ("tls.crt", "tls.key")
TIMEOUT = 120


def configuration_path(kind):
    return f"/apis/admissionregistration.k8s.io/v1/{kind}/secret-hygiene"


def bundles_of(api):
    """{webhook: its caBundle as text} of both configurations."""
    return {hook["name"]: base64.b64decode(hook["clientConfig"].get("caBundle", "")).decode()
            for kind in KINDS for hook in api.get(configuration_path(kind)).document["webhooks"]}


class Served:
    """The certificates of a webhook, as libwebhook.Webhook takes them."""

    def __init__(self, directory, ca):
        self.directory, self.ca = directory, str(ca)


class CertsTest(libcluster.ClusterTest):
    """The namespace, the Service and both configurations are there; no certificate is."""

    def setUp(self):
        super().setUp()
        self.api = libapi.Api()
        self.addCleanup(self.api.close)
        self.admin("apply", "-f", libcluster.CORE / "namespace.yaml")
        self.addCleanup(self.remove_all)
        for kind in ("mutating", "validating"):
            self.admin("apply", "-f", libcluster.CORE / f"{kind}-webhook.yaml")
        self.put(f"/api/v1/namespaces/{NAMESPACE}/services", {
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "secret-hygiene"},
            "spec": {"type": "ExternalName", "externalName": "localhost"}})

    def remove_all(self):
        self.unregister()
        self.admin("delete", "--namespace", NAMESPACE, "--all", "--wait=false",
                   "secrets,configmaps,services,endpointslices,serviceaccounts,roles,rolebindings")
        for name in ("cluster-role", "admission-policies"):
            self.admin("delete", "--ignore-not-found", "-f", SELF_SIGNED / f"{name}.yaml")

    # The API server, by HTTP.

    def put(self, collection, document):
        """Creates an object."""
        answer = self.api.request("POST", collection, document)
        self.assertEqual(answer.status, 201, answer.document)
        return answer.document

    def found(self, path):
        answer = self.api.get(path)
        self.assertEqual(answer.status, 200, answer.document)
        return answer.document

    def patch(self, path, changes, content_type=libapi.MERGE_PATCH):
        answer = self.api.request("PATCH", path, changes, content_type)
        self.assertEqual(answer.status, 200, answer.document)
        return answer.document

    def stored(self, key):
        """A value of the Secret of certificates, as text."""
        return base64.b64decode(self.found(SECRET)["data"][key]).decode()

    def bundles(self):
        """{webhook: its caBundle as text} of both configurations."""
        return bundles_of(self.api)

    def versions(self):
        """The resourceVersions of all that `certs` writes."""
        return [self.found(path)["metadata"]["resourceVersion"] for path in (SECRET, *map(configuration_path, KINDS))]

    def set_hooks(self, path, value):
        """One field of every webhook of both configurations, by its JSON pointer."""
        for kind in KINDS:
            count = len(self.found(configuration_path(kind))["webhooks"])
            self.patch(configuration_path(kind), [{"op": "add", "path": f"/webhooks/{number}{path}", "value": value}
                                                  for number in range(count)], libapi.JSON_PATCH)

    # `secret-hygiene certs`.

    def start_certs(self, *arguments, environment=None, prefix=()):
        """The process; its kubeconfig is the administrator's unless `environment` says otherwise."""
        environment = {"KUBECONFIG": str(libcluster.running.kubeconfig)} if environment is None else environment
        process = subprocess.Popen(
            [*map(str, prefix), libcluster.libwebhook.binary(), "certs", *map(str, arguments)], cwd=self.directory,
            env={"PATH": os.environ["PATH"], **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(self._end_certs, process)
        return process

    @staticmethod
    def _end_certs(process):
        if process.poll() is None:
            process.kill()
            process.communicate()

    def certs(self, *arguments, check=True, **options):
        """Runs it to the end; fails the test on another exit status than 0 unless check is False."""
        return self.ended(self.start_certs(*arguments, **options), check)

    def ended(self, process, check=True):
        out, err = process.communicate(timeout=TIMEOUT)
        if check and process.returncode != 0:
            self.fail(f"{process.args}: {process.returncode}\n{out}{err}")
        return libcluster.Result(subprocess.CompletedProcess(process.args, process.returncode, out, err))

    def refused(self, *arguments, **options):
        """What it says on stderr, after the words that each error begins with."""
        done = self.certs(*arguments, check=False, **options)
        self.assertEqual((done.status, done.stdout), (2, ""), done.stderr)
        begin = f"secret-hygiene certs {arguments[0]}: "
        self.assertTrue(done.stderr.startswith(begin) and done.stderr.endswith("\n"), done.stderr)
        return done.stderr[len(begin):-1]

    def shown(self):
        return self.certs("show", "-o", "json").json()

    # The webhook.

    def serve_stored(self, policies=libcluster.libwebhook.DEFAULT_POLICIES, mounts=None):
        """A webhook that serves what the Secret holds, kept so by a kubelet, called by the configurations' Service."""
        tls = libkubelet.MountedDirectory(self.directory / "tls")
        kubelet = libkubelet.Kubelet({tls: (SECRET, MOUNTED_KEYS), **(mounts or {})})
        kubelet.start()
        self.addCleanup(kubelet.stop)
        ca = self.file("ca-at-start.crt", self.stored("ca.crt"))
        webhook = self.start(policies, Served(tls, ca))
        # Its port is a free one, not the Service's 443.
        self.set_hooks("/clientConfig/service/port", webhook.port)
        return webhook

    def wait_until_called(self, webhook):
        self.wait_for_calls(webhook)

    def make_slice(self, port, name="secret-hygiene-1"):
        """An EndpointSlice that names this machine. A real one is of type IPv4 or IPv6, where the API server takes no
        loopback address; of type FQDN it does not look whether the name is one."""
        return self.put(SLICES, {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "FQDN",
            "metadata": {"name": name, "labels": {"kubernetes.io/service-name": "secret-hygiene"}},
            "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": True}}],
            "ports": [{"name": "webhook", "port": port, "protocol": "TCP"}]})

    # The service accounts of certs/self-signed.

    def make_service_accounts(self):
        """Applies what they may do; returns {"job": the path of a file with a token of its account, "cron-job": likewise}."""
        for name in ACCESS:
            self.admin("apply", "-f", SELF_SIGNED / f"{name}.yaml")
        return {job: self.file(f"token-{job}", self.admin("create", "token", account, "--namespace", NAMESPACE).stdout.strip())
                for job, account in ACCOUNTS.items()}

    def kubeconfig(self, **changes):
        """An environment with a kubeconfig of the running cluster. `user`, `server`, `context`: instead of the usual."""
        cluster = libcluster.running
        ca = str(cluster.directory / "ca.crt")
        path = self.file("kubeconfig.json", {
            "apiVersion": "v1", "kind": "Config", "current-context": changes.get("context", "test"),
            "clusters": [{"name": "test", "cluster": {"server": changes.get("server", cluster.server),
                                                      "certificate-authority": changes.get("ca", ca)}}],
            "users": [{"name": "user", "user": changes.get("user", {})}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "user"}}]})
        return {"KUBECONFIG": str(path)}


def arguments_of(document):
    """Of the container of a Job or of a CronJob, without the word `certs`."""
    spec = document["spec"].get("jobTemplate", document)["spec"]
    first, *others = spec["template"]["spec"]["containers"][0]["args"]
    assert first == "certs", first
    return others


def certificate_served(port):
    """The PEM of the certificate that a TLS server on this machine shows."""
    return ssl.get_server_certificate(("127.0.0.1", port))


def certificates_in(pem):
    return pem.count("BEGIN CERTIFICATE")
