"""Headless Chromium for tests of pages: driven over its debugging pipe, with keys, a screen and what goes wrong."""

import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def runs(path):
    """Return whether a file is a browser, and not a program that says how to install one."""
    return subprocess.run([path, "--no-sandbox", "--version"], capture_output=True, check=False).returncode == 0


NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((path for path in map(shutil.which, NAMES) if path and runs(path)), None)
SILENCE = 300  # seconds without a word from the browser, after which a test fails and does not wait for ever
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no chromium or google-chrome on PATH to open pages with")
KEYS = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "Enter": 13, " ": 32, "Home": 36}
TEXTS = {"Enter": "\r", " ": " "}


class Browser:
    """One process for the pages of a test file; a page that does not answer ends the test with its last line."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        read, self.out = os.pipe()
        self.into, write = os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read, write)]  # away from 3 and 4, where they go
        command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        self.process = subprocess.Popen(
            [
                *("bash", "-c", f'exec "$@" 3<&{ends[0]} 4>&{ends[1]}', "bash"),
                *(*command, "--remote-debugging-pipe", f"--user-data-dir={self.folder.name}/profile", "about:blank"),
            ],
            pass_fds=ends,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (read, write, *ends):
            os.close(end)
        self.rest, self.number, self.pages = b"", 0, {}
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.out)
        os.close(self.into)
        self.folder.cleanup()

    def ask(self, method, session=None, **params):
        """Return the answer to a command; what happens meanwhile goes to its page."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data) :]
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    def read(self):
        """Return the next message, after its page has heard of it."""
        while b"\0" not in self.rest:
            assert select.select([self.into], [], [], SILENCE)[0], "the browser says nothing"
            more = os.read(self.into, 1 << 20)
            assert more, "the browser has ended"
            self.rest += more
        text, _, self.rest = self.rest.partition(b"\0")
        message = json.loads(text)
        page = self.pages.get(message.get("sessionId"))
        if page and "method" in message:
            page.heard(message["method"], message["params"])
        return message

    def open(self, text, *, width=1280, height=900, dark=False, hash=""):  # noqa: A002 - as the address calls it
        """Return a page of a text in HTML, once it has loaded."""
        path = Path(self.folder.name) / f"page{len(self.pages)}.html"
        path.write_text(text, encoding="utf-8")
        return self.visit(path.as_uri() + hash, width=width, height=height, dark=dark)

    def visit(self, address, *, width=1280, height=900, dark=False):
        """Return the page of an address, once it has loaded."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.ask(f"{domain}.enable")
        page.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.ask("Emulation.setEmulatedMedia", features=[scheme])
        page.ask("Page.navigate", url=address)
        while not page.loaded:
            self.read()
        return page


class Page:
    """A page: what is wrong with it, what it asks the network for, and hands to use it with."""

    def __init__(self, browser, session):
        self.browser, self.session = browser, session
        self.problems, self.requests, self.loaded = [], [], False

    def ask(self, method, **params):
        return self.browser.ask(method, self.session, **params)

    def heard(self, method, params):
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Runtime.exceptionThrown":
            self.problems.append(params["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.problems.append(str(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.problems.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent" and not params["request"]["url"].startswith(("file:", "data:")):
            self.requests.append(params["request"]["url"])

    def run(self, script):
        """Return what the body of an async function returns, as data."""
        source = f"(async () => {{ {script} }})()"
        done = self.ask("Runtime.evaluate", expression=source, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def press(self, *keys):
        """Press keys one after the other, in what has the focus; wait until the page has drawn what comes of it."""
        for key in keys:
            code = {"key": key, "windowsVirtualKeyCode": KEYS[key], **({"text": TEXTS[key]} if key in TEXTS else {})}
            self.ask("Input.dispatchKeyEvent", type="keyDown", **code)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **code)
        self.run("await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
