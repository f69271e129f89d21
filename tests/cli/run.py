#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the program from outside.

    run.py --haircut build/release/haircut --source . [unittest options]
"""
import argparse
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import harness  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--haircut", required=True, help="the program")
    parser.add_argument("--source", required=True, help="the checkout")
    options, rest = parser.parse_known_args()
    harness.HAIRCUT = str(Path(options.haircut).resolve())
    harness.SOURCE = Path(options.source).resolve()
    every = ["test_wrong", "test_verbs", "test_venues", "test_compare", "test_explain", "test_fairness", "test_attribution", "test_identical",
             "test_resume", "test_ladder_search", "test_scenarios", "test_size", "test_precision"]
    unittest.main(module=None, argv=[sys.argv[0], *(rest or every)])


if __name__ == "__main__":
    main()
