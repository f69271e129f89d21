# SPDX-License-Identifier: GPL-3.0-or-later
"""haircut sweep, merge and status: points are what they say, the same whoever computes them, and survive."""
import csv
import itertools
import json
import os
import re
import signal
import subprocess
import time

import h5py
import numpy as np

import harness
from harness import Directory

SMALL = ("--paths", "1500", "--set", "output.counterfactual=false")
FUNDS = ("--axis", "insurance_fund.initial=0,1M,5M")
VOLATILITIES = ("--axis", "markets.BTC.price.volatility=50%:200%:4")


def load(path):
    """All datasets; text as str."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item.asstr()[...] if item.dtype.kind == "O" else item[...]
    with h5py.File(path) as file:
        file.visititems(visit)
    return found


class Sweeps(Directory):
    def sweep(self, directory, *arguments, **options):
        return self.command("sweep", "c.yaml", "-o", directory, "--quiet", *SMALL, *arguments, **options)

    def merged(self, directory, *arguments):
        self.command("merge", directory, "-o", directory + ".h5", "--quiet", *arguments)
        return load(self.here / (directory + ".h5"))

    def status(self, directory):
        return json.loads(self.command("status", directory, "--format", "json").stdout)

    def assert_equal(self, ours, theirs):
        self.assertEqual(sorted(ours), sorted(theirs))
        for name in ours:
            if ours[name].dtype.kind in "OU":
                self.assertTrue((ours[name] == theirs[name]).all(), name)
            else:
                self.assertEqual(ours[name].tobytes(), theirs[name].tobytes(), name)


class Points(Sweeps):
    def test_grid(self):
        self.sweep("d", *FUNDS, *VOLATILITIES)
        found = self.merged("d")
        self.assertEqual(list(found["insurance_fund_initial"]), [0, 1e6, 5e6])
        np.testing.assert_allclose(found["price_volatility"], [0.5, 1, 1.5, 2], rtol=1e-15)
        self.assertEqual(found["mean_bad_debt"].shape, (3, 4))
        self.assertEqual(found["block_mean_bad_debt"].shape[:2], (3, 4))
        self.assertTrue((found["state"] == 1).all())

    def test_points_equal_runs(self):
        """A point is the run of its configuration, to the bit."""
        self.sweep("d", *FUNDS, *VOLATILITIES)
        found = self.merged("d")
        for (i, fund), (j, volatility) in itertools.product([(0, "0"), (2, "5M")], [(0, "50%"), (3, "200%")]):
            self.command("run", "c.yaml", "-o", "r.h5", "--quiet", *SMALL, "--set", f"insurance_fund.initial={fund}",
                         "--set", f"markets.BTC.price.volatility={volatility}")
            with h5py.File(self.here / "r.h5") as run:
                names = [name.decode() for name in run["summary/name"][...]]
                for column, suffix in (("value", ""), ("se", "_se"), ("low", "_low"), ("high", "_high")):
                    theirs = run["summary"][column][...]
                    for name, number in zip(names, theirs):
                        ours = found[name + suffix][i, j]
                        self.assertTrue(ours == number or (np.isnan(ours) and np.isnan(number)), (name, column, ours, number))

    def test_log_range(self):
        self.sweep("d", "--axis", "insurance_fund.initial=1M:100M:5:log")
        np.testing.assert_allclose(self.merged("d")["insurance_fund_initial"], 10.0 ** np.arange(6, 8.1, 0.5), rtol=1e-12)

    def test_whole_numbers(self):
        self.sweep("d", "--axis", "book.generate.accounts=50:100:3", "--axis", "simulation.seed=1,2")
        self.assertEqual(list(self.merged("d")["generate_accounts"]), [50, 75, 100])

    def test_zip(self):
        self.sweep("d", "--design", "zip", "--axis", "insurance_fund.initial=0,1M", "--axis", "markets.BTC.price.volatility=1,2")
        found = self.merged("d")
        self.assertEqual(found["mean_bad_debt"].shape, (2,))
        self.assertEqual(list(found["insurance_fund_initial"]), [0, 1e6])
        self.assertEqual(list(found["price_volatility"]), [1, 2])

    def test_lhs(self):
        """One point in each of as many strata, on every axis."""
        self.sweep("d", "--design", "lhs", "--points", "16", "--axis", "insurance_fund.initial=0:16M",
                   "--axis", "markets.BTC.price.volatility=50%:200%:log", "--axis", "liquidation.order_flow=batch,fifo")
        found = self.merged("d")
        self.assertEqual(sorted(np.floor(found["insurance_fund_initial"] / 1e6)), list(range(16)))
        self.assertEqual(sorted(np.floor(16 * np.log(found["price_volatility"] / 0.5) / np.log(4))), list(range(16)))
        self.assertEqual(sorted(found["liquidation_order_flow"]), ["batch"] * 8 + ["fifo"] * 8)

    def test_sobol(self):
        """Of 16 points one in each of 16 strata, and in pairs of axes one in each of 4 x 4 boxes."""
        self.sweep("d", "--design", "sobol", "--points", "16", "--axis", "insurance_fund.initial=0:16M",
                   "--axis", "markets.BTC.price.volatility=1:17")
        found = self.merged("d")
        x, y = found["insurance_fund_initial"] / 16e6, (found["price_volatility"] - 1) / 16
        for u in (x, y):
            self.assertEqual(sorted(np.floor(16 * u)), list(range(16)))
        self.assertEqual(len(set(zip(np.floor(4 * x), np.floor(4 * y)))), 16)

    def test_design_seeds(self):
        seen = []
        for seed in ("1", "1", "2"):
            directory = f"d{len(seen)}"
            self.sweep(directory, "--design", "lhs", "--points", "4", "--axis", "insurance_fund.initial=0:16M", "--set", f"sweep.seed={seed}")
            seen.append(list(self.merged(directory)["insurance_fund_initial"]))
        self.assertEqual(seen[0], seen[1])
        self.assertNotEqual(seen[0], seen[2])

    def test_points_file(self):
        self.write("p.csv", "insurance_fund.initial,liquidation.order_flow\n1M,batch\n2M,fifo\n\"3M\",batch\n")
        self.sweep("d", "--points-file", "p.csv")
        found = self.merged("d")
        self.assertEqual(list(found["insurance_fund_initial"]), [1e6, 2e6, 3e6])
        self.assertEqual(list(found["liquidation_order_flow"]), ["batch", "fifo", "batch"])

    def test_section_says_the_same(self):
        self.write("s.yaml", "sweep: {axes: [{key: insurance_fund.initial, values: '0,1M,5M'}, "
                             "{key: markets.BTC.price.volatility, values: '50%:200%:4', name: volatility}]}\n")
        self.command("sweep", "c.yaml", "s.yaml", "-o", "e", "--quiet", *SMALL)
        ours = self.merged("e")
        self.sweep("d", *FUNDS, *VOLATILITIES)
        theirs = self.merged("d")
        self.assertEqual(ours["mean_bad_debt"].tobytes(), theirs["mean_bad_debt"].tobytes())
        self.assertIn("volatility", ours)

    def test_fields_of_lists_venues_scenarios(self):
        self.sweep("d", "--axis", "venue=hyperliquid,gmx-v2", "--axis", "liquidity_providers[0].deposits=1M,100M")
        found = self.merged("d")
        self.assertEqual(list(found["venue"]), ["hyperliquid", "gmx-v2"])
        self.assertEqual(found["mean_lp_loss"].shape, (2, 2))
        self.write("s.yaml", "scenarios: {calm: {}, wild: {markets.BTC.price.volatility: 300%}}\n")
        self.command("sweep", "c.yaml", "s.yaml", "-o", "e", "--quiet", *SMALL, "--axis", "scenario=calm,wild")
        self.sweep("g", "--axis", "markets.BTC.price.volatility=300%")
        self.assertEqual(self.merged("e")["mean_bad_debt"][1], self.merged("g")["mean_bad_debt"][0])
        self.sweep("f", "--axis", "waterfall[0].cap=1k,10M", "--set", "insurance_fund.initial=5M")
        paid = self.merged("f")["mean_insurance_paid"]
        self.assertGreater(paid[1], paid[0])

    def test_counterfactual(self):
        self.sweep("d", *FUNDS)
        self.assertTrue(np.isnan(self.merged("d")["cascade_share_bad_debt"]).all())
        self.sweep("e", *FUNDS, "--set", "sweep.counterfactual=true")
        self.assertFalse(np.isnan(self.merged("e")["mean_bad_debt_no_impact"]).any())


class Differences(Sweeps):
    def test_paired(self):
        """From kept samples, the difference and its error as batch means say; of all pairs by blocks."""
        self.sweep("d", "--samples", *FUNDS, "--paths", "6000")
        found = self.merged("d")
        x = found["lp_loss"]
        self.assertEqual(x.shape, (3, 6000))
        np.testing.assert_allclose(found["mean_lp_loss"], x.mean(axis=1), rtol=1e-12)
        for i in (1, 2):
            d = x[i] - x[0]
            self.assertAlmostEqual(found["difference_mean_lp_loss"][i] / d.mean(), 1, 9)
            blocks = found["block_mean_lp_loss"].shape[1]
            mean = np.array([d[b::blocks].mean() for b in range(blocks)])
            np.testing.assert_allclose(found["block_mean_lp_loss"][i] - found["block_mean_lp_loss"][0], mean, rtol=1e-9, atol=1e-6)
            se = found["difference_mean_lp_loss_se"][i]
            plain = d.std(ddof=1) / np.sqrt(len(d))
            self.assertTrue(0.6 * plain < se < 3 * plain, (se, plain))
        self.assertEqual(found["difference_mean_lp_loss"][0], 0)
        self.assertEqual(found["difference_mean_lp_loss_se"][0], 0)

    def test_shortfall_blocks(self):
        self.sweep("d", "--samples", *FUNDS, "--paths", "20000")
        found = self.merged("d")
        for name in ("es_99_bad_debt", "mean_bad_debt", "p_bad_debt"):
            np.testing.assert_allclose(np.average(found[f"block_{name}"][0], weights=np.bincount(
                np.arange(20000) % found["block"].size)), found[name][0], rtol=1e-9, err_msg=name)

    def test_few_tail_paths(self):
        self.sweep("d", *FUNDS)
        found = self.merged("d")
        self.assertTrue((found["tail_paths_lp_loss"] < 100).all())
        self.assertTrue(np.isnan(found["es_99_lp_loss_low"]).all())
        self.assertTrue(np.isnan(found["difference_es_99_lp_loss_se"]).all())


class Same(Sweeps):
    """Bit for bit, whoever computes the points."""
    def test_threads_and_tasks(self):
        axes = (*FUNDS, *VOLATILITIES, "--samples")
        self.sweep("whole", *axes, "--threads", "1")
        whole = self.merged("whole")
        for threads in ("2", "3", "4"):
            self.sweep("t" + threads, *axes, "--threads", threads)
            self.assert_equal(self.merged("t" + threads), whole)
        for tasks in (3, 7):
            directory = f"of{tasks}"
            for task in np.random.default_rng(tasks).permutation(tasks):
                self.sweep(directory, *axes, "--task", f"{task + 1}/{tasks}")
            self.assert_equal(self.merged(directory), whole)

    def test_tasks_that_start_together(self):
        """None takes what another is just making for a directory of somebody else."""
        for attempt in range(5):
            directory = f"d{attempt}"
            processes = [self.start("sweep", "c.yaml", "-o", directory, "--quiet", *SMALL, *FUNDS, "--task", f"{task}/3", "--threads", "1")
                         for task in (1, 2, 3)]
            for process in processes:
                _, said = process.communicate()
                self.assertEqual(process.returncode, 0, said)
            self.assertEqual(self.status(directory)["done"], 3)

    def test_large_points(self):
        """Points that go through shards are those that do not."""
        axes = ("--axis", "insurance_fund.initial=0,1M", "--paths", "9000", "--samples")
        self.sweep("one", *axes, "--threads", "1")
        self.sweep("all", *axes, "--threads", "4")  # 9 granules and 2 points: threads share a point
        self.assert_equal(self.merged("all"), self.merged("one"))
        self.assertEqual(os.listdir(self.here / "all" / "granules"), [])

    def test_killed(self):
        axes = (*FUNDS, "--axis", "markets.BTC.price.volatility=50%:200%:40", "--paths", "4000")
        self.sweep("whole", *axes)
        random = np.random.default_rng(5)
        done = 0
        for attempt in range(8):
            process = self.start("sweep", "c.yaml", "-o", "d", "--quiet", *SMALL, *axes)
            time.sleep(0.05 + 0.3 * random.random())
            process.send_signal(signal.SIGKILL if attempt % 2 else signal.SIGTERM)
            process.wait()
            process.stderr.close()
            if (self.here / "d" / "plan").exists():
                now = self.status("d")["done"]
                self.assertGreaterEqual(now, done)
                done = now
        self.sweep("d", *axes)
        self.assert_equal(self.merged("d"), self.merged("whole"))

    def test_granules_of_a_killed_point_are_kept(self):
        axes = ("--axis", "insurance_fund.initial=0", "--paths", "400000", "--set", "simulation.step=1m")
        process = self.start("sweep", "c.yaml", "-o", "d", "--quiet", *SMALL, *axes)
        shards = self.here / "d" / "granules" / "000000000.shards"
        for _ in range(400):
            time.sleep(0.01)
            if shards.exists() and any(file.stat().st_size > 100000 for file in shards.glob("*.shard")):
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        self.assertTrue(shards.exists(), "the point was done too soon, or never began")
        before = sum(file.stat().st_size for file in shards.glob("*.shard"))
        self.assertGreater(before, 0)
        self.sweep("d", *axes)
        self.sweep("whole", *axes)
        self.assert_equal(self.merged("d"), self.merged("whole"))

    def test_damaged_torn_and_foreign(self):
        self.sweep("d", *FUNDS, *VOLATILITIES)
        whole = self.merged("d")
        shard, = (self.here / "d" / "shards").glob("*.points")
        content = bytearray(shard.read_bytes())
        starts = [match.start() for match in re.finditer(b"HCPT", content)]
        self.assertEqual(len(starts), 12)
        content[starts[4] + 200] ^= 1                  # inside a record
        shard.write_bytes(content[:starts[-1] + 100])  # and its end is missing
        (self.here / "d" / "shards" / "else-1-0.points").write_bytes(b"HCPOINT\0\3\0\0\0\0\0\0\0abc")
        (self.here / "d" / "shards" / "junk-1-0.points").write_bytes(b"nothing of ours" * 10)
        found = self.status("d")
        self.assertEqual((found["done"], found["damaged"], found["torn"], found["foreign"]), (10, 1, 1, 2))
        self.assertIn("2 of 12 points are missing", self.command("merge", "d", "-o", "x.h5", expect=2).stderr)
        self.assertFalse((self.here / "x.h5").exists())
        self.assertIn("computed again", self.command("sweep", "c.yaml", "-o", "d", *SMALL, *FUNDS, *VOLATILITIES).stderr)
        self.assert_equal(self.merged("d"), whole)

    def test_partial(self):
        self.sweep("d", *FUNDS, *VOLATILITIES, "--task", "1/2")
        found = self.merged("d", "--partial")
        self.assertEqual((found["state"] == 1).sum(), 6)
        self.assertEqual(np.isnan(found["mean_bad_debt"]).sum(), 6)


class Failing(Sweeps):
    def test_failed_points_are_recorded(self):
        """Values that are good alone and not together."""
        self.command("sweep", "c.yaml", "-o", "d", "--quiet", "--paths", "1000", "--set", "insurance_fund.initial=1M",
                     "--axis", "insurance_fund.target=2M,20M", "--axis", "insurance_fund.initial=1M,10M")
        said = self.command("merge", "d")
        found = load(self.here / "d.h5")
        self.assertEqual(found["state"].tolist(), [[1, 2], [1, 1]])
        self.assertIn("is below what the fund has", found["message"][0, 1])
        self.assertIn("point 1 (insurance_fund.target=2M insurance_fund.initial=10M) failed", said.stderr)
        self.assertTrue(np.isnan(found["mean_bad_debt"][0, 1]))
        self.assertEqual(self.status("d")["failed"], 1)
        with h5py.File(self.here / "d.h5") as file:
            self.assertEqual(file.attrs["reference_point"], 0)
            self.assertEqual(file.attrs["points_failed"], 1)

    def test_full_disk_or_limit(self):
        """A file size limit stops it with a message; without it the same command goes on."""
        line = f"ulimit -f 100; {harness.HAIRCUT} sweep c.yaml -o d --quiet {' '.join(SMALL)} {' '.join(FUNDS)} {' '.join(VOLATILITIES)}"
        done = subprocess.run(["bash", "-c", "trap '' XFSZ; " + line], cwd=self.here, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("finished points are kept", done.stderr)
        self.sweep("d", *FUNDS, *VOLATILITIES)
        self.sweep("whole", *FUNDS, *VOLATILITIES)
        self.assert_equal(self.merged("d"), self.merged("whole"))

    def test_two_at_once(self):
        axes = ("--axis", "insurance_fund.initial=0", "--paths", "400000", "--set", "simulation.step=1m")
        process = self.start("sweep", "c.yaml", "-o", "d", "--quiet", *SMALL, *axes)
        for _ in range(300):
            time.sleep(0.01)
            if list((self.here / "d" / "heartbeats").glob("*.txt")):
                break
        said = self.sweep("d", *axes, expect=1).stderr
        self.assertIn("another process is at work", said)
        running = [worker["state"] for worker in self.status("d")["processes"]]
        self.assertEqual(running, ["running"])
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        self.assertEqual([worker["state"] for worker in self.status("d")["processes"]], ["lost"])

    def test_interrupted_says_how_to_go_on(self):
        process = self.start("sweep", "c.yaml", "-o", "d", *SMALL, "--axis", "markets.BTC.price.volatility=50%:200%:400", "--paths", "8000")
        for _ in range(300):
            time.sleep(0.01)
            if list((self.here / "d" / "shards").glob("*.points")):
                break
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
        self.assertEqual(process.returncode, 130)
        self.assertRegex(said, r"interrupted at \d+ of 400 points; go on with: haircut sweep c.yaml -o d")
        self.assertEqual([worker["state"] for worker in self.status("d")["processes"]], ["interrupted"])


# what is given, what is said, and (files) what else is there
WRONG = [
    (["--axis", "markets.BTC.price.jump_rate=20/y,60"], 'axis markets.BTC.price.jump_rate=60: markets.BTC.price.jump_rate: "60" needs a time'),
    (["--axis", "markets.BTC.price.jump_rate=2:60:4"], 'axis markets.BTC.price.jump_rate=2: markets.BTC.price.jump_rate: "2" needs a time'),
    ((), "nothing varies"),
    (("--axis", "insurance_fund.initial"), "expected KEY="),
    (("--axis", "=1,2"), "expected KEY="),
    (("--axis", "insurance_fund.initial="), "has no values"),
    (("--axis", "insurance_fund.initial=1M,,2M"), "value 2 is empty"),
    (("--axis", "insurance_fund.initial=1M,1M"), "1M is there twice"),
    (("--axis", "insurance_fund.initial=1M", "--axis", "insurance_fund.initial=2M"), "is there twice; give all"),
    (("--axis", "insurance_fund.intial=1M,2M"), "did you mean `initial`"),
    (("--axis", "markets.BTC.price.volatility=-80%,50%"), "outside"),
    (("--axis", "markets.BTC.price.volatility=50%:200%"), "is not a range"),
    (("--axis", "markets.BTC.price.volatility=50%:200%:0"), "is not a range"),
    (("--axis", "markets.BTC.price.volatility=50%:200%:4:lin"), "is not a range"),
    (("--axis", "markets.BTC.price.volatility=200%:50%:4"), "write the lower end first"),
    (("--axis", "insurance_fund.initial=0:1M:4:log"), "above 0"),
    (("--axis", "liquidation.order_flow=batch:fifo:2"), "a range needs numbers"),
    (("--axis", "liquidation.order_flow=batch,lifo"), "lifo"),
    (("--axis", "simulation.paths=1k,2k"), "same number of paths"),
    (("--axis", "output.samples=all,none"), "does not change what is simulated"),
    (("--axis", "sweep.points=1,2"), "does not change what is simulated"),
    (("--axis", "venue=okx,okex"), "okex"),
    (("--axis", "scenario=calm,wild"), "wild"),
    (("--axis", "insurance_fund.initial=1:1M:1M", ), "is not a range"),
    (("--axis", "insurance_fund.initial=1:9M:100000", "--axis", "liquidation.fee=1%:2%:100000"), "more than 100 million"),
    (("--axis", "insurance_fund.initial=0:1M", "--design", "lhs"), "needs the number of points"),
    (("--axis", "insurance_fund.initial=0:1M:5", "--design", "sobol", "--points", "4"), "places the points itself"),
    (("--axis", "insurance_fund.initial=0,1M", "--points", "4"), "points is for design lhs and sobol"),
    (("--axis", "insurance_fund.initial=0,1M", "--axis", "markets.BTC.price.volatility=1,2,3", "--design", "zip"), "takes one value of each axis"),
    (("--axis", "insurance_fund.initial=0,1M", "--design", "star"), "star"),
    (("--axis", "insurance_fund.initial=0,1M", "--task", "0/3"), "expected I/N"),
    (("--axis", "insurance_fund.initial=0,1M", "--task", "4/3"), "expected I/N"),
    (("--axis", "insurance_fund.initial=0,1M", "--task", "1"), "expected I/N"),
    (("--axis", "insurance_fund.initial=0,1M", "--points-file", "p.csv"), "both given"),
    (("--points-file", "none.csv"), "none.csv"),
    (("--points-file", "empty.csv"), "is empty"),
    (("--points-file", "bare.csv"), "has no points"),
    (("--points-file", "short.csv"), "short.csv:3:1: 1 values, but the header has 2 keys"),
    (("--points-file", "bad.csv"), "outside"),
    (("--set", "sweep.axes=[{key: insurance_fund.initial, values: '1,2', name: 9a}]"), "cannot be its name"),
    (("--set", "sweep.axes=[{key: insurance_fund.initial, values: '1,2', name: path}]"), "it is taken"),
    (("--set", "sweep.axes=[{values: '1,2'}]"), "has no key"),
]


class Wrong(Sweeps):
    def test_wrong(self):
        self.write("p.csv", "insurance_fund.initial\n1M\n")
        self.write("empty.csv", "")
        self.write("bare.csv", "insurance_fund.initial\n")
        self.write("short.csv", "insurance_fund.initial,liquidation.fee\n1M,1%\n2M\n")
        self.write("bad.csv", "markets.BTC.price.volatility\n50%\n-1%\n")
        before = self.listing()
        for arguments, said in WRONG:
            with self.subTest(arguments=arguments):
                done = self.command("sweep", "c.yaml", "-o", "d", "--paths", "100", *arguments, expect=2)
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stdout, "")
                self.assertEqual(self.listing(), before, "something was left behind")

    def test_wrong_directories(self):
        axis = ("--axis", "insurance_fund.initial=0,1M")
        self.assertIn("no -o DIR", self.command("sweep", "c.yaml", *axis, expect=2).stderr)
        self.write("full", None)
        self.write("full/else.txt", "x")
        self.assertIn("is not empty and has no sweep", self.sweep("full", *axis, expect=2).stderr)
        self.assertIn("create the directory it is in first", self.sweep("no/where", *axis, expect=2).stderr)
        self.assertIn("cannot create it", self.sweep("c.yaml", *axis, expect=2).stderr)
        self.assertIn("has no sweep", self.command("merge", "full", expect=2).stderr)
        self.assertIn("has no sweep", self.command("status", "full", expect=2).stderr)
        self.assertIn("No such file", self.command("status", "nowhere", expect=2).stderr)
        self.assertIn("is not a directory", self.command("merge", "c.yaml", expect=2).stderr)
        self.assertIn("one FILE", self.command("merge", "a", "b", expect=2).stderr)

    def test_another_plan(self):
        """Other parameters, points or paths are refused, and said."""
        self.sweep("d", *FUNDS)
        for arguments, said in ((("--set", "liquidation.fee=1%"), "liquidation.fee is 50bp there and 1% here"),
                                (("--paths", "1600"), "paths is 1500 there and 1600 here"),
                                (("--seed", "5"), "seed"),
                                (("--samples",), "samples is false there and true here"),
                                (("--axis", "liquidation.fee=1%,2%"), "axes is 1 there and 2 here")):
            done = self.sweep("d", *FUNDS, *arguments, expect=2).stderr
            self.assertIn("is of another sweep or program", done)
            self.assertIn(said, done)

    def test_what_a_name_stands_for_counts(self):
        """Scenarios that mean something else by the same names, and presets that were changed, are another sweep."""
        axis = ("--axis", "scenario=calm,wild")
        self.write("s.yaml", "scenarios: {calm: {}, wild: {markets.BTC.price.volatility: 300%}}\n")
        self.command("sweep", "c.yaml", "s.yaml", "-o", "d", "--quiet", *SMALL, *axis)
        self.write("s.yaml", "scenarios: {calm: {}, wild: {markets.BTC.price.volatility: 200%}}\n")
        self.assertIn("axis.0.digest", self.command("sweep", "c.yaml", "s.yaml", "-o", "d", "--quiet", *SMALL, *axis, expect=2).stderr)

    def test_broken_plan(self):
        self.sweep("d", *FUNDS)
        (self.here / "d" / "plan").write_text("sweep=9\n\n")
        self.assertIn("damaged, or of another version", self.command("merge", "d", expect=2).stderr)

    def test_output_is_not_overwritten(self):
        self.sweep("d", *FUNDS)
        self.assertIn("c.yaml", self.command("merge", "d", "-o", "c.yaml", expect=2).stderr)
        self.command("run", "c.yaml", "-o", "r.h5", "--quiet", "--paths", "100")
        self.command("merge", "d", "-o", "r.h5", expect=2)


class Reading(Sweeps):
    def test_xarray_and_pandas(self):
        import xarray
        self.sweep("d", *FUNDS, *VOLATILITIES)
        self.merged("d")
        for engine in ("h5netcdf", "netcdf4"):
            with xarray.open_dataset(self.here / "d.h5", engine=engine) as data:
                self.assertEqual(data.mean_lp_loss.dims, ("insurance_fund_initial", "price_volatility"))
                self.assertEqual(data.insurance_fund_initial.attrs["units"], "USD")
                self.assertEqual(data.insurance_fund_initial.attrs["key"], "insurance_fund.initial")
                self.assertEqual(data.mean_lp_loss.attrs["units"], "USD")
                frame = data[["mean_lp_loss", "p_socialisation"]].to_dataframe()
                self.assertEqual(frame.shape[0], 12)

    def test_status_text(self):
        self.sweep("d", *FUNDS)
        said = self.command("status", "d").stdout
        self.assertIn("d: 3 of 3 points (100 %), 0 failed; all there", said)
        self.assertRegex(said, r"A point takes .*, of which .* is not simulation")
        self.assertRegex(said, r"(?m)finished +3 +3")
        out = self.command("sweep", "c.yaml", "-o", "e", *SMALL, *FUNDS).stdout
        self.assertRegex(out, r"3 now, in .*: .* a second; each .* besides its simulation")

    def test_a_sweep_is_told_from_other_files(self):
        self.sweep("d", *FUNDS)
        self.merged("d")
        for verb in ("show", "explain"):
            self.assertIn("d.h5", self.command(verb, "d.h5", expect=2).stderr)
