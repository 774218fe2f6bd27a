"""Many clients that create Secrets at once, each name until it is stored or denied by a limit across Secrets; and how many there were at
every moment."""

import base64
import collections
import http.client
import threading
import time

from namespace_life import wait_for
from plain_api import Api, secrets_path
from process import Failed

CLIENTS = 64
# Of one write: both webhooks wait 3 s, and a machine with two cores has other work as well.
WRITE_TIMEOUT = 20


def by_limit(answer):
    """Denied because a scope is full, not because it is unknown how full it is."""
    return answer.status == 403 and "denied the request" in answer.message and "delete some first" in answer.message


class Burst:
    """`writes` Secrets named burst-0 and so on in one namespace, as fast as `clients` kept-alive connections go.

    Number N holds sizes[N % len(sizes)] bytes, and grows by `growth` bytes in an UPDATE once it is stored; each `deletes`th is
    deleted by its client after that, so that there is room for others. A client whose write
    fails in another way than by a limit tries the same again: the webhook that it asked was killed or hangs.
    Thread-safety: start() and join() on one thread; the counters may be read on any.
    """

    def __init__(self, cluster, namespace, writes, clients=CLIENTS, sizes=(0,), growth=0, deletes=0):
        self.stored = []
        self.denied = []
        self.grown = []
        self.kept_small = []  # stored, and denied to grow
        self.deleted = []
        self.again = collections.Counter()  # why a name was tried once more
        self.unknown = 0  # stored although its count was not known
        self.latencies = []  # of each answer that was one, in seconds
        self.seconds = 0
        self.broken = []
        self._cluster, self._namespace = cluster, namespace
        self._numbers = iter(range(writes))
        self._sizes, self._growth, self._deletes = sizes, growth, deletes
        self._lock = threading.Lock()
        self._over = False
        self._threads = [threading.Thread(target=self._client, daemon=True) for _ in range(clients)]

    def start(self):
        self._started = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def join(self, timeout):
        """Waits for every name's answer; TimeoutError where some have none in time."""
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0, deadline - time.monotonic()))
        self.seconds = time.monotonic() - self._started
        if any(thread.is_alive() for thread in self._threads):
            self._over = True
            raise TimeoutError(f"{len(self.stored)} stored, {len(self.denied)} denied within {timeout} s; tried again: "
                               f"{dict(self.again)}")
        return self

    def _client(self):
        api = Api(self._cluster, timeout=WRITE_TIMEOUT)
        try:
            while not self._over:
                with self._lock:
                    number = next(self._numbers, None)
                if number is None:
                    break
                while not self._over and not self._create(api, number):
                    pass
                while not self._over and self._growth and number in self.stored and not self._grow(api, number):
                    pass
                while not self._over and self._goes(number) and not self._delete(api, number):
                    pass
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.broken.append(repr(error))
        finally:
            api.close()

    def _data(self, number, more=0):
        return {"data": {"key": base64.b64encode(bytes(self._sizes[number % len(self._sizes)] + more)).decode()}}

    def _create(self, api, number):
        document = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"burst-{number}"}, **self._data(number)}
        return self._write(api, lambda: api.create(self._namespace, document), number, self.stored, self.denied)

    def _grow(self, api, number):
        changes = self._data(number, self._growth)
        return self._write(api, lambda: api.patch(self._namespace, f"burst-{number}", changes), number, self.grown,
                           self.kept_small)

    def _goes(self, number):
        return self._deletes and number % self._deletes == 0 and number in self.stored and number not in self.deleted

    def _delete(self, api, number):
        return self._write(api, lambda: api.delete(self._namespace, f"burst-{number}"), number, self.deleted, self.denied)

    def _write(self, api, send, number, done, denied):
        """True once it is answered, and noted in `done` or `denied`."""
        began = time.monotonic()
        try:
            answer = send()
        except (OSError, http.client.HTTPException) as error:
            api.close()
            return self._tried(type(error).__name__)
        # 409: its own CREATE, whose answer was lost; 404: its own DELETE.
        if answer.status in (200, 201, 404, 409):
            with self._lock:
                self.unknown += any("allowed without a count" in warning for warning in answer.warnings)
            return self._answered(done, number, began)
        if by_limit(answer):
            return self._answered(denied, number, began)
        return self._tried(answer.message)

    def _answered(self, numbers, number, began):
        with self._lock:
            numbers.append(number)
            self.latencies.append(time.monotonic() - began)
        return True

    def _tried(self, why):
        with self._lock:
            self.again[why[:160]] += 1
        return False


class Census:
    """How many Secrets a namespace holds at every moment: a watch tells each write in the order in which it was stored.

    Counts from start() to stop(). `highest`: the most that there were at once; `now`: those that there are.
    Thread-safety: start() and stop() on one thread; the numbers may be read on any.
    """

    def __init__(self, cluster, namespace):
        self.now = self.highest = 0
        self.revision = 0  # of the last event
        self.broken = None
        self._path = secrets_path(namespace)
        self._api = Api(cluster, timeout=600)
        self._cluster = cluster
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self):
        listed = self._api.get(self._path).document
        self.now = self.highest = len(listed["items"])
        self._from = listed["metadata"]["resourceVersion"]
        self._thread.start()
        return self

    def stop(self):
        """Returns once everything that was written before the call is counted. Nothing may be written meanwhile."""
        with Api(self._cluster) as api:
            stored = api.get(self._path).document["items"]
        newest = max((int(item["metadata"]["resourceVersion"]) for item in stored), default=0)
        wait_for(lambda: self.broken or (self.now == len(stored) and self.revision >= newest), "the census has seen every write")
        if self.broken:
            raise Failed(self.broken)
        return self

    def _watch(self):
        try:
            for event in self._api.events(f"{self._path}?watch=1&allowWatchBookmarks=true&resourceVersion={self._from}"):
                if event["type"] == "ERROR":
                    raise OSError(str(event["object"]))
                self.now += {"ADDED": 1, "DELETED": -1}.get(event["type"], 0)
                self.highest = max(self.highest, self.now)
                self.revision = int(event["object"]["metadata"]["resourceVersion"])
            self.broken = "the watch of the census ended"
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.broken = repr(error)
