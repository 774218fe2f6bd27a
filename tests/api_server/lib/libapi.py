"""The API server of the tests by plain HTTP: tests/lib/plain_api.py, and Secrets for it."""

import libcluster  # first: it finds tests/lib

from plain_api import JSON_PATCH, MERGE_PATCH, secrets_path  # noqa: F401  (for those who import this)
import plain_api

# Both webhooks of a write wait 3 s at most (timeoutSeconds): an answer that takes longer than this hangs.
WRITE_TIMEOUT = 20


class Api(plain_api.Api):
    """Of the running cluster."""

    def __init__(self, user="admin", timeout=plain_api.TIMEOUT):
        super().__init__(libcluster.running, user, timeout)


def secret(name, kind="Opaque", **fields):
    return {"apiVersion": "v1", "kind": "Secret", "type": kind,
            "metadata": {"name": name, **fields.pop("metadata", {})}, **fields}
