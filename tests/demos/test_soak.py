"""The invariants of `./dev soak`: each sees what it is there for."""

import unittest
import unittest.mock

import libdemo  # noqa: F401  # first: it says where the others are
import soak
import soak_checks
from soak import Event, Sample
from soak_writers import ENTRY_SECONDS, LIMIT, NAMESPACES, Places, Writers


class FakeApi:
    """In a cluster's place: what is stored in the first of the namespaces."""

    def __init__(self, stored):
        self.stored = stored

    def __call__(self, _):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def get(self, path):
        names = self.stored if NAMESPACES[0] in path else {}
        self.document = {"items": [{"metadata": {"name": name}, "data": data} for name, data in names.items()]}
        return self


class Invariants(unittest.TestCase):
    """Each fails on what it is there for."""

    def writes(self, stored):
        writers = Writers(None)
        writers.stored[0] = {(NAMESPACES[0], "kept"): {"key": "new"}}
        with unittest.mock.patch.object(soak_checks.plain_api, "Api", FakeApi(stored)):
            return soak_checks.writes(writers, None)

    def test_a_write_that_is_lost_old_or_stored_against_its_answer_is_seen(self):
        self.assertEqual(self.writes({"kept": {"key": "new"}}), [])
        self.assertEqual(self.writes({}), ["soak-0/kept is lost"])
        self.assertEqual(self.writes({"kept": {"key": "old"}}), ["soak-0/kept has another value than was written last"])
        self.assertEqual(self.writes({"kept": {"key": "new"}, "more": {}}), ["soak-0/more is stored, and should not be"])

    def test_a_place_counts_while_its_write_may_count(self):
        now = 1000.0
        with unittest.mock.patch.object(soak.time, "monotonic", lambda: now):
            places = Places()
            places.take("held")
            places.take("given back")
            places.give_back("given back")
            places.take("deleted", last_unanswered=now - 100)  # an attempt before the one that was stored may still have an entry
            places.give_back("deleted")
            now += 10
            self.assertEqual(places.held_since(now - 20), 3)
            self.assertEqual(places.held_since(now - 1), 2)
            now += ENTRY_SECONDS - 100
            self.assertEqual(places.held_since(now - 1), 1)

    def test_a_limit_that_is_passed_by_one_is_seen(self):
        self.assertEqual(soak_checks.limits({"soak-0": LIMIT}), [])
        self.assertEqual(soak_checks.limits({"soak-0": LIMIT + 1}), [f"soak-0 held {LIMIT + 1}, and the limit is {LIMIT}"])

    def test_growth_of_memory_descriptors_and_threads_is_seen(self):
        flat, grown = [Sample(2**20, 10, 5)] * 8, [Sample(2**20, 10, 5)] * 6 + [Sample(2**21, 11 + soak_checks.DESCRIPTORS_MORE, 6)] * 2
        checks = (lambda samples: soak_checks.memory(samples, 0.05), soak_checks.descriptors, soak_checks.threads)
        self.assertEqual([check(flat) for check in checks], [[], [], []])
        self.assertEqual([len(check(grown)) for check in checks], [1, 1, 1])

    def test_an_error_is_explained_only_by_a_fault_of_its_time(self):
        injected = [("kill_replica", 100, 110)]
        with unittest.mock.patch.dict(soak_checks.EXPLAINED, {"kill_replica": "reset"}):
            self.assertEqual(soak_checks.errors([Event(111, "a reset")], injected), [])
            for at, text in ((99, "a reset"), (110 + soak_checks.GRACE_SECONDS + 1, "a reset"), (111, "an abort")):
                self.assertEqual(soak_checks.errors([Event(at, text)], injected), [f"not explained: {text}"])

    def test_all_that_a_lost_connection_can_say_is_explained(self):
        url = "https://127.0.0.1:6443"
        said = [f"cannot {verb} {url}: Broken pipe" for verb in (
            "reach", "connect to", "send on the connection to", "receive on the connection to")]
        said += [f"the TLS handshake with {url} failed: it ended", f"{url} did not answer in time", "no connection to the API server"]
        for fault in soak_checks.EXPLAINED:
            self.assertEqual(soak_checks.errors([Event(1, text) for text in said], [(fault, 0, 2)]), [])
        wrong = f"{url} answered GET /api/v1/secrets with text/html"
        self.assertEqual(len(soak_checks.errors([Event(1, wrong)], [("restart_api_server", 0, 2)])), 1)

    def test_what_a_starting_or_ending_api_server_answers_is_explained_and_nothing_else(self):
        answered = "cannot list secrets: the API server answered"
        said = [f"{answered} 503 ServiceUnavailable: apiserver is shutting down", f"{answered} 429 TooManyRequests: storage is (re)initializing",
                f"{answered} 500 InternalError", "the API server refuses these credentials (401): the token or", 'is forbidden: User "soak"']
        self.assertEqual(soak_checks.errors([Event(1, text) for text in said], [("restart_api_server", 0, 2)]), [])
        self.assertEqual(len(soak_checks.errors([Event(1, text) for text in said], [("cut_connections", 0, 2)])), len(said))
        wrong = [f"{answered} 409 Conflict", f"{answered} 404 NotFound", f"{answered} 5000"]
        self.assertEqual(len(soak_checks.errors([Event(1, text) for text in wrong], [("restart_api_server", 0, 2)])), len(wrong))

    def test_a_cache_that_missed_a_deletion_is_seen(self):
        log = '{"message": "added", "secret": "soak-0/a"}\n{"message": "added", "secret": "soak-0/b"}\n'
        deleted = '{"message": "deleted", "secret": "soak-0/b"}\n'
        stored = {("soak-0", "a")}
        self.assertEqual(soak_checks.informer(lambda: log + deleted, stored), [])
        self.assertEqual(len(soak_checks.informer(lambda: log, stored, seconds=0)), 1)


if __name__ == "__main__":
    unittest.main()
