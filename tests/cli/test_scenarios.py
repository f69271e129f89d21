# SPDX-License-Identifier: GPL-3.0-or-later
"""Named scenarios: laid over files, under settings; checked, run, traced, compared."""
import json

import h5py
import numpy as np

import harness
from harness import Directory, datasets

SCENARIOS = """
scenarios:
  base: {}
  crash:
    markets.BTC.price.shock: {at: 2h, move: -20%}
  wild: {markets: {BTC: {price: {volatility: 200%}}}, insurance_fund: {initial: 1M}}
"""
CLOSE = """
waterfall:
  - {verb: fund, who: insurance}
  - {verb: close, who: opposite, allocation: ranked, score: bitmex, price: bankruptcy}
"""


class Scenarios(Directory):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SCENARIOS)
        self.write("close.yaml", CLOSE)
        self.write("plain.yaml", "insurance_fund: {initial: 3M}\n")

    def ran(self, name, *arguments):
        self.command("run", *arguments, "--paths", "2000", "--quiet", "-o", name)
        return self.here / name

    def assert_same_paths(self, one, other):
        with h5py.File(one) as a, h5py.File(other) as b:
            for name in a["paths"]:
                np.testing.assert_array_equal(a["paths"][name][()], b["paths"][name][()], name)

    def test_a_scenario_is_its_settings(self):
        self.assert_same_paths(self.ran("a.h5", "c.yaml", "s.yaml", "--scenario", "crash"),
                               self.ran("b.h5", "c.yaml", "--set", "markets.BTC.price.shock={at: 2h, move: -20%}"))
        self.assert_same_paths(self.ran("a.h5", "c.yaml", "s.yaml", "--scenario", "wild"),
                               self.ran("b.h5", "c.yaml", "--set", "markets.BTC.price.volatility=200%", "--set", "insurance_fund.initial=1M"))
        self.assert_same_paths(self.ran("a.h5", "c.yaml", "s.yaml"), self.ran("b.h5", "c.yaml"))
        self.assert_same_paths(self.ran("a.h5", "c.yaml", "s.yaml", "--scenario", "base"), self.ran("b.h5", "c.yaml"))

    def test_order(self):
        """Later files win within a scenario; it wins over files, settings over it."""
        self.write("later.yaml", "insurance_fund: {initial: 7M}\nscenarios: {wild: {insurance_fund.initial: 2M}}\n")
        for arguments, fund in ((["s.yaml"], "1M"), (["s.yaml", "later.yaml"], "2M"), (["later.yaml", "s.yaml"], "1M")):
            said = self.command("check", "c.yaml", *arguments, "--scenario", "wild").stdout
            self.assertIn("scenario: wild", said)
            self.assertIn(f"initial: {fund}", said)
        said = self.command("check", "c.yaml", "s.yaml", "--scenario", "wild", "--set", "insurance_fund.initial=9M").stdout
        self.assertIn("initial: 9M", said)

    def test_the_key_says_the_same(self):
        self.write("chosen.yaml", SCENARIOS + "scenario: crash\n")
        self.assert_same_paths(self.ran("a.h5", "c.yaml", "chosen.yaml"), self.ran("b.h5", "c.yaml", "s.yaml", "--scenario", "crash"))
        self.assert_same_paths(self.ran("a.h5", "c.yaml", "chosen.yaml", "--scenario", "base"), self.ran("b.h5", "c.yaml"))

    def test_a_file_carries_it(self):
        file = self.ran("a.h5", "c.yaml", "s.yaml", "--scenario", "crash")
        with h5py.File(file) as f:
            names = [name.decode() for name in f["config/name"][()]]
            self.assertEqual(f["config/value"][names.index("scenario")].decode(), "crash")
        self.command("verify", file, "--paths", "100")
        of_file = self.command("trace", file, "--path", "3", "--format", "json").stdout
        of_yaml = self.command("trace", "c.yaml", "s.yaml", "--scenario", "crash", "--path", "3", "--format", "json").stdout
        self.assertEqual(json.loads(of_file)["paths"], json.loads(of_yaml)["paths"])
        self.command("run", "c.yaml", "s.yaml", "--scenario", "crash", "--paths", "3000", "--resume", "--quiet", "-o", file)
        self.command("run", "c.yaml", "s.yaml", "--scenario", "wild", "--paths", "4000", "--resume", "--quiet", "-o", file, expect=2)

    def test_what_is_kept_runs_again(self):
        self.command("compare", "c.yaml", "plain.yaml", "--with", "s.yaml", "--scenarios", "crash", "--paths", "500", "-o", "one.h5", "--quiet")
        with h5py.File(self.here / "one.h5") as f:
            kept, losses = f["mechanisms/crash:plain"].attrs["config"], f["mechanisms/crash:plain/paths/lp_loss"][()]
        self.write("kept.yaml", kept)
        self.assertIn("a name alone", self.command("run", "kept.yaml", "--paths", "500", "-o", "again.h5").stderr)
        with h5py.File(self.here / "again.h5") as f:
            np.testing.assert_array_equal(f["paths/lp_loss"][()], losses)

    def test_check_looks_at_all(self):
        self.command("check", "c.yaml", "s.yaml")
        self.write("bad.yaml", "scenarios:\n  a: {markets.BTC.price.volatilty: 5%}\n  b: {insurance_fund: {initial: -5}}\n")
        said = self.command("check", "c.yaml", "bad.yaml", expect=2).stderr
        for words in ("bad.yaml:2:7: markets.BTC.price.volatilty: unknown key", "under the scenario a",
                      "bad.yaml:3:33: insurance_fund.initial: -5 is outside", "under the scenario b"):
            self.assertIn(words, said)
        self.command("run", "c.yaml", "bad.yaml", "--paths", "100", "--quiet", "-o", "x.h5")  # nobody asked for them

    def test_compare(self):
        made = json.loads(self.command("compare", "c.yaml", "plain.yaml", "close.yaml", "--with", "s.yaml", "--scenarios", "all", "--paths",
                                       "2000", "-o", "all.h5", "--format", "json").stdout)["mechanisms"]
        self.assertEqual([each["name"] for each in made], [f"{s}:{m}" for s in ("base", "crash", "wild") for m in ("plain", "close")])
        self.assertEqual([each["scenario"] for each in made], ["base"] * 2 + ["crash"] * 2 + ["wild"] * 2)
        for scenario in ("crash", "wild"):
            self.command("compare", "c.yaml", "plain.yaml", "close.yaml", "--with", "s.yaml", "--scenarios", scenario, "--paths", "2000", "-o",
                         f"{scenario}.h5", "--quiet")
            with h5py.File(self.here / "all.h5") as whole, h5py.File(self.here / f"{scenario}.h5") as alone:
                for mechanism in ("plain", "close"):
                    mine, other = (f[f"mechanisms/{scenario}:{mechanism}"] for f in (whole, alone))
                    for name in other["paths"]:
                        np.testing.assert_array_equal(mine["paths"][name][()], other["paths"][name][()])
                    np.testing.assert_array_equal(mine["estimates/value"][()], other["estimates/value"][()])
                    base = whole[f"mechanisms/base:{mechanism}"]
                    shift = mine["paths/social_loss"][()] - base["paths/social_loss"][()]
                    names = [text.decode() for text in mine["shifts/name"][()]]
                    self.assertAlmostEqual(mine["shifts/value"][names.index("mean_social_loss")], shift.mean(), delta=1e-6 * abs(shift.mean()) + 1e-6)
                    self.assertEqual(mine.attrs["shifts_to"], f"base:{mechanism}")
                close = whole[f"mechanisms/{scenario}:close"]
                difference = close["paths/social_loss"][()] - whole[f"mechanisms/{scenario}:plain/paths/social_loss"][()]
                names = [text.decode() for text in close["differences/name"][()]]
                self.assertAlmostEqual(close["differences/value"][names.index("mean_social_loss")], difference.mean(),
                                       delta=1e-6 * abs(difference.mean()) + 1e-6)
                self.assertEqual(close.attrs["differences_to"], f"{scenario}:plain")
        text = self.command("compare", "c.yaml", "plain.yaml", "close.yaml", "--with", "s.yaml", "--scenarios", "base,crash", "--paths", "2000").stdout
        self.assertIn("2 mechanisms under 2 scenarios", text)
        self.assertIn("Differences to the same mechanism under base", text)
        self.assertEqual(datasets(self.here / "all.h5").keys() & {"mechanisms/base:plain/shifts/value"}, set())

    def test_wrong(self):
        for arguments, words in (
                (["run", "c.yaml", "s.yaml", "--scenario", "crsh"], "did you mean `crash`?"),
                (["run", "c.yaml", "--scenario", "crash"], "there are no scenarios"),
                (["compare", "c.yaml", "plain.yaml", "--scenarios", "all"], "there are none in c.yaml"),
                (["compare", "c.yaml", "plain.yaml", "--with", "s.yaml", "--scenarios", "base,,crash"], "empty name"),
                (["compare", "c.yaml", "plain.yaml", "--with", "s.yaml", "--scenarios", "base,krash"], "did you mean `crash`?"),
                (["compare", "c.yaml", "plain.yaml", "--with", "none.yaml"], "none.yaml")):
            self.assertIn(words, self.command(*arguments, expect=2).stderr)
        for text, words in (
                ("scenarios: [a, b]\n", "w.yaml:1:12: scenarios: a mapping of names is expected"),
                ("scenarios:\n  a: 5\n", "w.yaml:2:6: scenarios.a: a mapping of keys to values is expected"),
                ("scenarios:\n  a: {scenario: b}\n", "w.yaml:2:7: scenarios.a: a scenario cannot set scenario"),
                ("scenarios: {a: {bok: 1}}\nscenario: a\n", "w.yaml:1:17: bok: unknown key; did you mean `book`?"),
                ("scenarios: {a: {'liquidity_providers[9].deposits': 1M}}\nscenario: a\n", "no such element"),
                ("scenarios: {a: {markets.ETH.price.volatility: 1%}}\nscenario: a\n", "unknown name")):
            self.write("w.yaml", text)
            self.assertIn(words, self.command("run", "c.yaml", "w.yaml", "-o", "w.h5", expect=2).stderr)
            self.assertFalse((self.here / "w.h5").exists())
        self.write("w.yaml", "scenarios: {a: {}, b: {simulation.step: 30s}}\n")
        said = self.command("compare", "c.yaml", "plain.yaml", "--with", "w.yaml", "--scenarios", "a,b", expect=2).stderr
        self.assertIn("simulation.step", said)

    def test_the_example(self):
        configs = harness.SOURCE / "configs"
        self.command("check", configs / "btc-perp.yaml", configs / "btc-scenarios.yaml", "--set", "simulation.step=1m")
