# SPDX-License-Identifier: GPL-3.0-or-later
"""haircut compare: several mechanisms on the same paths."""
import json
import os
import pty
import signal
import subprocess
import time

import h5py
import numpy as np

import harness
from harness import Directory, datasets

GENERIC = "liquidation: {fee: 30bp}\n"
CLOSE = """\
insurance_fund: {initial: 1M}
waterfall:
  - {verb: fund, who: insurance}
  - {verb: close, who: opposite, allocation: ranked, score: bitmex, price: bankruptcy}
"""
POOL = """liquidity_providers: [{name: pool, deposits: 20M, profit: 0, counterparty: 100%}]
waterfall: [{verb: fund, who: insurance}, {verb: assess, who: pool, base: equity}]
"""
PAYERS = "insurance_paid lp_paid trader_paid trader_forgone member_paid staker_paid taker_charge outside_paid rest_charge uncovered pending_end".split()
PATHS = ["--paths", "20000"]


class Compare(Directory):
    def setUp(self):
        super().setUp()
        self.write("generic.yaml", GENERIC)
        self.write("close.yaml", CLOSE)
        self.write("pool.yaml", POOL)

    def compare(self, *arguments):
        return json.loads(self.command("compare", "c.yaml", *arguments, "--format", "json").stdout)

    def mechanisms(self, *arguments):
        return {each["name"]: each for each in self.compare(*arguments)["mechanisms"]}


class Numbers(Compare):
    def test_the_same_as_separate_runs(self):
        compared = self.mechanisms("generic.yaml", "close.yaml", "pool.yaml", *PATHS, "-o", "all.h5")
        self.assertEqual(list(compared), ["generic", "close", "pool"])
        stored = datasets(self.here / "all.h5")
        for name, each in compared.items():
            self.command("run", "c.yaml", f"{name}.yaml", *PATHS, "--quiet", "-o", "one.h5")
            shown = json.loads(self.command("show", "one.h5", "--format", "json").stdout)
            for key, theirs in (("mean_bad_debt",) * 2, ("mean_lp_loss",) * 2, ("es_99_lp_loss",) * 2, ("mean_insurance_paid",) * 2,
                                ("mean_uncovered",) * 2, ("mean_lp_net",) * 2, ("p_uncovered", "p_insolvency")):
                for part in ("value", "se", "low", "high", "note"):
                    self.assertEqual(each["estimates"][key][part], shown["summary"][theirs][part], (name, key, part))
            run = datasets(self.here / "one.h5")
            for column in set(PAYERS) - {"lp_paid"} | {"lp_loss", "social_loss", "bad_debt", "surplus", "lp_net"}:
                self.assertEqual(stored[f"mechanisms/{name}/paths/{column}"].tobytes(), run[f"paths/{column}"].tobytes(), column)
            with h5py.File(self.here / "one.h5") as file, h5py.File(self.here / "all.h5") as ours:
                self.assertEqual(ours[f"mechanisms/{name}"].attrs["digest"], file.attrs["digest"])
        self.assertGreater(compared["generic"]["estimates"]["mean_lp_loss"]["value"], 0)
        self.assertGreater(compared["close"]["estimates"]["mean_adl_accounts"]["value"], 0)
        # A pool loses to traders where nothing is socialised.
        lost, socialised = (stored[f"mechanisms/pool/paths/{column}"] for column in ("lp_loss", "social_loss"))
        self.assertGreater(((lost > 0) & (socialised == 0)).sum(), 100)

    def test_estimates_and_differences_from_the_samples(self):
        compared = self.mechanisms("generic.yaml", "close.yaml", *PATHS, "-o", "all.h5")
        stored, first = datasets(self.here / "all.h5"), None
        for name, each in compared.items():
            x = {key.rsplit("/", 1)[1]: values for key, values in stored.items() if key.startswith(f"mechanisms/{name}/paths/")}
            found = {key: estimate["value"] for key, estimate in each["estimates"].items()}
            social = x["lp_loss"] + x["trader_paid"] + np.maximum(0, x["trader_forgone"]) + x["member_paid"] + x["staker_paid"]
            self.assertTrue((x["social_loss"] == social).all())
            self.assertAlmostEqual(found["p_socialisation"], (social > 0).mean(), places=12)
            self.assertAlmostEqual(found["p_pending"], (x["pending_end"] > 0).mean(), places=12)
            for key in [*PAYERS, "social_loss", "surplus"]:
                self.near(found[f"mean_{key}"], x[key].mean())
            self.near(sum(found[f"mean_{key}"] for key in PAYERS), found["mean_bad_debt"] + found["mean_surplus"])
            terms = {key: shortfall_terms(x[key]) for key in ("lp_loss", "social_loss")}
            self.near(found["es_99_social_loss"], np.sort(social)[-200:].mean())
            self.near(each["estimates"]["es_99_social_loss"]["se"], clustered(terms["social_loss"], 3))
            if first is None:
                first = x, terms
                continue
            for key in ("lp_loss", "social_loss", "insurance_paid"):
                difference = x[key] - first[0][key]
                self.near(each["differences"][f"mean_{key}"]["value"], difference.mean())
                self.near(each["differences"][f"mean_{key}"]["se"], clustered(difference, 3))
            difference = terms["social_loss"] - first[1]["social_loss"]
            self.near(each["differences"]["es_99_social_loss"]["value"], difference.mean())
            self.near(each["differences"]["es_99_social_loss"]["se"], clustered(difference, 3))

    def near(self, found, expected):
        self.assertLessEqual(abs(found - expected), 1e-9 * abs(expected) + 1e-12)

    def test_a_mechanism_against_itself(self):
        compared = self.mechanisms("generic.yaml", "generic.yaml", "close.yaml", *PATHS)
        self.assertEqual(list(compared), ["generic", "generic-2", "close"])
        for difference in compared["generic-2"]["differences"].values():
            self.assertEqual((difference["value"], difference["se"], difference["note"]), (0, 0, "no path differs"))
        ours, theirs = (compared[name]["estimates"]["mean_social_loss"]["se"] for name in ("close", "generic"))
        paired = compared["close"]["differences"]["mean_social_loss"]["se"]
        self.assertGreater(paired, 0)
        self.assertLess(paired, 0.8 * np.hypot(ours, theirs))

    def test_threads_do_not_matter(self):
        for threads in (1, 3):
            text = self.command("compare", "c.yaml", "generic.yaml", "close.yaml", "--paths", "5000", "--threads", threads,
                                "-o", f"{threads}.h5", "--format", "json").stdout
            self.write(f"{threads}.json", text)
        self.assertEqual((self.here / "1.json").read_text(), (self.here / "3.json").read_text())
        self.assert_same(datasets(self.here / "1.h5"), datasets(self.here / "3.h5"))


