"""`./dev cluster try-upgrade` on a real API server, with this program on both sides: no replacement stores more than a limit, denies with
room left, or makes a count unknown."""

import unittest

import libdemo  # first: it says where the others are
import try_upgrade


class TryUpgrade(libdemo.DemoTest):
    def test_replacing_replicas_under_load_keeps_limits(self):
        printed, _ = self.printed_by(try_upgrade.try_out)
        rows = {tuple(words[:2]): words[2:] for words in map(str.split, printed.splitlines()) if len(words) == 12 and words[0] in try_upgrade.LIMITS}
        self.assertEqual(set(rows), {(namespace, phase) for namespace in try_upgrade.LIMITS for phase in try_upgrade.PHASES}, printed)
        for (namespace, _), (_, _, created, denied, _, unknown, *_) in rows.items():
            self.assertGreater(int(created), 0)
            self.assertEqual(int(denied) > 0, namespace == try_upgrade.FULL, printed)
            self.assertEqual(unknown, "0", printed)
        self.assertIn(f"{try_upgrade.FULL} held at most {try_upgrade.LIMITS[try_upgrade.FULL]} Secrets", printed)


if __name__ == "__main__":
    unittest.main()
