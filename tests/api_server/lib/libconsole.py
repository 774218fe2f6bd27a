"""The ```console blocks of a page: commands, each behind `$ `, and what the page says that it prints. Tests run them and compare."""

import collections
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
END = "\x1e"

# `printed`: lines. One that is `...` stands for any number of them.
Sample = collections.namedtuple("Sample", "command printed")


def blocks_of(page):
    """Of docs/PAGE: a list of Samples for each block. A block whose commands print nothing shows only how to type them."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = []
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.M | re.S):
        samples = []
        for line in block.splitlines():
            if line.startswith("$ "):
                samples.append(Sample(line[2:], []))
            else:
                samples[-1].printed.append(line)
        if any(sample.printed for sample in samples):
            blocks.append(samples)
    return blocks


def run(samples, directory, binary, path="", replaced=()):
    """What each command prints, as lines, standard error among them. All of a block run in one shell in `directory`, with the program and
    what is in `path` on PATH. `replaced`: (text, text) pairs for the commands."""
    programs = pathlib.Path(directory, ".programs")
    programs.mkdir(exist_ok=True)
    link = programs / "secret-hygiene"
    if not link.is_symlink():
        link.symlink_to(binary)
    script = "exec 2>&1\n"
    for sample in samples:
        command = sample.command
        for old, new in replaced:
            command = command.replace(old, new)
        script += f"{command}\nstatus=$?; printf '{END}'; (exit $status)\n"
    done = subprocess.run(["bash", "-c", script], cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False, timeout=300,
                          env={"PATH": os.pathsep.join([str(programs), path, os.environ["PATH"]]), "HOME": str(directory)})
    return [part.splitlines() for part in done.stdout.split(END)[:len(samples)]]


def is_shown(shown, printed):
    """Whether the lines `shown` of a page are `printed`."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in shown)
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None
