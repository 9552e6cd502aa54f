#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The documentation builds as a site without a warning, its links lead somewhere, nothing in it is loaded from elsewhere, and
the commands that it shows exist. Building needs mkdocs-material in U2NET_PYTHON (pip install mkdocs-material)."""
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

SOURCE = Path(os.environ["U2NET_SOURCE_DIR"])
COMMAND = Path(os.environ["U2NET_BINARY"])
PYTHON = os.environ.get("U2NET_PYTHON", sys.executable)
HAS_MKDOCS = subprocess.run([PYTHON, "-c", "import mkdocs, material"], stderr=subprocess.DEVNULL).returncode == 0
# What a browser fetches by itself: attributes of these tags, but for links that are followed by a reader.
LOADS = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.loads, self.ids = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids.update(filter(None, (given.get("id"), given.get("name") if tag == "a" else None)))
        for name, value in given.items():
            if (tag, name) in LOADS and given.get("rel") not in ("canonical", "prev", "next"):
                self.loads.append(value)
            if name in ("src", "href") and value:
                self.links.append(value)


def subcommands_of(command):
    text = subprocess.run([command, "--help"], check=True, text=True, stdout=subprocess.PIPE).stdout
    return re.findall(r"^  (\w+) ", text.split("Subcommands:")[1].split("\n\n")[0], flags=re.M)


def build(source, site):
    """(exit code, messages)"""
    done = subprocess.run([PYTHON, "-m", "mkdocs", "build", "--strict", "-f", source / "mkdocs.yml", "-d", site],
                          env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


@unittest.skipUnless(HAS_MKDOCS, "mkdocs-material is not installed")
class SiteTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.site = Path(folder.name) / "site"
        code, messages = build(SOURCE, cls.site)
        assert code == 0 and "WARNING" not in messages, messages
        cls.pages = {path: Page(path.read_text()) for path in cls.site.rglob("*.html")}

    def test_has_the_pages(self):
        names = {path.name for path in self.pages}
        self.assertEqual({path.stem for path in (SOURCE / "docs").glob("*.md")} | {"command", "404"},
                         {name.rpartition(".")[0] for name in names})
        page = (self.site / "command.html").read_text()
        for name in subcommands_of(COMMAND):
            self.assertIn(f'id="{name}"', page)

    def test_links_lead_somewhere(self):
        checked = 0
        for path, page in self.pages.items():
            if path.name == "404.html":  # its links are those of a server's root
                continue
            for link in page.links:
                target, fragment = urllib.parse.urldefrag(link)
                if re.match(r"[a-z]+:", target):
                    continue
                there = (path.parent / urllib.parse.unquote(target)).resolve() if target else path
                there = there / "index.html" if there.is_dir() else there
                self.assertTrue(there.exists(), f"{path.name}: {link}")
                if fragment and there in self.pages:
                    self.assertIn(urllib.parse.unquote(fragment), self.pages[there].ids | {"__skip"}, f"{path.name}: {link}")
                checked += 1
        self.assertGreater(checked, 300)

    def test_nothing_is_loaded_from_elsewhere(self):
        for path, page in self.pages.items():
            self.assertGreater(len(page.loads), 3)
            for load in page.loads:
                self.assertNotRegex(load, r"^([a-z]+:)?//", path.name)
        for style in self.site.rglob("*.css"):
            self.assertNotRegex(style.read_text(), r"(url\(|@import)\s*['\"]?(https?:)?//", style.name)

    def test_programs_are_shown_whole(self):
        for name, page in (("segment.cc", "cpp"), ("tensors.cc", "cpp"), ("segment.c", "c"), ("deploy.py", "python"),
                           ("tensors.py", "python"), ("segment.py", "python"), ("ray_folder.py", "scale")):
            self.assertIn(f"examples/{name}", (SOURCE / f"docs/{page}.md").read_text())
            shown = html.unescape(re.sub(r"<[^>]+>", "", (self.site / f"{page}.html").read_text()))
            program = (SOURCE / "examples" / name).read_text()
            program = program[program.index("\n//" if name.endswith(".cc") else "\n/*" if name.endswith(".c") else '\n"""'):]
            self.assertTrue(program.strip() in shown, name)

    def test_what_is_broken_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("docs", "examples", "tools/doc"):
                shutil.copytree(SOURCE / name, Path(folder) / name)
            for name in ("mkdocs.yml", "CONTRIBUTING.md"):
                shutil.copy(SOURCE / name, folder)
            page = Path(folder) / "docs/c.md"
            text = page.read_text()
            (Path(folder) / "models").symlink_to(SOURCE / "models")
            links = "[page](no.md) [part](cpp.md#part) ![picture](pictures/none.png)"
            for broken, told in ((links, ["no.md", "#part", "none.png"]), ('```c\n--8<-- "examples/none.c"\n```', ["none.c"])):
                page.write_text(f"{text}\n{broken}\n")
                code, messages = build(Path(folder), Path(folder) / "site")
                self.assertNotEqual(code, 0)
                for message in told:
                    self.assertIn(message, messages)


class CommandsTest(unittest.TestCase):
    """Of the pages and of README: `u2net NAME ...` and its options."""

    def test_exist(self):
        helps, checked, subcommands = {}, 0, subcommands_of(COMMAND)
        for path in (SOURCE / "README.md", *(SOURCE / "docs").glob("*.md")):
            for line in path.read_text().splitlines():
                shown = re.search(r"(?:^    .*?|^\$ .*|`(?:build/release/bin/)?)\bu2net ([a-z]+)((?: [^`|#&]*)?)", line)
                name, words = (shown[1], shown[2]) if shown else (None, "")
                if not shown or (name == "serve" and name not in subcommands):  # not in every build
                    continue
                self.assertIn(name, subcommands, f"{path.name}: {line}")
                if name not in helps:
                    helps[name] = subprocess.run([COMMAND, name, "--help"], text=True, stdout=subprocess.PIPE, check=True).stdout
                known = re.findall(r"(?<![\w-])--?[\w-]+", helps[name])
                for option in re.findall(r"(?<![\w-])--?[a-z][\w-]*", words):
                    self.assertIn(option, known, f"{path.name}: {line}")
                    checked += 1
        self.assertGreater(checked, 30)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
