#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts for Slurm on a real one: slurmctld and slurmd, started here for this test alone.

Where they cannot be started the test says so and ends with 77 (skipped)."""
import argparse
import getpass
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "cli"))
from configs import SMALL  # noqa: E402
from test_sweep import load  # noqa: E402

HAIRCUT = SOURCE = None
PROCESSORS = 4
CONF = """
ClusterName=haircut
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={port1}
AuthType=auth/none
CredType=cred/none
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={here}/state
SlurmdSpoolDir={here}/spool
SlurmctldPidFile={here}/slurmctld.pid
SlurmdPidFile={here}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
MpiDefault=none
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={processors} RealMemory=500 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """A controller and a node on this machine."""
    def __init__(self):
        self.here = Path(tempfile.mkdtemp(prefix="haircut-slurm-"))
        for name in ("state", "spool"):
            (self.here / name).mkdir()
        port = 20000 + os.getpid() % 20000
        conf = self.here / "slurm.conf"
        conf.write_text(CONF.format(host=socket.gethostname(), here=self.here, user=getpass.getuser(), port=port, port1=port + 1,
                                    processors=PROCESSORS))
        self.environment = {**os.environ, "SLURM_CONF": str(conf)}
        self.processes = []

    def start(self):
        """What is wrong, or nothing."""
        for name in ("slurmctld", "slurmd", "sbatch", "srun", "scancel"):
            if not shutil.which(name) and not Path("/usr/sbin", name).exists():
                return f"{name} is not installed"
        for command in (["slurmctld", "-D", "-c"], ["slurmd", "-D", "-N", socket.gethostname()]):
            path = shutil.which(command[0]) or f"/usr/sbin/{command[0]}"
            log = open(self.here / f"{command[0]}.log", "w")
            self.processes.append(subprocess.Popen([path, *command[1:]], stdout=log, stderr=log, env=self.environment, cwd=self.here))
        for _ in range(150):
            time.sleep(0.1)
            if "idle" in self.run("sinfo", "-h", "-o", "%T", check=False).stdout:
                return ""
        return "no node came up:\n" + (self.here / "slurmctld.log").read_text()[-500:] + (self.here / "slurmd.log").read_text()[-500:]

    def run(self, *command, check=True, cwd=None):
        return subprocess.run(command, capture_output=True, text=True, env=self.environment, cwd=cwd, check=check, timeout=120)

    def said(self, job):
        """What the controller wrote of a job and what came after."""
        lines = (self.here / "slurmctld.log").read_text().splitlines()
        first = next((i for i, line in enumerate(lines) if f"JobId={job}" in line), 0)
        return "\n".join(lines[first:])

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.here, ignore_errors=True)


CLUSTER = None
AXES = ("--paths", "2000", "--axis", "insurance_fund.initial=0,1M,5M", "--axis", "markets.BTC.price.volatility=50%:200%:20")


def parent(process):
    return int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])


