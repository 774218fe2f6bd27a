"""Checks sentences: prose.py FILE.md...; --figures prints words a sentence and the share of passive sentences instead.

Its rules: proselint's of .proselintrc.json; no sentence of more than WORDS_MAX words; none of DISCARDED. Code is left out.
tests/structure/test_prose.py holds the program's messages to DISCARDED too.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

WORDS_MAX = 50
# What readers stumbled over, and words for what docs/glossary.md has another for; what to write.
DISCARDED = {r"is no string|are no strings": "must be quoted", r"whose time has not begun": "not yet valid", r"led around by": "bypassed",
             r"finds no room": "overflow", r"nothing is to go": "with nothing to delete", r"\bfor ever\b": "always",
             r"told by a dry run": "a dry run shows it", r"what is broken is\b": "violations shown are real", r"\bwhatsoever\b": "any",
             r"\breject(?:s|ed|ing)?\b": "deny (a write), refuse (all else)", r"\bmark(?:s|ed|ing)?\b": "label", r"\bquarantin\w+": "cooling",
             r"\blook(?:s|ed)? at\b": "check", r"\bputs? on\b": "set"}
LEFT_OUT = re.compile(r"^```.*?^```|^ {4,}\S.*?$|^\|.*?$|^#.*?$|!?\[[^\]]*\]\([^)]*\.(?:png|svg)\)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
CODE = re.compile(r"`[^`]*`")
IRREGULAR = "been|built|cut|done|drawn|found|given|held|kept|known|left|made|met|put|read|run|said|seen|sent|set|shown|taken|told|written|thrown|hidden"
# What may hold quotes and is no message; a message.
LITERAL = re.compile(r"^\s*#.*$|//.*$|\binvariant\([^;]*;|'\"'|\"(?P<message>(?:[^\"\\\n]|\\.)*)\"", re.MULTILINE)
PASSIVE = re.compile(rf"\b(?:is|are|was|were|be|been|being)\b(?: \w+ly| not| never| then| also)? (?:\w+ed|{IRREGULAR})\b", re.IGNORECASE)


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def prose_of(text):
    """The text without code, tables and headings, each line in its place."""
    text = CODE.sub("X", LEFT_OUT.sub(blank, text))
    return LINK.sub(r"\1", text).replace("**", "")


def sentences(prose):
    """(line, sentence) of each; a paragraph or an item of a list ends one, and so does a colon at its end."""
    for match in re.finditer(r"(?:(?!\n\s*\n|\n\s*(?:-|\d+\.) ).)+", prose, re.DOTALL):
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        line = prose.count("\n", 0, start) + 1
        for sentence in re.split(r"(?<=[.!?;:])\s+(?=\S)", re.sub(r"^\s*(?:-|\d+\.) ", "", match[0])):
            if re.search(r"\w", sentence):
                yield line, " ".join(sentence.split())


def discarded(name, text, line=1):
    """Each of DISCARDED in a text that begins at that line, whatever its capitals."""
    return [f"{name}:{line + text.count(chr(10), 0, match.start())}: {match[0]}: write: {better}" for word, better in DISCARDED.items()
            for match in re.finditer(word, text, re.IGNORECASE)]


def message_findings(name, source):
    """The discarded words in the messages of a C++ source."""
    return [finding for literal in LITERAL.finditer(source) if literal["message"]
            for finding in discarded(name, literal["message"], 1 + source.count("\n", 0, literal.start()))]


def findings(name, text):
    """The findings of this script's own rules."""
    prose = prose_of(text)
    found = [f"{name}:{line}: {len(sentence.split())} words, at most {WORDS_MAX}: {sentence[:60]}..."
             for line, sentence in sentences(prose) if len(sentence.split()) > WORDS_MAX]
    return found + discarded(name, prose)


def proselint(texts):
    """What proselint finds in {name: text}."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in texts.items():
            (pathlib.Path(scratch) / name.replace("/", "__")).write_text(prose_of(text), encoding="utf-8")
        done = subprocess.run([str(pathlib.Path(sys.executable).with_name("proselint")), "--config", ".proselintrc.json", "-o", "full", "check",
                               *map(str, sorted(pathlib.Path(scratch).iterdir()))], capture_output=True, text=True, check=False)
        lines = done.stdout.replace(scratch + "/", "").replace("__", "/").splitlines()
    return [line for line in lines if re.match(r"\S+\.md:\d+", line)]


def figures(texts):
    """(sentences, words a sentence, share of passive sentences) of all texts."""
    every = [sentence for text in texts.values() for _, sentence in sentences(prose_of(text)) if len(sentence.split()) > 2]
    return len(every), sum(len(sentence.split()) for sentence in every) / len(every), sum(bool(PASSIVE.search(s)) for s in every) / len(every)


def main(arguments):
    names = [name for name in arguments if name != "--figures"]
    texts = {name: pathlib.Path(name).read_text(encoding="utf-8") for name in names}
    if "--figures" in arguments:
        count, words, passive = figures(texts)
        print(f"{count} sentences, {words:.1f} words each, {passive:.0%} passive")
        return 0
    found = [finding for name, text in texts.items() for finding in findings(name, text)] + proselint(texts)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
