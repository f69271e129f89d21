# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets of venues: found by name, listed, run; and configurations made from them."""
import json
import os
import re
import shutil

import h5py
import numpy as np
import yaml

import harness
from harness import Directory, same

SMALLER = ["--paths", "200", "--set", "simulation.step=1m"]
SMALL_BOOKS = ["--set", "book.generate.books=2", "--set", "book.generate.accounts=4000"]
FEW = ["--set", "book.generate.accounts=1000", "--set", "simulation.paths=10"]  # what `check` runs to tell the time
THREE = ["generic", "bybit-2025", "level"]


def venues():
    return sorted(path.stem for path in (harness.SOURCE / "configs" / "venues").glob("*.yaml"))


def base():
    return harness.SOURCE / "configs" / "btc-perp.yaml"


class WithConfigs(Directory):
    """Against the checkout's own files, whatever is installed."""

    def command(self, *arguments, environment=None, **options):
        return super().command(*arguments, environment={"HAIRCUT_CONFIGS": str(harness.SOURCE / "configs"), **(environment or {})},
                               **options)

    def digest(self, name):
        with h5py.File(self.here / name, "r") as file:
            return file["config"].attrs["digest"]

    def paths(self, name):
        with h5py.File(self.here / name, "r") as file:
            return {column: np.asarray(file["paths"][column][()]) for column in file["paths"]}


class Presets(WithConfigs):
    def test_there_are_many(self):
        self.assertGreaterEqual(len(venues()), 30)

    def test_every_preset_checks_without_warning(self):
        for name in venues():
            with self.subTest(venue=name):
                done = self.command("check", base(), f"venue:{name}", *FEW)
                self.assertNotIn("warning", done.stderr)
                self.assertIn("waterfall:", done.stdout)

    def test_every_preset_runs_and_keeps_its_accounts(self):
        for name in venues():
            with self.subTest(venue=name):
                self.command("run", base(), f"venue:{name}", *SMALLER, *SMALL_BOOKS, "--set", "insurance_fund.initial=1M",
                             "-o", "r.h5", timeout=300)
                with h5py.File(self.here / "r.h5", "r") as file:
                    self.assertEqual(len(file["paths/bad_debt"]), 200)
                    self.assertGreater(file["paths/bad_debt"][:].max(), 0)
                    for column in ("accounting_residual", "money_residual"):
                        self.assertLess(np.abs(file["paths"][column][:]).max(), 1e-3, column)

    def test_name_and_file_are_the_same(self):
        self.command("run", base(), "venue:okx", *SMALLER, "-o", "name.h5", "--quiet")
        self.command("run", base(), harness.SOURCE / "configs" / "venues" / "okx.yaml", *SMALLER, "-o", "file.h5", "--quiet")
        self.assertEqual(self.digest("name.h5"), self.digest("file.h5"))
        ours, theirs = self.paths("name.h5"), self.paths("file.h5")
        self.assertEqual(sorted(ours), sorted(theirs))
        for column in ours:
            self.assertTrue(same(ours[column], theirs[column]), column)

    def test_no_directory_in_results(self):
        shutil.copy(base(), self.here / "b.yaml")
        self.command("run", "b.yaml", "venue:okx", *SMALLER, "-o", "r.h5", "--quiet")
        with h5py.File(self.here / "r.h5", "r") as file:
            self.assertEqual(file["config/sources/source_1"].attrs["file"], "okx.yaml")
            origins = {origin.decode().split(":")[0] for origin in file["config/origin"][:]}
        self.assertLessEqual(origins, {"default", "b.yaml", "okx.yaml", "--set"})
        self.assertIn("okx.yaml", origins)
        self.assertNotIn(str(harness.SOURCE).encode(), (self.here / "r.h5").read_bytes())
        self.command("verify", "r.h5", "--paths", "20")

    def test_every_verb_that_takes_a_config(self):
        self.command("ladder", base(), "venue:gmx-v1", "--moves", "-10%")
        self.command("trace", base(), "venue:gmx-v2", *SMALLER[2:], "--path", "3")
        self.assertIn("no CONFIG", self.command("run", expect=2).stderr)

    def test_place_of_an_error(self):
        configs = self.here / "mine"
        (configs / "venues").mkdir(parents=True)
        (configs / "venues" / "mine.yaml").write_text("insurance_fund: {initial: lots}\n")
        done = self.command("check", "c.yaml", "venue:mine", expect=2, environment={"HAIRCUT_CONFIGS": str(configs)})
        self.assertTrue(done.stderr.startswith("mine.yaml:1:27: insurance_fund.initial:"), done.stderr)

    def test_unknown(self):
        for given, near in (("bitmx-2020", "bitmex-2020"), ("hyperliquid-2025", "hyperliquid-before-2025-03"), ("gmx", "gmx-v1, gmx-v2"),
                            ("OKX", "okx")):
            done = self.command("run", base(), f"venue:{given}", expect=2)
            self.assertIn(f"venue:{given}: no venue is called that", done.stderr)
            self.assertIn(near, done.stderr)
            self.assertIn("haircut venues lists all", done.stderr)
        for given in ("zzzzzzzz", "", "../btc-perp", "/etc/passwd", "okx.yaml/.."):
            done = self.command("check", base(), f"venue:{given}", expect=2)
            self.assertIn("haircut venues lists all", done.stderr)
        self.assertEqual(self.listing(), ["c.yaml"])

    def test_where_they_are(self):
        without = {"HAIRCUT_CONFIGS": ""}
        self.assertIn("bitmex-2020", self.command("venues", environment=without).stdout)
        done = self.command("venues", expect=2, environment={"HAIRCUT_CONFIGS": str(self.here)})
        self.assertIn(f"HAIRCUT_CONFIGS={self.here}", done.stderr)
        (self.here / "venues").mkdir()
        self.assertEqual(self.command("venues", environment={"HAIRCUT_CONFIGS": str(self.here)}).stdout, "")
        self.assertEqual(json.loads(self.command("venues", "--format", "json", environment={"HAIRCUT_CONFIGS": str(self.here)}).stdout), [])