class Slurm(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="haircut-slurm-work-")
        self.addCleanup(directory.cleanup)
        self.here = Path(directory.name)
        (self.here / "c.yaml").write_text(SMALL)
        CLUSTER.environment["HAIRCUT"] = HAIRCUT
        CLUSTER.environment["HAIRCUT_PLOT"] = ""

    def slurm(self, *command, check=True):
        return CLUSTER.run(*map(str, command), check=check, cwd=self.here)

    def haircut(self, *arguments):
        return subprocess.run([HAIRCUT, *arguments], cwd=self.here, capture_output=True, text=True, check=True).stdout

    def merged(self, directory):
        self.haircut("merge", directory, "-o", directory + ".h5", "--quiet")
        return load(self.here / (directory + ".h5"))

    def wait_for_jobs(self, seconds=120):
        for _ in range(10 * seconds):
            if not self.slurm("squeue", "-h").stdout.strip():
                return
            time.sleep(0.1)
        self.fail("jobs do not end:\n" + self.slurm("squeue").stdout)

    def logs(self):
        return "\n".join(path.read_text() for path in sorted(self.here.glob("slurm-*.out")))

    def assert_same(self, ours, theirs):
        self.assertEqual(sorted(ours), sorted(theirs))
        for name in ours:
            same = (ours[name] == theirs[name]).all() if ours[name].dtype.kind in "OU" else ours[name].tobytes() == theirs[name].tobytes()
            self.assertTrue(same, name)

    def whole(self, axes=AXES):
        self.haircut("sweep", "c.yaml", "-o", "whole", "--quiet", *axes)
        return self.merged("whole")

    def submit(self, directory, *axes, tasks=3):
        return self.slurm(SOURCE / "scripts/slurm/submit.sh", "--tasks", tasks, "--", "c.yaml", "-o", directory, "--quiet", *axes).stdout

    def test_array_to_file(self):
        """Array, then merge, as one command."""
        plot = self.here / "plot.sh"  # fewer pictures
        plot.write_text(f'#!/bin/sh\nexec {SOURCE}/scripts/plot.py "$@" --only heat --metric p_socialisation --format png\n')
        plot.chmod(0o755)
        CLUSTER.environment["HAIRCUT_PLOT"] = str(plot)
        said = self.submit("d", *AXES)
        self.assertRegex(said, r"sweep: job \d+, 3 tasks; merge: job \d+, after it")
        self.wait_for_jobs()
        self.assertTrue((self.here / "d.h5").exists(), self.logs())
        self.assert_same(load(self.here / "d.h5"), self.whole())
        tasks = [worker["task"] for worker in json.loads(self.haircut("status", "d", "--format", "json"))["processes"]]
        self.assertEqual(sorted(tasks), ["1/3", "2/3", "3/3"])
        pictures = sorted(path.name for path in (self.here / "d-pictures").glob("*.png"))
        self.assertEqual(pictures, ["d-heat-p_socialisation.png"], self.logs())

    def test_killed_cancelled_and_corrupted(self):
        """Tasks killed with SIGKILL and by scancel and a corrupted shard: submitted again, the file is the undisturbed one."""
        axes = ("--paths", "4000", "--set", "simulation.step=10s", *AXES[2:])
        job = re.search(r"sweep: job (\d+)", self.submit("d", *axes)).group(1)
        shards = self.here / "d" / "shards"
        for _ in range(600):
            time.sleep(0.05)
            if shards.exists() and len([path for path in shards.glob("*.points") if path.stat().st_size > 30000]) == 3:
                break
        victims = sorted(shards.glob("*.points"))
        self.assertEqual(len(victims), 3, self.logs())
        os.kill(int(victims[0].stem.split("-")[-2]), signal.SIGKILL)
        self.slurm("scancel", f"{job}_2")
        self.wait_for_jobs()
        self.assertFalse((self.here / "d.h5").exists(), "the merge should have refused")
        status = json.loads(self.haircut("status", "d", "--format", "json"))
        self.assertLess(status["done"], 60)
        content = bytearray(victims[2].read_bytes())
        at = content.rindex(b"HCPT") + 500
        content[at] ^= 255
        victims[2].write_bytes(content)
        self.assertEqual(json.loads(self.haircut("status", "d", "--format", "json"))["damaged"], 1)
        self.submit("d", *axes)
        self.wait_for_jobs()
        self.assertTrue((self.here / "d.h5").exists(), self.logs())
        self.assert_same(load(self.here / "d.h5"), self.whole(axes))

    def test_signalled_tasks_go_back_into_the_queue(self):
        """As before a time limit: SIGTERM to the batch script; the task stops, is requeued and ends."""
        axes = ("--paths", "60000", "--set", "simulation.step=1m", "--axis", "insurance_fund.initial=0:5M:12")
        job = re.search(r"sweep: job (\d+)", self.submit("d", *axes, tasks=1)).group(1)
        shards = self.here / "d" / "shards"
        for _ in range(600):
            time.sleep(0.05)
            if shards.exists() and list(shards.glob("*.points")):
                break
        program = int(next(shards.glob("*.points")).stem.split("-")[-2])
        script = parent(program)
        keeper = parent(script)  # slurmstepd
        os.kill(script, signal.SIGTERM)
        for _ in range(300):
            time.sleep(0.1)
            if "back into the queue" in self.logs():
                break
        self.assertIn("back into the queue", self.logs())
        self.assertIn("interrupted at", self.logs())
        for _ in range(300):
            time.sleep(0.1)
            state = self.slurm("squeue", "-h", "-j", job, "-o", "%T", check=False).stdout
            if "PENDING" in state:
                break
        self.assertIn("PENDING", state)
        for _ in range(300):  # a task that starts while Slurm still clears up its first run could take that one's end for its own
            if not Path(f"/proc/{script}").exists() and not Path(f"/proc/{keeper}").exists():
                break
            time.sleep(0.1)
        for _ in range(60):  # start now, not after the two minutes that Slurm waits
            self.slurm("scontrol", "update", f"JobId={job}_1", "StartTime=now", check=False)
            time.sleep(1)
            if "PENDING" not in self.slurm("squeue", "-h", "-j", job, "-o", "%T", check=False).stdout:
                break
        self.wait_for_jobs(240)
        self.assertTrue((self.here / "d.h5").exists(), self.logs() + CLUSTER.said(job))
        self.assert_same(load(self.here / "d.h5"), self.whole(axes))

    def test_mpi(self):
        """The script for MPI: a sweep and a run on three processes."""
        if not Path(HAIRCUT).with_name("haircut-mpi.so").exists():
            self.skipTest("built without MPI")
        self.slurm("sbatch", "--wait", "--ntasks=3", SOURCE / "scripts/slurm/mpi.sh", "sweep", "c.yaml", "-o", "d", *AXES, check=False)
        self.assertIn("60 of 60 points", self.logs())
        self.assert_same(self.merged("d"), self.whole())
        self.slurm("sbatch", "--wait", "--ntasks=3", SOURCE / "scripts/slurm/mpi.sh", "run", "c.yaml", "-o", "r.h5", "--paths", "9000",
                   "--resume", check=False)
        self.haircut("run", "c.yaml", "-o", "one.h5", "--paths", "9000", "--quiet")
        with h5py.File(self.here / "r.h5") as ours, h5py.File(self.here / "one.h5") as theirs:
            for name in theirs["paths"]:
                a, b = ours["paths"][name][...], theirs["paths"][name][...]
                self.assertTrue(a.dtype.kind == "O" or a.tobytes() == b.tobytes(), name)

    def test_a_part_of_an_array(self):
        done = self.slurm("sbatch", "--wait", "--array=2-3", SOURCE / "scripts/slurm/array.sh", "c.yaml", "-o", "d", *AXES, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("HAIRCUT_TASKS=N", self.logs())


def main():
    global HAIRCUT, SOURCE, CLUSTER
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--haircut", required=True)
    parser.add_argument("--source", required=True, type=Path)
    arguments, rest = parser.parse_known_args()
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    HAIRCUT, SOURCE = str(Path(arguments.haircut).resolve()), arguments.source.resolve()
    CLUSTER = Cluster()
    try:
        wrong = CLUSTER.start()
        if wrong:
            print(f"NOT TESTED: the scripts for Slurm: {wrong}", file=sys.stderr)
            return 77
        return not unittest.main(argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful()
    finally:
        CLUSTER.stop()


if __name__ == "__main__":
    np.seterr(all="ignore")
    sys.exit(main())
