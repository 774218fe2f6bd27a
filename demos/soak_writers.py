"""Writers of `./dev soak`, and the model of what each of their writes must be answered."""

import base64
import http.client
import random
import threading
import time

import plain_api
from burst import WRITE_TIMEOUT, by_limit

WRITERS = 4
NAMESPACES = ("soak-0", "soak-1")
LIMIT = 30
# Together they want more in a namespace than LIMIT, so that denials are part of the load.
KEPT = 2 * LIMIT // WRITERS + 2
SIZE_LIMIT, FITS, TOO_LARGE = 2048, 2048, 2049
# An entry whose write was never seen ends after 60 s and a read of its name (docs/counting-internals.md), which an API server that restarts delays.
ENTRY_SECONDS = 150
PAUSE = 0.2


def too_large(answer):
    return answer.status == 403 and "denied the request" in answer.message and "bytesPerSecret" in answer.message


class Places:
    """Which names may hold a place in a namespace: an upper bound of what a webhook that is right may have counted.

    Each attempt to create a name has an entry of its own. One without an answer may hold the place of its name for ENTRY_SECONDS, even after
    another attempt stored the Secret and it was deleted again.

    Thread-safety: internally locked.
    """

    def __init__(self):
        self._until = {}
        self._entries_until = {}
        self._lock = threading.Lock()

    def take(self, name, last_unanswered=None):
        """`last_unanswered`: when the last attempt without an answer ended, of time.monotonic()."""
        with self._lock:
            self._until[name] = float("inf")
            if last_unanswered is not None:
                self._entries_until[name] = last_unanswered + ENTRY_SECONDS

    def give_back(self, name):
        with self._lock:
            self._until[name] = max(time.monotonic(), self._entries_until.pop(name, 0.0))

    def held_since(self, began):
        """How many names held a place at some moment from `began` until now."""
        with self._lock:
            self._until = {name: until for name, until in self._until.items() if until > began - 60}
            return sum(until > began for until in self._until.values())


class Writers:
    """Create, grow, replace and delete Secrets until finish(). `wrong` is what was answered as it must not be.

    Thread-safety: start() and finish() on one thread; the counters may be read on any.
    """

    def __init__(self, cluster):
        self.stored = [{} for _ in range(WRITERS)]  # {(namespace, name): data}, of each writer
        self.counts = {"stored": 0, "replaced": 0, "deleted": 0, "denied by number": 0, "denied by size": 0, "tried again": 0}
        self.wrong = []
        self._cluster = cluster
        self._places = {namespace: Places() for namespace in NAMESPACES}
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._write, args=(number,), daemon=True) for number in range(WRITERS)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def finish(self, timeout):
        self._over.set()
        for thread in self._threads:
            thread.join(timeout)
            if thread.is_alive():
                self.wrong.append(f"a writer has no answer within {timeout} s")

    def all_stored(self):
        return {key: data for of_writer in self.stored for key, data in of_writer.items()}

    def _count(self, what):
        with self._lock:
            self.counts[what] += 1

    def _write(self, writer):
        try:
            choice = random.Random(writer)
            number = 0
            while not self._over.is_set():
                number += 1
                self._step(writer, number, choice)
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.wrong.append(f"writer {writer} ended: {error!r}")

    def _step(self, writer, number, choice):
        mine = self.stored[writer]
        namespace, name = choice.choice(NAMESPACES), f"writer-{writer}-{number}"
        if mine and (len(mine) >= KEPT or choice.random() < 0.2):
            self._delete(mine, *choice.choice(sorted(mine)))
        elif mine and choice.random() < 0.3:
            self._replace(mine, *choice.choice(sorted(mine)), number)
        elif choice.random() < 0.2:
            self._create_too_large(namespace, name)
        else:
            self._create(mine, namespace, name, number)

    def _answer(self, send):
        """The answer that decides, and when the last attempt before it ended without one, if any: such a one may have been stored."""
        unanswered = None
        while True:
            try:
                with plain_api.Api(self._cluster, timeout=WRITE_TIMEOUT) as api:
                    answer = send(api)
                if answer.status in (200, 201, 404, 409) or by_limit(answer) or too_large(answer):
                    return answer, unanswered
            except (OSError, http.client.HTTPException, ValueError):
                pass  # its certificate may be in the middle of a change, or its answer cut off
            unanswered = time.monotonic()
            self._count("tried again")
            time.sleep(PAUSE)

    def _create(self, mine, namespace, name, number):
        places, began, data = self._places[namespace], time.monotonic(), value_of(number, FITS)
        places.take(name)
        answer, unanswered = self._answer(lambda api: api.create(namespace, secret(name, data)))
        places.take(name, unanswered)
        if answer.status == 201 or (answer.status == 409 and unanswered):
            mine[namespace, name] = data
            self._count("stored")
        elif by_limit(answer):
            held = places.held_since(began) - 1  # without itself
            places.give_back(name)
            self._count("denied by number")
            if held < LIMIT:
                self.wrong.append(f"{namespace}/{name} was denied for number with at most {held} of {LIMIT} places taken")
        else:
            self.wrong.append(f"CREATE {namespace}/{name}: {answer.status} {answer.message}")

    def _create_too_large(self, namespace, name):
        answer, _ = self._answer(lambda api: api.create(namespace, secret(name, value_of(0, TOO_LARGE))))
        self._count("denied by size")
        if not too_large(answer):
            self.wrong.append(f"{namespace}/{name} of {TOO_LARGE} bytes: {answer.status}, and the limit is {SIZE_LIMIT}")

    def _replace(self, mine, namespace, name, number):
        data = value_of(number, FITS)
        answer, _ = self._answer(lambda api: api.patch(namespace, name, {"data": data}))
        if answer.status == 200:
            mine[namespace, name] = data
            self._count("replaced")
        else:
            self.wrong.append(f"UPDATE {namespace}/{name}: {answer.status} {answer.message}")

    def _delete(self, mine, namespace, name):
        answer, unanswered = self._answer(lambda api: api.delete(namespace, name))
        if answer.status == 200 or (answer.status == 404 and unanswered):
            del mine[namespace, name]
            self._places[namespace].give_back(name)
            self._count("deleted")
        else:
            self.wrong.append(f"DELETE {namespace}/{name}: {answer.status} {answer.message}")


def secret(name, data):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def value_of(number, size):
    """`size` bytes that tell one write from another."""
    return {"key": base64.b64encode(f"{number:0{size}}".encode()).decode()}
