"""docs/dashboard.svg: some rows of the dashboard, drawn by this script from what demos/record_dashboard.py recorded. It is no screenshot:
Grafana is not installed here."""

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


def recorded():
    """`rows`: their titles; `points`: of a series over time; `panels`: {title: [[name of a series, its values]]}."""
    return json.loads(RECORDING.read_text(encoding="utf-8"))


def rows():
    """{title: panels} of the rows that were recorded; `top` of a panel is its place in its row."""
    found, row, top = {}, "", 0
    for panel in monitoring.dashboard()["panels"]:
        if panel["type"] == "row":
            row, top = panel["title"], panel["gridPos"]["y"]
        elif row in recorded()["rows"]:
            found.setdefault(row, []).append({**panel, "top": panel["gridPos"]["y"] - top})
    return found


def shown(value, unit):
    if unit == "percentunit":
        return f"{value:.0%}"
    if unit == "bytes":
        return f"{value / 1024:,.0f} KiB"
    number = f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
    return f"{number}/s" if unit == "reqps" else number


def text(x, y, words, kind="", **more):
    attributes = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<text x="{x:g}" y="{y:g}"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}{attributes}>{html.escape(words)}</text>\n'


def draw_lines(series, unit, width, height):
    points_max = recorded()["points"]
    legend = 14 * min(len(series), 4)
    left, bottom = 56, height - legend - 10
    highest = max((max(values) for _, values in series), default=0) or 1
    made = "".join(f'<path d="M{left} {y:g}H{width - 8}" stroke="#2c3235"/>\n' + text(4, y + 4, shown(highest * part, unit), "small")
                   for part in (0, 0.5, 1) for y in [bottom - part * (bottom - 34)])
    for number, (name, values) in enumerate(series):
        color, step = COLORS[number % len(COLORS)], (width - left - 8) / points_max
        begin = width - 8 - step * (len(values) - 1)
        points = " ".join(f"{begin + step * at:.1f},{bottom - value / highest * (bottom - 34):.1f}" for at, value in enumerate(values))
        made += f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"/>\n'
        if number < 4:
            y = height - legend + 14 * number + 2
            made += f'<rect x="{left}" y="{y - 6:g}" width="10" height="4" fill="{color}"/>\n' + text(left + 15, y, name, "small")
    return made


def draw_bars(series, unit, width, _):
    made, highest = "", max((values[-1] for _, values in series), default=0) or 1
    for number, (name, values) in enumerate(sorted(series, key=lambda each: -each[1][-1])[:5]):
        y = 36 + 30 * number
        made += text(10, y + 8, f"{name}: {shown(values[-1], unit)}", "small")
        made += f'<rect x="10" y="{y + 12}" width="{(width - 20) * values[-1] / (1 if unit == "percentunit" else highest):.1f}" height="9" fill="{COLORS[0]}"/>\n'
    return made


def draw_table(series, unit, width, _):
    made = ""
    for number, (name, values) in enumerate(sorted(series, key=lambda each: -each[1][-1])[:7]):
        y = 46 + 20 * number
        made += text(10, y, name) + text(width - 10, y, shown(values[-1], unit), text_anchor="end")
    return made


def draw_stat(series, unit, width, height):
    return text(width / 2, height / 2 + 18, shown(series[0][1][-1], unit) if series else "0", "number")


KINDS = {"timeseries": draw_lines, "bargauge": draw_bars, "table": draw_table, "stat": draw_stat}


def draw():
    """The text of the picture."""
    recording, made, top = recorded()["panels"], "", 0
    for row, panels in rows().items():
        made += text(10, top * HEIGHT + 17, f"⌄ {row}", "title")
        for panel in panels:
            place = panel["gridPos"]
            width, height = place["w"] * WIDTH - GAP, place["h"] * HEIGHT - GAP
            made += f'<g transform="translate({place["x"] * WIDTH} {(top + panel["top"]) * HEIGHT})">\n'
            made += f'<rect width="{width}" height="{height}" rx="3" fill="#181b1f" stroke="#2c3235"/>\n' + text(10, 20, panel["title"], "title")
            made += KINDS[panel["type"]](recording[panel["title"]], panel["fieldConfig"]["defaults"]["unit"], width, height) + "</g>\n"
        top += max(panel["top"] + panel["gridPos"]["h"] for panel in panels)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {24 * WIDTH} {top * HEIGHT}" role="img">\n'
            f'<title>The dashboard, drawn from recorded data</title>\n<style>\n{STYLE}</style>\n'
            f'<rect width="{24 * WIDTH}" height="{top * HEIGHT}" fill="#111217"/>\n{made}</svg>\n')


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
