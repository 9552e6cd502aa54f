# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium for tests, driven over its debugging pipe with Python's standard library alone.

    with Browser() as browser:
        page = browser.open(path)
        page.click("#search")
        page.evaluate("document.title")
        page.problems     # exceptions, console errors and requests to anywhere
"""

import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TIME_LIMIT = 60  # seconds an answer


def find_browser():
    """The path of a Chromium, or None; U2NET_CHROMIUM overrides."""
    return os.environ.get("U2NET_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    def __init__(self, width=1400, height=900):
        self.profile = tempfile.mkdtemp(prefix="u2net-browser-")
        self.size = width, height
        # It reads commands from descriptor 3 and answers on descriptor 4.
        command_read, self.commands = os.pipe()
        self.answers, answer_write = os.pipe()
        words = [
            find_browser(),
            "--headless=new",
            "--no-sandbox",  # tests run as root in containers
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
            "--remote-debugging-pipe",
            "--user-data-dir=" + self.profile,
            "about:blank",
        ]
        # The shell puts the pipes where the browser looks for them, whatever numbers they have here.
        redirect = f'exec 3<&{command_read} 4>&{answer_write} && exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", redirect, "bash", *words],
            pass_fds=(command_read, answer_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(command_read)
        os.close(answer_write)
        self.buffer = b""
        self.count = 0
        self.listeners = {}  # session -> page

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except (OSError, EOFError, TimeoutError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        self.count += 1
        number = self.count
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        limit = time.monotonic() + TIME_LIMIT
        while True:
            answer = self.receive(limit)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            if answer.get("sessionId") in self.listeners:
                self.listeners[answer["sessionId"]].note(answer)

    def receive(self, limit):
        while b"\0" not in self.buffer:
            if not select.select([self.answers], [], [], max(0, limit - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            data = os.read(self.answers, 1 << 20)
            if not data:
                raise EOFError("the browser has ended")
            self.buffer += data
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, path):
        """A file's page, or that of an http:// address, which may ask its own server."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        self.listeners[session] = page
        served = str(path).startswith("http://")
        page.start(str(path) if served else pathlib.Path(path).resolve().as_uri(), served)
        return page


class Page:
    def __init__(self, browser, session):
        self.browser, self.session = browser, session
        self.problems = []
        self.url = None
        self.may_ask = ("data:", "about:")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def start(self, url, served=False):
        self.url = url
        if served:
            self.may_ask += (url.rstrip("/") + "/", "blob:")
        for domain in ("Runtime", "Log", "Network", "Page"):
            self.call(domain + ".enable")
        width, height = self.browser.size
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def note(self, event):
        method, detail = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.problems.append(detail["exceptionDetails"])
        elif method == "Log.entryAdded" and detail["entry"]["level"] in ("error", "warning"):
            self.problems.append(detail["entry"])
        elif method == "Runtime.consoleAPICalled" and detail["type"] in ("error", "warning", "assert"):
            self.problems.append(detail)
        elif method == "Network.requestWillBeSent":
            url = detail["request"]["url"]
            if url != self.url and not url.startswith(self.may_ask):
                self.problems.append("request for " + url)

    def evaluate(self, expression):
        """Its value; of a promise what it becomes."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, expression):
        limit = time.monotonic() + TIME_LIMIT
        while not self.evaluate(expression):
            if time.monotonic() > limit:
                raise TimeoutError("never true: " + expression)
            time.sleep(0.02)

    def middle(self, selector):
        place = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null;"
            " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2] })()"
        )
        if place is None:
            raise LookupError("nothing matches " + selector)
        return place

    def click(self, selector, times=1):
        x, y = self.middle(selector)
        for count in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=count)

    def drag(self, start, end):
        steps = [("mousePressed", start), ("mouseMoved", end), ("mouseReleased", end)]
        for kind, (x, y) in steps:
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1)

    def wheel(self, at, delta):
        x, y = at
        self.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=delta)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def press(self, key):
        code = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowLeft": 37, "ArrowRight": 39}[key]
        text = {"text": "\r"} if key == "Enter" else {"text": " "} if key == " " else {}
        for kind in ("keyDown", "keyUp"):
            more = text if kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **more)

    def drop(self, *paths, at=(300, 300)):
        """Files, as if they were dragged from a folder."""
        data = {"items": [], "files": [str(pathlib.Path(path).resolve()) for path in paths], "dragOperationsMask": 1}
        for kind in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=kind, x=at[0], y=at[1], data=data)

    def texts(self, selector):
        return self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.textContent)")

    def text(self, selector):
        return " ".join(self.texts(selector))

    def count(self, selector):
        return self.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length")
