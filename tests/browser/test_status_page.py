"""The status page in a real browser: tests/browser/status.html, which tests/runtime holds to what the program writes, and the page of a
running webhook.

HYGIENE_UPDATE_GOLDEN=1 in the environment writes the screenshots of docs/status-page.md anew.
"""

import json
import os
import sys
import unittest

import libchromium
import libpages

sys.path.insert(0, str(libpages.ROOT / "tests" / "e2e"))

import libwebhook  # noqa: E402

EVIL = "</td><script>window.pwned = 1</script>&\"'"
POLICIES = libwebhook.policy_text("few-keys", "mode: Enforce", "limits: {keysPerSecret: 1}")
NO_CHROMIUM = "no Chromium is installed: ./dev deps test"


def review(name, namespace="team"):
    document = json.loads(libwebhook.sample("create-opaque"))
    request = document["request"]
    request["name"] = request["object"]["metadata"]["name"] = name
    request["namespace"] = request["object"]["metadata"]["namespace"] = namespace
    return json.dumps(document).encode()


class Page(libpages.GoldenPage):
    golden = "status.html"


class Text(Page):
    def test_it_is_well_formed_and_accessible(self):
        text = self.text
        reader = libpages.Balance()
        reader.feed(text)
        reader.close()
        self.assertEqual((reader.open, reader.faults), ([], []))
        self.assertEqual(reader.seen & {"img", "iframe", "object", "form", "input"}, set())
        self.assertEqual((text.count("<h1"), text.count("<main"), text.count('<html lang="en"')), (1, 1, 1))
        self.assertEqual(text.count("<th "), text.count('<th scope="col"'))
        self.assertEqual(text.count('<svg class="columns"'), text.count('role="img"'))


@unittest.skipUnless(libchromium.program(), NO_CHROMIUM)
class Sample(Page):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = cls.enterClassContext(libchromium.Browser())

    def open(self, width=1024, **options):
        return self.browser.open(self.page, width, **options)

    def test_it_asks_for_nothing_else_and_nothing_complains(self):
        page = self.open()
        for look in (page.light, page.dark, page.printed):
            look()
            self.assertTrue(page.screenshot().startswith(b"\x89PNG"))
        self.assertEqual(page.warnings, [])
        self.assertEqual([url for url in page.requests if url != "data:,"], [self.page.as_uri()])

    def test_every_text_can_be_read(self):
        page = self.open()
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        for name, look in (("light", page.light), ("dark", page.dark), ("print", lambda: page.printed("dark"))):
            look()
            with self.subTest(name):
                contrasts = page.evaluate(libpages.CONTRASTS)
                self.assertGreater(len(contrasts), 100)
                self.assertGreaterEqual(contrasts[0][0], 4.5, contrasts[0])

    def test_it_fits_a_phone_and_a_desk_and_nothing_is_cut_off_on_a_phone(self):
        for width in (320, 360, 768, 1600):
            with self.subTest(width=width):
                page = self.open(width)
                page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                if width <= 360:
                    inner = "Math.max(...[...document.querySelectorAll('.scroll')].map(box => box.scrollWidth - box.clientWidth))"
                    self.assertEqual(page.evaluate(inner), 0)

    def test_the_charts_are_drawn_to_scale(self):
        page = self.open()
        heights = page.evaluate("[...document.querySelectorAll('svg.columns')].map(chart => "
                                "Math.max(...[...chart.querySelectorAll('rect')].map(r => r.getBBox().height)))")
        self.assertEqual(heights, [100, 100])
        self.assertEqual(page.evaluate("document.querySelectorAll('#usage rect.near').length"), 3)

    def test_where_nothing_answers_it_says_so_and_asks_less_and_less_often(self):
        page = self.open()  # a file cannot be fetched
        page.advance(100_000)
        # After 3 s, then after 6, 12, 24 and 48 more: seen as the page's own warnings.
        tried = [each for each in page.warnings if "file:" in each and "Fetch API" in each]
        self.assertEqual(len(tried), 5, page.warnings)
        self.assertIn("Asked again every 60 seconds", page.evaluate("document.getElementById('live').textContent"))
        self.assertFalse(page.evaluate("document.getElementById('live').hidden"))
        self.assertIn("team-payments/backup-bundle", page.evaluate("document.body.innerText"))

    @unittest.skipUnless(os.environ.get("HYGIENE_UPDATE_GOLDEN"), "writes the screenshots of the documents")
    def test_screenshots(self):
        for name in ("light", "dark"):
            page = self.open(900)
            page.size(900, 1290)
            getattr(page, name)()
            (libpages.ROOT / "docs" / f"status-page-{name}.png").write_bytes(page.screenshot())


