"""Writers of small Secrets: threads with a connection of their own, that create, replace and delete until they are told to stop."""

import base64
import threading

import libapi

WRITERS = 4
# Of each Secret's writes the last, its DELETE, is left out for one in this many.
KEEP_ONE_IN = 4


class Load:
    """From start() to finish(). A write that does not succeed is kept in `failures`, and ends its writer."""

    def __init__(self, namespaces, kind="Opaque"):
        self.failures = []
        self.counts = {"CREATE": 0, "UPDATE": 0, "DELETE": 0}
        self._namespaces = namespaces
        self._kind = kind
        self._lock = threading.Lock()
        self._least = None
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def total(self):
        with self._lock:
            return sum(self.counts.values())

    def finish(self, least=0):
        """Lets them write until there were `least` writes in all, and waits for them."""
        with self._lock:
            self._least = least
        for thread in self._threads:
            thread.join()

    def _over(self):
        with self._lock:
            return self.failures or (self._least is not None and sum(self.counts.values()) >= self._least)

    def _write(self, writer):
        try:
            with libapi.Api() as api:
                number = 0
                while not self._over():
                    self._write_one(api, writer, number)
                    number += 1
        except (OSError, AssertionError) as failure:
            with self._lock:
                self.failures.append(str(failure))

    def _write_one(self, api, writer, number):
        collection = f"/api/v1/namespaces/{self._namespaces[number % len(self._namespaces)]}/secrets"
        document = {"apiVersion": "v1", "kind": "Secret", "type": self._kind, "metadata": {"name": f"s-{writer}-{number}"},
                    "data": {"key": base64.b64encode(f"value {number}".encode()).decode()}}
        path = f"{collection}/{document['metadata']['name']}"
        self._done(api, "CREATE", "POST", collection, document)
        document["data"]["more"] = document["data"]["key"]
        self._done(api, "UPDATE", "PUT", path, document)
        if number % KEEP_ONE_IN:
            self._done(api, "DELETE", "DELETE", path)

    def _done(self, api, operation, method, path, document=None):
        answer = api.request(method, path, document)
        assert answer.status in (200, 201), f"{method} {path}: {answer.status} {answer.message}"
        with self._lock:
            self.counts[operation] += 1
