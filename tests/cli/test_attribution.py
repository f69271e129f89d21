# SPDX-License-Identifier: GPL-3.0-or-later
"""Who left the bad debt: sums, the same bits whatever the way, what is shown."""
import json
import signal
import subprocess
import sys

import numpy as np

import harness
import test_resume
from harness import Directory, datasets
from configs import BOOK, SMALL, with_book

CLOSE = "insurance_fund: {initial: 500k}\nwaterfall: [{verb: fund}, {verb: close, score: bitmex}]\n"
SUMS = ("mean_bad_debt", "es_99_bad_debt", "es_99_lp_loss")


def closing():
    """The small configuration with a layer that closes positions."""
    return "\n".join(line for line in SMALL.splitlines() if not line.startswith("insurance_fund")) + "\n" + CLOSE


def estimates(file):
    return {name.decode() if isinstance(name, bytes) else name: value for name, value in zip(file["summary/name"].tolist(), file["summary/value"])}


def part(file, *groups):
    return {name: values for name, values in file.items() if name.startswith(groups)}


class Attribution(Directory):
    def check_sums(self, file):
        known = estimates(file)
        for name in SUMS:
            self.assertAlmostEqual(file[f"attribution/{name}"].sum(), known[name], delta=1e-9 * known[name])
        self.assertGreater(known["es_99_bad_debt"], 0)
        self.assertEqual(len(file["attribution/cell"]), 73)
        greatest = file["attribution/accounts/es_99_bad_debt"]
        self.assertEqual(len(greatest), 20)
        self.assertTrue((np.diff(greatest) <= 0).all() and greatest[-1] > 0)
        self.assertLess(greatest.sum(), known["es_99_bad_debt"])

    def test_sums(self):
        for number, config in enumerate((SMALL, closing())):
            with self.subTest(config=number):
                self.write("c.yaml", config)
                file = self.run_config(f"{number}.h5")
                self.check_sums(file)
                self.assertAlmostEqual(file["attribution/notional"].sum() / 600e6, 1, delta=0.1)
                self.assertAlmostEqual(file["attribution/positions"].sum(), 200, delta=1e-9)

    def test_accounts_are_those_of_the_book(self):
        file = self.run_config("a.h5")
        for i in range(20):
            book, account = (int(file[f"attribution/accounts/{name}"][i]) for name in ("book", "account"))
            for ours, theirs in (("collateral", "collateral"), ("side", "side")):
                self.assertEqual(file[f"attribution/accounts/{ours}"][i], file[f"book/{book}/{theirs}"][account])

    def test_the_same_bits_whatever_the_way(self):
        for config in (SMALL, closing()):
            self.write("c.yaml", config)
            reference = self.run_config("one.h5", "--threads", "1")
            self.check_sums(reference)
            for threads in (2, 3):
                self.assert_same(reference, self.run_config(f"{threads}.h5", "--threads", threads))
            without = self.run_config("none.h5", "--set", "output.samples=none")
            self.assert_same(part(reference, "attribution", "summary"), part(without, "attribution", "summary"))
            self.run_config("longer.h5", "--paths", "1500")
            self.command("run", "c.yaml", "-o", "longer.h5", "--resume", "--quiet")
            self.assert_same(reference, datasets(self.here / "longer.h5"))
            walked = self.run_config("walked.h5", "--walk")
            self.assert_same(part(reference, "attribution"), part(walked, "attribution"))

    def test_interrupted(self):
        process = self.start("run", "c.yaml", "-o", "a.h5", "--paths", "30000", "--threads", "1")
        test_resume.Resume.shards_grow(self, "a.h5", process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.command("run", "c.yaml", "-o", "a.h5", "--paths", "30000", "--resume", "--quiet")
        self.assert_same(self.run_config("b.h5", "--paths", "30000"), datasets(self.here / "a.h5"))

    def test_switched_off_and_on(self):
        without = self.run_config("a.h5", "--set", "output.attribution=false", "--paths", "2000")
        self.assertFalse(part(without, "attribution"))
        self.assertNotIn("Who left", self.command("show", "a.h5").stdout)
        self.assertEqual(json.loads(self.command("show", "a.h5", "--format", "json").stdout)["attribution"], {"cells": [], "accounts": []})
        self.command("run", "c.yaml", "-o", "a.h5", "--resume", "--quiet")  # what the file has not is run again
        self.assert_same(self.run_config("b.h5"), datasets(self.here / "a.h5"))
        self.assert_same(part(without, "paths"), part(self.run_config("c.h5", "--paths", "2000"), "paths"))

    def test_no_bad_debt(self):
        file = self.run_config("a.h5", "--set", "markets.BTC.price.jump_rate=0/y", "--set", "markets.BTC.price.volatility=1%")
        self.assertFalse(part(file, "attribution"))
        self.assertNotIn("Who left", self.command("show", "a.h5").stdout)

    def test_shown(self):
        self.write("c.yaml", with_book())
        self.write("book.csv", BOOK)
        file = self.run_config("a.h5")
        text = self.command("show", "a.h5").stdout
        self.assertIn("Who left the bad debt", text)
        self.assertIn("Accounts that add most", text)
        self.assertRegex(text, r"\n  [abc] +(long|short) of ")
        shown = json.loads(self.command("show", "a.h5", "--format", "json").stdout)["attribution"]
        for name in SUMS:
            self.assertEqual([cell[name] for cell in shown["cells"]], file[f"attribution/{name}"].tolist())
        self.assertEqual({account["name"] for account in shown["accounts"]} - {"a", "b", "c"}, set())

    def test_picture(self):
        self.run_config("a.h5")
        done = subprocess.run([sys.executable, "-B", harness.SOURCE / "scripts" / "plot.py", "a.h5", "-o", "out", "--format", "png"],
                              cwd=self.here, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.here / "out" / "a-attribution.png").stat().st_size > 10000)
        self.assertIn("of open interest", done.stdout)
