"""`./dev cluster try-audit` on a real API server: what it prints of before and after is what is stored."""

import unittest

import libdemo  # first: it says where the others are
import try_audit


class TryAudit(libdemo.DemoTest):
    def test_it_prints_the_before_and_after_and_takes_all_away(self):
        printed, _ = self.printed_by(try_audit.try_out)
        rows = {words[0]: words[1:] for words in map(str.split, printed.splitlines()) if len(words) == 6 and words[3] == "MiB"}
        releases = try_audit.RELEASES
        before = releases * try_audit.REVISIONS + try_audit.UPGRADES + 1
        self.assertEqual((rows["before"][0], rows["before"][3:]), (str(before), ["0", str(before)]))
        self.assertEqual((rows["labelled"][0], rows["labelled"][3:]), (str(before), [str(before), "0"]))
        # The deployed one and ten superseded ones of each; Helm's own release is shorter than that.
        after = releases * 11 + try_audit.UPGRADES + 1
        self.assertEqual((rows["pruned"][0], rows["pruned"][3:]), (str(after), [str(after), "0"]))
        for when in ("before", "after"):
            report = (try_audit.REPORTS / f"{when}.html").read_text(encoding="utf-8")
            self.assertTrue(report.startswith("<!DOCTYPE html>"), report[:80])
            self.assertIn(f"{try_audit.REPORTS}/{when}.html", printed)


if __name__ == "__main__":
    unittest.main()
