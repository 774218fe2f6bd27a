"""Pictures of the documents: small, described for those who cannot see them, and the terminal is what its script draws."""

import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree

import text

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

import terminal  # noqa: E402

PICTURES = [path for path in (ROOT / "docs").iterdir() if path.suffix in (".svg", ".png", ".webp")]
BYTES_MAX = 150_000
WORDS_MIN = 3  # of an alternative text


class Pictures(unittest.TestCase):
    def test_each_is_small_and_on_a_page(self):
        documents = "".join(path.read_text(encoding="utf-8") for path in text.documents(ROOT))
        for path in PICTURES:
            with self.subTest(path.name):
                self.assertLess(path.stat().st_size, BYTES_MAX)
                self.assertRegex(documents, rf"\]\((?:docs/)?{re.escape(path.name)}\)")

    def test_each_is_described(self):
        for path in text.documents(ROOT):
            for alternative in re.findall(r"!\[([^\]]*)\]", text.FENCE.sub("", path.read_text(encoding="utf-8"))):
                with self.subTest(path.name, alternative=alternative):
                    self.assertGreaterEqual(len(alternative.split()), WORDS_MIN)

    def test_the_terminal_shows_what_the_pages_do(self):
        self.assertEqual(terminal.PICTURE.read_text(encoding="utf-8"), terminal.draw(), "run: /usr/bin/python3 -B scripts/terminal.py")

    def test_drawings_are_well_formed_and_ask_for_nothing(self):
        for path in PICTURES:
            if path.suffix == ".svg":
                with self.subTest(path.name):
                    root = xml.etree.ElementTree.fromstring(path.read_text(encoding="utf-8"))
                    self.assertTrue(root.get("viewBox"))
                    self.assertEqual([each for each in root.iter() if each.tag.endswith(("script", "image", "foreignObject"))], [])


if __name__ == "__main__":
    unittest.main()
