#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the engine on a configuration and compares every path with the slow twin's.

    twin_run.py --haircut PROGRAM --source DIR [--paths N] CONFIG.yaml

A line `# with FILE` in it, from the root of the source tree, names a configuration that comes before it.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("--haircut", required=True, help="the program")
    parser.add_argument("--source", required=True, help="root of the source tree")
    parser.add_argument("--paths", type=int, default=200)
    args = parser.parse_args()
    compare = os.path.join(args.source, "tests", "twin", "compare.py")
    with tempfile.TemporaryDirectory() as directory:
        result = os.path.join(directory, "result.h5")
        with open(args.config) as f:
            before = [os.path.join(args.source, name) for name in re.findall(r"^# with (\S+)$", f.read(), re.M)]
        run = [args.haircut, "run", *before, args.config, "--paths", str(args.paths), "--quiet", "-o", result]
        done = subprocess.run(run, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            print("%s: exit %d" % (" ".join(run), done.returncode))
            return 1
        compared = subprocess.run([sys.executable, compare, args.config, "--haircut-h5", result,
                                   "--paths", str(args.paths), *("--before=" + name for name in before)])
        return compared.returncode


if __name__ == "__main__":
    sys.exit(main())
