"""One weakened place of the program, and what must notice it."""

import dataclasses
import re


@dataclasses.dataclass
class Mutation:
    name: str
    old: str  # stands once in the sources of the layer, however it is broken into lines
    new: str
    # An invariant of the simulation of counting (INV), or the beginning of a test's name.
    noticed_by: str
    layer: str = "counting"  # a folder of webhook/

    @property
    def simulated(self):
        return self.noticed_by.isupper()

    def place(self, root):
        """The source that holds the text, and the changed source."""
        words = re.findall(r"\w+|[^\w\s]", self.old)
        wanted = re.compile(r"\s*".join(re.escape(word) for word in words))
        found = []
        for path in sorted((root / "webhook" / self.layer).rglob("*.cpp")):
            text = path.read_text(encoding="utf-8")
            found += [(path, text, match) for match in wanted.finditer(text)]
        if len(found) != 1:
            raise ValueError(f"the text to change is there {len(found)} times")
        path, text, match = found[0]
        return path, text[: match.start()] + self.new + text[match.end():]
