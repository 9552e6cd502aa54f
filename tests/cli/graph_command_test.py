# SPDX-License-Identifier: Apache-2.0
"""`u2net graph`: DOT, SVG, and the page in a real browser.

    U2NET_BINARY=build/release/bin/u2net U2NET_SOURCE_DIR=. python3 tests/cli/graph_command_test.py [TEST...]

Graphviz has to be there. Without a Chromium the tests of the page are skipped, and say so; where
U2NET_NEEDS_BROWSER is set they fail instead.
"""

import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as xml

import browser
import sample_files as sample
from cli_case import BUNDLED, OK, OUTPUT, USAGE, CliTest

SVG = "{http://www.w3.org/2000/svg}"
MEGABYTE = 1 << 20


def residual_network(scopes=None):
    """sigmoid(conv(relu(conv(x))) + relu(conv(x))); `scopes`: the name scope of each operator."""
    image = (-1, 2, -1, -1)
    variables = [sample.variable("x", "<f4", image), sample.variable("w", "<f4", (2, 2, 3, 3), True)]
    variables += [sample.variable(name, "<f4", image) for name in "abcde"]
    calls = [
        ("conv2d", {"Input": "x", "Filter": "w"}, {"Output": "a"}),
        ("relu", {"X": "a"}, {"Out": "b"}),
        ("conv2d", {"Input": "b", "Filter": "w"}, {"Output": "c"}),
        ("elementwise_add", {"X": "c", "Y": "b"}, {"Out": "d"}),
        ("sigmoid", {"X": "d"}, {"Out": "e"}),
    ]
    operators = [sample.feed("x")]
    for i, (kind, inputs, outputs) in enumerate(calls):
        attributes = [("axis", -1)] if kind == "elementwise_add" else []
        operator = sample.operator(kind, inputs, outputs, attributes)
        if kind == "conv2d":
            ones = sample.field(6, 1) + sample.field(6, 1)
            operator += sample.field(4, sample.field(1, "paddings") + sample.field(2, 3) + ones)
        if scopes:
            text = sample.field(5, scopes[i])
            operator += sample.field(4, sample.field(1, "op_namescope") + sample.field(2, 2) + text)
        operators.append(operator)
    weights = [0.0] * 6 + [(i % 7 - 3) / 8 for i in range(30)]
    return sample.program(variables, operators + [sample.fetch("e")]), sample.parameter("<f4", (2, 2, 3, 3), weights)


class GraphTest(CliTest):
    def graph(self, model, output, *words):
        outcome = self.u2net("graph", model, "-o", output, *words)
        self.assert_ok(outcome)
        self.assertEqual(outcome.out, output + "\n")
        return (self.dir / output).read_text(encoding="utf-8")

    def small(self, scopes=None):
        return self.write_model(*residual_network(scopes))


class DotTest(GraphTest):
    def test_is_a_graph_of_the_program(self):
        text = self.graph(self.small(), "g.dot", "--size", "6x5")
        plain = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True, check=True).stdout
        self.assertEqual(len(re.findall(r"^node ", plain, re.M)), 7)
        self.assertEqual(len(re.findall(r"^edge ", plain, re.M)), 7)
        self.assertEqual(text.count('label="1\u00d72\u00d76\u00d75"'), 7)

    def test_help(self):
        outcome = self.u2net("graph", "--help")
        self.assert_ok(outcome)
        self.assertIn("Examples:", outcome.out)

    def test_needs_no_graphviz(self):
        model = self.small()
        outcome = self.u2net("graph", model, "-o", "g.dot", env={"PATH": "/nowhere"})
        self.assert_ok(outcome)

    def test_blocks_are_clusters(self):
        scopes = ["/stem/", "/stem/", "/tail/", "/tail/", "/"]
        text = self.graph(self.small(scopes), "g.dot")
        self.assertEqual(text.count("subgraph cluster_"), 2)
        self.assertRegex(text, r'label="stem"')
        self.assertRegex(text, r'label="tail"')
        text = self.graph(self.small(scopes), "closed.dot", "--depth", "0")
        self.assertEqual(text.count("subgraph"), 0)
        self.assertIn("2 operators", text)

    def test_names_that_would_end_a_string(self):
        text = self.graph(self.small(['/a"b\\n<i>/'] * 2 + ["/"] * 3), "g.dot")
        subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True, check=True)


