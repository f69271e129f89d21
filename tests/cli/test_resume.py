# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupted, killed, full, extended: the file is that of a run that was left alone."""
import os
import random
import shlex
import signal
import subprocess
import time

from harness import Directory, datasets

LONG = ["--paths", "30000"]


class Resume(Directory):
    undisturbed = None

    def reference(self):
        """The datasets of a run of LONG that was left alone."""
        if Resume.undisturbed is None:
            Resume.undisturbed = self.run_config("reference.h5", *LONG)
            (self.here / "reference.h5").unlink()
        return Resume.undisturbed

    def shards_grow(self, name, process, size=20000):
        """Waits until the shards of a running process hold something."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            folder = self.here / f"{name}.shards"
            try:
                if sum(path.stat().st_size for path in folder.iterdir()) > size:
                    return
            except FileNotFoundError:
                pass
            time.sleep(0.005)
        ended = process.poll() is not None
        self.fail(f"no shards appeared; {'it ended and said ' + process.communicate()[1] if ended else 'it still runs'}")

    def interrupt(self, *arguments, number=signal.SIGINT):
        process = self.start("run", "c.yaml", "-o", "a.h5", *arguments)
        self.shards_grow("a.h5", process)
        process.send_signal(number)
        return process, process.communicate(timeout=60)[1]

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process, said = self.interrupt(*LONG, "--threads", "1", number=number)
                self.assertEqual(process.returncode, 130, said)
                self.assertRegex(said, r"interrupted at \d+ of 30000 paths; go on with: haircut run c.yaml .*--resume")
                self.assertFalse((self.here / "a.h5").exists())
                leftovers = self.command("run", "c.yaml", "-o", "a.h5", *LONG, expect=2).stderr
                self.assertIn("--resume", leftovers)
                command = said.split("go on with: ")[1].split()
                self.command(*shlex.split(" ".join(command[1:])), "--quiet")
                self.assertFalse((self.here / "a.h5.shards").exists())
                self.assert_same(self.reference(), datasets(self.here / "a.h5"))
                (self.here / "a.h5").unlink()

    def test_another_configuration_is_refused(self):
        self.interrupt(*LONG, "--threads", "1")
        before = self.listing()
        refused = self.command("run", "c.yaml", "-o", "a.h5", *LONG, "--resume", "--set", "liquidation.fee=60bp", expect=2).stderr
        self.assertIn("liquidation.fee", refused)
        self.assertEqual(self.listing(), before)
        self.run_config("done.h5")
        self.command("run", "c.yaml", "-o", "done.h5", "--resume", "--paths", "5000", "--seed", "8", expect=2)

    def test_extended(self):
        self.run_config("a.h5", "--paths", "10000")
        self.command("run", "c.yaml", "-o", "a.h5", "--paths", "30000", "--resume", "--quiet")
        self.assert_same(self.reference(), datasets(self.here / "a.h5"))

    def test_not_extended_without_samples(self):
        self.run_config("a.h5", "--set", "output.samples=none")
        self.assertIn("samples", self.command("run", "c.yaml", "-o", "a.h5", "--set", "output.samples=none", "--paths", "5000",
                                              "--resume", expect=2).stderr)

    def test_nothing_to_do(self):
        before = self.run_config("a.h5")
        stamp = (self.here / "a.h5").stat().st_mtime_ns
        self.assertIn("nothing to do", self.command("run", "c.yaml", "-o", "a.h5", "--resume").stdout)
        self.assertIn("nothing to do", self.command("run", "c.yaml", "-o", "a.h5", "--resume", "--paths", "2000").stdout)
        self.assertEqual((self.here / "a.h5").stat().st_mtime_ns, stamp)
        self.assert_same(before, datasets(self.here / "a.h5"))

    def test_killed_again_and_again(self):
        chance = random.Random(20251010)
        killed = 0
        for _ in range(20):
            process = self.start("run", "c.yaml", "-o", "a.h5", *LONG, "--resume", "--threads", "2")
            time.sleep(chance.uniform(0.01, 0.1))
            if process.poll() is None:
                process.kill()
                killed += 1
            process.communicate(timeout=60)
        self.command("run", "c.yaml", "-o", "a.h5", *LONG, "--resume", "--quiet")
        self.assertGreaterEqual(killed, 10)
        self.assert_same(self.reference(), datasets(self.here / "a.h5"))
        self.assertEqual(self.listing(), ["a.h5", "c.yaml"])


class FullDisk(Directory):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("NOT TESTED: a full disk needs root, to mount a small tmpfs")
        (self.here / "small").mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", self.here / "small"], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            self.skipTest(f"NOT TESTED: a full disk; cannot mount a tmpfs: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.here / "small")], check=False)

    def fill(self):
        with open(self.here / "small" / "filler", "wb", buffering=0) as filler:
            for size in (1 << 16, 1 << 12, 1):
                try:
                    while filler.write(bytes(size)):
                        pass
                except OSError:
                    pass

    def test_full_disk(self):
        arguments = ["run", "c.yaml", "-o", "small/a.h5", "--paths", "20000", "--threads", "1", "--walk"]
        process = self.start(*arguments)
        Resume.shards_grow(self, "small/a.h5", process)
        self.fill()
        said = process.communicate(timeout=60)[1]
        self.assertEqual(process.returncode, 1, said)
        self.assertIn("o space left", said)
        self.assertIn("--resume", said)
        (self.here / "small" / "filler").unlink()
        self.command(*arguments, "--resume", "--quiet")
        self.assert_same(self.run_config("b.h5", "--paths", "20000"), datasets(self.here / "small" / "a.h5"))
