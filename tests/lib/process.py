"""What programs that start others share: how they fail, how a child ends with its parent, how to tell a process from a later one."""

import ctypes
import pathlib
import signal

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


class Failed(Exception):
    """A program that failed; the text is what it said."""


class Missing(Failed):
    """A program that can neither be found nor built; the text says what to do."""


def end_with_parent(number=signal.SIGTERM):
    """For `preexec_fn`: the kernel sends the child this signal when its parent dies, however that happens."""
    return lambda: LIBC.prctl(PR_SET_PDEATHSIG, number)


def start_time(pid):
    """Tells a process from a later one with the same number; None if there is none, or only its remains."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])
