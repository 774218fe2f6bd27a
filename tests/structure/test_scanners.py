"""Shows that scripts/scanners.py finds what has no exception, and exceptions that nothing needs; holds scripts/scanners.txt to a reason a line."""

import pathlib
import sys
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import scanners  # noqa: E402  (found by the line above)


class Exceptions(unittest.TestCase):
    def test_those_of_this_tree_name_a_scanner_that_runs_and_a_reason(self):
        found = scanners.exceptions(scanners.REASONS.read_text(encoding="utf-8"))
        self.assertLessEqual({scanner for scanner, _ in found}, {"checkov", "kube-score", "kubesec", "hadolint"})

    def test_one_without_a_reason_is_refused(self):
        for line in ("checkov CKV_1", "checkov CKV_1 because"):
            with self.subTest(line), self.assertRaises(ValueError):
                scanners.exceptions(line)

    def test_one_that_is_there_twice_is_refused(self):
        with self.assertRaises(ValueError):
            scanners.exceptions("checkov CKV_1 a good reason\ncheckov CKV_1 another good reason")


class Comparison(unittest.TestCase):
    def test_what_has_an_exception_says_nothing(self):
        self.assertEqual(scanners.compare({("checkov", "CKV_1"): ["here"]}, {("checkov", "CKV_1"): "why"}), [])

    def test_what_has_none_is_named_with_each_place(self):
        self.assertEqual(scanners.compare({("checkov", "CKV_1"): ["here", "there"]}, {("hadolint", "CKV_1"): "why"}),
                         ["checkov CKV_1: here", "checkov CKV_1: there", "scripts/scanners.txt: hadolint CKV_1 finds nothing any more"])

    def test_an_exception_that_nothing_needs_is_named(self):
        self.assertEqual(scanners.compare({}, {("checkov", "CKV_1"): "why"}), ["scripts/scanners.txt: checkov CKV_1 finds nothing any more"])


class Kubesec(unittest.TestCase):
    def findings(self, scored):
        with mock.patch.object(scanners, "run", return_value=[scored]):
            return list(scanners.kubesec("kubesec", ["all.yaml"]))

    def test_what_it_advises_and_what_it_calls_critical_are_findings(self):
        advice, critical = ({"id": name, "reason": "because"} for name in ("LimitsCPU", "Privileged"))
        scored = {"object": "Deployment/a.b", "valid": True, "scoring": {"passed": [{"id": "RunAsNonRoot"}], "advise": [advice], "critical": [critical]}}
        place = "because: Deployment/a.b in all.yaml"
        self.assertEqual(self.findings(scored), [("Privileged", place), ("LimitsCPU", place)])

    def test_what_it_cannot_read_is_no_silence(self):
        with self.assertRaises(RuntimeError):
            self.findings({"object": "Deployment/a.b", "valid": False, "message": "no", "scoring": {}})


if __name__ == "__main__":
    unittest.main()
