"""The flags of a command as a list of a page, made of its --help. To write all lists anew: reference.py BINARY."""

import pathlib
import re
import sys

import text

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Command: (page, the heading of its list or None).
PAGES = {"serve": ("commands.md", "serve"), "check": ("commands.md", "check"), "controllers": ("commands.md", "controllers"),
         "audit": ("audit.md", None), "label": ("label.md", None), "prune": ("prune.md", None), "test": ("test.md", None),
         "proxy": ("proxy.md", "Flags"), "doctor": ("doctor.md", "Flags")}
HEAD_WIDTH = 34  # of the first column of a help
TYPE = re.compile(r":(?:\{.*?\}|U?INT in \[.*?\]|NONNEGATIVE)")
LIST = re.compile(r"^(?:- `-.*\n)+", re.MULTILINE)
# One line for them all: docs/commands.md describes them.
CLUSTER = ("--kubeconfig", "--context", "--as", "--as-uid", "--as-group")
CLUSTER_USUAL = {"--namespace": "Namespace; default: the context's", "--all-namespaces": "All namespaces",
                 "--verbose": "Print each request to the API server and how long it took",
                 "--request-timeout": "Timeout of each request; 0: none; default: 30s, 2m for a page of a list",
                 "--kubeconfig": "Kubeconfig; default: as for kubectl, then the pod's service account"}


def options(help_text):
    """[[head, description]] of each flag."""
    found = []
    for line in help_text.partition("Options:\n")[2].partition("\n\n")[0].splitlines():
        head, description = line[:HEAD_WIDTH].strip(), line[HEAD_WIDTH:].strip()
        if not line[HEAD_WIDTH - 1:HEAD_WIDTH].isspace() and len(line) >= HEAD_WIDTH:
            head, description = line.strip(), ""
        if head:
            found.append([head, description])
        else:
            found[-1][1] += " " * bool(found[-1][1]) + description
    return found


def in_code(description):
    """With the flags that it names as code."""
    return re.sub(r"(?<![\w`-])(--[a-z][a-z-]*(?:=\w+)?)", r"`\1`", description)


def item(head, description):
    names, _, value = head.partition(" ")
    value = re.sub(r"(?:^| )(?:Needs|Excludes): .*", "", value)
    value, required = TYPE.sub("", value).replace(" ...", ""), " REQUIRED" in value
    value, _, default = value.replace(" REQUIRED", "").partition("=")
    *short, name = names.split(",")
    shown = ", ".join(f"`{each}`" for each in [*short, f"{name} {value}".strip()])
    return f"- {shown}{f' (`{default}`)' if default else ''}: {in_code(description)}{'; required' if required else ''}"


def flags(help_text):
    """The list, a flag a line, its default in brackets."""
    lines, cluster = [], []
    for head, description in options(help_text):
        name = head.partition(" ")[0].rpartition(",")[2]
        if name in CLUSTER or CLUSTER_USUAL.get(name) == description:
            if name in ("--namespace", "--all-namespaces", "--kubeconfig"):
                cluster.append(head.partition(" ")[0].partition(",")[0])
            if name == "--kubeconfig":
                of_cluster = "" if CLUSTER_USUAL[name] == description else ". " + description
        elif name != "--help":
            lines.append(item(head, description))
    if cluster:
        names = ", ".join(f"`{name}`" for name in sorted(cluster, key=("-n", "-A", "--kubeconfig").index))
        lines.append(f"- {names} and so on: [the cluster](commands.md#the-cluster){in_code(of_cluster)}")
    return "".join(line + "\n" for line in lines)


def section(page, heading):
    """(begin, end) of the part of a page under a heading of the second level."""
    begin = page.index(f"\n## {heading}\n") if heading else 0
    end = page.find("\n## ", begin + 1)
    return begin, len(page) if end < 0 else end


def replaced(page, name, heading, help_text):
    """The text of the page `name` with that list made anew."""
    begin, end = section(page, heading)
    made = flags(help_text).replace(f"]({name}#", "](#")
    part, count = LIST.subn(lambda _: made, page[begin:end], count=1)
    if count != 1:
        raise ValueError(f"{name}: no list of flags under {heading}")
    return page[:begin] + part + page[end:]


def main(binary):
    for command, (name, heading) in PAGES.items():
        path = ROOT / "docs" / name
        path.write_text(replaced(path.read_text(encoding="utf-8"), name, heading, text.help_of(binary, command)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
