"""`./dev soak` in its short form: every invariant holds."""

import unittest

import libdemo  # noqa: F401  # first: it says where the others are
import soak


class Soak(unittest.TestCase):
    def test_every_invariant_holds_over_a_few_rounds_of_faults(self):
        wrong = soak.soak(soak.SHORT_MINUTES)
        self.assertEqual({name: sentences for name, sentences in wrong.items() if sentences}, {})


if __name__ == "__main__":
    unittest.main()