class Venues(WithConfigs):
    def test_lists_exactly_the_files(self):
        lines = self.command("venues").stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines if not line.startswith(" ")], venues())
        self.assertLessEqual(max(map(len, lines)), 110)
        starts = {len(line) - len(re.sub(r"^\S* +", "", line)) for line in lines if not line.startswith(" ")}
        self.assertEqual(len(starts), 1, "not aligned")
        self.assertEqual(self.command("venues").stderr, "")

    def test_waterfalls_in_a_line(self):
        """And who steps in before it."""
        said = self.command("venues").stdout
        self.assertRegex(said, r"hyperliquid +backstop hlp \(below 66\.667% of maintenance, at bankruptcy, holds 5% of\s+lp\)\s+> close opposite")
        text = self.command("venues").stdout
        self.assertRegex(text, r"(?m)^bitmex-2020 +fund insurance > close opposite \(ranked bitmex, at bankruptcy\)$")
        self.assertRegex(text, r"(?m)^gmx-v1 +assess glp \(equity\)$")
        self.assertIn("(65%", re.sub(r"equity, ", "(", text))
        for words in ("holds 30M", "cap 100M per path", "unless adl", "takes cash", "at mark + 50bp", "never charged", "delay(1d)",
                      "best 10 by size", "bounded", "index", "rotate"):
            self.assertIn(words, text)

    def test_json(self):
        listed = json.loads(self.command("venues", "--format", "json").stdout)
        self.assertEqual([venue["name"] for venue in listed], venues())
        for venue in listed:
            file = yaml.safe_load((harness.SOURCE / "configs" / "venues" / (venue["name"] + ".yaml")).read_text())
            self.assertEqual(len(venue["waterfall"]), len(file["waterfall"]))
            for ours, theirs in zip(venue["waterfall"], file["waterfall"]):
                words = [theirs["verb"]] + ([theirs["who"]] if "who" in theirs else [])
                self.assertTrue(ours.startswith(" ".join(words)), ours)
        one = json.loads(self.command("venues", "okx", "--format", "json").stdout)
        self.assertEqual(one["text"], (harness.SOURCE / "configs" / "venues" / "okx.yaml").read_text())

    def test_text_of_one(self):
        for name in THREE:
            self.assertEqual(self.command("venues", name).stdout, (harness.SOURCE / "configs" / "venues" / f"{name}.yaml").read_text())
        self.assertIn("near are: bitmex-2020", self.command("venues", "bitmex", expect=2).stderr)
        self.assertIn("one NAME", self.command("venues", "okx", "ftx", expect=2).stderr)
        self.assertIn("--format csv", self.command("venues", "--format", "csv", expect=2).stderr)