class SvgTest(GraphTest):
    def texts(self, root):
        return [element.text for element in root.iter(SVG + "text")]

    def test_shows_operators_shapes_and_numbers(self):
        root = xml.fromstring(self.graph(self.small(), "g.svg", "--size", "6x5"))
        texts = self.texts(root)
        for word in ("conv2d", "relu", "elementwise_add", "sigmoid", "x", "e", "model, as exported by Paddle 2.6.2"):
            self.assertIn(word, texts)
        self.assertEqual(texts.count("1\u00d72\u00d76\u00d75"), 7)
        self.assertIn("5 operators, 2.16e-06 GMAC; input 1\u00d72\u00d76\u00d75", texts)

    def test_optimized_tells_what_the_passes_did(self):
        texts = self.texts(xml.fromstring(self.graph(self.small(), "g.svg", "--optimized", "--mode", "inference")))
        self.assertEqual(texts.count("conv2d"), 2)
        self.assertNotIn("relu", texts)
        self.assertIn("passes: fuse_relu: 2 fused into 1; fuse_residual: 2 fused into 1", texts)

    def test_profile_colours_by_time(self):
        texts = self.texts(xml.fromstring(self.graph(self.small(), "g.svg", "--profile", "--mode", "static", "-t", "1")))
        self.assertEqual(len([text for text in texts if re.fullmatch(r"[\d.]+ ms", text)]), 5 + 1)
        self.assertTrue(any(re.search(r"[\d.]+ ms a run with 1 thread$", text) for text in texts), texts)

    def test_the_bundled_network(self):
        root = xml.fromstring(self.graph(BUNDLED, "g.svg"))
        texts = self.texts(root)
        self.assertEqual(len([g for g in root.iter(SVG + "g") if g.get("class") == "node"]), 842 + 1 + 7)
        for block in ("stage1", "stage6", "stage1d"):
            self.assertEqual(texts.count(block), 1)
        self.assertEqual(texts.count("rebnconvin"), 11)
        self.assertLess((self.dir / "g.svg").stat().st_size, 3 * MEGABYTE)

    def test_without_names_blocks_are_residual_connections(self):
        for suffix in (".pdmodel", ".pdiparams"):
            shutil.copy(str(BUNDLED) + suffix, self.dir / ("net" + suffix))
        texts = self.texts(xml.fromstring(self.graph("net", "g.svg")))
        self.assertEqual([t for t in texts if t and t.startswith("block ")], [f"block {i}" for i in range(1, 12)])

    def test_names_that_are_markup(self):
        root = xml.fromstring(self.graph(self.small(['/a<b>&"c\x01/'] * 2 + ["/"] * 3), "g.svg"))
        self.assertIn('a<b>&"c\ufffd', self.texts(root))

    def test_damaged_names_cost_the_names_only(self):
        model = self.small()
        self.write("model.pdiparams.info", b"\x80\x02cos\nsystem\n.")
        outcome = self.u2net("graph", model, "-o", "g.svg")
        self.assertEqual(outcome.code, OK, outcome)
        self.assertRegex(outcome.err, r"^u2net: warning: .*model\.pdiparams\.info.*\n$")

    def test_errors(self):
        model = self.small()
        hint = self.assert_error(
            self.u2net("graph", model, "-o", "g.svg", env={"PATH": "/nowhere"}), OUTPUT, "E-OUTPUT", "'dot'", "PATH")
        self.assertIn("graphviz", hint)
        self.write("bin/dot", b"#!/bin/sh\necho it broke >&2\nexit 3\n")
        (self.dir / "bin/dot").chmod(0o755)
        path = {"PATH": f"{self.dir}/bin:/usr/bin:/bin"}
        self.assert_error(self.u2net("graph", model, "-o", "g.svg", env=path), OUTPUT, "E-OUTPUT", "it broke")
        self.write("bin/dot", b"#!/bin/sh\ncat > /dev/null; echo nonsense\n")
        self.assert_error(self.u2net("graph", model, "-o", "g.svg", env=path), OUTPUT, "E-OUTPUT", "JSON")
        self.assert_error(self.u2net("graph", model, "-o", "g.png"), USAGE, "E-USAGE", "g.png", ".svg")
        self.assert_error(
            self.u2net("graph", model, "-o", "g.svg", "--optimized", "--mode", "static"), USAGE, "E-USAGE", "static")
        self.assertFalse([name for name in self.files() if name.startswith("g.")])


