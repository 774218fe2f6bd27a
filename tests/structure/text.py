"""What a reader may rely on in the sources and the documents: lengths, opening comments, links, documented flags."""

import re
import subprocess

# A smell, not a law: what is about one thing stays in one file, and a class is never spread over several (check_one_header).
SOURCE_LINES_MAX = 500  # a .cpp is meant to have about 250
HEADER_LINES_MAX = 200  # a header about 150
MODULES_MAX = 20  # of one folder: a header and its .cpp count as one
# The program's start; and the limits, a file each, which share the header that lists them.
ONE_HEADER_EXCEPT = re.compile(r"webhook/(main|policy/limits/\w+)\.cpp$")
ARCHITECTURE_LINES_MAX = 180  # three printed pages
README_WORDS_MAX = 900  # read in five minutes
PAGE_WORDS_MAX = 2000  # of docs/: what a reader looks for in one place
PAGES_WORDS_MAX = 25_000  # of all pages together

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)[^)]*\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Blocks that people type or copy, and drawings.
INPUTS = ("sh", "yaml", "hcl", "promql", "text")
POLICY_EXAMPLE = re.compile(r"^```yaml\n(apiVersion: secret-hygiene\.io/\S+\nkind: SecretPolicy\n.*?)^```", re.MULTILINE | re.DOTALL)
# Addresses that the project does not have yet, and the one file that says each.
PLACEHOLDERS = {"git.example.com": "README.md", "registry.example.com": "docs/install.md", "security@example.com": "SECURITY.md"}
PATH = re.compile(r"`((?:[a-z_0-9]+/)+[a-z_0-9*-]+\.(?:hpp|cpp|py|sh|txt))`")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def check_sources(root):
    """Findings about the files under webhook/ and tests/."""
    findings = []
    for path in sorted([*(root / "webhook").rglob("*.?pp"), *(root / "tests").rglob("*.?pp")]):
        name = path.relative_to(root).as_posix()
        lines = lines_of(path)
        findings += [f"{name}:{number}: unfinished: {match[0]}"
                     for number, line in enumerate(lines, 1) if (match := UNFINISHED.search(line))]
        if not name.startswith("webhook/"):
            continue
        longest = HEADER_LINES_MAX if path.suffix == ".hpp" else SOURCE_LINES_MAX
        if len(lines) > longest:
            findings.append(f"{name}: {len(lines)} lines, at most {longest}")
        if path.suffix == ".hpp":
            if not lines or not lines[0].startswith("// "):
                findings.append(f"{name}:1: a header opens with a comment that says what it is")
            if "#pragma once" not in lines:
                findings.append(f"{name}: no #pragma once")
            elif "Thread-safety:" not in " ".join(line.removeprefix("// ") for line in lines[:lines.index("#pragma once")]):
                findings.append(f"{name}: the opening comment says nothing of thread-safety")
    return findings


def check_one_header(root):
    """A finding for each .cpp under webhook/ without a header of its own: it would implement a part of another one's."""
    return [f"{path.relative_to(root).as_posix()}: no {path.stem}.hpp beside it"
            for path in sorted((root / "webhook").rglob("*.cpp"))
            if not path.with_suffix(".hpp").exists() and not ONE_HEADER_EXCEPT.match(path.relative_to(root).as_posix())]


def check_folders(root):
    """A finding for each folder with more modules than a reader takes in at once."""
    findings = []
    for top in ("webhook", "tests", "demos"):
        for folder in sorted({path.parent for path in (root / top).rglob("*") if path.suffix in (".cpp", ".hpp", ".py")}):
            modules = {path.stem for path in folder.iterdir() if path.suffix in (".cpp", ".hpp", ".py")}
            if len(modules) > MODULES_MAX:
                findings.append(f"{folder.relative_to(root).as_posix()}: {len(modules)} modules, at most {MODULES_MAX}: it wants rooms")
    return findings


def documents(root):
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "certs").rglob("*.md"),
                   *(root / "policies").rglob("*.md")])


def places_of(root, placeholder):
    """The file of each occurrence in what users read and apply."""
    applied = [path for name in (".github", "certs", "manifests", "policies") for path in (root / name).rglob("*") if path.is_file()]
    return [path.relative_to(root).as_posix() for path in sorted({*documents(root), *applied})
            for _ in range(path.read_text(encoding="utf-8").count(placeholder))]


