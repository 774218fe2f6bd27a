"""The page of `audit -o html` in a real browser: tests/browser/audit.html, which tests/commands holds to what the program writes."""

import pathlib
import re
import tempfile
import unittest

import libchromium
import libpages

EVIL = "</td><script>alert('x')</script>&\""
PAPER = 688  # pixels of A4 between the margins: (210 mm - 2 * 14 mm) at 96 to an inch


class Page(libpages.GoldenPage):
    golden = "audit.html"


class Text(Page):
    def test_it_is_well_formed(self):
        reader = libpages.Balance()
        reader.feed(self.text)
        reader.close()
        self.assertEqual((reader.open, reader.faults), ([], []))
        self.assertEqual(reader.seen & {"script", "img", "link", "iframe", "object", "form", "a"}, set())


@unittest.skipUnless(libchromium.program(), "no Chromium is installed: ./dev deps test")
class InChromium(Page):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = cls.enterClassContext(libchromium.Browser())

    def open(self, path=None, width=1024):
        return self.browser.open(path or self.page, width)

    def test_it_asks_for_nothing_and_nothing_complains(self):
        page = self.open()
        for look in (page.light, page.dark, page.printed):
            look()
            self.assertTrue(page.screenshot().startswith(b"\x89PNG"))
        self.assertEqual(page.warnings, [])
        self.assertEqual(page.requests, [self.page.as_uri()])
        self.assertEqual(page.evaluate("document.querySelectorAll('script, img, iframe, object, link').length"), 0)
        self.assertIn(EVIL, page.evaluate("document.body.innerText"))

    def test_its_style_applies_and_the_bars_are_drawn(self):
        page = self.open()
        self.assertEqual(page.evaluate("getComputedStyle(document.querySelector('dl')).display"), "grid")
        widths = page.evaluate("[...document.querySelectorAll('section:nth-of-type(6) rect')].map(r => r.getBBox().width)")
        self.assertEqual(len(widths), 6)
        self.assertEqual(widths[0], widths[1], "the largest fills its track")
        self.assertAlmostEqual(widths[3] / widths[2], 393 / 1505, places=2)

    def test_it_follows_the_scheme_of_the_reader_and_paper_is_white(self):
        page = self.open()
        behind = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(behind)
        page.dark()
        self.assertNotEqual(page.evaluate(behind), light)
        page.printed("dark")
        self.assertEqual(page.evaluate(behind), "rgb(255, 255, 255)")

    def test_every_text_can_be_read(self):
        page = self.open()
        for name, look in (("light", page.light), ("dark", page.dark), ("print", lambda: page.printed("dark"))):
            look()
            with self.subTest(name):
                contrasts = page.evaluate(libpages.CONTRASTS)
                self.assertGreater(len(contrasts), 100)
                self.assertGreaterEqual(contrasts[0][0], 4.5, contrasts[0])

    def test_it_fits_a_phone_a_desk_and_paper(self):
        for width in (320, 360, 768, 1600, PAPER):
            with self.subTest(width=width):
                page = self.open(width=width)
                if width == PAPER:
                    page.printed()
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)

    def test_it_prints(self):
        pdf = self.open().pdf()
        self.assertTrue(pdf.startswith(b"%PDF"))
        self.assertGreater(len(re.findall(rb"/Type\s*/Page\b", pdf)), 1)

    def test_its_policy_stops_what_would_be_injected(self):
        injected = ("<script>window.pwned = 1</script><img src='x.png' onerror='window.pwned = 1'>"
                    "<p style='position: fixed'>p</p><style>body { display: none }</style>")
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "injected.html")
            path.write_text(self.text.replace("<main>", "<main>" + injected), encoding="utf-8")
            page = self.open(path)
            self.assertIsNone(page.evaluate("window.pwned"))
            self.assertEqual(page.evaluate("getComputedStyle(document.querySelector('main p')).position"), "static")
            self.assertEqual(page.evaluate("getComputedStyle(document.body).display"), "block")
            said = " ".join(page.warnings)
        for what in ("inline script", "the image", "inline style"):
            self.assertIn(what, said)


if __name__ == "__main__":
    unittest.main()