class PageTest(GraphTest):
    @classmethod
    def setUpClass(cls):
        if browser.find_browser():
            cls.browser = browser.Browser()
            cls.addClassCleanup(cls.browser.__exit__)
        elif os.environ.get("U2NET_NEEDS_BROWSER"):
            raise RuntimeError("there is no Chromium, and U2NET_NEEDS_BROWSER is set")
        else:
            raise unittest.SkipTest("there is no Chromium")

    def open(self, model, *words):
        text = self.graph(model, "g.html", *words)
        self.assertLess(len(text.encode()), 3 * MEGABYTE)
        page = self.browser.open(self.dir / "g.html")
        self.addCleanup(lambda: self.assertEqual(page.problems, []))
        return page

    def find(self, page, query):
        page.evaluate("document.getElementById('search').select()")
        page.click("#search")
        page.evaluate("document.getElementById('search').value = ''")
        page.type(query)
        return page.texts("#results li")

    def test_opens_with_closed_blocks(self):
        page = self.open(BUNDLED)
        self.assertEqual(page.evaluate("document.title"), "u2netp")
        self.assertEqual(page.count(".closed"), 11)
        self.assertIn("842", page.text("#panel"))
        self.assertIn("1\u00d764\u00d7160\u00d7160", page.texts("text.shape"))

    def test_search_opens_and_selects(self):
        page = self.open(BUNDLED)
        found = self.find(page, "batch_norm_17.tmp_2")
        self.assertTrue(found[0].startswith("batch_norm batch_norm_17.tmp_2"), found)
        page.press("Enter")
        self.assertEqual(page.text("#panel h2"), "batch_norm")
        self.assertEqual(page.count(".node.selected"), 1)
        x, y = page.middle(".node.selected")
        self.assertTrue(0 < x < 1030 and 50 < y < 900, (x, y))  # on the canvas
        self.assertEqual(self.find(page, "no such thing"), ["Nothing found"])
        # By what the code of the network calls a weight.
        self.assertTrue(self.find(page, "stage3.rebnconvin.conv_s1.weight")[0].startswith("conv2d "))

    def test_a_click_shows_attributes_and_statistics(self):
        page = self.open(self.small())
        nodes = page.texts(".node")
        conv = next(i for i, text in enumerate(nodes) if text.startswith("conv2d"))
        page.click(f".node:nth-of-type({conv + 1}) rect")
        panel = page.text("#panel")
        for word in ("conv2d", "paddings", "1,1,1,1", "groups", "Filter", "2\u00d72\u00d73\u00d73"):
            self.assertIn(word, panel.replace("Weights", "Filter Weights"))
        rows = dict(zip(page.texts("#panel .weight th"), page.texts("#panel .weight td")))
        values = [0.0] * 6 + [(i % 7 - 3) / 8 for i in range(30)]
        mean = sum(values) / 36
        self.assertEqual(float(rows["min"]), min(values))
        self.assertEqual(float(rows["max"]), max(values))
        self.assertAlmostEqual(float(rows["mean"]), mean, 5)
        self.assertAlmostEqual(float(rows["std"]), (sum((v - mean) ** 2 for v in values) / 36) ** 0.5, 5)
        self.assertEqual(rows["zeros"], f"{values.count(0)} ({100 * values.count(0) / 36:.1f} %)")
        self.assertEqual(rows["shape"], "2\u00d72\u00d73\u00d73")
        page.press("Escape")
        self.assertIn("The program as exported", page.text("#panel"))

    def test_blocks_open_and_close(self):
        page = self.open(BUNDLED)
        block = '.closed[data-block="1"]'
        self.assertEqual(page.text(block + " .title"), "stage1")
        page.click(block, times=2)
        self.assertEqual(page.count(block), 0)
        self.assertEqual(page.count('[data-frame="1"]'), 1)
        self.assertIn("rebnconvin", page.texts(".closed .title"))
        self.assertEqual(page.text("#panel h2"), "stage1")
        page.click('[data-fold="1"]')
        self.assertEqual(page.count(block), 1)
        page.click("#open-all")
        self.assertEqual(page.count(".closed"), 0)
        self.assertEqual(page.count(".node"), 842 + 1 + 7)
        page.click("#close-all")
        self.assertEqual(page.count(".closed"), 11)

    def test_nothing_overlaps_in_open_blocks(self):
        page = self.open(BUNDLED)
        page.click("#open-all")
        overlaps = page.evaluate("""(() => {
          const boxes = [...document.querySelectorAll('.node > rect, .closed > rect')].map(e => e.getBBox());
          let count = 0;
          for (let i = 0; i < boxes.length; ++i) for (let k = 0; k < i; ++k) {
            const a = boxes[i], b = boxes[k];
            if (a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height) ++count;
          }
          return count })()""")
        self.assertEqual(overlaps, 0)

    def test_before_and_after_the_passes(self):
        page = self.open(self.small(), "--mode", "inference")
        self.assertEqual(page.count(".node"), 7)
        self.find(page, "relu")
        page.press("Enter")
        self.assertEqual(page.text("#panel h2"), "relu")
        page.click("#show-optimized")
        self.assertEqual(page.count(".node"), 5)
        self.assertEqual(page.text("#panel h2"), "conv2d")  # what the ReLU became part of
        self.assertEqual([t.split()[0] for t in page.texts("#panel ul li")], ["conv2d", "relu"])
        page.press("Escape")
        passes = " ".join(page.texts("#panel details summary"))
        self.assertIn("fuse_relu2 fused into 1", passes)
        page.click("#show-exported")
        self.assertEqual(page.count(".node"), 7)

    def test_times(self):
        page = self.open(self.small(), "--profile", "--mode", "inference")
        self.assertEqual(page.evaluate("document.getElementById('colour-time').ariaPressed"), "true")
        fills = page.evaluate("[...document.querySelectorAll('.node > rect')].map(e => e.getAttribute('fill'))")
        self.assertIn("rgb(127,0,0)", fills)  # the slowest
        self.assertIn("Slowest", page.texts("#panel h3"))
        page.click("#colour-kind")
        fills = page.evaluate("[...document.querySelectorAll('.node > rect')].map(e => e.getAttribute('fill'))")
        self.assertNotIn("rgb(127,0,0)", fills)

    def test_moves_and_zooms(self):
        page = self.open(BUNDLED)
        node = '.node[data-node="0"]'
        x, y = page.middle(node)
        page.drag((60, 500), (160, 530))
        moved_x, moved_y = page.middle(node)
        self.assertAlmostEqual(moved_x - x, 100, delta=2)
        self.assertAlmostEqual(moved_y - y, 30, delta=2)
        width = f"document.querySelector('{node}').getBoundingClientRect().width"
        before = page.evaluate(width)
        page.wheel((moved_x, moved_y), -300)
        page.wait_for(f"{width} > {1.2 * before}")
        zoomed_x, zoomed_y = page.middle(node)  # what is under the mouse stays there
        self.assertAlmostEqual(zoomed_x, moved_x, delta=3)
        self.assertAlmostEqual(zoomed_y, moved_y, delta=3)

    def test_names_that_are_markup(self):
        page = self.open(self.small(["/</script><img src=x onerror=alert(1)>/"] * 2 + ["/"] * 3))
        self.assertEqual(page.count("img"), 0)
        self.assertEqual(page.texts(".name"), ["<", "script><img src=x onerror=alert(1)>"])


if __name__ == "__main__":
    unittest.main()
