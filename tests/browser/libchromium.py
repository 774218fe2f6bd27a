"""A headless Chromium that is spoken to over a pipe (Chrome DevTools Protocol, messages that end in NUL on descriptors 3 and 4).

    with libchromium.Browser() as browser:
        page = browser.open(path_of_a_file)
        page.dark()
        page.screenshot()            # PNG
        page.warnings              # what the console said, and what a policy of the page refused
"""

import base64
import contextlib
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium-headless-shell", "chromium")
ARGUMENTS = ["--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "about:blank"]
TIMEOUT = 120


def program():
    """The path of a Chromium; None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    def __enter__(self):
        with contextlib.ExitStack() as undo:
            home = undo.enter_context(tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True))
            from_us, self._to = os.pipe()
            self._from, to_us = os.pipe()
            undo.callback(os.close, self._to)
            undo.callback(os.close, self._from)
            command = [program(), f"--user-data-dir={home}", *ARGUMENTS]
            # The shell puts the pipes where Chromium looks for them.
            command = ["bash", "-c", f'exec "$@" 3<&{from_us} 4>&{to_us}', "bash", *command]
            self._process = subprocess.Popen(command, pass_fds=(from_us, to_us), stdin=subprocess.DEVNULL,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                             env={**os.environ, "HOME": home})
            os.close(from_us)
            os.close(to_us)
            undo.callback(self._end)
            self._buffer, self._number, self.events = b"", 0, []
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_):
        self._undo.close()

    def _end(self):
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _receive(self, deadline):
        """The next message."""
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self._from, 1 << 20) if ready else b""
            if not part:
                raise RuntimeError("Chromium " + ("went away" if ready else "does not answer"))
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        """What a method of the protocol returns; events that come before go to `events`."""
        self._number += 1
        number, deadline = self._number, time.monotonic() + TIMEOUT
        message = {"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        data = memoryview(json.dumps(message).encode() + b"\0")
        while data:
            data = data[os.write(self._to, data):]
        while (answer := self._receive(deadline)).get("id") != number:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def wait_for(self, method, session):
        deadline = time.monotonic() + TIMEOUT
        while not any(event.get("method") == method and event.get("sessionId") == session for event in self.events):
            self.events.append(self._receive(deadline))

    def open(self, address, width=1024, height=800, script=True):
        """`address`: a path, or a URL. `script`: whether those of the page run."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        url = address if str(address).startswith("http:") else pathlib.Path(address).resolve().as_uri()
        return Page(self, session, url, width, height, script)


class Page:
    def __init__(self, browser, session, url, width, height, script):
        self._browser, self._session = browser, session
        for domain in ("Page", "Log", "Runtime", "Network"):
            self.call(f"{domain}.enable")
        self.size(width, height)
        self.light()
        if not script:
            self.call("Emulation.setScriptExecutionDisabled", value=True)
        browser.events.clear()
        self.call("Page.navigate", url=url)
        browser.wait_for("Page.loadEventFired", session)

    def close(self):
        self.call("Page.close")

    def _events(self):
        return [event for event in self._browser.events if event.get("sessionId") == self._session]

    def call(self, method, **parameters):
        return self._browser.call(method, self._session, **parameters)

    def size(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def _media(self, scheme, media=""):
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def light(self):
        self._media("light")

    def dark(self):
        self._media("dark")

    def printed(self, scheme="light"):
        self._media(scheme, "print")

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait_until(self, condition):
        """Until an expression holds, which is looked at whenever the document changes."""
        answer = self.call("Runtime.evaluate", awaitPromise=True, returnByValue=True, expression=f"""new Promise(done => {{
          const holds = () => {{ try {{ return {condition}; }} catch {{ return false; }} }};
          if (holds()) return done();
          new MutationObserver((_, watch) => {{ if (holds()) {{ watch.disconnect(); done(); }} }})
            .observe(document, {{ subtree: true, childList: true, characterData: true, attributes: true }});
        }})""")
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))

    def advance(self, milliseconds):
        """Lets the page's clock run so far, which stands still while it waits for an answer, and then stop."""
        self._browser.events[:] = [event for event in self._browser.events if event.get("method") != "Emulation.virtualTimeBudgetExpired"]
        self.call("Emulation.setVirtualTimePolicy", policy="pauseIfNetworkFetchesPending", budget=milliseconds)
        self._browser.wait_for("Emulation.virtualTimeBudgetExpired", self._session)

    def screenshot(self, whole=False, form="png"):
        """`form`: png, or webp, which is smaller."""
        return base64.b64decode(self.call("Page.captureScreenshot", format=form, captureBeyondViewport=whole)["data"])

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    @property
    def warnings(self):
        """Texts of the console, of the log (what a Content-Security-Policy refused is there) and of exceptions."""
        self.evaluate("0")  # events that are under way come before the answer
        return [json.dumps(event["params"]) for event in self._events()
                if event.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")]

    @property
    def requests(self):
        """URLs that the page asked for, itself among them."""
        return [event["params"]["request"]["url"] for event in self._events()
                if event.get("method") == "Network.requestWillBeSent"]
