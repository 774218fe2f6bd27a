"""`./dev cluster try-controllers` on a real API server: what a selector and pruning save a client-go informer, and a real operator."""

import unittest

import libdemo  # first: it says where the others are
import try_controllers


class TryControllers(libdemo.DemoTest):
    def test_a_selector_saves_most_of_what_the_history_costs_and_so_does_pruning(self):
        printed, trial = self.printed_by(try_controllers.try_out)
        print(printed)
        stored = try_controllers.RELEASES * try_controllers.REVISIONS * try_controllers.SIZE
        for controller in ("informer", "ECK"):
            with self.subTest(controller):
                # Both hold every Secret whole, unless they are told not to.
                grown = trial.measured[controller, "as stored"].resident - trial.measured[controller, "empty"].resident
                self.assertGreater(grown, stored)
                self.assertGreaterEqual(trial.saved(controller, "labelled"), 0.8)
                self.assertGreaterEqual(trial.saved(controller, "pruned"), 0.6)
        self.assertGreaterEqual(trial.saved("informer", "by type"), 0.8)
        self.assertIn("informer    labelled ", printed)
        self.assertIn("16 known controllers, 7 to change;", printed)
        self.assertTrue(printed.rstrip().endswith("may cache Secrets"), printed)


if __name__ == "__main__":
    unittest.main()
