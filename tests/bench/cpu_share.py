"""A share of a core for each of some groups of processes, by cgroups: as if each ran on a machine of its own. On two cores shared by
all, what stands between a client and a server takes from both of them."""
import contextlib
import os
import pathlib

PERIOD_US = 2_000
V1, V2 = pathlib.Path("/sys/fs/cgroup/cpu"), pathlib.Path("/sys/fs/cgroup")


def _root():
    """Where groups with a quota can be made; None where none can."""
    if (V1 / "cpu.cfs_quota_us").exists() and os.access(V1, os.W_OK):
        return V1
    controllers = V2 / "cgroup.subtree_control"
    if controllers.exists() and "cpu" in controllers.read_text(encoding="ascii").split() and os.access(V2, os.W_OK):
        return V2
    return None


def possible():
    return _root() is not None


def _move(pid, group):
    # With all its threads, in both versions.
    (group / "cgroup.procs").write_text(str(pid), encoding="ascii")


@contextlib.contextmanager
def shares(groups, cores):
    """`groups`: {name: process ids}, each of which gets `cores` of a core, 1 or less, until the end. What they start is in the group."""
    root, quota_us = _root(), int(PERIOD_US * cores)
    made = []
    try:
        for name, pids in groups.items():
            group = root / f"secret-hygiene-bench-{os.getpid()}-{name}"
            group.mkdir()
            made.append((group, pids))
            if root is V1:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD_US), encoding="ascii")
                (group / "cpu.cfs_quota_us").write_text(str(quota_us), encoding="ascii")
            else:
                (group / "cpu.max").write_text(f"{quota_us} {PERIOD_US}", encoding="ascii")
            for pid in pids:
                _move(pid, group)
        yield
    finally:
        for group, pids in made:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    _move(pid, root)
            group.rmdir()
