# SPDX-License-Identifier: Apache-2.0
"""The page of `u2net serve`, in a real browser: what it makes of pictures, and whether all can use it.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/serve_page_test.py [TEST...]

Without a Chromium the tests are skipped, and say so; where U2NET_NEEDS_BROWSER is set they fail instead.
"""

import base64
import io
import os
import re
import time
import unittest
import zipfile

import browser
from cli_case import PICTURE
from serve_case import LARGE, SMALL, ServeTest

MOST_BYTES = 120_000
IS_DONE = "items.length > 0 && items.every(item => item.state === 'done' || item.state === 'failed')"

# What is wrong for people who see little, use no mouse, or listen. Each finding is a line.
CHECKS = r"""(() => {
  const wrong = [];
  const say = (what, e) => wrong.push(`${what}: <${e.tagName.toLowerCase()} id="${e.id}" class="${e.className.baseVal ?? e.className}">`);
  const isSeen = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const all = [...document.querySelectorAll("body *")];
  for (const e of document.querySelectorAll("[id]"))
    if (document.querySelectorAll(`[id="${e.id}"]`).length > 1) say("an id twice", e);
  for (const e of document.images) if (!e.hasAttribute("alt")) say("no alt", e);
  const levels = all.filter(e => /^H[1-6]$/.test(e.tagName) && isSeen(e)).map(e => Number(e.tagName[1]));
  if (levels[0] !== 1 || levels.filter(level => level === 1).length !== 1) wrong.push(`headings ${levels}`);
  levels.forEach((level, i) => { if (i && level > levels[i - 1] + 1) wrong.push(`a level of headings is left out: ${levels}`); });
  if (!document.documentElement.lang || !document.title || document.querySelectorAll("main").length !== 1) wrong.push("lang, title or main");

  const channels = text => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                                        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(e).backgroundColor);
      if (a > 0.6) return [r, g, b];
    }
    return [255, 255, 255];
  };
  for (const e of all) {
    const hasText = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!hasText || !isSeen(e) || e.closest(":disabled") || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(e.tagName)) continue;
    const style = getComputedStyle(e), pair = [light(channels(style.color)), light(behind(e))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)} of '${e.textContent.trim().slice(0, 30)}'`, e);
  }
  for (const e of document.querySelectorAll("button, input, a[href]")) {
    if (!e.checkVisibility()) continue;
    const box = e.getBoundingClientRect();
    if (box.width < 24 || box.height < 24) say(`a target of ${box.width}x${box.height}`, e);
  }
  if (document.documentElement.scrollWidth > innerWidth) wrong.push(`${document.documentElement.scrollWidth} wide in ${innerWidth}`);
  return wrong;
})()"""

FOCUS = """(() => {
  const e = document.activeElement;
  const shown = e.id === "split" ? e.parentElement : e.matches(".segments input, .switch input") ? e.nextElementSibling : e;
  return [e.id || e.value || e.getAttribute("aria-label") || e.tagName, getComputedStyle(shown).outlineStyle];
})()"""


class PageTest(ServeTest):
    @classmethod
    def setUpClass(cls):
        if not browser.find_browser():
            if os.environ.get("U2NET_NEEDS_BROWSER"):
                raise RuntimeError("there is no Chromium, and U2NET_NEEDS_BROWSER is set")
            raise unittest.SkipTest("no Chromium")
        super().setUpClass()
        cls.browser = browser.Browser(1200, 800)

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.dir / "downloads"))
        self.page = self.browser.open(self.server.url + "/")

    def tearDown(self):
        self.assertEqual(self.page.problems, [])
        self.page.call("Page.close")

    def drop(self, *names):
        self.page.drop(*[self.dir / name for name in names])
        self.page.wait_for(IS_DONE)

    def command(self, name, *words):
        done = self.piped("run", name, "-o", "-", *words, data=b"")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def result(self, i=0):
        """The bytes that the page shows."""
        script = f"items[{i}].result.arrayBuffer().then(b => btoa(Array.from(new Uint8Array(b), c => String.fromCharCode(c)).join('')))"
        return base64.b64decode(self.page.evaluate(script))

    def download(self, selector, name):
        self.page.click(selector)
        path = self.dir / "downloads" / name
        limit = time.monotonic() + browser.TIME_LIMIT
        while not path.exists():
            self.assertLess(time.monotonic(), limit, "no " + name)
            time.sleep(0.02)
        return path.read_bytes()


