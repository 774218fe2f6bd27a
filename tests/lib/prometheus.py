"""A real Prometheus on loopback, as tests and `./dev cluster try-metrics` ask it: Debian's, which `./dev deps prometheus` unpacks."""

import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from loopback import HOST, free_port
from process import Failed, Missing, end_with_parent

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNPACKED = ROOT / "build" / "prometheus" / "usr" / "bin"
READY_TIMEOUT = 60
STOP_TIMEOUT = 20


class Refused(Failed):
    """A query that Prometheus does not take; the text is its answer."""


def program(name):
    """The path of `prometheus` or `promtool`."""
    path = UNPACKED / name
    if os.access(path, os.X_OK):
        return str(path)
    found = shutil.which(name)
    if not found:
        raise Missing(f"{name} is not here: run ./dev deps prometheus")
    return found


def promtool(*arguments, stdin=None, directory=None):
    """What `promtool` did: a CompletedProcess with both outputs as text."""
    return subprocess.run([program("promtool"), *map(str, arguments)], input=stdin, cwd=directory, capture_output=True, text=True,
                          timeout=60, check=False)


class Prometheus:
    """Runs with the configuration `text`, in a directory of its own; ends with this process, however that happens.

    Thread-safety: one thread. As a context manager it is ready on entry, and ended on exit.
    """

    def __init__(self, directory, text):
        self._directory = pathlib.Path(directory)
        self._directory.mkdir(parents=True, exist_ok=True)
        (self._directory / "prometheus.yaml").write_text(text, encoding="utf-8")
        self.url = f"http://{HOST}:{free_port()}"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._child = None

    def __enter__(self):
        self._log = open(self._directory / "prometheus.log", "wb")  # pylint: disable=consider-using-with
        self._child = subprocess.Popen(
            [program("prometheus"), "--config.file=prometheus.yaml", "--storage.tsdb.path=data", "--log.level=warn",
             f"--web.listen-address={self.url.removeprefix('http://')}"],
            cwd=self._directory, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, preexec_fn=end_with_parent(signal.SIGKILL))
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._child.terminate()
        try:
            self._child.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._log.close()

    def log(self):
        return (self._directory / "prometheus.log").read_text(encoding="utf-8", errors="replace")

    def _wait_until_ready(self):
        deadline = time.monotonic() + READY_TIMEOUT
        while True:
            try:
                with self._opener.open(f"{self.url}/-/ready", timeout=5):
                    return
            except OSError:
                if self._child.poll() is not None or time.monotonic() > deadline:
                    raise Refused(f"Prometheus does not start:\n{self.log()}") from None
                time.sleep(0.05)

    def _get(self, path, **parameters):
        try:
            with self._opener.open(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise Refused(f"{parameters}: {error.read().decode()}") from error

    def instant(self, expression):
        """[(labels, value)] now. Refused if it is no query."""
        data = self._get("query", query=expression)
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(series["metric"], float(series["value"][1])) for series in data["result"]]

    def over(self, expression, seconds, step=1):
        """[(labels, values)] of the last `seconds`."""
        now = time.time()
        data = self._get("query_range", query=expression, start=now - seconds, end=now, step=step)
        return [(series["metric"], [float(value) for _, value in series["values"]]) for series in data["result"]]

    def rules(self):
        """Every rule as the API has it: name, query, type, health, and of an alert its state."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def targets(self):
        return self._get("targets", state="active")["activeTargets"]


class MetricsPage:
    """In place of exporters that cannot run here: serves what `text()` gives at every path, as a context manager.

    Thread-safety: one thread; `text` is called in others.
    """

    def __init__(self, text):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name  (the name that the library looks for)
                body = text().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass
        self._server = http.server.ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self.address = f"{HOST}:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
