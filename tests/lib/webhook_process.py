"""One running `secret-hygiene serve`, or another command that runs until SIGTERM: started, waited for, ended. Ends no process but the one that it started."""

import fcntl
import json
import os
import pathlib
import resource
import signal
import subprocess
import threading
import time

from process import end_with_parent


class DidNotStart(Exception):
    pass


class WebhookProcess:
    """The log is JSON lines on stderr; every line is kept, and handed to `on_line` as it comes.
    `launcher`: a program that becomes it, such as taskset."""

    def __init__(self, binary, arguments, environment=None, on_line=None, launcher=(), command="serve"):
        self.lines = []
        self.stdout = ""
        self._on_line = on_line
        self._changed = threading.Condition()
        self._closed = 0
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("SECRET_HYGIENE_")}
        self._child = subprocess.Popen(
            [*launcher, str(binary), command, *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**inherited, **(environment or {})}, text=True, errors="backslashreplace",
            start_new_session=True, preexec_fn=end_with_parent())
        self.pid = self._child.pid
        self._readers = [threading.Thread(target=self._read_log, daemon=True),
                         threading.Thread(target=self._read_stdout, daemon=True)]
        for reader in self._readers:
            reader.start()

    def _read_log(self):
        for line in self._child.stderr:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
            if self._on_line:
                self._on_line(line.rstrip("\n"))
        with self._changed:
            self._closed += 1
            self._changed.notify_all()

    def _read_stdout(self):
        self.stdout = self._child.stdout.read()

    def events(self):
        """The log's lines that are JSON objects."""
        with self._changed:
            lines = list(self.lines)
        return [event for event in map(parse_event, lines) if event is not None]

    def wait_for_event(self, wanted, timeout=60, after=0):
        """The first event from number `after` on for which wanted(event) holds, or whose message is `wanted`.
        Raises DidNotStart if the log ends first, TimeoutError if the time does."""
        matches = wanted if callable(wanted) else lambda event: event.get("message") == wanted
        deadline = time.monotonic() + timeout
        with self._changed:
            seen = 0
            number = 0
            while True:
                while seen < len(self.lines):
                    event = parse_event(self.lines[seen])
                    seen += 1
                    if event is None:
                        continue
                    if number >= after and matches(event):
                        return event
                    number += 1
                if self._closed:
                    raise DidNotStart("the process ended; its log:\n" + "\n".join(self.lines[-20:]))
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"not logged within {timeout} s; the log:\n" + "\n".join(self.lines[-20:]))
                self._changed.wait(left)

    def poll(self):
        return self._child.poll()

    def signal(self, number):
        self._child.send_signal(number)

    def pause(self):
        """SIGSTOP. By the return no thread runs: until one of them has taken the signal, the others go on."""
        self.signal(signal.SIGSTOP)
        while not all(state == "T" for state in self._thread_states()):
            time.sleep(0.001)

    def narrow_log(self):
        """The pipe of its log holds one page from now on, so that it soon feels a reader that stalls."""
        fcntl.fcntl(self._child.stderr, fcntl.F_SETPIPE_SZ, resource.getpagesize())

    def resume(self):
        self.signal(signal.SIGCONT)

    def _thread_states(self):
        for stat in pathlib.Path(f"/proc/{self.pid}/task").glob("*/stat"):
            # The name, in brackets, may hold anything.
            yield stat.read_text(encoding="ascii", errors="replace").rpartition(") ")[2][0]

    def wait(self, timeout=60):
        """Its exit status, negative for a signal; raises subprocess.TimeoutExpired."""
        status = self._child.wait(timeout)
        for reader in self._readers:
            reader.join(10)
        self._child.stderr.close()
        self._child.stdout.close()
        return status

    def stop(self, timeout=60):
        """SIGTERM, then the exit status; kills it, and raises, if it does not end in time."""
        if self._child.poll() is None:
            self._child.terminate()
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self.wait()
            raise


def parse_event(line):
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
