"""`./dev cluster try-limits` on a real API server: the tables say what was stored, strict mode stored the limit, and each tenant got
what its own limit says."""

import collections
import unittest

import libdemo  # first: it says where the others are
import try_limits


class TryLimits(libdemo.DemoTest):
    def test_it_prints_what_bursts_and_tenants_got_and_takes_all_away(self):
        printed, _ = self.printed_by(try_limits.try_out)
        rows = {words[0]: words[1:] for words in map(str.split, printed.splitlines()) if len(words) == 7}
        self.assertEqual(rows["strict"][:2], ["200", "400"])
        stored, denied = map(int, rows["local"][:2])
        self.assertGreaterEqual(stored, 200)
        self.assertEqual(stored + denied, 600)
        tenants = collections.defaultdict(list)
        for words in map(str.split, printed.splitlines()):
            if words and words[0] in try_limits.HONEST:
                tenants[words[0]].append([int(number) for number in words[3:5]])
        self.assertEqual(tenants.keys(), try_limits.HONEST.keys())
        for namespace, role in try_limits.HONEST.items():
            created, denied = map(sum, zip(*tenants[namespace]))
            self.assertGreater(created, 0)
            self.assertEqual(denied > 0, role == "full", f"{namespace}: {tenants[namespace]}")
        for kind in ("exists", "refused by its quota", "deleted"):
            self.assertIn(kind, printed)


if __name__ == "__main__":
    unittest.main()
