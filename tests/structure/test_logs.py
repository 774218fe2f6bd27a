"""docs/logs.md has each message and each field that the sources of `serve` and `proxy` write to their log, at its level, and no other."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
SOURCES = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "webhook").rglob("*.cpp"))}
CALL = re.compile(r"\blog_?\.(debug|info|warning|error|write)\((.*?)\);", re.DOTALL)
REPEATED = re.compile(r"\bwarnings_?\.add\((.*?),|\bwarnings_,\s*(.*?)\)", re.DOTALL)
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
CONSTANT = re.compile(r'\b(k\w+) = "([^"]+)";')
# `a message`, each followed by fields in brackets or not; a colon ends them.
HEAD = re.compile(r"(?:(?:, |; of `proxy` )?`[^`]*`(?: \([^()]*\))?)+(?=:|$)")
LEVELS = ("debug", "info", "warning", "error")


def entries(level):
    """What each item of a level begins with: its messages, and their fields in brackets."""
    part = re.search(rf"^\*\*{level}\*\*(.*?)(?=^\*\*|^## )", PAGE, re.MULTILINE | re.DOTALL)[1]
    return [HEAD.match(" ".join(entry.split()))[0].replace("of `proxy` ", "") for entry in re.split(r"(?m)^- |^: ", part)[1:]]


def documented():
    return {message: level for level in LEVELS for head in entries(level) for message in re.findall(r"`([^`]*)`", re.sub(r" \([^()]*\)", "", head))}


def documented_fields():
    of_decisions = re.findall(r"^- (.*?): ", PAGE.partition("## Lines about decisions")[2], re.MULTILINE)
    in_brackets = [brackets for level in LEVELS for head in entries(level) for brackets in re.findall(r"\(([^()]*)\)", head)]
    return set(re.findall(r"`(\w+)`", " ".join(of_decisions + in_brackets)))


def logged():
    """({message: its levels}, fields) of the sources, of each call that names its message."""
    messages, fields = {}, set()
    for text in SOURCES.values():
        constants = dict(CONSTANT.findall(text.replace("constexpr std::string_view ", "").replace("constexpr const char* ", "")))
        for level, arguments in CALL.findall(text):
            first, _, rest = arguments.partition("{{")
            named = LITERAL.findall(first) + [constants[name] for name in re.findall(r"\bk\w+\b", first) if name in constants]
            for message in named:
                messages.setdefault(message, set()).add(level)
            fields.update(re.findall(r'\{"(\w+)",', "{{" + rest))
        for added, repeated in REPEATED.findall(text):
            for name in LITERAL.findall(added + repeated) + [constants[each] for each in re.findall(r"\bk\w+\b", added + repeated) if each in constants]:
                messages.setdefault(name, set()).add("warning")
    return messages, fields


class Logs(unittest.TestCase):
    def test_each_message_of_the_sources_is_on_the_page_at_its_level(self):
        page, (messages, _) = documented(), logged()
        self.assertGreater(len(messages), 20)
        self.assertEqual({message: levels for message, levels in messages.items() if levels != {"write"} and page.get(message) not in levels}, {})

    def test_each_message_of_the_page_is_in_the_sources(self):
        text = "".join(SOURCES.values())
        self.assertEqual([message for message in documented() if f'"{message}"' not in text], [])

    def test_fields_are_those_of_the_sources(self):
        self.assertEqual(logged()[1], documented_fields())


if __name__ == "__main__":
    unittest.main()
