"""A plain HTTP client of the API server, for what is to be fast or exact: one connection, kept alive."""

import http.client
import json
import ssl
import urllib.parse

import libcluster

TIMEOUT = 60
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


class Api:
    """Answers are (status, document). Thread-safety: one thread."""

    def __init__(self, user="admin"):
        cluster = libcluster.running
        kubeconfig = json.loads(cluster.kubeconfig_of(user).read_text(encoding="utf-8"))
        self._token = kubeconfig["users"][0]["user"]["token"]
        server = urllib.parse.urlsplit(cluster.server)
        self._connection = http.client.HTTPSConnection(
            server.hostname, server.port, timeout=TIMEOUT,
            context=ssl.create_default_context(cafile=cluster.directory / "ca.crt"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def request(self, method, path, body=None, content_type="application/json"):
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = content_type
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def get(self, path):
        return self.request("GET", path)
