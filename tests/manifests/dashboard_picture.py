"""docs/dashboard.svg: the dashboard, drawn by this script from what demos/record_dashboard.py recorded. It is no screenshot: Grafana is not
installed here."""

import html
import json
import pathlib

import libmanifests  # noqa: F401  (it finds tests/lib)

import monitoring

RECORDING = pathlib.Path(__file__).resolve().parent / "dashboard_recording.json"
PICTURE = monitoring.ROOT / "docs" / "dashboard.svg"
# A cell of the dashboard's grid, in pixels.
WIDTH, HEIGHT, GAP = 50, 24, 4
COLORS = ("#73bf69", "#f2cc0c", "#5794f2", "#ff780a", "#f2495c", "#b877d9", "#8ab8ff")
STYLE = """\
text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: #ccccdc }
.title { font-weight: bold }
.small { font-size: 10px; fill: #9a9aa8 }
.number { font-size: 26px; fill: #73bf69; text-anchor: middle }
"""


LEGEND_MAX = 4
# Of a character of a table, about.
CHARACTER_WIDTH = 7


def recorded():
    """`points`: of a series over time; `panels`: {title: [[name of a series, its values]]}."""
    return json.loads(RECORDING.read_text(encoding="utf-8"))


def shown(value, unit):
    if unit == "percentunit":
        return f"{value:.1%}" if 0 < value < 0.05 else f"{value:.0%}"
    if unit == "bytes":
        return f"{value / 2**20:,.0f} MiB" if value >= 2**20 else f"{value / 1024:,.0f} KiB"
    if unit == "s":
        return f"{value / 86400:.0f} days" if value >= 86400 else f"{value:.0f} s" if value >= 1 else f"{value * 1000:.3g} ms"
    number = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
    return f"{number}/s" if unit in ("reqps", "ops") else number


def text(x, y, words, kind="", **more):
    attributes = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<text x="{x:g}" y="{y:g}"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}{attributes}>{html.escape(words)}</text>\n'


def draw_lines(panel, series, width, height):
    unit, points_max = unit_of(panel), recorded()["points"]
    legend = 14 * min(len(series), LEGEND_MAX)
    left, bottom = 56, height - legend - 10
    if not series:
        return text(width / 2, height / 2 + 14, "No data", text_anchor="middle")
    highest = max(max(values) for _, values in series)
    made = "".join(f'<path d="M{left} {y:g}H{width - 8}" stroke="#2c3235"/>\n' + text(4, y + 4, shown(highest * part, unit), "small")
                   for part in ((0, 0.5, 1) if highest else (0,)) for y in [bottom - part * (bottom - 34)])
    for number, (name, values) in enumerate(series):
        color, step = COLORS[number % len(COLORS)], (width - left - 8) / points_max
        begin = width - 8 - step * (len(values) - 1)
        points = " ".join(f"{begin + step * at:.1f},{bottom - value / (highest or 1) * (bottom - 34):.1f}" for at, value in enumerate(values))
        made += f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"/>\n'
        if number < LEGEND_MAX:
            y = height - legend + 14 * number + 2
            more = f", and {len(series) - LEGEND_MAX} more" if number == LEGEND_MAX - 1 and len(series) > LEGEND_MAX else ""
            made += f'<rect x="{left}" y="{y - 6:g}" width="10" height="4" fill="{color}"/>\n' + text(left + 15, y, name + more, "small")
    return made


def draw_bars(panel, series, width, height):
    made, unit, highest = "", unit_of(panel), max((values[-1] for _, values in series), default=0) or 1
    for number, (name, values) in enumerate(sorted(series, key=lambda each: -each[1][-1])[:(height - 30) // 30]):
        y = 36 + 30 * number
        made += text(10, y + 8, f"{name}: {shown(values[-1], unit)}", "small")
        made += f'<rect x="10" y="{y + 12}" width="{(width - 20) * values[-1] / (1 if unit == "percentunit" else highest):.1f}" height="9" fill="{COLORS[0]}"/>\n'
    return made


def shortened(words, width):
    most = int(width / CHARACTER_WIDTH)
    return words if len(words) <= most else words[:most - 1] + "…"


def draw_table(panel, series, width, _):
    renamed, = (each["options"]["renameByName"] for each in panel["transformations"] if each["id"] == "organize")
    names = sorted(monitoring.Query({**panel, "row": ""}, panel["targets"][0], 1, 1).label_names())
    column = (width - 110) / len(names)
    rows_of_text = [[*name.split(", "), shown(values[-1], unit_of(panel))] for name, values in sorted(series, key=lambda each: -each[1][-1])[:6]]
    made = ""
    for number, cells in enumerate([[renamed.get(name, name) for name in (*names, "Value")], *rows_of_text]):
        y, kind = 44 + 20 * number, "small" if number == 0 else ""
        made += "".join(text(10 + column * at, y, shortened(cell, column), kind) for at, cell in enumerate(cells[:-1])) + text(width - 10, y, cells[-1], kind, text_anchor="end")
    return made


def draw_stat(panel, series, width, height):
    """The value of each series; their names where the panel shows these, or where there are several values."""
    defaults = panel["fieldConfig"]["defaults"]
    if not series:
        return text(width / 2, height / 2 + 14, defaults.get("noValue", "No data"), text_anchor="middle")
    if panel["options"]["textMode"] == "name":
        return "".join(text(10, 44 + 18 * number, name) for number, (name, _) in enumerate(series))
    words = {key: each["text"] for mapping in defaults["mappings"] for key, each in mapping["options"].items()}
    made, part = "", width / len(series)
    for number, (name, (value,)) in enumerate(series):
        middle = part * (number + 0.5)
        made += text(middle, height / 2 + 16, words.get(f"{value:g}") or shown(value, defaults["unit"]), "number")
        if len(series) > 1:
            made += text(middle, height / 2 + 34, name, "small", text_anchor="middle")
    return made


KINDS = {"timeseries": draw_lines, "bargauge": draw_bars, "table": draw_table, "stat": draw_stat}


def unit_of(panel):
    return panel["fieldConfig"]["defaults"]["unit"]


def draw():
    """The text of the picture."""
    recording, made, bottom = recorded()["panels"], "", 0
    for panel in monitoring.dashboard()["panels"]:
        place = panel["gridPos"]
        bottom = max(bottom, (place["y"] + place["h"]) * HEIGHT)
        if panel["type"] == "row":
            made += text(10, place["y"] * HEIGHT + 17, f"⌄ {panel['title']}", "title")
            continue
        width, height = place["w"] * WIDTH - GAP, place["h"] * HEIGHT - GAP
        made += f'<g transform="translate({place["x"] * WIDTH} {place["y"] * HEIGHT})">\n'
        made += f'<rect width="{width}" height="{height}" rx="3" fill="#181b1f" stroke="#2c3235"/>\n' + text(10, 20, panel["title"], "title")
        made += KINDS[panel["type"]](panel, recording[panel["title"]], width, height) + "</g>\n"
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * WIDTH} {bottom}" role="img">\n'
            f'<title>The dashboard, drawn from recorded data</title>\n<style>\n{STYLE}</style>\n'
            f'<rect width="{24 * WIDTH}" height="{bottom}" fill="#111217"/>\n{made}</svg>\n')


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
