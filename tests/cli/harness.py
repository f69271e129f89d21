# SPDX-License-Identifier: GPL-3.0-or-later
"""Running the program in a directory of its own, and comparing results files."""
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

from configs import SMALL

HAIRCUT = None  # path of the program; set by run.py
SOURCE = None   # checkout


class Directory(unittest.TestCase):
    """A test in an empty directory with c.yaml in it."""

    def setUp(self):
        self._directory = tempfile.TemporaryDirectory(prefix="haircut-cli-")
        self.addCleanup(self._directory.cleanup)
        self.here = Path(self._directory.name)
        self.write("c.yaml", SMALL)

    def write(self, name, content):
        path = self.here / name
        if content is None:
            path.mkdir()
        elif isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content, encoding="utf-8")

    def command(self, *arguments, expect=0, environment=None, timeout=60, **options):
        """Runs `haircut arguments...`; fails unless its exit code is the expected one."""
        done = subprocess.run([HAIRCUT, *map(str, arguments)], cwd=self.here, capture_output=True, timeout=timeout,
                              text=True, errors="replace", env={**os.environ, **(environment or {})}, check=False, **options)
        self.assertEqual(done.returncode, expect, f"haircut {' '.join(map(str, arguments))}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
        return done

    def start(self, *arguments):
        return subprocess.Popen([HAIRCUT, *map(str, arguments)], cwd=self.here, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)

    def run_config(self, out, *arguments):
        self.command("run", "c.yaml", "-o", out, "--quiet", *arguments)
        return datasets(self.here / out)

    def listing(self):
        return sorted(str(path.relative_to(self.here)) for path in self.here.rglob("*"))

    def assert_same(self, ours, theirs, but=()):
        self.assertEqual(sorted(ours), sorted(theirs))
        for name in ours:
            if not name.startswith(tuple(but)) or not but:
                self.assertTrue(same(ours[name], theirs[name]), f"{name} differs")


def same(a, b):
    """Equal bit for bit (NaN is itself)."""
    return a.shape == b.shape and a.dtype == b.dtype and (a.tolist() == b.tolist() if a.dtype.hasobject else a.tobytes() == b.tobytes())


def datasets(path):
    found = {}
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, node: found.update({name: np.asarray(node[()])}) if isinstance(node, h5py.Dataset) else None)
    return found
