"""The documentation as a site, built as `./dev docs` does: its search finds pages without a network, by HTTP and opened as files."""

import functools
import http.server
import pathlib
import subprocess
import tempfile
import threading
import unittest

import libchromium

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MKDOCS = ROOT / "build" / "docs-venv" / "bin" / "mkdocs"
RESULTS = "[...document.querySelectorAll('.md-search-result__link')].map(link => link.href)"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


@unittest.skipUnless(MKDOCS.exists(), "the documentation's programs are not here: ./dev docs")
@unittest.skipUnless(libchromium.program(), "no Chromium is installed: ./dev deps test")
class Search(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.site = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="secret-hygiene-docs-"))
        subprocess.run([MKDOCS, "build", "--strict", "--quiet", "--site-dir", cls.site], cwd=ROOT, check=True, timeout=300,
                       env={"NO_MKDOCS_2_WARNING": "1", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"})
        cls.browser = cls.enterClassContext(libchromium.Browser())

    def search(self, address, scheme):
        page = self.browser.open(address)
        page.evaluate("""{ const query = document.querySelector('.md-search__input'); query.focus(); query.value = 'rotate';
            query.dispatchEvent(new KeyboardEvent('keyup', { bubbles: true })); }""")
        page.wait_until(f"{RESULTS}.length > 0")
        self.assertTrue(any("certificates.html" in url for url in page.evaluate(RESULTS)))
        self.assertEqual([url for url in page.requests if not url.startswith((scheme, "data:", "blob:", "about:"))], [])

    def test_by_http(self):
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=self.site)) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.addCleanup(server.shutdown)
            address = f"http://127.0.0.1:{server.server_address[1]}/"
            self.search(address, address)

    def test_opened_as_files(self):
        self.search(pathlib.Path(self.site, "index.html"), "file:")


if __name__ == "__main__":
    unittest.main()
