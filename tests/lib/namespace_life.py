"""One namespace's life: what kube-controller-manager does for it, from its creation to its end."""

import time

from plain_api import secrets_path
from process import Failed

PATIENCE = 60


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"not within {PATIENCE} s: {what}")
        time.sleep(0.05)


class NamespaceLife:
    """Thread-safety: one thread, that of `api`, a plain_api.Api of an administrator."""

    def __init__(self, api, name):
        self._api, self._name = api, name
        self._path = f"/api/v1/namespaces/{name}"

    def live(self):
        """Creates it, sees each controller do its part, and deletes it. Failed, with the part that was not done."""
        self._create("/api/v1/namespaces", {"kind": "Namespace", "metadata": {"name": self._name}})
        self._create(f"{self._path}/resourcequotas", {"kind": "ResourceQuota", "metadata": {"name": "q"},
                                                      "spec": {"hard": {"secrets": "5"}}})
        wait_for(lambda: self._exists("serviceaccounts/default"), "there is a default service account")
        wait_for(lambda: self._exists("configmaps/kube-root-ca.crt"), "the root CA is published")
        wait_for(lambda: self._counted() == "0", "the quota has counted")
        owner = self._create(f"{self._path}/configmaps", {"kind": "ConfigMap", "metadata": {"name": "owner"}})
        reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
        self._create(secrets_path(self._name), {"kind": "Secret", "metadata": {"name": "owned", "ownerReferences": [reference]}})
        wait_for(lambda: self._counted() == "1", "the quota counts the Secret")
        self._api.request("DELETE", f"{self._path}/configmaps/owner")
        wait_for(lambda: not self._exists("secrets/owned"), "what was owned is collected")
        wait_for(lambda: self._counted() == "0", "the quota counts it no more")
        self._api.request("DELETE", self._path)
        wait_for(lambda: self._api.get(self._path).status == 404, "the namespace is gone")

    def _create(self, path, document):
        answer = self._api.request("POST", path, {"apiVersion": "v1", **document})
        if answer.status != 201:
            raise Failed(f"{path}: {answer.status} {answer.message}")
        return answer.document

    def _exists(self, what):
        return self._api.get(f"{self._path}/{what}").status == 200

    def _counted(self):
        return self._api.get(f"{self._path}/resourcequotas/q").document.get("status", {}).get("used", {}).get("secrets")
