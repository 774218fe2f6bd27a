"""Tenants of `./dev cluster try-limits`, each in a process of its own: honest ones, and one that does its worst."""

import collections
import dataclasses
import http.client
import random
import threading
import time

import plain_api
from burst import WRITE_TIMEOUT, by_limit
from soak_writers import Places

UNKNOWN = "try again in a moment"
PAUSE = 0.1  # seconds before a write is tried again
ABUSER_CLIENTS = 24
EXISTING = 8
# Each of six bytes in the JSON that the API server stores.
ESCAPED = ("<", "&", "\u2028", ">")
TYPE_BYTES = 512


@dataclasses.dataclass
class Answers:
    """Of one namespace in one phase. `latencies`: seconds from a CREATE's first try to its answer. `unknown`: when tries were refused because
    their count was unknown, of time.monotonic()."""
    created: int = 0
    denied: int = 0
    again: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    latencies: list = dataclasses.field(default_factory=list)
    unknown: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Honest:
    """One namespace with `clients`, each of which creates `rate` Secrets a second from the first of `phases` to the last, times of
    time.monotonic(). Where the limit denies one, its client deletes one that is stored and goes on."""
    cluster: object
    namespace: str
    limit: int
    clients: int
    rate: float
    phases: tuple

    def run(self):
        """(Answers of each phase, what was answered as it must not be)."""
        self.answers = [Answers() for _ in self.phases[1:]]
        self.wrong = []
        self._stored = []
        self._places = Places()
        self._lock = threading.Lock()
        threads = [threading.Thread(target=self._client, args=(number,)) for number in range(self.clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.answers, self.wrong

    def _client(self, client):
        try:
            with plain_api.Api(self.cluster, timeout=WRITE_TIMEOUT) as api:
                for number in paced(self.phases[0] + client / self.clients / self.rate, self.phases[-1], 1 / self.rate):
                    if not self._create(api, f"honest-{client}-{number}"):
                        self._delete_one(api)
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.wrong.append(f"{self.namespace}: client {client} ended: {error!r}")

    def _create(self, api, name):
        """False if the limit denies it."""
        began, unanswered = time.monotonic(), None
        answers = self.answers[sum(began >= phase for phase in self.phases[1:-1])]
        self._places.take(name)
        while True:
            answer, why = attempt(api, lambda: api.create(self.namespace, {"metadata": {"name": name}}))
            if answer and (answer.status in (201, 409) or by_limit(answer)):
                break
            unanswered = time.monotonic()
            with self._lock:
                answers.again[why] += 1
                if UNKNOWN in why:
                    answers.unknown.append(unanswered)
            time.sleep(PAUSE)
        with self._lock:
            answers.latencies.append(time.monotonic() - began)
            if answer.status != 403:
                answers.created += 1
                self._stored.append(name)
                self._places.take(name, unanswered)
                return True
            answers.denied += 1
        held = self._places.held_since(began) - 1  # without itself
        self._places.give_back(name)
        if held < self.limit:
            self.wrong.append(f"{self.namespace}/{name} was denied with at most {held} of {self.limit} places taken")
        return False

    def _delete_one(self, api):
        with self._lock:
            if not self._stored:
                return
            name = self._stored.pop(random.randrange(len(self._stored)))
        while True:
            answer, _ = attempt(api, lambda: api.delete(self.namespace, name))
            if answer and answer.status in (200, 404):
                self._places.give_back(name)
                return


@dataclasses.dataclass
class Abuser:
    """Sends up to `rate` requests a second from `begin` to `end` with the rights of `user`: CREATEs of names that exist, CREATEs of ever
    new names, of which a quota refuses nearly all, both with ever new types that a ledger would have to escape, and DELETEs."""
    cluster: object
    namespace: str
    user: str
    rate: int
    begin: float
    end: float

    def run(self):
        """How often each answer came."""
        self._got = collections.Counter()
        self._lock = threading.Lock()
        threads = [threading.Thread(target=self._client, args=(number,)) for number in range(ABUSER_CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self._got

    def _client(self, client):
        period = ABUSER_CLIENTS / self.rate
        stored = []
        with plain_api.Api(self.cluster, self.user, WRITE_TIMEOUT) as api:
            for number in paced(self.begin + client * period / ABUSER_CLIENTS, self.end, period):
                got = self._send(api, client, number, stored)
                with self._lock:
                    self._got[got] += 1

    def _send(self, api, client, number, stored):
        if number % 8 == 7 and stored:
            name = stored.pop()
            attempt(api, lambda: api.delete(self.namespace, name))
            return "deleted"
        name = f"existing-{number % EXISTING}" if number % 2 else f"new-{client}-{number}"
        kind = f"{client}-{number}-"
        escaped = ESCAPED[number // 2 % len(ESCAPED)]
        kind += escaped * ((TYPE_BYTES - len(kind)) // len(escaped.encode()))
        answer, why = attempt(api, lambda: api.create(self.namespace, {"metadata": {"name": name}, "type": kind}))
        if answer and answer.status == 201 and name.startswith("new"):
            stored.append(name)
        return "no answer" if answer is None else word_of(answer, why)


def word_of(answer, why):
    if answer.status in (201, 409):
        return "created" if answer.status == 201 else "exists"
    for text, word in (("exceeded quota", "refused by its quota"), ("share of the ledger", "denied for its share"),
                       ("delete some first", "denied by its limit")):
        if text in why:
            return word
    return why[:160]


def attempt(api, send):
    """(its answer or None, what it says)."""
    try:
        answer = send()
        return answer, answer.message[:400] if answer.status >= 400 else ""
    except (OSError, http.client.HTTPException) as error:
        api.close()
        return None, type(error).__name__


def paced(begin, end, period):
    """0, 1, ... at `begin`, `begin` + `period` and so on until `end`; one that is late delays those after it."""
    number, due = 0, begin
    while due < end:
        time.sleep(max(0, due - time.monotonic()))
        yield number
        number += 1
        due = max(due + period, time.monotonic())