class UseTest(PageTest):
    def test_drop_and_download(self):
        self.write("cat.png", PICTURE.read_bytes())
        self.drop("cat.png")
        cutout = self.command("cat.png", "--write", "cutout")
        self.assertEqual(self.result(), cutout)
        self.page.wait_for("find('after').complete && find('after').naturalWidth === 451")
        self.assertRegex(self.page.text("#facts"), r"^cat\.png \u00b7 451 \u00d7 300 \u00b7 \d+ ms \(network \d+ ms\) \u00b7 \d+ kB$")
        self.assertEqual(self.download("#download", "cat.cutout.png"), cutout)

    def test_several_on_a_ground_as_a_zip(self):
        self.write("a.png", SMALL)
        self.write("b.png", LARGE)
        self.write("broken.png", b"this is no picture")
        self.drop("a.png", "b.png", "broken.png")
        self.page.click("#grounds label:nth-child(2)")
        self.page.click("#swatches button:last-child")
        data = self.download("#download-all", "cutouts.zip")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.assertIsNone(archive.testzip())
            self.assertEqual(archive.namelist(), ["a.result.png", "b.result.png"])
            words = ("--write", "result", "--background", "#0f766e")
            self.assertEqual(archive.read("a.result.png"), self.command("a.png", *words))
            self.assertEqual(archive.read("b.result.png"), self.command("b.png", *words))
        self.assertEqual(self.page.evaluate("distinct(['a.png', 'a.png', 'b.png'])"), ["a.png", "a 2.png", "b.png"])

    def test_a_picture_as_ground_and_webp(self):
        self.write("a.png", SMALL)
        self.write("ground.png", LARGE)
        self.drop("a.png")
        self.page.click("#grounds label:nth-child(3)")
        node = self.page.call("DOM.getDocument")["root"]["nodeId"]
        node = self.page.call("DOM.querySelector", nodeId=node, selector="#choose-ground")["nodeId"]
        self.page.call("DOM.setFileInputFiles", nodeId=node, files=[str(self.dir / "ground.png")])
        self.page.wait_for("document.querySelector('.ground').className === 'ground is-picture'")
        words = ("--write", "result", "--background", "ground.png")
        self.assertEqual(self.download("#download", "a.result.png"), self.command("a.png", *words))
        if "webp" in self.u2net("--version").out:
            self.page.click("input[value=webp] + span")
            self.assertEqual(self.download("#download", "a.result.webp"), self.command("a.png", *words, "--format", "webp"))

    def test_switches_make_it_again(self):
        self.write("a.png", LARGE)
        self.drop("a.png")
        for switches in (["refine"], ["refine", "decontaminate"]):
            self.page.click("#" + switches[-1])
            self.page.wait_for(IS_DONE)
            self.assertEqual(self.result(), self.command("a.png", "--write", "cutout", *["--" + name for name in switches]))

    def test_broken_files_are_told(self):
        self.write("no.png", b"this is no picture")
        self.drop("no.png")
        self.assertEqual(self.page.evaluate("getComputedStyle(find('failure')).display"), "flex")
        self.assertIn("this is no picture", self.page.text("#failure-text"))
        self.assertEqual(self.page.text("#failure-name"), "no.png")
        self.assertEqual(self.page.problems, [])
        self.write("half.png", LARGE[: len(LARGE) // 2])
        self.drop("half.png")
        self.assertIn("damaged PNG", self.page.text("#failure-text"))
        # The browser itself remarks that a response was 422.
        remarks = [p for p in self.page.problems if "status of 422" in p.get("text", "")]
        self.assertEqual(self.page.problems, remarks)
        self.page.problems.clear()
        self.page.click("#remove")
        self.page.click("#remove")
        self.assertEqual(self.page.evaluate("document.activeElement.id"), "pick")
        self.assertEqual(self.page.evaluate("find('welcome').checkVisibility()"), True)

    def test_paste(self):
        data = base64.b64encode(SMALL).decode()
        self.page.evaluate(
            f"(() => {{ const bytes = Uint8Array.from(atob('{data}'), c => c.charCodeAt(0)), data = new DataTransfer();"
            " data.items.add(new File([bytes], 'pasted.png', {type: 'image/png'}));"
            " document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data})); })()"
        )
        self.page.wait_for(IS_DONE)
        self.write("a.png", SMALL)
        self.assertEqual(self.result(), self.command("a.png", "--write", "cutout"))

    def test_the_slider_by_keys(self):
        self.write("a.png", SMALL)
        self.drop("a.png")
        self.page.evaluate("find('split').focus()")
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"):
            self.page.press(key)
        self.assertEqual(self.page.evaluate("find('compare').style.getPropertyValue('--split')"), "52%")
        x, y = self.page.middle("#compare")
        width = self.page.evaluate("find('compare').clientWidth")
        self.page.drag((x, y), (x + width / 4, y))
        self.assertAlmostEqual(self.page.evaluate("Number(find('split').value)"), 75, delta=1)


class AccessTest(PageTest):
    def names(self):
        """[role, name] of what can be used, as an assistive program sees it."""
        roles = {"button", "checkbox", "switch", "radio", "slider", "link", "ColorWell", "textbox", "image", "group", "region", "form"}
        nodes = self.page.call("Accessibility.getFullAXTree")["nodes"]
        seen = [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n["ignored"]]
        return [node for node in seen if node[0] in roles]

    def look(self, name, scheme, width, height):
        self.page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme},
                                                               {"name": "prefers-reduced-motion", "value": "reduce"}])
        self.assertEqual(self.page.evaluate(CHECKS), [], (name, scheme, width))
        for role, label in self.names():
            self.assertTrue(label, (name, role))

    def test_all_can_use_it(self):
        self.write("a.png", SMALL)
        self.write("b.png", LARGE)
        self.write("broken.png", b"this is no picture")
        stages = {
            "empty": lambda: None,
            "done": lambda: self.drop("a.png"),
            "several": lambda: (self.drop("b.png"), self.page.click("#grounds label:nth-child(2)")),
            "failed": lambda: self.drop("broken.png"),
        }
        for name, act in stages.items():
            self.look(name, "light", 1200, 800)
            act()
            for scheme, width in (("light", 1200), ("dark", 1200), ("light", 390), ("dark", 320)):
                self.look(name, scheme, width, 800)
            self.look(name, "light", 1200, 800)
        self.assertEqual({role for role, _ in self.names()} & {"button", "switch", "radio"}, {"button", "switch", "radio"})

    def test_the_focus_goes_as_one_reads(self):
        def focused(count):
            order = []
            for _ in range(count):
                self.page.press("Tab")
                name, outline = self.page.evaluate(FOCUS)
                self.assertEqual(outline, "solid", name)
                order.append(name)
            return order

        self.assertEqual(focused(1), ["pick"])
        self.write("a.png", SMALL)
        self.write("b.png", LARGE)
        self.drop("a.png", "b.png")
        self.page.evaluate("document.activeElement.blur(); find('add').focus()")
        wanted = ["split", "a.png", "b.png", "clear", "refine", "decontaminate", "png", "download", "download-all", "remove"]
        self.assertEqual(focused(len(wanted)), wanted)
        self.page.evaluate("document.querySelectorAll('#strip button')[1].focus()")
        self.page.press("Enter")
        self.assertEqual(self.page.evaluate("current.file.name"), "b.png")

    def test_is_small_and_asks_nobody_else(self):
        page = self.server.get("/")
        policy = page.headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"):
            self.assertIn(part, policy.split("; "))
        self.assertNotIn("unsafe", policy)
        files = [page.body] + [self.server.get(path).body for path in ("/page.css", "/page.js")]
        self.assertLess(sum(map(len, files)), MOST_BYTES)
        for text in files:
            self.assertEqual(set(re.findall(rb"https?://[^/'\"]+", text)) - {b"http://www.w3.org"}, set())


if __name__ == "__main__":
    unittest.main()