class Init(WithConfigs):
    def test_runs_to_the_same_results(self):
        for name in THREE:
            with self.subTest(venue=name):
                self.command("init", "--venue", name, "-o", f"{name}.yaml")
                self.assertNotIn("warning", self.command("check", f"{name}.yaml").stderr)
                self.command("run", f"{name}.yaml", *SMALLER, "-o", "made.h5", "--quiet")
                self.command("run", base(), f"venue:{name}", *SMALLER, "-o", "composed.h5", "--quiet")
                self.assertEqual(self.digest("made.h5"), self.digest("composed.h5"))
                made, composed = self.paths("made.h5"), self.paths("composed.h5")
                for column in composed:
                    self.assertTrue(same(made[column], composed[column]), column)

    def test_another_market(self):
        self.command("init", "--market", "ETH", "-o", "eth.yaml")
        config = yaml.safe_load((self.here / "eth.yaml").read_text())
        self.assertEqual(list(config["markets"]), ["ETH"])
        self.assertEqual(config["name"], "eth-generic")
        self.command("run", "eth.yaml", *SMALLER, "-o", "eth.h5", "--quiet")
        self.command("run", base(), "venue:generic", *SMALLER, "-o", "btc.h5", "--quiet")
        eth, btc = self.paths("eth.h5"), self.paths("btc.h5")
        self.assertTrue(same(eth["lp_loss"], btc["lp_loss"]))

    def test_every_venue_makes_a_file_without_warnings(self):
        for name in venues():
            with self.subTest(venue=name):
                self.write("v.yaml", self.command("init", "--venue", name, "--market", "SOL-PERP").stdout)
                self.assertNotIn("warning", self.command("check", "v.yaml", *FEW).stderr)

    def test_every_key_has_its_comment(self):
        docs = {}

        def collect(node):
            if isinstance(node, dict):
                if isinstance(node.get("doc"), str):
                    docs.setdefault(node.get("key"), set()).add(node["doc"])
                for value in node.values():
                    collect(value)
            elif isinstance(node, list):
                for value in node:
                    collect(value)
        collect(json.loads(self.command("schema", "--format", "json").stdout))
        self.assertGreater(len(docs), 60)
        comment, keys = "", 0
        text = self.command("init", "--venue", "bybit-2025").stdout
        self.assertLessEqual(max(map(len, text.splitlines())), 130)
        for line in text[text.index("\nname:"):].splitlines():
            found = re.match(r'[ -]*("[^"]*"|[\w-]+):(.*?)(?:  # (.*))?$', line)
            if line.lstrip(" -").startswith("# "):
                comment = (comment + " " + line.lstrip(" -")[2:]).strip()
            elif found:
                keys += 1
                said = found.group(3) or comment
                self.assertTrue(said, f"no comment: {line}")
                if found.group(1) not in ("BTC", "adl"):
                    self.assertIn(said, docs[found.group(1)], line)
                comment = ""
        self.assertGreater(keys, 60)

    def test_facts_go_along(self):
        text = self.command("init", "--venue", "deribit").stdout
        self.assertIn("# Facts: order, base and time", text)
        self.assertIn("insights.deribit.com", yaml.safe_load(text)["insurance_fund"]["initial"]["source"])
        self.assertNotIn("SPDX", text)
        self.assertNotIn(str(harness.SOURCE), text)
        self.assertTrue(text.endswith("\n"))

    def test_defaults(self):
        self.assertEqual(self.command("init").stdout, self.command("init", "--venue", "generic", "--market", "BTC", "-o", "-").stdout)
        self.assertEqual(self.listing(), ["c.yaml"])

    def test_does_not_overwrite(self):
        before = (self.here / "c.yaml").read_text()
        done = self.command("init", "-o", "c.yaml", expect=2)
        self.assertIn("c.yaml exists; not overwriting it", done.stderr)
        self.assertEqual((self.here / "c.yaml").read_text(), before)
        os.symlink("gone", self.here / "link")
        self.assertIn("not overwriting", self.command("init", "-o", "link", expect=2).stderr)
        self.assertIn("not overwriting", self.command("init", "-o", ".", expect=2).stderr)
        self.assertEqual(self.listing(), ["c.yaml", "link"])

    def test_wrong(self):
        self.assertIn("near are: okx", self.command("init", "--venue", "okz", expect=2).stderr)
        self.assertIn("--market a/b", self.command("init", "--market", "a/b", expect=2).stderr)
        self.assertIn("gone/x.yaml", self.command("init", "-o", "gone/x.yaml", expect=2).stderr)
        self.assertIn("takes no operand", self.command("init", "c.yaml", expect=2).stderr)
        self.assertEqual(self.listing(), ["c.yaml"])


