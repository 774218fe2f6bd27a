"""Records what docs/dashboard.svg shows: try_growth.py, then a webhook for some minutes, each with a Prometheus on an API server of its own, and
what Prometheus answers to each query. Needs build/release/secret-hygiene. tests/manifests/dashboard_picture.py draws it."""

import json
import math
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "lib"), str(ROOT / "demos" / "limits")]

import cluster  # noqa: E402
import monitoring  # noqa: E402
import plain_api  # noqa: E402
import try_growth  # noqa: E402
import try_metrics  # noqa: E402
from try_metrics import COUNTED, HELM, OTHER, secret  # noqa: E402

RECORDING = monitoring.ROOT / "tests" / "manifests" / "dashboard_recording.json"
POINTS = 60
# In seconds.
RANGE, RATE_RANGE = 300, 60
GROWTH_RATE_RANGE = 10


def make_traffic(api_server):
    """For as long as is recorded: revisions that are labelled, Secrets that count, and some that break a limit."""
    begin, number = time.monotonic(), 0
    with plain_api.Api(api_server) as api:
        while (passed := time.monotonic() - begin) < RANGE:
            for _ in range(round(3 + 2 * math.sin(passed / 30))):
                number += 1
                api.create(HELM, {**secret(f"sh.helm.release.v1.web.v{number}", {"release": 3000}), "type": "helm.sh/release.v1"})
                if number % 7 == 0:
                    api.create(COUNTED, secret(f"app-{number}", {f"key-{key}": 64 for key in range(1 + 2 * (number % 2))}))
                if number % 5 == 0:
                    api.create(OTHER if number % 3 else HELM, secret(f"dump-{number}", {"dump.sql": 20_000}))
            time.sleep(2)


def answers(prometheus, seconds, rate_seconds, of_growth):
    """{title: [[name of a series, its values]]} of the last `seconds`, of the row of try_growth or of all others."""
    found = {}
    for query in monitoring.queries(seconds, rate_seconds):
        if (query.row == try_growth.ROW) == of_growth:
            series = ([(labels, [value]) for labels, value in prometheus.instant(query.expression)] if query.instant
                      else prometheus.over(query.expression, seconds, seconds / POINTS))
            found.setdefault(query.title, []).extend(
                [query.name_of(labels), [float(f"{value:.4g}") if math.isfinite(value) else 0 for value in values]] for labels, values in series)
    return found


def record_growth(running, scratch):
    begin = time.monotonic()
    with try_growth.Scene(running, scratch) as scene:
        try_growth.play(scene)
        return answers(scene.prometheus, round(time.monotonic() - begin), GROWTH_RATE_RANGE, True)


def record_webhook(running, scratch):
    with try_metrics.Scene(running, scratch) as scene:
        make_traffic(running)
        return answers(scene.prometheus, RANGE, RATE_RANGE, False)


def record():
    panels = {}
    for of in (record_growth, record_webhook):
        with tempfile.TemporaryDirectory(prefix="secret-hygiene-picture-") as directory:
            running = cluster.Cluster(f"{directory}/cluster", [], end_with_us=True)
            running.up()
            try:
                scratch = pathlib.Path(directory, "scene")
                scratch.mkdir()
                panels |= of(running, scratch)
            finally:
                running.down()
    lines = ",\n".join(f"{json.dumps(title)}: {json.dumps(series)}" for title, series in panels.items())
    RECORDING.write_text(f'{{"points": {POINTS}, "panels": {{\n{lines}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    record()
