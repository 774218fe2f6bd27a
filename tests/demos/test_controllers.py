"""`./dev cluster try-controllers` on a real API server: what a selector and pruning save a client-go informer, and a real operator."""

import contextlib
import io
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "api_server"))
import libcluster  # noqa: E402

import try_controllers  # noqa: E402

setUpModule = libcluster.start
tearDownModule = libcluster.stop


class TryControllers(libcluster.ClusterTest):
    def test_a_selector_saves_most_of_what_the_history_costs_and_so_does_pruning(self):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            trial = try_controllers.try_out(libcluster.running)
        print(printed.getvalue())
        stored = try_controllers.RELEASES * try_controllers.REVISIONS * try_controllers.SIZE
        for controller in ("informer", "ECK"):
            with self.subTest(controller):
                # Both hold every Secret whole, unless they are told not to.
                grown = trial.measured[controller, "as stored"].resident - trial.measured[controller, "empty"].resident
                self.assertGreater(grown, stored)
                self.assertGreaterEqual(trial.saved(controller, "labelled"), 0.8)
                self.assertGreaterEqual(trial.saved(controller, "pruned"), 0.6)
        self.assertGreaterEqual(trial.saved("informer", "by type"), 0.8)
        self.assertIn("informer    labelled ", printed.getvalue())
        self.assertNotIn("try-controllers", self.admin("get", "namespaces", "-o", "name").stdout)


if __name__ == "__main__":
    unittest.main()