def anchors(path):
    """What `#name` may follow a link to this document: its headings, as GitHub writes them."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+\s+(.*?)\s*$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def check_links(root):
    """A finding for each relative link of a document that leads nowhere."""
    findings = []
    for path in documents(root):
        for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            linked = path.parent / file if file else path
            if not linked.exists():
                findings.append(f"{path.relative_to(root)}: {target} does not exist")
            elif anchor and linked.suffix == ".md" and anchor not in anchors(linked):
                findings.append(f"{path.relative_to(root)}: {target} has no such heading")
    return findings


def check_paths(root):
    """A finding for each file of the project that a document names and that is not there. ARCHITECTURE.md leaves `webhook/` out."""
    findings = []
    for path in documents(root):
        if path.name == "CHANGELOG.md":
            continue
        for name in PATH.findall(path.read_text(encoding="utf-8")):
            if not any(found for top in (root, root / "webhook") for found in [*top.glob(name), *top.glob(name + ".?pp")]):
                findings.append(f"{path.relative_to(root)}: {name} does not exist")
    return findings


def check_architecture(root):
    count = len(lines_of(root / "ARCHITECTURE.md"))
    if count > ARCHITECTURE_LINES_MAX:
        return [f"ARCHITECTURE.md: {count} lines, at most {ARCHITECTURE_LINES_MAX}"]
    return []


def words_of(path):
    """How many there are; the borders of a table are none."""
    return sum(bool(re.search(r"\w", word)) for word in path.read_text(encoding="utf-8").split())


def check_readme(root):
    count = words_of(root / "README.md")
    if count > README_WORDS_MAX:
        return [f"README.md: {count} words, at most {README_WORDS_MAX}"]
    return []


def check_pages(root):
    """A finding for each page of docs/ that is too long or that mkdocs.yml leads to not at all or twice, and one for all if they are too long."""
    words = {path.name: words_of(path) for path in sorted((root / "docs").glob("*.md"))}
    named = re.findall(r"[\w-]+\.md\b", (root / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2])
    findings = [f"docs/{name}: {count} words, at most {PAGE_WORDS_MAX}" for name, count in words.items() if count > PAGE_WORDS_MAX]
    if sum(words.values()) > PAGES_WORDS_MAX:
        findings.append(f"docs: {sum(words.values())} words, at most {PAGES_WORDS_MAX}")
    return findings + [f"mkdocs.yml: names {name} {named.count(name)} times" for name in words if named.count(name) != 1]


def help_of(binary, *command):
    done = subprocess.run([binary, *command, "--help"], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def commands_of(help_text):
    """The subcommands that a CLI11 help lists."""
    _, _, listed = help_text.partition("ubcommands:")
    return re.findall(r"^  ([a-z][a-z-]*)(?:\s|$)", listed, re.MULTILINE)


def check_flags(root, helps):
    """A finding for each flag in the help texts (by command) that README.md and docs/ never mention."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents(root) if path.name != "CHANGELOG.md")
    documented = set(FLAG.findall(text))
    return [f"{command or 'secret-hygiene'}: {flag} is not documented in README.md or docs/"
            for command, help_text in helps.items() for flag in sorted(set(FLAG.findall(help_text)) - documented)]


def check_samples(root):
    """A finding for each block of output on a page that no test names, and for each block that does not say what it is."""
    tests = "".join(path.read_text(encoding="utf-8") for path in (root / "tests").rglob("*.py"))
    findings = []
    for path in documents(root):
        for language, block in BLOCK.findall(path.read_text(encoding="utf-8")):
            shows_output = language == "json" or language == "console" and any(not line.startswith("$ ") for line in block.splitlines())
            if language not in (*INPUTS, "console", "json"):
                findings.append(f"{path.relative_to(root)}: a block of {language or 'nothing'}: write console where a program printed it")
            elif shows_output and f'"{path.name}"' not in tests:
                findings.append(f"{path.relative_to(root)}: no test compares its output with what the program prints: see test_samples_of_pages.py")
    return findings


def policy_examples(root):
    """(document, text) of each example in a document that is a whole file of policies."""
    return [(path.relative_to(root).as_posix(), example)
            for path in documents(root) for example in POLICY_EXAMPLE.findall(path.read_text(encoding="utf-8"))]


def check_policy_examples(root, binary, scratch):
    """A finding for each such example that `lint` refuses."""
    findings = []
    for document, example in policy_examples(root):
        file = scratch / "example.yaml"
        file.write_text(example, encoding="utf-8")
        done = subprocess.run([binary, "lint", file], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            findings.append(f"{document}: an example is refused: {(done.stdout + done.stderr).strip()}")
    return findings
