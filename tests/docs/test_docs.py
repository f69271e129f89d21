#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation, run: commands, the embedding example, the parameter reference, links.

    test_docs.py --haircut build/release/haircut --source . [unittest options]

A block ```sh that follows a line `<!-- test -->` is run by bash in a scratch directory like a clone that was built; those
of one page run in one directory, in order. `haircut run` is given few paths. A block that follows
`<!-- file: NAME -->` is written to NAME.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HAIRCUT = None
SOURCE = None
PATHS = "1500"  # where a command names no number; HAIRCUT_DOCS_PATHS in the environment changes it
MOST_PATHS = 2000  # instead of more than 5,000

WRAPPER = """#!/usr/bin/python3
import os, sys
arguments, most = sys.argv[1:], int(os.environ["DOCS_MOST_PATHS"])
if arguments[:1] == ["run"] and "--help" not in arguments:
    if "--paths" not in arguments:
        arguments += ["--paths", os.environ["DOCS_PATHS"]]
    place = arguments.index("--paths") + 1
    if int(arguments[place]) > 5000:
        arguments[place] = str(most)
os.execv(os.environ["DOCS_HAIRCUT"], ["haircut", *arguments])
"""
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
MARK = re.compile(r"<!--\s*(test|file:\s*(\S+))\s*-->\s*\Z")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def pages():
    return [SOURCE / "README.md", SOURCE / "CHANGELOG.md", SOURCE / "results" / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]


def blocks(page):
    """(mark, file name, text) of every marked block of a page."""
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        mark = MARK.search(text[:block.start()])
        if mark:
            yield mark.group(1).split(":")[0], mark.group(2), block.group(2)


def anchor(heading):
    """GitHub's name of a heading."""
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading.strip().lower())
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", plain))


def anchors(page):
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.M)}


class Scratch(unittest.TestCase):
    """A directory like a clone that was built, and the program on the PATH."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="haircut-docs-")
        self.addCleanup(directory.cleanup)
        self.here = Path(directory.name)
        for name in ("configs", "scripts", "docs/examples"):
            shutil.copytree(SOURCE / name, self.here / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        (self.here / "results").mkdir()
        program = self.here / "build" / "release" / "haircut"
        program.parent.mkdir(parents=True)
        program.write_text(WRAPPER, encoding="utf-8")
        program.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "DOCS_HAIRCUT": HAIRCUT,
                            "DOCS_PATHS": os.environ.get("HAIRCUT_DOCS_PATHS", PATHS), "DOCS_MOST_PATHS": str(MOST_PATHS),
                            "PYTHONDONTWRITEBYTECODE": "1"}

    def sh(self, script, timeout=600):
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=self.here, env=self.environment, text=True,
                              capture_output=True, timeout=timeout, check=False)
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}")
        return done.stdout


class Commands(Scratch):
    def run_page(self, page):
        scripts = [text for mark, _, text in blocks(page) if mark == "test"]
        if "results/btc-perp.h5" in "".join(scripts):
            self.sh("haircut run configs/btc-perp.yaml -o results/btc-perp.h5 --quiet")
        for script in scripts:
            with self.subTest(page=page.name, script=script.splitlines()[0]):
                self.sh(script)

    def test_every_page(self):
        for page in pages():
            self.run_page(page)

    def test_there_is_something_to_test(self):
        self.assertGreaterEqual(sum(mark == "test" for page in pages() for mark, _, _ in blocks(page)), 5)

    def test_march_2020_on_invented_bars(self):
        """The replay of the README, on bars of our own making."""
        if not (SOURCE / "configs" / "btc-march-2020.yaml").exists():
            self.skipTest("no configs/btc-march-2020.yaml")
        shutil.copy(SOURCE / "tests" / "data" / "bars.csv", self.here)
        self.sh("haircut run configs/btc-march-2020.yaml --paths 50 --quiet -o march.h5 --set markets.BTC.price.file=bars.csv"
                " --set 'markets.BTC.price.start=2024-01-10'")
        self.sh("scripts/plot.py march.h5 --only story")
        self.assertTrue((self.here / "march-story.png").stat().st_size > 10000)


class Reference(unittest.TestCase):
    def test_config_page_is_that_of_the_program(self):
        done = subprocess.run([str(SOURCE / "scripts" / "docs.sh"), "--check"], env={**os.environ, "HAIRCUT": HAIRCUT}, text=True,
                              capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, "docs/config.md is out of date; run scripts/docs.sh\n" + done.stdout[-3000:] + done.stderr)

    def test_config_page_has_every_variant(self):
        page = (SOURCE / "docs" / "config.md").read_text(encoding="utf-8")
        for word in ("replay", "square_root", "pass_through", "already_liquidatable", "pro_rata"):
            self.assertIn(f"`{word}`" if "_" in word else word, page)

    def test_model_page_names_every_column(self):
        header = (SOURCE / "include" / "haircut" / "outcome.h").read_text(encoding="utf-8")
        names = re.findall(r"X\([FI], (\w+),", header)
        page = (SOURCE / "docs" / "model.md").read_text(encoding="utf-8")
        self.assertGreater(len(names), 20)
        self.assertEqual([name for name in names if f"`{name}`" not in page], [])


class Links(unittest.TestCase):
    def test_local_links_and_anchors(self):
        broken = []
        for page in pages():
            for target in LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8"))):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, name_of_part = target.partition("#")
                file = (page.parent / name).resolve() if name else page
                if not file.exists():
                    broken.append(f"{page.name}: {target}: no such file")
                elif name_of_part and name_of_part not in anchors(file):
                    broken.append(f"{page.name}: {target}: no such heading")
        self.assertEqual(broken, [])

    def test_pictures_are_small(self):
        for picture in (SOURCE / "docs" / "img").glob("*"):
            self.assertLess(picture.stat().st_size, 200_000, picture.name)

    def test_scripts_parse(self):
        for script in (SOURCE / "scripts").glob("*.sh"):
            subprocess.run(["bash", "-n", str(script)], check=True)
            self.assertTrue(os.access(script, os.X_OK), f"{script.name} is not executable")


class Embedding(Scratch):
    def setUp(self):
        super().setUp()
        build = Path(HAIRCUT).parent
        cache = build / "CMakeCache.txt"
        if not cache.exists():
            self.skipTest(f"{build} is no build directory to install from")
        if re.search(r"^HAIRCUT_SANITIZE:\w+=.+$", cache.read_text(encoding="utf-8"), re.M):
            self.skipTest("a build with sanitizers")
        for name, text in ((name, text) for mark, name, text in blocks(SOURCE / "README.md") if mark == "file"):
            (self.here / name).write_text(text, encoding="utf-8")
        self.environment["PATH"] = os.environ["PATH"]
        self.sh(f"cmake --install '{build}' --prefix '{self.here}/prefix'")

    def check_output(self, program):
        said = self.sh(program)
        promised = re.search(r"It prints `([^`]+)`", (SOURCE / "README.md").read_text(encoding="utf-8")).group(1)
        self.assertEqual(said.strip(), promised)

    def test_with_cmake(self):
        self.sh("cmake -S . -B out -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=$PWD/prefix && cmake --build out")
        self.check_output("out/worst")

    def test_with_pkg_config(self):
        directory = next((self.here / "prefix").rglob("haircut.pc")).parent
        self.sh(f"export PKG_CONFIG_PATH='{directory}'\n"
                "cc -Wall -Wextra -Werror worst.c $(pkg-config --define-prefix --static --cflags --libs haircut) -o worst")
        self.check_output("LD_LIBRARY_PATH=$PWD/prefix/lib ./worst")


def main():
    global HAIRCUT, SOURCE
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--haircut", required=True, help="the program")
    parser.add_argument("--source", required=True, help="the checkout")
    options, rest = parser.parse_known_args()
    HAIRCUT, SOURCE = str(Path(options.haircut).resolve()), Path(options.source).resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
