"""A plain HTTP client of a cluster's API server with one kept-alive connection: for writes that are many, timed, or too large
for kubectl."""

import http.client
import json
import re
import ssl
import urllib.parse

TIMEOUT = 60
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


def unquoted(warning):
    """The text of a header such as: 299 - "a \\"quoted\\" word"."""
    return re.sub(r"\\(.)", r"\1", warning.split('"', 1)[1].removesuffix('"'))


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.warnings = [unquoted(value) for value in response.headers.get_all("Warning", [])]
        self._body = response.read()

    @property
    def text(self):
        return self._body.decode()

    @property
    def document(self):
        return json.loads(self._body or b"null")

    @property
    def message(self):
        """Of a Status."""
        return self.document.get("message", "")


class Api:
    """Acts as `user` of tests/lib/cluster.py. Thread-safety: one thread."""

    def __init__(self, cluster, user="admin", timeout=TIMEOUT):
        address = urllib.parse.urlsplit(cluster.server)
        context = ssl.create_default_context(cafile=cluster.directory / "ca.crt")
        token = json.loads(cluster.kubeconfig_of(user).read_text(encoding="utf-8"))["users"][0]["user"]["token"]
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._connection = http.client.HTTPSConnection(address.hostname, address.port, timeout=timeout, context=context)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._connection.close()

    def request(self, method, path, body=None, content_type=None, headers=None):
        """`body`: a document, or its text. TimeoutError if there is no answer in time."""
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body, ensure_ascii=False).encode()
        kind = content_type or (MERGE_PATCH if method == "PATCH" else "application/json")
        self._connection.request(method, path, body, {"Content-Type": kind, **self._headers, **(headers or {})})
        return Answer(self._connection.getresponse())

    def events(self, path):
        """The events of a watch as they arrive, until the API server ends it or the connection is closed by another thread."""
        self._connection.request("GET", path, headers=self._headers)
        response = self._connection.getresponse()
        if response.status != 200:
            raise OSError(f"{path}: {response.status} {response.read().decode()}")
        while line := response.readline():
            yield json.loads(line)

    def get(self, path):
        try:
            return self.request("GET", path)
        except ConnectionError:  # the API server ends a connection that nobody has used for 90 s
            self._connection.close()
            return self.request("GET", path)

    def create(self, namespace, secret, query="", headers=None):
        return self.request("POST", f"{secrets_path(namespace)}{query}", secret, headers=headers)

    def delete(self, namespace, name):
        return self.request("DELETE", f"{secrets_path(namespace)}/{name}")

    def patch(self, namespace, name, patch):
        return self.request("PATCH", f"{secrets_path(namespace)}/{name}", patch)


def secrets_path(namespace):
    return f"/api/v1/namespaces/{namespace}/secrets"
