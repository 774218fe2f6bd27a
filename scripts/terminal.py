"""Draws docs/terminal.svg: a terminal in which audit, label --apply and prune run. What it shows are the samples of their pages, which
tests/api_server/commands/test_samples_of_pages.py compares with what the program prints."""

import html
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "terminal.svg"
# Page, the first and the last command to show of its first block.
SCENES = (("audit.md", 0, 0), ("label.md", 0, 1), ("prune.md", 0, 1))
COLUMNS_MAX, LINE_HEIGHT, CHARACTER_WIDTH, MARGIN = 118, 17, 7.3, 16
TYPING_SECONDS, READING_SECONDS = 1.5, {"audit.md": 12, "label.md": 9, "prune.md": 9}
STYLE = """\
text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre; fill: #d6deeb }
.command { fill: #7fdbca; font-weight: bold }
g { opacity: 0 }
@media (prefers-reduced-motion: reduce) { g { animation: none !important } .first { opacity: 1 } }
"""


def steps(page, first, last):
    """(command, lines) of each."""
    block = re.search(r"^```console\n(.*?)^```$", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line, []))
        else:
            found[-1][1].append(line)
    return found[first:last + 1]


def draw():
    """The text of the picture."""
    scenes = [steps(*scene) for scene in SCENES]
    seconds = sum(READING_SECONDS[page] + TYPING_SECONDS * 2 * len(scene) for (page, *_), scene in zip(SCENES, scenes))
    rows = max(sum(1 + len(lines) for _, lines in scene) for scene in scenes)
    width, height = round(COLUMNS_MAX * CHARACTER_WIDTH) + 2 * MARGIN, rows * LINE_HEIGHT + 2 * MARGIN
    keyframes, groups, now = [], [], 0.0

    def show(begin, end, texts):
        """A group that is there from `begin` to `end`, in seconds of the whole."""
        name, begin, end = f"s{len(groups)}", 100 * begin / seconds, 100 * end / seconds
        before = f"0%, {begin:.2f}% {{ opacity: 0 }} " if begin else ""
        after = f" {end:.2f}%, 100% {{ opacity: 0 }}" if end < 100 else ""
        keyframes.append(f"@keyframes {name} {{ {before}{begin + 0.01:.2f}%, {end - 0.01:.2f}% {{ opacity: 1 }}{after} }}\n"
                         f".{name} {{ animation: {name} {seconds:g}s infinite }}\n")
        lines = "".join(f'<text x="{MARGIN}" y="{MARGIN + LINE_HEIGHT * row + 12}"{kind}>{html.escape(text)}</text>\n' for row, kind, text in texts)
        groups.append(f'<g class="{name}{" first" * (begin < 5)}">\n{lines}</g>\n')

    for (page, *_), scene in zip(SCENES, scenes):
        end, row = now + READING_SECONDS[page] + TYPING_SECONDS * 2 * len(scene), 0
        for command, lines in scene:
            show(now, end, [(row, ' class="command"', command)])
            now += TYPING_SECONDS
            show(now, end, [(row + 1 + number, "", line[:COLUMNS_MAX]) for number, line in enumerate(lines) if line])
            now += TYPING_SECONDS
            row += 1 + len(lines)
        now = end
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n<title>A terminal: audit, label, prune</title>\n'
            f'<style>\n{STYLE}{"".join(keyframes)}</style>\n<rect width="{width}" height="{height}" rx="8" fill="#011627"/>\n{"".join(groups)}</svg>\n')


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
