# SPDX-License-Identifier: GPL-3.0-or-later
"""haircut size: what it finds is what running there gives, also where the fund feeds back."""
import json
import re

import h5py
import numpy as np

from harness import Directory

PATHS = ("--paths", "4000")


class Sizing(Directory):
    def size(self, *arguments, **options):
        return json.loads(self.command("size", "c.yaml", *arguments, *PATHS, "--format", "json", **options).stdout)

    def losses(self, fund, column="lp_loss", *arguments):
        self.command("run", "c.yaml", *arguments, *PATHS, "-o", "r.h5", "--quiet", "--set", f"insurance_fund.initial={fund:.17g}")
        with h5py.File(self.here / "r.h5") as file:
            return file["paths"][column][...]

    def test_one_run_says_all(self):
        """The fund of P <= 2 % is the smallest: a dollar less and one path more has a loss."""
        found = self.size("--target", "P(lp_loss>0) <= 2%")
        self.assertEqual((found["method"], found["runs"]), ("required fund", 1))
        self.assertTrue(found["low"] < found["value"] < found["high"])
        self.assertLessEqual((self.losses(found["value"]) > 0).mean(), 0.02)
        self.assertGreater((self.losses(found["value"] - 1) > 0).mean(), 0.02 - 1e-9)
        self.assertAlmostEqual(found["measure"], (self.losses(found["value"]) > 0).mean(), 12)

    def test_mean_and_shortfall(self):
        for target, measure in (("mean(lp_loss) <= 20k", np.mean),
                                ("ES95(lp_loss) <= 500k", lambda x: np.sort(x)[-200:].mean())):
            found = self.size("--target", target)
            limit = float(re.search(r"(\d+)k", target).group(1)) * 1e3
            self.assertAlmostEqual(measure(self.losses(found["value"])) / limit, 1, 4)
            self.assertEqual(found["runs"], 1)

    def test_var_is_a_probability(self):
        self.assertEqual(self.size("--target", "VaR98(lp_loss) <= 1M")["value"], self.size("--target", "P(lp_loss>1M) <= 2%")["value"])

    def test_search_equals_the_required_fund(self):
        """What one run says is what a search finds, of a quantity that is the same here."""
        ours = self.size("--target", "mean(lp_loss) <= 20k")
        theirs = self.size("--target", "mean(lp_deposit_paid) <= 20k", "--set", "liquidity_providers=[{name: lp, deposits: 100M, profit: 0}]")
        same = self.size("--target", "mean(lp_loss) <= 20k", "--set", "liquidity_providers=[{name: lp, deposits: 100M, profit: 0}]")
        self.assertEqual(theirs["method"], "search")
        self.assertGreater(theirs["runs"], 5)
        self.assertLess(abs(theirs["value"] - same["value"]), 2e-3 * max(point["value"] for point in theirs["curve"]))
        self.assertGreater(ours["value"], 0)

    def test_presets_with_feedback(self):
        """Against brute force: of funds in fine steps, the first that meets the target is where it says."""
        for venue, target, column in (("bybit-2025", "P(social_loss>0) <= 3%", "social_loss"),
                                      ("okx", "mean(social_loss) <= 50k", "social_loss"),
                                      ("vertex", "P(social_loss>0) <= 2%", "social_loss")):
            with self.subTest(venue=venue):
                found = self.size(f"venue:{venue}", "--target", target, "--between", "0:40M")
                self.assertEqual(found["method"], "search", venue)
                step = 40e6 * 1e-3
                limit = 0.03 if "3%" in target else 0.02 if "2%" in target else 50e3

                def measure(fund):
                    x = self.losses(fund, column, f"venue:{venue}")
                    return (x > 0).mean() if target.startswith("P") else x.mean()
                self.assertLessEqual(measure(found["value"]), limit)
                self.assertGreater(measure(max(0, found["value"] - 1.1 * step)), limit)

    def test_another_parameter(self):
        """More of it raises the measure: the greatest that meets the target."""
        found = self.size("--target", "mean(bad_debt) <= 1.2M", "--solve", "markets.BTC.price.jump_rate", "--between", "0/y:400/y")

        def mean(rate):
            self.command("run", "c.yaml", *PATHS, "-o", "v.h5", "--quiet", "--set", f"markets.BTC.price.jump_rate={rate:.17g}/y")
            with h5py.File(self.here / "v.h5") as file:
                return file["paths/bad_debt"][...].mean()
        self.assertEqual(found["method"], "search")
        self.assertTrue(0 < found["low"] < found["value"] < found["high"] < 400)
        self.assertLessEqual(mean(found["value"]), 1.2e6)
        self.assertGreater(mean(found["value"] + 0.41), 1.2e6)  # a thousandth of the range

    def test_cost(self):
        """The newsvendor's quantile: a share c/w of paths needs more; and by search where the fund feeds back."""
        found = self.size("--cost-of-capital", "365%", "--loss-weight", "0.5")  # 1 % a day
        required = self.losses(0, "fund_required")
        self.assertLessEqual((required > found["value"]).mean(), 0.02)
        self.assertGreater((required >= found["value"]).mean(), 0.02 - 1e-9)
        searched = self.size("venue:okx", "--cost-of-capital", "365%", "--loss-weight", "0.5", "--between", "0:20M")
        self.assertEqual(searched["method"], "search")
        cost = {point["value"]: point["measure"] for point in searched["curve"]}
        self.assertEqual(cost[searched["value"]], min(cost.values()))
        self.assertTrue(searched["low"] <= searched["value"] <= searched["high"])

    def test_text(self):
        said = self.command("size", "c.yaml", "--target", "P(lp_loss>0) <= 2%", *PATHS).stdout
        self.assertRegex(said, r"insurance_fund.initial for P\(lp_loss>0\) <= 2%: \S+ \(95 %: \S+ to \S+\)")
        self.assertIn("To be sure of it, take the upper end", said)
        self.assertIn("one run says all", said)
        never = self.command("size", "c.yaml", "--target", "mean(bad_debt) <= 1", "--solve", "liquidation.fee", "--between", "1bp:1%", *PATHS).stdout
        self.assertIn("not met at either end", never)

    def test_wrong(self):
        target = ("--target", "P(lp_loss>0) <= 1%")
        for arguments, said in (((), "give one of --target"), ((*target, "--cost-of-capital", "5%"), "give one of --target"),
                                (("--target", "P(lp_los>0) <= 1%"), "did you mean lp_loss"), (("--target", "soon"), "no measure that is known"),
                                ((*target, "--solve", "liquidation.fee"), "needs a range to look in"),
                                ((*target, "--solve", "liquidation.order_flow", "--between", "batch:fifo"), "it is not one number"),
                                ((*target, "--solve", "liquidation.fees", "--between", "0:1"), "liquidation.fees"),
                                ((*target, "--between", "5M"), "expected LO:HI"), ((*target, "--between", "5M:1M"), "the lower end comes first"),
                                (("--cost-of-capital", "-5%"), "above 0"), (("--cost-of-capital", "5%", "--solve", "liquidation.fee"), "is for the fund"),
                                ((*target, "--loss-weight", "2"), "goes with --cost-of-capital"),
                                (("venue:okx", "--cost-of-capital", "5%"), "say where: --between LO:HI")):
            with self.subTest(arguments=arguments):
                done = self.command("size", "c.yaml", *arguments, *PATHS, expect=2)
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stdout, "")
