"""The workflows of .github, judged by actionlint, which `./dev test` builds as scripts/scanners.sh pins it."""

import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ACTIONLINT = ROOT / "build" / "scanners" / "bin" / "actionlint"


def lint(*files):
    return subprocess.run([ACTIONLINT, "-no-color", *files], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120).stdout


@unittest.skipUnless(ACTIONLINT.exists(), "actionlint is not built: run ./dev lint workflows")
class Workflows(unittest.TestCase):
    def test_actionlint_finds_nothing_in_them(self):
        self.assertEqual(lint(), "")

    def test_it_finds_a_job_that_does_not_exist(self):
        with tempfile.TemporaryDirectory() as directory:
            bad = pathlib.Path(directory, "bad.yaml")
            bad.write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    needs: [b]\n    steps: [{run: ls}]\n", encoding="utf-8")
            self.assertIn('job "a" needs job "b" which does not exist', lint(bad))


if __name__ == "__main__":
    unittest.main()
