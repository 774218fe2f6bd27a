"""Many clients that create Secrets at once, each name until it is stored or denied by a limit across Secrets."""

import collections
import http.client
import threading
import time

from plain_api import Api

CLIENTS = 64
# Of one write: both webhooks wait 3 s, and a machine with two cores has other work as well.
WRITE_TIMEOUT = 20


def by_limit(answer):
    """Denied because a scope is full, not because it is unknown how full it is."""
    return answer.status == 403 and "denied the request" in answer.message and "delete some first" in answer.message


class Burst:
    """`writes` Secrets named burst-0 and so on in one namespace, as fast as `clients` kept-alive connections go.

    A client whose write fails in another way tries the same name again: the webhook that it asked was killed or hangs.
    Thread-safety: start() and join() on one thread; the counters may be read on any.
    """

    def __init__(self, cluster, namespace, writes, clients=CLIENTS):
        self.stored = []
        self.denied = []
        self.again = collections.Counter()  # why a name was tried once more
        self.unknown = 0  # stored although its count was not known
        self.latencies = []  # of each answer that was one, in seconds
        self.seconds = 0
        self.broken = []
        self._cluster, self._namespace = cluster, namespace
        self._names = iter([f"burst-{number}" for number in range(writes)])
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
                    name = next(self._names, None)
                if name is None:
                    break
                while not self._over and not self._create(api, name):
                    pass
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.broken.append(repr(error))
        finally:
            api.close()

    def _create(self, api, name):
        began = time.monotonic()
        try:
            answer = api.create(self._namespace, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}})
        except (OSError, http.client.HTTPException) as error:
            api.close()
            return self._tried(type(error).__name__)
        if answer.status == 409:
            # Its own, whose answer was lost.
            return self._answered(self.stored, name, began)
        if answer.status == 201:
            with self._lock:
                self.unknown += any("allowed without a count" in warning for warning in answer.warnings)
            return self._answered(self.stored, name, began)
        if by_limit(answer):
            return self._answered(self.denied, name, began)
        return self._tried(answer.message)

    def _answered(self, names, name, began):
        with self._lock:
            names.append(name)
            self.latencies.append(time.monotonic() - began)
        return True

    def _tried(self, why):
        with self._lock:
            self.again[why[:160]] += 1
        return False
