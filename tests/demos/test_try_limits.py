"""`./dev cluster try-limits` on a real API server: the table says what was stored, and strict mode stored the limit."""

import contextlib
import io
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "api_server"))
import libcluster  # noqa: E402

import try_limits  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop


class TryLimits(libcluster.ClusterTest):
    def test_it_prints_what_a_burst_got_in_both_ways_of_counting_and_takes_all_away(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try_limits.try_out(libcluster.running)
        rows = {words[0]: words[1:] for words in map(str.split, printed.getvalue().splitlines()) if len(words) == 7}
        self.assertEqual(rows["strict"][:2], ["200", "400"])
        stored, denied = map(int, rows["local"][:2])
        self.assertGreaterEqual(stored, 200)
        self.assertEqual(stored + denied, 600)
        configurations = self.admin("get", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "-o", "name")
        self.assertEqual(configurations.stdout, "")
        self.assertNotIn("namespace/try-limits", self.admin("get", "namespaces", "-o", "name").stdout)


if __name__ == "__main__":
    unittest.main()
