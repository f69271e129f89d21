# SPDX-License-Identifier: GPL-3.0-or-later
"""Mechanisms that charge accounts: who among them pays how much."""
import json
import subprocess
import sys

import numpy as np

import harness
from harness import Directory, datasets
from configs import SMALL

HAIRCUTS = "insurance_fund: {initial: 500k}\nwaterfall: [{verb: fund}, {verb: assess, who: winners, base: unrealised_profit}]\n"
CLOSE = "insurance_fund: {initial: 500k}\nwaterfall: [{verb: fund}, {verb: close, score: bitmex}]\n"
COLUMNS = ("payment_gini", "payment_top10", "haircut_max")


def charging(mechanism):
    """The small configuration with one of the mechanisms above."""
    return "\n".join(line for line in SMALL.splitlines() if not line.startswith("insurance_fund")) + "\n" + mechanism


class Fairness(Directory):
    def test_columns_and_their_means(self):
        for mechanism, column in ((HAIRCUTS, "trader_paid"), (CLOSE, "trader_forgone")):
            with self.subTest(column=column):
                self.write("c.yaml", charging(mechanism))
                name = f"{column}.h5"
                file = self.run_config(name)
                pays = file[f"paths/{column}"] > 0
                self.assertGreater(pays.sum(), 100)
                self.assertTrue((pays == (file["paths/payers"] > 0)).all())
                for each in COLUMNS:
                    values = file[f"paths/{each}"]
                    self.assertTrue((np.isnan(values) == ~pays).all())
                    self.assertTrue((values[pays] >= 0).all() and (values[pays] <= 1 + 1e-9).all())
                few = pays & (file["paths/payers"] <= 10)
                self.assertTrue((file["paths/payment_top10"][few] == 1).all())
                shown = json.loads(self.command("show", name, "--format", "json").stdout)["summary"]
                for each in COLUMNS:
                    self.assertAlmostEqual(shown[f"mean_{each}"]["value"], file[f"paths/{each}"][pays].mean(), places=12)
                    self.assertGreater(shown[f"mean_{each}"]["se"], 0)
                text = self.command("show", name).stdout
                for label in ("Where accounts paid", "Gini of payments", "10 greatest payers", "greatest haircut"):
                    self.assertIn(label, text)
                self.check_curve(file, pays)

    def check_curve(self, file, pays):
        fraction, share = file["lorenz/fraction"], file["lorenz/share"]
        self.assertEqual((len(fraction), share[0], share[-1]), (101, 0, 1))
        self.assertTrue((np.diff(share, 2) > -1e-12).all())
        self.assertTrue((file["lorenz/low"] <= share).all() and (share <= file["lorenz/high"]).all())
        area = (share.sum() - 0.5) / 100
        self.assertLess(abs(1 - 2 * area - file["paths/payment_gini"][pays].mean()), 0.01)

    def test_nobody_is_charged(self):
        file = self.run_config("a.h5")
        self.assertFalse(file["paths/payers"].any())
        self.assertFalse([name for name in file if name.startswith("lorenz")])
        self.assertNotIn("Where accounts paid", self.command("show", "a.h5").stdout)

    def test_the_same_bits_whatever_the_way(self):
        self.write("c.yaml", charging(HAIRCUTS))
        reference = self.run_config("one.h5", "--threads", "1", "--paths", "5000")
        self.assert_same(reference, self.run_config("three.h5", "--threads", "3", "--paths", "5000"))
        without = self.run_config("none.h5", "--set", "output.samples=none", "--paths", "5000")
        self.assert_same({name: values for name, values in reference.items() if name.startswith(("lorenz", "summary"))},
                         {name: values for name, values in without.items() if name.startswith(("lorenz", "summary"))})
        self.run_config("longer.h5", "--paths", "3000")
        self.command("run", "c.yaml", "-o", "longer.h5", "--paths", "5000", "--resume", "--quiet")
        self.assert_same(reference, datasets(self.here / "longer.h5"))
        self.command("verify", "one.h5", "--paths", "500")

    def test_comparison(self):
        self.write("haircuts.yaml", HAIRCUTS)
        self.write("close.yaml", CLOSE)
        text = self.command("compare", "c.yaml", "haircuts.yaml", "close.yaml", "--paths", "4000").stdout
        self.assertIn("Gini of accounts' payments", text)
        found = json.loads(self.command("compare", "c.yaml", "haircuts.yaml", "close.yaml", "--paths", "4000", "--format", "json").stdout)
        haircuts, close = (each["estimates"]["mean_payment_top10"]["value"] for each in found["mechanisms"])
        self.assertLess(haircuts, close)

    def test_picture(self):
        self.write("c.yaml", charging(HAIRCUTS))
        self.run_config("a.h5")
        done = subprocess.run([sys.executable, "-B", harness.SOURCE / "scripts" / "plot.py", "a.h5", "-o", "out", "--format", "png"],
                              cwd=self.here, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.here / "out" / "a-fairness.png").stat().st_size > 10000)
        self.assertIn("Gini coefficient", done.stdout)
