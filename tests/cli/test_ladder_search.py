# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds and runs the C test of the reverse stress search."""
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness


class LadderSearch(unittest.TestCase):
    def test_search(self):
        compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
        if not compiler:
            self.skipTest("NOT TESTED: no C compiler")
        source = Path(harness.SOURCE)
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "test"
            subprocess.run([compiler, "-std=gnu11", "-O1", f"-I{source}/include", f"-I{source}/src", "-o", program,
                            source / "tests/cli/ladder_search_test.c", source / "src/cli/ladder_search.c",
                            source / "src/base/status.c", "-lm"], check=True)
            done = subprocess.run([program], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
