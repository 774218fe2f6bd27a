"""The checks of `./dev cluster try-metrics` see a panel that does not show the rise or the fall."""

import unittest

import libdemo  # noqa: F401  # first: it says where the others are
import growth_checks
import try_growth

STORED, LIMIT = 100, 1000


def rise_and_fall(values):
    """What panels show where `values` is (before, come, labelled, selected, pruned) of a controller, and of what is stored."""
    shown = {}
    for phase, value in zip(growth_checks.PHASES, values):
        panels = shown[phase] = {}
        for pod in growth_checks.CONTROLLERS:
            panels["Memory of controllers, and their limits", pod] = (value, "bytes")
            panels["Memory of controllers, and their limits", f"{pod} limit"] = (LIMIT, "bytes")
            panels["Memory as a part of the limit", pod] = (value / LIMIT, "")
        for title in growth_checks.RESIDENT:
            panels[title, "elastic-operator"] = (value, "bytes")
        stored = {"before": 1, "pruned": 10}.get(phase, 150)
        for title in growth_checks.STORED:
            panels[title, ""] = (stored, "")
        panels["Labels on stored Secrets", ""] = (0 if phase in ("before", "come") else 5, "")
        panels["Bytes that the proxy leaves out", ""] = (stored, "bytes")
        panels["What each selector would save", "Reloader"] = (stored, "bytes")
    return shown


def wrong(shown):
    return growth_checks.wrong(shown, STORED, LIMIT)


class Growth(unittest.TestCase):
    def test_the_phases_are_those_that_are_played(self):
        self.assertEqual(tuple(try_growth.PHASES), growth_checks.PHASES)

    def test_a_rise_and_a_fall_are_right(self):
        self.assertEqual(wrong(rise_and_fall((10, 200, 195, 15, 20))), [])

    def test_a_controller_that_never_grows_or_never_falls_is_seen(self):
        for values, times in (((10, 15, 15, 10, 10), 4), ((10, 200, 50, 15, 20), 2), ((10, 200, 195, 195, 20), 4), ((10, 200, 195, 15, 195), 2)):
            with self.subTest(values=values):
                self.assertEqual(len(wrong(rise_and_fall(values))), times)

    def test_each_panel_that_shows_nothing_is_seen(self):
        titles = {title for title, _ in rise_and_fall((10, 200, 195, 15, 20))["before"]}
        for title in titles:
            shown = rise_and_fall((10, 200, 195, 15, 20))
            for panels in shown.values():
                for key in [key for key in panels if key[0] == title]:
                    del panels[key]
            with self.subTest(title=title):
                self.assertGreater(len(wrong(shown)), 0)


if __name__ == "__main__":
    unittest.main()