@unittest.skipUnless(libchromium.program(), NO_CHROMIUM)
class Live(libwebhook.WebhookTest):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(libchromium.Browser())

    def setUp(self):
        super().setUp()
        self.webhook = self.start(self.policies(POLICIES))
        self.url = f"http://localhost:{self.webhook.status_port}/"

    def open(self, **options):
        page = self.browser.open(self.url, **options)
        self.addCleanup(page.close)
        return page

    def reject(self, *names):
        self.assertFalse(self.webhook.review("/validate", review(*names))["allowed"])

    def test_a_rejection_appears_by_itself_and_nothing_complains(self):
        page = self.open()
        self.assertIn("Nothing was denied since the start.", page.evaluate("document.body.innerText"))
        self.assertIn("few-keys", page.evaluate("document.getElementById('policies').innerText"))
        page.evaluate("document.querySelector('details').open = true")
        self.reject("too-many")
        page.wait_until("document.getElementById('rejections').innerText.includes('team/too-many')")
        self.reject("too-many")
        page.wait_until("document.querySelector('#rejections td:last-child').innerText === '2'")
        # Two for each minute in which something was rejected; a minute may have ended between the two.
        self.assertIn(page.evaluate("document.querySelectorAll('#charts rect').length"), (2, 4))
        self.assertTrue(page.evaluate("document.querySelector('details').open"), "what its reader opened stays open")
        for look in (page.light, page.dark):
            look()
            page.screenshot()
        self.assertEqual(page.warnings, [])
        self.assertEqual({url for url in page.requests if url != "data:,"}, {self.url})

    def test_a_name_of_markup_is_shown_as_it_is(self):
        self.reject(EVIL, EVIL)
        page = self.open()
        self.assertIn(EVIL + "/" + EVIL, page.evaluate("document.getElementById('rejections').textContent"))
        self.assertIsNone(page.evaluate("window.pwned"))
        self.assertEqual(page.warnings, [])

    def test_its_policy_stops_what_would_be_injected(self):
        page = self.open()
        page.evaluate("""document.body.insertAdjacentHTML('beforeend',
          `<img src='x.png'><p style='position: fixed' id='p'>p</p><style>body { display: none }</style>
           <button onclick='window.pwned = 1'>b</button>`)""")
        page.evaluate("document.querySelector('button').click()")
        page.evaluate("fetch('http://127.0.0.1:1/').catch(() => document.body.append('refused'))")
        page.wait_until("document.body.innerText.endsWith('refused')")
        self.assertIsNone(page.evaluate("window.pwned"))
        self.assertEqual(page.evaluate("getComputedStyle(document.getElementById('p')).position"), "static")
        self.assertEqual(page.evaluate("getComputedStyle(document.body).display"), "block")
        said = " ".join(page.warnings)
        for what in ("the image", "inline style", "inline event handler", "http://127.0.0.1:1/"):
            self.assertIn(what, said)

    def test_it_rests_while_nobody_looks(self):
        page = self.open()
        asked = lambda: sum(url == self.url for url in page.requests)  # noqa: E731
        page.advance(30_500)
        self.assertGreaterEqual(asked(), 9)
        seen = "(hidden => { Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });" \
               " document.dispatchEvent(new Event('visibilitychange')); })"
        page.evaluate(seen + "(true)")
        before = asked()
        page.advance(300_000)
        self.assertEqual(asked(), before)
        page.evaluate(seen + "(false)")
        page.advance(1_000)
        self.assertEqual(asked(), before + 1, "at once when it is looked at again")

    def test_without_scripts_it_is_whole(self):
        self.reject("too-many")
        page = self.open(width=360, script=False)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 360)
        text = page.evaluate("document.body.innerText")
        for part in ("Ready", "team/too-many", "few-keys", "keysPerSecret 1", "No policy in force has a limit across Secrets."):
            self.assertIn(part, text)
        self.assertEqual(page.warnings, [])
        self.assertEqual([url for url in page.requests if url != "data:,"], [self.url])


if __name__ == "__main__":
    unittest.main()
