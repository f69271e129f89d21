#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills jobs at random moments, again and again, and looks whether anything that was finished is lost.

    kills.py --haircut build/release/haircut --source . [--kills 1000] [--seed 1]

Jobs: a sweep of small points, a sweep of large points, a run; by one process, and by MPI, where one process of
several is killed. Each is started again after every kill until it ends; its file is that of an undisturbed job."""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
from configs import SMALL  # noqa: E402
from harness import datasets  # noqa: E402
from test_sweep import load  # noqa: E402

ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "HDF5_USE_FILE_LOCKING": "FALSE"}
SMALL_POINTS = ["--paths", "1500", "--axis", "insurance_fund.initial=0,1M", "--axis", "markets.BTC.price.volatility=50%:200%:60"]
LARGE_POINTS = ["--paths", "90000", "--axis", "insurance_fund.initial=0,1M,2M"]
RUN = ["--paths", "60000"]


class Job:
    """What is started; `kind`: sweep or run."""
    def __init__(self, name, kind, arguments, processes=1):
        self.name, self.kind, self.arguments, self.processes = name, kind, arguments, processes

    def command(self, haircut, out):
        words = [haircut, self.kind, "c.yaml", "-o", out, "--quiet", *self.arguments]
        if self.kind == "run":
            words.append("--resume")
        if self.processes == 1:
            return [*words, "--threads", "2"]
        return ["mpirun", "--oversubscribe", "-n", str(self.processes), *words, "--threads", "1"]


class Loop:
    def __init__(self, haircut, here, seed):
        self.haircut, self.here, self.random = haircut, here, random.Random(seed)
        self.kills = self.jobs = 0
        self.environment = {**os.environ, **ROOT}

    def content(self, job, out):
        if job.kind == "run":
            return datasets(self.here / out)
        subprocess.run([self.haircut, "merge", out, "-o", out + ".h5", "--quiet"], cwd=self.here, check=True, env=self.environment)
        return load(self.here / (out + ".h5"))

    def finished(self, job, out):
        """Points that are there, or bytes of granules on the disk: neither may ever shrink."""
        if job.kind == "run" and (self.here / out).exists():
            return 1 << 62  # the whole file is there; its shards are not needed
        if job.kind == "run":
            return sum(file.stat().st_size for file in (self.here / (out + ".shards")).glob("*.shard"))
        if not (self.here / out / "plan").exists():
            return 0
        said = subprocess.run([self.haircut, "status", out, "--format", "json"], cwd=self.here, check=True, capture_output=True, text=True,
                              env=self.environment).stdout
        found = json.loads(said)
        if found["damaged"] or found["foreign"]:
            raise SystemExit(f"{job.name}: a kill left damage: {said}")
        return found["done"]

    def victim(self, process, job):
        """The process itself, or one that it started."""
        if job.processes == 1:
            return process.pid
        children = [int(pid) for path in Path(f"/proc/{process.pid}/task").glob("*/children") for pid in path.read_text().split()]
        mine = [pid for pid in children if Path(f"/proc/{pid}/exe").exists() and os.readlink(f"/proc/{pid}/exe") == self.haircut]
        return self.random.choice(mine) if mine else None

    def once(self, job, out, longest):
        """Starts it, and kills it at a random moment; whether it ended first."""
        process = subprocess.Popen(job.command(self.haircut, out), cwd=self.here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment)
        try:
            process.wait(timeout=longest * self.random.random())
            if process.returncode != 0:
                raise SystemExit(f"{job.name}: ended with {process.returncode} by itself")
            return True
        except subprocess.TimeoutExpired:
            pass
        victim = self.victim(process, job)
        if victim is not None:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                victim = None
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            # Open MPI 4.1's mpirun can wait for itself when it ends (in pmix_rte_finalize) after all processes have.
            if job.processes == 1:
                raise
            process.kill()
            process.wait()
        if victim is not None and process.returncode != 0:
            self.kills += 1
            return False
        return process.returncode == 0

    def through(self, job, reference, longest):
        out = f"job{self.jobs}"
        self.jobs += 1
        before = 0
        for attempt in range(400):
            # Longer and longer, so that it comes to an end.
            if self.once(job, out, longest * (0.3 + 0.05 * attempt)):
                break
            now = self.finished(job, out)
            if now < before:
                raise SystemExit(f"{job.name}: {before} were finished, and after a kill {now}")
            before = now
        ours = self.content(job, out)
        if sorted(ours) != sorted(reference):
            raise SystemExit(f"{job.name}: other datasets than undisturbed")
        for name, value in reference.items():
            same = (ours[name] == value).all() if value.dtype.kind in "OU" else ours[name].tobytes() == value.tobytes()
            if not same:
                raise SystemExit(f"{job.name}: {name} differs from the undisturbed one")
        for path in self.here.glob(out + "*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--haircut", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    haircut = str(Path(options.haircut).resolve())
    jobs = [Job("sweep", "sweep", SMALL_POINTS), Job("sweep of large points", "sweep", LARGE_POINTS), Job("run", "run", RUN)]
    if shutil.which("mpirun") and Path(haircut).with_name("haircut-mpi.so").exists():
        jobs += [Job("sweep by MPI", "sweep", SMALL_POINTS, 3), Job("run by MPI", "run", RUN, 3)]
    else:
        print("NOT TESTED: processes of MPI (mpirun or haircut-mpi.so is missing)", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="haircut-kills-") as directory:
        here = Path(directory)
        (here / "c.yaml").write_text(SMALL)
        loop = Loop(haircut, here, options.seed)
        references, longest = {}, {}
        for job in jobs:
            began = time.monotonic()
            subprocess.run(job.command(haircut, "whole"), cwd=here, check=True, stdout=subprocess.DEVNULL, env=loop.environment)
            longest[job.name] = time.monotonic() - began
            references[job.name] = loop.content(job, "whole")
            for path in here.glob("whole*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        while loop.kills < options.kills:
            job = jobs[loop.jobs % len(jobs)]
            loop.through(job, references[job.name], longest[job.name])
            print(f"{loop.kills} kills, {loop.jobs} jobs", flush=True)
        print(f"{loop.kills} kills in {loop.jobs} jobs of {len(jobs)} kinds: nothing lost, every file as undisturbed")


if __name__ == "__main__":
    main()
