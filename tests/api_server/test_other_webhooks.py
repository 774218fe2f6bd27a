"""Beside another mutating webhook, as Kyverno's and Gatekeeper's are: ours has the last word on its label, whoever is called first."""

import base64
import http.server
import json
import pathlib
import ssl
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import libcluster  # noqa: E402  (first: it says where the others are)

setUpModule = libcluster.start
tearDownModule = libcluster.stop


class Other(http.server.BaseHTTPRequestHandler):
    """Replaces all labels by one of its own."""

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        patch = [{"op": "add", "path": "/metadata/labels", "value": {"other": "true"}}]
        answer = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": {
            "uid": review["request"]["uid"], "allowed": True, "patchType": "JSONPatch",
            "patch": base64.b64encode(json.dumps(patch).encode()).decode()}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format, *arguments):  # pylint: disable=redefined-builtin
        pass


class Beside(libcluster.ClusterTest):
    def start_other(self, name):
        """Registered under that name: the API server calls in the order of names."""
        pair = self.certificates(f"tls-{name}")
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        ca = base64.b64encode(pathlib.Path(pair.ca).read_bytes()).decode()
        self.admin("create", "-f", self.file(f"{name}.json", {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration", "metadata": {"name": name}, "webhooks": [{
                "name": "mutate.other.example", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Fail",
                "clientConfig": {"url": f"https://127.0.0.1:{server.server_address[1]}/", "caBundle": ca},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": self.namespace}},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"], "operations": ["CREATE", "UPDATE"]}]}]}))

        def is_called():
            created = self.kubectl("create", "secret", "generic", "probe", "--dry-run=server", "-o", "json").json()
            return "other" in created["metadata"].get("labels", {})
        libcluster.wait_for(is_called, "the API server calls the other webhook")

    def test_the_label_is_there_whoever_is_called_first_and_ours_is_called_again_after_the_other(self):
        webhook = self.serve()
        for name, calls in (("kyverno-resource-mutating-webhook-cfg", 1), ("zz-other", 2)):
            with self.subTest(name):
                self.start_other(name)
                before = libcluster.requests_to(webhook, "mutate")
                self.kubectl("create", "-f", self.manifest("history", libcluster.HELM_TYPE))
                self.assertEqual(self.labels("history"), {"other": "true", libcluster.LABEL: "true"})
                self.assertEqual(libcluster.requests_to(webhook, "mutate") - before, calls)
                self.kubectl("delete", "secret", "history")
                self.admin("delete", "mutatingwebhookconfiguration", name)


if __name__ == "__main__":
    unittest.main()
