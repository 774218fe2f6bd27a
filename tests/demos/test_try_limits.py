"""`./dev cluster try-limits` on a real API server: the table says what was stored, and strict mode stored the limit."""

import unittest

import libdemo  # first: it says where the others are
import try_limits


class TryLimits(libdemo.DemoTest):
    def test_it_prints_what_a_burst_got_in_both_ways_of_counting_and_takes_all_away(self):
        printed, _ = self.printed_by(try_limits.try_out)
        rows = {words[0]: words[1:] for words in map(str.split, printed.splitlines()) if len(words) == 7}
        self.assertEqual(rows["strict"][:2], ["200", "400"])
        stored, denied = map(int, rows["local"][:2])
        self.assertGreaterEqual(stored, 200)
        self.assertEqual(stored + denied, 600)


if __name__ == "__main__":
    unittest.main()
