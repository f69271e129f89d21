# SPDX-License-Identifier: GPL-3.0-or-later
"""simulation.precision: runs stop when an estimate is known so well, after a number of paths that depends on nothing else."""
import signal
import time

import h5py
import numpy as np

from harness import Directory, datasets

FEW = ("--set", "insurance_fund.initial=18M", "--set", "simulation.step=5m")
ONE = ("--set", "book.generate.books=1")
ASKED = (*ONE, "--set", "simulation.precision={metric: mean_bad_debt, relative: 1.5%}")


def looks(most):
    """Numbers of paths at which it looks."""
    paths = 10240
    while paths < most:
        yield paths
        paths = -(-(paths + paths // 2) // 1024) * 1024
    yield most


class Precision(Directory):
    def precision(self, name="r.h5"):
        with h5py.File(self.here / name) as file:
            return int(file.attrs["paths"]), file["checks/precision"].asstr()[()]

    def estimate(self, name, metric):
        with h5py.File(self.here / name) as file:
            names = [each.decode() for each in file["summary/name"][...]]
            at = names.index(metric)
            return file["summary/value"][at], file["summary/se"][at]

    def test_stops_at_the_first_look_that_is_enough(self):
        self.run_config("r.h5", *ASKED)
        paths, said = self.precision()
        schedule = list(looks(10**7))
        self.assertIn(paths, schedule)
        value, se = self.estimate("r.h5", "mean_bad_debt")
        self.assertLessEqual(se / value, 0.015)
        before = schedule[schedule.index(paths) - 1]
        self.assertGreater(paths, schedule[0])
        self.run_config("before.h5", "--paths", str(before), *ONE)
        value, se = self.estimate("before.h5", "mean_bad_debt")
        self.assertGreater(se / value, 0.015)
        self.assertIn("1.5 % asked for", said)
        self.assertIn(f"after {paths:,} paths", said)

    def test_is_a_plain_run_of_as_many_paths(self):
        ours = self.run_config("r.h5", *ASKED)
        paths, _ = self.precision()
        theirs = self.run_config("plain.h5", "--paths", str(paths), *ONE)
        self.assert_same({name: ours[name] for name in ours if name.startswith(("paths/", "summary/", "distribution/"))},
                         {name: theirs[name] for name in theirs if name.startswith(("paths/", "summary/", "distribution/"))})

    def test_threads_and_restarts(self):
        whole = self.run_config("r.h5", *ASKED, "--threads", "1")
        self.assert_same(self.run_config("t.h5", *ASKED, "--threads", "3"), whole)
        asked = (*ONE, "--set", "simulation.precision={metric: mean_bad_debt, relative: 1.5%}", "--set", "output.samples=none")
        whole = self.run_config("n.h5", *asked)
        process = self.start("run", "c.yaml", "-o", "k.h5", "--quiet", *asked)
        time.sleep(0.15)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
        self.assert_same(self.run_config("k.h5", *asked, "--resume"), whole)

    def test_few_events_go_on(self):
        """A probability whose error looks small only once there are 200 events."""
        self.run_config("r.h5", "--set", "simulation.precision={metric: p_socialisation, relative: 100%}", *FEW,
                        "--set", "output.samples=none", "--set", "simulation.max_paths=300k")
        paths, _ = self.precision()
        value, _ = self.estimate("r.h5", "p_socialisation")
        self.assertGreater(paths, 10240, "the fund is too small for the test")
        self.assertLess(paths, 300000, "the fund is too large for the test")
        self.assertGreaterEqual(round(value * paths), 200)
        before = [each for each in looks(300000) if each < paths][-1]
        self.run_config("before.h5", "--paths", str(before), *FEW)
        self.assertLess(round(self.estimate("before.h5", "p_socialisation")[0] * before), 200)

    def test_books_that_differ_by_more(self):
        """More paths do not help against few books: it says so, and stops."""
        said = self.command("run", "c.yaml", "-o", "r.h5", "--set", "book.generate={books: 4, accounts: 20, open_interest: 300M}", "--set", "simulation.precision={metric: mean, relative: 3%}",
                            "--set", "output.samples=none", "--set", "simulation.max_paths=500k").stdout
        self.assertIn("the 4 books differ by more; raise book.generate.books", said)
        self.assertLess(self.precision()[0], 500000)

    def test_not_reached(self):
        said = self.command("run", "c.yaml", "-o", "r.h5", "--set", "simulation.precision={metric: es99, relative: 0.01%}",
                            "--set", "simulation.max_paths=20k", *ONE).stdout
        self.assertIn("es_99_lp_loss: 0.01 % asked for", said)
        self.assertIn("not reached within simulation.max_paths", said)
        self.assertEqual(self.precision()[0], 20000)

    def test_wrong(self):
        for asked, said in (("{metric: mean_bad_det, relative: 1%}", "did you mean mean_bad_debt"), ("{metric: sharpe, relative: 1%}", "expected e.g. es_99_lp_loss"),
                            ("{metric: es99}", "relative is missing"), ("{relative: 0%}", "outside"), ("{metric: es99, relative: 150%}", "outside")):
            done = self.command("run", "c.yaml", "-o", "r.h5", "--set", f"simulation.precision={asked}", expect=2)
            self.assertIn(said, done.stderr)
            self.assertFalse((self.here / "r.h5").exists())
        self.assertIn("leave simulation.precision out", self.command("sweep", "c.yaml", "-o", "d", *ASKED, "--axis", "insurance_fund.initial=1,2", expect=2).stderr)
        self.assertIn("max_paths", self.command("run", "c.yaml", "-o", "r.h5", *ASKED, "--set", "simulation.max_paths=100", expect=2).stderr)
        np.testing.assert_equal(sorted(self.listing()), ["c.yaml"])
