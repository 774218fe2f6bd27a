"""Records what docs/dashboard.svg shows: a webhook and a Prometheus on an API server of its own for some minutes, and what Prometheus answers to
each query. Needs build/release/secret-hygiene. tests/manifests/dashboard_picture.py draws it."""

import json
import math
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "lib"))

import cluster  # noqa: E402
import monitoring  # noqa: E402
import plain_api  # noqa: E402
from try_metrics import COUNTED, HELM, OTHER, Scene, secret  # noqa: E402

RECORDING = monitoring.ROOT / "tests" / "manifests" / "dashboard_recording.json"
ROWS = ("Rejected", "Labelled", "Usage against limits across Secrets")
# In seconds.
RANGE, RATE_RANGE, STEP = 300, 60, 5


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


def record():
    with tempfile.TemporaryDirectory(prefix="secret-hygiene-picture-") as directory:
        running = cluster.Cluster(f"{directory}/cluster", [], end_with_us=True)
        running.up()
        try:
            scratch = pathlib.Path(directory, "scene")
            scratch.mkdir()
            with Scene(running, scratch) as scene:
                make_traffic(running)
                answers = {}
                for query in monitoring.queries(RANGE, RATE_RANGE):
                    if query.row in ROWS:
                        found = ([(labels, [value]) for labels, value in scene.prometheus.instant(query.expression)] if query.instant
                                 else scene.prometheus.over(query.expression, RANGE, STEP))
                        answers.setdefault(query.title, []).extend(
                            [query.name_of(labels), [float(f"{value:.4g}") if math.isfinite(value) else 0 for value in values]]
                            for labels, values in found)
        finally:
            running.down()
    panels = ",\n".join(f"{json.dumps(title)}: {json.dumps(series)}" for title, series in answers.items())
    RECORDING.write_text(f'{{"rows": {json.dumps(ROWS)}, "points": {RANGE // STEP}, "panels": {{\n{panels}\n}}}}\n', encoding="utf-8")


if __name__ == "__main__":
    record()
