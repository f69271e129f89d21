# SPDX-License-Identifier: GPL-3.0-or-later
"""haircut sensitivity: its local part is runs, its global part finds what matters and what does not."""
import json

import h5py

from harness import Directory
from test_sweep import load

VARY = ("--vary", "insurance_fund.initial=0:5M", "--vary", "markets.BTC.price.volatility=50%:200%")


class Sensitivity(Directory):
    def run_it(self, directory, *arguments, **options):
        return json.loads(self.command("sensitivity", "c.yaml", "-o", directory, "--quiet", "--format", "json", *arguments, **options).stdout)

    def mean(self, *settings):
        self.command("run", "c.yaml", "-o", "r.h5", "--quiet", "--paths", "3000", *(word for setting in settings for word in ("--set", setting)))
        with h5py.File(self.here / "r.h5") as file:
            return file["paths/lp_loss"][...].mean()

    def test_local_is_runs(self):
        found = self.run_it("d", *VARY, "--paths", "3000", "--rows", "0")
        fund, volatility = found["parameters"]
        base = self.mean()
        self.assertAlmostEqual(found["base"] / base, 1, 12)
        for at, setting in ((fund["at_low"], "insurance_fund.initial=0"), (fund["at_high"], "insurance_fund.initial=5M"),
                            (volatility["at_low"], "markets.BTC.price.volatility=50%"), (volatility["at_high"], "markets.BTC.price.volatility=200%")):
            self.assertAlmostEqual(at, self.mean(setting), delta=1e-9 * abs(at) + 1e-9, msg=setting)
        self.assertAlmostEqual(fund["change_high"], fund["at_high"] - found["base"], 6)
        self.assertTrue(fund["change_high_from"] <= fund["change_high"] <= fund["change_high_to"] <= 0)
        self.assertIsNone(fund["first"])

    def test_global(self):
        """What decides has the greatest share; what does nothing here has none; points have seeds and books as they say."""
        found = self.run_it("d", "--vary", "insurance_fund.initial=0:30M", "--vary", "liquidity_providers[0].profit=1M:2M", "--paths", "2000",
                            "--rows", "32", "--metric", "p_lp_loss")
        fund, profit = found["parameters"]
        self.assertGreater(fund["total"], 0.8)
        self.assertLess(abs(profit["total"]), 0.1)
        self.assertTrue(fund["first_low"] <= fund["first"] <= fund["first_high"])
        self.assertGreater(found["noise"], 0)
        self.command("merge", "d/global", "-o", "g.h5", "--quiet")
        points = load(self.here / "g.h5")
        self.assertEqual(len(points["point"]), 32 * 4)
        self.assertEqual(len(set(points["simulation_seed"])), 32 * 4)
        self.assertIn("book.generate.seed", str(points["config/plan"]))

    def test_goes_on(self):
        ours = self.run_it("d", *VARY, "--paths", "2000", "--rows", "8")
        shard, = (self.here / "d" / "global" / "shards").glob("*.points")
        content = shard.read_bytes()
        shard.write_bytes(content[:len(content) // 2])
        self.assertEqual(self.run_it("d", *VARY, "--paths", "2000", "--rows", "8"), ours)
        self.assertEqual(self.run_it("e", *VARY, "--paths", "2000", "--rows", "8", "--threads", "3"), ours)

    def test_nothing_varies_beyond_noise(self):
        said = self.command("sensitivity", "c.yaml", "-o", "d", "--vary", "liquidity_providers[0].profit=1M:1.0001M", "--paths", "1000", "--rows", "8").stdout
        self.assertIn("there are no indices", said)
        self.assertIn("One at a time", said)

    def test_text(self):
        said = self.command("sensitivity", "c.yaml", "-o", "d", "--vary", "insurance_fund.initial=0:30M", "--paths", "2000", "--rows", "16").stdout
        self.assertRegex(said, r"insurance_fund.initial, now \S+")
        self.assertIn("Over the whole box (48 points, each on paths of its own)", said)
        self.assertRegex(said, r"Standard deviation over the box: \S+\. The variance of Monte Carlo errors, \S+ % of that, is taken off")

    def test_wrong(self):
        good = ("--paths", "1000", "-o", "d")
        for arguments, said in ((("--vary", "insurance_fund.initial=0:1M", "--paths", "1000"), "no -o DIR"), (good, "nothing varies"),
                                ((*good, "--vary", "insurance_fund.initial"), "expected KEY=LO:HI"), ((*good, "--vary", "insurance_fund.initial=1M"), "expected KEY=LO:HI"),
                                ((*good, "--vary", "insurance_fund.initial=2M:1M"), "the lower end comes first"),
                                ((*good, "--vary", "insurance_fund.intial=1M:2M"), "did you mean"), ((*good, *VARY, *VARY), "is there twice"),
                                ((*good, "--vary", "liquidation.order_flow=batch:fifo"), "it is not one number"),
                                ((*good, "--vary", "insurance_fund.target=1M:2M"), "has no value to vary around"),
                                ((*good, *VARY, "--metric", "mean_lp_los"), "did you mean mean_lp_loss"), ((*good, *VARY, "--rows", "1"), "two rows or more"),
                                ((*good, "--vary", "markets.BTC.price.volatility=-50%:50%"), "outside")):
            with self.subTest(arguments=arguments):
                done = self.command("sensitivity", "c.yaml", *arguments, expect=2)
                self.assertIn(said, done.stderr)
                self.assertFalse((self.here / "d").exists())
