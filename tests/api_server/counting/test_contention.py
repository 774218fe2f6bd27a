"""Limits across Secrets under a burst: many clients, several replicas, and replicas that die."""

import base64
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import libcluster  # noqa: E402  (first: it says where the others are)
import libcounting  # noqa: E402
from burst import Burst, Census  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop

LIMIT = 500
WRITES = 2000
PATIENCE = 150
MI = 1024 * 1024
POLICIES = libcluster.policies(libcounting.counting(limits={"secretsPerNamespace": LIMIT}))


class Counting(libcounting.CountingTest):
    def burst(self, writes=WRITES):
        return Burst(libcluster.running, self.namespace, writes).start()

    def wait_for_stored(self, burst, count):
        libcluster.wait_for(lambda: burst.broken or len(burst.stored) >= count, f"{count} are stored", PATIENCE)

    def assert_exact(self, burst):
        """Nothing was deleted meanwhile, so that there never were more than there are at the end. The last place is given again."""
        self.assertEqual(burst.broken, [])
        self.assertEqual(len(self.stored()), LIMIT, burst.again)
        self.assertEqual((len(burst.stored), len(burst.denied)), (LIMIT, WRITES - LIMIT), burst.again)
        self.denied("one-more")
        self.delete(f"burst-{burst.stored[0]}")
        self.created("one-more")
        self.denied("two-more")

    def report(self, title, burst):
        print(f"{title}: {len(self.stored())} stored for a limit of {LIMIT}, {len(burst.denied)} denied, "
              f"{burst.unknown} uncounted, in {burst.seconds:.1f} s; tried again: {dict(burst.again)}", file=sys.stderr)

    def test_strict_replicas_store_exactly_the_limit_while_one_is_killed_and_one_hangs(self):
        several = self.count_by_several(POLICIES, "strict", "--when-counts-unknown", "deny")
        burst = self.burst()
        self.wait_for_stored(burst, LIMIT // 5)
        several.webhooks[0].kill()
        self.wait_for_stored(burst, LIMIT * 2 // 5)
        self.pause(several.webhooks[1])
        self.wait_for_stored(burst, LIMIT * 3 // 5)
        several.webhooks[1].process.resume()
        burst.join(PATIENCE)
        self.report("strict, three replicas", burst)
        self.assert_exact(burst)

    def check_every_moment(self, mode, replicas):
        limit = 60
        self.count_by_several(libcluster.policies(libcounting.counting(limits={"secretsPerNamespace": limit})), mode,
                              "--when-counts-unknown", "deny", replicas=replicas)
        census = Census(libcluster.running, self.namespace).start()
        burst = Burst(libcluster.running, self.namespace, 600, deletes=2).start().join(PATIENCE)
        census.stop()
        print(f"{mode}, {replicas} replicas: at most {census.highest} at once for a limit of {limit}, {len(burst.stored)} stored, "
              f"{len(burst.deleted)} deleted, {len(burst.denied)} denied; tried again: {dict(burst.again)}", file=sys.stderr)
        self.assertEqual(burst.broken, [])
        self.assertEqual(census.highest, limit)
        self.assertGreater(len(burst.stored), limit)

    def test_at_no_moment_do_strict_replicas_hold_more_than_the_limit_while_some_are_deleted(self):
        self.check_every_moment("strict", 3)

    def test_at_no_moment_does_one_local_replica_hold_more_than_the_limit_while_some_are_deleted(self):
        self.check_every_moment("local", 1)

    def test_local_mode_on_one_replica_stores_exactly_the_limit(self):
        self.count(POLICIES, "local", "--when-counts-unknown", "deny")
        burst = self.burst().join(PATIENCE)
        self.report("local, one replica", burst)
        self.assert_exact(burst)

    def test_local_mode_on_three_replicas_stores_at_least_the_limit_and_says_how_much(self):
        self.count_by_several(POLICIES, "local", "--when-counts-unknown", "deny")
        burst = self.burst().join(PATIENCE)
        self.report("local, three replicas", burst)
        self.assertEqual(burst.broken, [])
        self.assertGreaterEqual(len(self.stored()), LIMIT)

    def test_strict_replicas_fill_a_sum_of_bytes_with_what_is_created_and_what_grows(self):
        self.count_by_several(libcluster.policies(libcounting.counting(limits={"bytesPerNamespace": "1Mi"})), "strict",
                              "--when-counts-unknown", "deny")
        smallest = 512
        burst = Burst(libcluster.running, self.namespace, 400, sizes=(20000, smallest, 4096), growth=3000).start()
        burst.join(PATIENCE)
        items = self.api.get(libcounting.libapi.secrets_path(self.namespace)).document["items"]
        total = sum(len(base64.b64decode(item["data"]["key"])) for item in items)
        print(f"strict, three replicas: {total} of {MI} bytes in {len(items)} Secrets, of which {len(burst.grown)} grew and "
              f"{len(burst.kept_small)} were denied to, {len(burst.denied)} denied, in {burst.seconds:.1f} s; tried again: "
              f"{dict(burst.again)}", file=sys.stderr)
        self.assertEqual(burst.broken, [])
        self.assertEqual(len(items), len(burst.stored))
        # Nothing became smaller meanwhile, so that there never was more; and the smallest was denied only for want of room.
        self.assertLessEqual(total, MI)
        self.assertTrue(any(number % 3 == 1 for number in burst.denied))
        self.assertGreater(total, MI - smallest)
        self.assertTrue(burst.grown and burst.kept_small)


if __name__ == "__main__":
    unittest.main()
