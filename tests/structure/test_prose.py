"""The rules of scripts/prose.py: a bad sentence is found, and code is left alone; messages of the program keep to the same words."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import prose  # noqa: E402


class Sentences(unittest.TestCase):
    def test_a_sentence_of_too_many_words_is_found_at_its_line(self):
        self.assertEqual(prose.findings("a.md", "# A\n\n" + "word " * prose.WORDS_MAX + "\n"), [])
        found = prose.findings("a.md", "# A\n\n" + "word " * (prose.WORDS_MAX + 1) + "\n")
        self.assertEqual([finding.split(",")[0] for finding in found], [f"a.md:3: {prose.WORDS_MAX + 1} words"])

    def test_a_riddle_is_found_in_prose_and_not_in_code(self):
        self.assertEqual(prose.findings("a.md", "`what finds no room`\n\n```\nwhat finds no room\n```\n"), [])
        self.assertEqual(prose.findings("a.md", "A.\n\nWhat finds no room.\n"), ["a.md:3: finds no room: write: overflow"])

    def test_one_word_for_one_thing_in_prose_and_in_messages(self):
        self.assertEqual(prose.findings("a.md", "A policy Rejects `rejected`.\n"), ["a.md:1: Rejects: write: deny (a write), refuse (all else)"])
        source = '#include "marked.hpp"\n// "marked"\nbase::invariant(it, "is marked");\nif (c == \'"\') say("a \\"b\\" was"\n    " marked");\n'
        self.assertEqual(prose.message_findings("a.cpp", source), ["a.cpp:5: marked: write: label"])

    def test_no_message_of_the_program_has_a_discarded_word(self):
        for path in sorted((ROOT / "webhook").rglob("*.[ch]pp")):
            self.assertEqual(prose.message_findings(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")), [])

    def test_sentences_end_at_points_items_and_paragraphs(self):
        text = "One two. Three\nfour\n\n- five\n- six `a. b`\n"
        self.assertEqual([sentence for _, sentence in prose.sentences(prose.prose_of(text))],
                         ["One two.", "Three four", "five", "six X"])

    def test_the_share_of_passive_sentences_is_of_all(self):
        self.assertEqual(prose.figures({"a.md": "The Secret is stored by Helm. Helm stores the Secret."}), (2, 5, 0.5))


if __name__ == "__main__":
    unittest.main()
