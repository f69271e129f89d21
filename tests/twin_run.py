#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the engine on configurations and compares every path with the slow twin's.

    twin_run.py --haircut PROGRAM --source DIR [--paths N] CONFIG.yaml...

A line `# with FILE` in one, from the root of the source tree, names a configuration that comes before it.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile


def agrees(config, args, compare):
    with tempfile.TemporaryDirectory() as directory:
        result = os.path.join(directory, "result.h5")
        with open(config) as f:
            before = [os.path.join(args.source, name) for name in re.findall(r"^# with (\S+)$", f.read(), re.M)]
        run = [args.haircut, "run", *before, config, "--paths", str(args.paths), "--quiet", "-o", result]
        done = subprocess.run(run, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            print("%s: exit %d" % (" ".join(run), done.returncode))
            return False
        return compare.main([config, "--haircut-h5", result, "--paths", str(args.paths), *("--before=" + name for name in before)]) == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("configs", nargs="+")
    parser.add_argument("--haircut", required=True, help="the program")
    parser.add_argument("--source", required=True, help="root of the source tree")
    parser.add_argument("--paths", type=int, default=200)
    args = parser.parse_args()
    sys.path.insert(0, os.path.join(args.source, "tests", "twin"))
    import compare
    wrong = [config for config in args.configs if not agrees(config, args, compare)]
    print("%d of %d configurations agree" % (len(args.configs) - len(wrong), len(args.configs)))
    for config in wrong:
        print("%s: DIFFERS" % config)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
