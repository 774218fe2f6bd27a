"""clang-tidy of the sources that a change touches, or of all: `tidy.py [--all] BUILD_DIRECTORY`. Exits 1 where it finds something."""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CLANG_TIDY = "clang-tidy-16"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def git(root, *arguments):
    return subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=True).stdout.strip()


def changed(root):
    """The files that differ from where this branch left origin/main; on it, from the commit before. What is not committed counts. The
    newest changes come first."""
    head = git(root, "rev-parse", "HEAD")
    try:
        base = git(root, "merge-base", "HEAD", "origin/main")
    except subprocess.CalledProcessError:
        base = head
    if base == head and git(root, "rev-list", "--count", "HEAD") != "1":
        base = git(root, "rev-parse", "HEAD~1")
    there = set(git(root, "diff", "--name-only", "--diff-filter=d", base).splitlines())
    uncommitted = git(root, "diff", "--name-only", "HEAD").splitlines()
    committed = git(root, "log", "--format=", "--name-only", f"{base}..HEAD").splitlines()
    new = git(root, "ls-files", "--others", "--exclude-standard").splitlines()
    return new + [name for name in dict.fromkeys([*uncommitted, *committed]) if name in there]


def touched(root, names):
    """The .cpp files under webhook/ among `names`, in their order; for a header its own, or else one that includes it."""
    webhook = root / "webhook"
    sources = {path.relative_to(root).as_posix(): path for path in sorted(webhook.rglob("*.cpp"))}
    found = {}
    for name in names:
        if name in sources:
            found[name] = None
        elif name.startswith("webhook/") and name.endswith(".hpp"):
            own = name.removesuffix(".hpp") + ".cpp"
            header = name.removeprefix("webhook/")
            includers = [own] if own in sources else [source for source, path in sources.items()
                                                      if header in INCLUDE.findall(path.read_text(encoding="utf-8"))][:1]
            found.update(dict.fromkeys(includers))
    return list(found)


def findings(root, build, names):
    """What clang-tidy says of each source, those without a finding left out."""
    def tidy(name):
        done = subprocess.run([CLANG_TIDY, "-p", build, "--quiet", "--extra-arg=-Wno-unknown-warning-option", name], cwd=root,
                              capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return [said for said in pool.map(tidy, names) if said]


def main(arguments):
    every = arguments[:1] == ["--all"]
    build = arguments[-1]
    names = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "webhook").rglob("*.cpp")) if every else touched(ROOT, changed(ROOT))
    found = findings(ROOT, build, names)
    print("\n".join([*found, f"clang-tidy: {len(names)} files, {len(found)} with findings"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
