"""What must hold of the panels that try_growth.py shows, phase by phase. A function of what was shown, as sentences about what does not."""

BEFORE, COME, LABELLED, SELECTED, PRUNED = PHASES = ("before", "come", "labelled", "selected", "pruned")
CONTROLLERS = ("informer-reloader", "elastic-operator")
RESIDENT = ("Resident memory of controllers", "Go's heap of controllers")
STORED = ("Secrets stored", "Bytes of Secrets stored", "Bytes of Secrets stored, by type", "Helm's history", "Releases and revisions")


class Shown:
    """`shown`: {phase: {(panel's title, series): (value, unit)}}."""

    def __init__(self, shown):
        self._shown = shown
        self.wrong = []

    def of(self, title, series=""):
        """{phase: the sum of what a panel shows in series with these letters}."""
        return {phase: sum(value for (panel, name), (value, _) in found.items() if panel == title and series in name)
                for phase, found in self._shown.items()}

    def must(self, holds, what, values):
        if not holds:
            self.wrong.append(f"{what}: " + ", ".join(f"{phase} {value:.4g}" for phase, value in values.items()))


def wrong(shown, stored, memory_limit):
    """`stored`: bytes of the history that comes; `memory_limit`: of each controller, bytes."""
    panels = Shown(shown)
    for pod in CONTROLLERS:
        memory = panels.of("Memory of controllers, and their limits", pod)
        grown = memory[COME] - memory[BEFORE]
        panels.must(grown > stored, f"{pod} grows by what is stored", memory)
        panels.must(memory[LABELLED] - memory[BEFORE] > 0.8 * grown, f"a label alone saves {pod} nothing", memory)
        panels.must(memory[SELECTED] - memory[BEFORE] < 0.2 * grown, f"a selector ends the growth of {pod}", memory)
        panels.must(memory[PRUNED] - memory[BEFORE] < 0.4 * grown, f"prune ends the growth of {pod}", memory)
        ratio = panels.of("Memory as a part of the limit", pod)
        # The panel above sums the memory and its limit.
        panels.must(all(abs(ratio[phase] - (memory[phase] - memory_limit) / memory_limit) < 0.1 for phase in PHASES),
                    f"the part of the limit is that of {pod}", ratio)
    for title in RESIDENT:
        operator = panels.of(title, "elastic-operator")
        panels.must(operator[COME] - operator[BEFORE] > stored and operator[SELECTED] < operator[COME] / 2, title, operator)
    for title in STORED:
        found = panels.of(title)
        panels.must(found[COME] > found[BEFORE] and found[PRUNED] < found[COME]
                    and abs(found[SELECTED] - found[LABELLED]) <= 0.1 * found[LABELLED], title, found)
    labelled = panels.of("Labels on stored Secrets")
    panels.must(labelled[LABELLED] > labelled[BEFORE], "Labels on stored Secrets", labelled)
    kept_away = panels.of("Bytes that the proxy leaves out")
    panels.must(kept_away[LABELLED] > 0.9 * stored and kept_away[PRUNED] < 0.2 * stored, "Bytes that the proxy leaves out", kept_away)
    saved = panels.of("What each selector would save", "Reloader")
    panels.must(saved[COME] > stored and saved[PRUNED] < saved[COME], "What each selector would save", saved)
    return panels.wrong