ONE_LOSS = """\
simulation: {{horizon: 1h, step: 1m, paths: 1}}
markets: {{X: {{price: {{model: gbm, volatility: 0%, initial: 100, shock: {{at: 30s, over: {over}, move: {move}}}}},
  liquidity: {{impact: none, spread: 0bp}}, margin: {{maintenance: 1%}}}}}}
book: {{file: book.csv}}
"""


class KnownBehaviour(WithConfigs):
    """Rules that venues publish with numbers, by their presets: one long of 100,000 units is bankrupt at 90, a short has the other side."""

    def settle(self, venue, move, *settings, over="0s", second=None):
        """What each layer takes, step by step."""
        rows = ["account,market,side,size_usd,entry,collateral", "long,X,long,10000000,100,1000000", "short,X,short,30000000,100,90000000"]
        if second:
            rows.append(f"later,X,long,10000000,100,{second}")
        self.write("book.csv", "\n".join(rows) + "\n")
        self.write("one.yaml", ONE_LOSS.format(move=move, over=over))
        ledger = json.loads(self.command("trace", "one.yaml", f"venue:{venue}", "--path", "0", "--format", "json",
                                         *(part for setting in settings for part in ("--set", setting))).stdout)["paths"][0]
        return [(row["step"], row["layer"], round(row["amount"])) for row in ledger["events"] if row["what"] == "layer"]

    def test_bybit_stops_at_30_percent_of_its_pool(self):
        # the worked example of its interface: a pool of 1.0M and a loss of 350k; the pool bears 300k, positions 50k
        self.assertEqual(self.settle("bybit-2025", "-13.5%", "insurance_fund.initial=1M"), [(1, 0, 300000), (1, 1, 50000)])
        # less than that is the pool's alone
        self.assertEqual(self.settle("bybit-2025", "-12%", "insurance_fund.initial=1M"), [(1, 0, 200000)])
        # and once 30 % are gone positions bear the next loss whole: 86.5 after a minute, 64.72146 (0.865 cubed) after the
        # second, when a long of 100,000 units is bankrupt at 76
        again = self.settle("bybit-2025", "-44.0159349375%", "insurance_fund.initial=1M", over="2m", second=2400000)
        self.assertEqual(again, [(1, 0, 300000), (1, 1, 50000), (2, 1, 1127854)])

    def test_the_tiers_of_drift(self):
        # a loss of 1.5M; behind the insurance are 1M of the fee pool and all positions
        for cap, paid in (("100M", [1500000]), ("1M", [1000000, 500000]), ("100k", [100000, 1000000, 400000]), ("0", [0, 1000000, 500000])):
            with self.subTest(cap=cap):
                taken = self.settle("drift-v2", "-25%", f"waterfall[0].cap={cap} per path")
                self.assertEqual(taken, [(1, layer, amount) for layer, amount in enumerate(paid) if amount])

    def test_the_tranches_of_avantis(self):
        # buffer first, then 65 and 35 %; what junior cannot pay is offered to senior
        sizes = ["insurance_fund.initial=500k", "liquidity_providers[junior].counterparty=0%", "liquidity_providers[senior].counterparty=0%"]
        self.assertEqual(self.settle("avantis", "-25%", *sizes), [(1, 0, 500000), (1, 1, 650000), (1, 2, 350000)])
        self.assertEqual(self.settle("avantis", "-25%", *sizes, "liquidity_providers[junior].deposits=400k", "liquidity_providers[junior].profit=0"),
                         [(1, 0, 500000), (1, 1, 400000), (1, 2, 600000)])
