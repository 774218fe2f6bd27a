"""Every mutation of tests/mutations still finds its place in the sources. `./dev mutate` runs them."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "mutations"))

import mutate


class Mutations(unittest.TestCase):
    def test_each_applies(self):
        self.assertGreater(len(mutate.MUTATIONS), 50)
        self.assertEqual(mutate.not_applying(mutate.MUTATIONS), [])


if __name__ == "__main__":
    unittest.main()