# Books decide where the variance between them is that many times that of paths (docs/model.md).
DECIDES = {2: 0.2, 3: 0.7, 4: 1.0}


def shortfall_terms(x):
    quantile = np.sort(x)[::-1][len(x) // 100]
    return quantile + np.maximum(0, x - quantile) / 0.01


def clustered(x, books):
    """Standard error of a mean: of paths, or between books where that decides."""
    sums, counts = (np.bincount(np.arange(len(x)) % books, weights) for weights in (x, None))
    between = books / (books - 1) * ((sums - x.mean() * counts)**2).sum() / len(x)**2
    paths = x.var(ddof=1) / len(x)
    return np.sqrt(max(paths, between) if between > DECIDES.get(books, 1.2) * paths else paths)


class Usage(Compare):
    def test_text(self):
        done = self.command("compare", "c.yaml", "generic.yaml", "close.yaml", "--base", "--paths", "5000", "-o", "a.h5")
        lines = done.stdout.splitlines()
        self.assertLessEqual(max(map(len, lines)), 110)
        self.assertEqual(done.stderr, "")
        self.assertIn("small: 3 mechanisms on the same 5,000 paths of 1 d in steps of 1 min, seed 7, 3 books", lines[0])
        for words in ("P(socialisation)", "P(uncovered)", "P(pending", "Mean LP loss", "Mean socialised loss", "ES 99 of LP loss",
                      "Who pays", "Differences to base", "scripts/plot.py a.h5", "close opposite allocation=ranked score=bitmex"):
            self.assertIn(words, done.stdout)
        self.assertEqual(self.listing(), ["a.h5", "c.yaml", "close.yaml", "generic.yaml", "pool.yaml"])

    def test_layout_of_the_file(self):
        self.command("compare", "c.yaml", "close.yaml", "--base", "--paths", "5000", "-o", "a.h5", "--quiet")
        with h5py.File(self.here / "a.h5") as file:
            self.assertEqual(file.attrs["format"], "haircut compare")
            self.assertEqual(list(file["mechanisms"].attrs["order"]), ["base", "close"])
            self.assertEqual(file["code"].attrs["command"], "haircut compare c.yaml close.yaml --base --paths 5000 -o a.h5 --quiet")
            group = file["mechanisms/close"]
            self.assertEqual(group.attrs["index"], 1)
            self.assertTrue(group.attrs["waterfall"].startswith("fund insurance; close opposite"))
            self.assertEqual(set(group["differences"]) & {"name", "value", "se", "low", "high"}, {"name", "value", "se", "low", "high"})
            self.assertNotIn("differences", file["mechanisms/base"])
            loss = group["paths/lp_loss"]
            self.assertEqual((loss.shape, loss.dtype, loss.compression, loss.attrs["units"]), ((5000,), np.float64, "gzip", "USD"))
            self.write("again.yaml", group.attrs["config"])
            digest = group.attrs["digest"]
        self.command("run", "again.yaml", "--quiet", "-o", "again.h5")
        with h5py.File(self.here / "again.h5") as file:
            self.assertEqual(file.attrs["digest"], digest)

    def test_all_presets(self):
        (self.here / "venues").mkdir()
        for name, text in (("b.yaml", CLOSE), ("a.yaml", GENERIC), ("README.md", "no preset")):
            self.write(f"venues/{name}", text)
        self.assertEqual(list(self.mechanisms("--all", "--paths", "100")), ["a", "b"])
        self.assertEqual(list(self.mechanisms("close.yaml", "--all", "--base", "--paths", "100")), ["base", "close", "a", "b"])

    def test_set_holds_for_all(self):
        first = self.mechanisms("generic.yaml", "close.yaml", "--paths", "2000", "--set", "insurance_fund.initial=1T")
        for each in first.values():
            self.assertEqual(each["estimates"]["p_socialisation"]["value"], 0)


class Wrong(Compare):
    def complaint(self, *arguments, expect=2):
        done = self.command("compare", *arguments, expect=expect)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_what_must_agree(self):
        for text, key in (("simulation: {seed: 8}", "simulation.seed is 8 in other"), ("simulation: {step: 2m}", "simulation.step is 2m"),
                          ("simulation: {horizon: 2d}", "simulation.horizon is 2d"), ("simulation: {paths: 10}", "simulation.paths is 10"),
                          ("book: {generate: {books: 2}}", "book.generate.books is 2"),
                          ("markets: {BTC: {price: {volatility: 90%}}}", "markets.BTC.price.volatility is 90%"),
                          ("markets: {BTC: {margin: {maintenance: 5%}}}", "the books of other and generic differ")):
            self.write("other.yaml", text + "\n")
            said = self.complaint("c.yaml", "generic.yaml", "other.yaml", "-o", "a.h5")
            self.assertIn(key, said)
        self.assertNotIn("a.h5", self.listing())

    def test_operands(self):
        self.assertIn("no mechanism given", self.complaint("c.yaml"))
        self.assertIn("no MARKET", self.complaint())
        self.assertIn("nowhere.yaml", self.complaint("c.yaml", "nowhere.yaml"))
        self.assertIn("nowhere.yaml", self.complaint("nowhere.yaml", "generic.yaml"))
        self.assertIn("no directory venues", self.complaint("c.yaml", "--all"))
        self.assertIn("expected one of text, json", self.complaint("c.yaml", "generic.yaml", "--format", "csv"))
        self.write("bad.yaml", "waterfall: [{verb: fnud}]\n")
        self.assertIn("bad.yaml:1:", self.complaint("c.yaml", "generic.yaml", "bad.yaml"))

    def test_files_of_another_kind(self):
        self.command("compare", "c.yaml", "generic.yaml", "--paths", "100", "-o", "a.h5", "--quiet")
        self.command("compare", "c.yaml", "generic.yaml", "--paths", "200", "-o", "a.h5", "--quiet")  # may be replaced
        for verb in ("show", "verify"):
            self.assertIn("is a comparison (haircut compare)", self.command(verb, "a.h5", expect=2).stderr)
        self.assertIn("file of haircut compare", self.command("run", "a.h5", expect=2).stderr)
        self.assertIn("not overwriting it", self.command("run", "c.yaml", "-o", "a.h5", expect=2).stderr)
        self.command("run", "c.yaml", "--paths", "100", "-o", "b.h5", "--quiet")
        before = (self.here / "b.h5").read_bytes()
        self.assertIn("not overwriting it", self.complaint("c.yaml", "generic.yaml", "-o", "b.h5"))
        self.assertEqual((self.here / "b.h5").read_bytes(), before)


class Interrupt(Compare):
    def test_leaves_nothing(self):
        before = self.listing()
        for signal_sent in (signal.SIGINT, signal.SIGTERM):
            process = self.start("compare", "c.yaml", "generic.yaml", "close.yaml", "--paths", "5000000", "-o", "a.h5")
            time.sleep(0.5)
            process.send_signal(signal_sent)
            said = process.communicate(timeout=60)[1]
            self.assertEqual(process.returncode, 130, said)
            self.assertIn("interrupted", said)
            self.assertEqual(self.listing(), before)

    def test_an_old_file_stays(self):
        self.command("compare", "c.yaml", "generic.yaml", "--paths", "100", "-o", "a.h5", "--quiet")
        before = (self.here / "a.h5").read_bytes()
        process = self.start("compare", "c.yaml", "generic.yaml", "close.yaml", "--paths", "5000000", "-o", "a.h5")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual((process.returncode, (self.here / "a.h5").read_bytes()), (130, before))

    def test_one_bar_on_a_terminal_over_all(self):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([harness.HAIRCUT, "compare", "c.yaml", "generic.yaml", "close.yaml", "--paths", "200000"], cwd=self.here,
                                   stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:
            pass
        os.close(ours)
        self.assertEqual(process.wait(timeout=60), 0)
        shares = [float(part.split(b"]")[1].split(b"%")[0]) for part in shown.split(b"\r") if part.startswith(b"[")]
        self.assertGreater(len(shares), 3)
        self.assertEqual(shares, sorted(shares))
