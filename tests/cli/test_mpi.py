# SPDX-License-Identifier: GPL-3.0-or-later
"""Several processes by mpirun: the same files as one, what they say, and what is left when one dies."""
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

import harness
from harness import Directory, datasets
from test_sweep import load

ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_btl_vader_single_copy_mechanism": "none"}
MPIRUN = shutil.which("mpirun")
POINTS = ("--paths", "1500", "--axis", "insurance_fund.initial=0,1M,5M", "--axis", "markets.BTC.price.volatility=50%:200%:4")


def module():
    return Path(harness.HAIRCUT).with_name("haircut-mpi.so")


class Mpi(Directory):
    def setUp(self):
        super().setUp()
        if not MPIRUN or not module().exists():
            print("\nNOT TESTED: several processes by MPI (mpirun or haircut-mpi.so is missing)", file=sys.stderr)
            self.skipTest("no MPI here")

    def mpirun(self, processes, *arguments, expect=0, timeout=120):
        done = subprocess.run([MPIRUN, "--oversubscribe", "-n", str(processes), harness.HAIRCUT, *map(str, arguments)],
                              cwd=self.here, capture_output=True, text=True, timeout=timeout, env={**os.environ, **ROOT}, check=False)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def merged(self, directory):
        self.command("merge", directory, "-o", directory + ".h5", "--quiet")
        return load(self.here / (directory + ".h5"))

    def test_sweep(self):
        self.command("sweep", "c.yaml", "-o", "one", "--quiet", *POINTS)
        one = self.merged("one")
        for processes in (1, 2, 4):
            directory = f"of{processes}"
            said = self.mpirun(processes, "sweep", "c.yaml", "-o", directory, "--threads", "1", *POINTS).stdout
            self.assertEqual(said.count("12 of 12 points"), 1)
            self.assert_same(self.merged(directory), one)

    def test_run(self):
        one = self.run_config("one.h5", "--paths", "9000")
        for processes in (1, 2, 4):
            said = self.mpirun(processes, "run", "c.yaml", "-o", "many.h5", "--threads", "1", "--paths", "9000").stdout
            self.assertEqual(said.count("ES 99"), self.command("show", "one.h5").stdout.count("ES 99"))
            self.assert_same(datasets(self.here / "many.h5"), one)
            self.assertFalse((self.here / "many.h5.shards").exists())

    def test_precision(self):
        """All stop at the same look."""
        asked = ("--set", "book.generate.books=1", "--set", "simulation.precision={metric: mean_bad_debt, relative: 1.5%}")
        one = self.run_config("one.h5", *asked)
        self.mpirun(3, "run", "c.yaml", "-o", "many.h5", "--threads", "1", "--quiet", *asked)
        self.assert_same(datasets(self.here / "many.h5"), one)

    def test_compare(self):
        arguments = ("compare", "c.yaml", "venue:okx", "venue:vertex", "--paths", "5000")
        one = self.command(*arguments, "-o", "one.h5").stdout
        many = self.mpirun(3, *arguments, "-o", "many.h5", "--threads", "1").stdout
        self.assertEqual(many.replace("many.h5", "one.h5"), one)
        self.assert_same(datasets(self.here / "many.h5"), datasets(self.here / "one.h5"))

    def test_complaints_are_said_once(self):
        said = self.mpirun(3, "run", "c.yaml", "--set", "insurance_fund.initial=-1", expect=2)
        self.assertEqual((said.stdout + said.stderr).count("insurance_fund.initial: -1 is outside"), 1)
        said = self.mpirun(2, "sweep", "c.yaml", "-o", "d", *POINTS, "--task", "1/2", expect=2)
        self.assertEqual(said.stderr.count("hands out the points itself"), 1)
        said = self.mpirun(2, "check", "c.yaml", expect=2)
        self.assertIn("is for one process", said.stderr)

    def test_a_dead_process(self):
        """It ends the job; what was finished is kept, and the same command goes on."""
        points = (*POINTS[:2], "--axis", "markets.BTC.price.volatility=50%:200%:120")
        job = subprocess.Popen([MPIRUN, "--oversubscribe", "-n", "3", harness.HAIRCUT, "sweep", "c.yaml", "-o", "d", "--threads", "1",
                                "--quiet", *points], cwd=self.here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **ROOT})
        shards = self.here / "d" / "shards"
        for _ in range(1000):
            time.sleep(0.01)
            if shards.exists() and len(list(shards.glob("*.points"))) == 3:
                break
        victim = int(sorted(shards.glob("*.points"))[1].stem.split("-")[-2])
        os.kill(victim, signal.SIGKILL)
        self.assertNotEqual(job.wait(timeout=60), 0)
        before = load_status(self)
        self.assertGreater(before["done"], 0)
        self.assertLess(before["done"], 120)
        self.mpirun(2, "sweep", "c.yaml", "-o", "d", "--threads", "1", "--quiet", *points)
        self.command("sweep", "c.yaml", "-o", "one", "--quiet", *points)
        self.assert_same(self.merged("d"), self.merged("one"))

    def test_interrupted_run_goes_on(self):
        arguments = ("c.yaml", "-o", "r.h5", "--paths", "60000", "--set", "simulation.step=10s", "--threads", "1", "--quiet")
        job = subprocess.Popen([MPIRUN, "--oversubscribe", "-n", "2", harness.HAIRCUT, "run", *arguments], cwd=self.here,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **ROOT})
        for _ in range(1000):
            time.sleep(0.01)
            if sum(file.stat().st_size for file in self.here.glob("r.h5.shards/*.shard")) > 100000:
                break
        job.send_signal(signal.SIGTERM)
        self.assertNotEqual(job.wait(timeout=60), 0)
        self.assertFalse((self.here / "r.h5").exists(), "too fast to be interrupted")
        self.mpirun(3, "run", *arguments, "--resume")
        self.command("run", *[word if word != "r.h5" else "one.h5" for word in arguments])
        self.assert_same(datasets(self.here / "r.h5"), datasets(self.here / "one.h5"))


def load_status(test):
    import json
    return json.loads(test.command("status", "d", "--format", "json").stdout)


class WithoutMpi(unittest.TestCase):
    def test_said(self):
        """A program without the module, started as one of several."""
        import tempfile
        with tempfile.TemporaryDirectory() as here:
            copy = shutil.copy(harness.HAIRCUT, here)
            (Path(here) / "c.yaml").write_text("name: x\n")
            done = subprocess.run([copy, "run", "c.yaml"], cwd=here, capture_output=True, text=True, check=False,
                                  env={**os.environ, "OMPI_COMM_WORLD_SIZE": "2"})
        self.assertEqual(done.returncode, 2)
        self.assertIn("built without MPI", done.stderr)
