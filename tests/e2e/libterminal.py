"""A program that believes a person sits before it: what it prints can be waited for, and keys be typed."""

import os
import pty
import select
import signal
import time

TIMEOUT = 60
TAB, BEGIN, ENTER = "\t", "\x01", "\r"


class Terminal:
    """Runs `command` on a terminal of its own until close()."""

    def __init__(self, command, environment, directory):
        self.printed = ""
        self._ended = False
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            os.chdir(directory)
            os.execvpe(command[0], command, environment)

    def close(self):
        os.close(self._master)
        if not self._ended:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)

    def wait(self):
        """Reads to the end of the program; its exit status."""
        while True:
            try:
                self.printed += os.read(self._master, 65536).decode(errors="replace")
            except OSError:  # the program ended
                break
        _, status = os.waitpid(self._pid, 0)
        self._ended = True
        return os.waitstatus_to_exitcode(status)

    def type(self, keys):
        os.write(self._master, keys.encode())

    def wait_for(self, text):
        """What is printed until `text` is, which is forgotten with it. AssertionError if it does not come."""
        deadline = time.monotonic() + TIMEOUT
        while text not in self.printed:
            ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
            try:
                more = os.read(self._master, 65536) if ready else b""
            except OSError:  # the program ended
                more = b""
            if not more:
                raise AssertionError(f"no {text!r} in what was printed: {self.printed!r}")
            self.printed += more.decode(errors="replace")
        before, _, self.printed = self.printed.partition(text)
        return before
