# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong inputs: exit code 2, a message with its place, nothing left behind."""
import unittest

import wrong_inputs
import wrong_waterfalls
from harness import Directory

CASES = wrong_inputs.CASES + wrong_waterfalls.CASES


class WrongInputs(Directory):
    def check(self, case):
        (self.here / "c.yaml").unlink()
        for name, content in case.files.items():
            self.write(name, content)
        before = self.listing()
        done = self.command(*case.arguments, expect=2, environment=case.environment)
        for fragment in case.expected:
            self.assertIn(fragment, done.stderr)
        self.assertEqual(self.listing(), before, "something was left behind")
        self.assertEqual(done.stdout, "")

    def test_there_are_many(self):
        self.assertGreaterEqual(len(wrong_inputs.CASES), 40)
        self.assertGreaterEqual(len(wrong_waterfalls.CASES), 35)
        self.assertEqual(len({case.name for case in CASES}), len(CASES))


class WarnedWaterfalls(Directory):
    """They run; the right variant does not warn."""

    def warnings(self, *arguments):
        return [line for line in self.command(*arguments).stderr.splitlines() if ": warning: " in line]

    def check(self, case):
        self.write("c.yaml", wrong_waterfalls.text(case.lines, case.classes))
        warnings = self.warnings("run", "c.yaml", "-o", "out.h5", "--paths", "20")
        self.assertEqual(warnings, self.warnings("check", "c.yaml"))
        self.assertEqual(len(warnings), 1, warnings)
        for fragment in case.expected:
            self.assertIn(fragment, warnings[0])
        self.write("c.yaml", wrong_waterfalls.text(case.right, case.classes))
        self.assertEqual(self.warnings("check", "c.yaml"), [])

    def test_quiet(self):
        self.write("c.yaml", wrong_waterfalls.text(wrong_waterfalls.WARNINGS[0].lines))
        self.assertEqual(self.command("run", "c.yaml", "-o", "out.h5", "--paths", "20", "--quiet").stderr, "")

    def test_several_at_once(self):
        self.write("c.yaml", wrong_waterfalls.text(["switches: {a: {when: fund.balance <= 0}}", "funds: {skin: {initial: 1M}}",
                                                    *wrong_waterfalls.layers(wrong_waterfalls.RAISE, wrong_waterfalls.FUND)]))
        self.assertEqual([line.split(": ")[2] for line in self.warnings("check", "c.yaml")],
                         ["switches.a", "funds.skin", "waterfall[1]"])


def add(case):
    setattr(WrongInputs, "test_" + "".join(c if c.isalnum() else "_" for c in case.name), lambda self: self.check(case))


def add_warned(case):
    setattr(WarnedWaterfalls, "test_" + "".join(c if c.isalnum() else "_" for c in case.name), lambda self: self.check(case))


for _case in CASES:
    add(_case)
for _case in wrong_waterfalls.WARNINGS:
    add_warned(_case)

if __name__ == "__main__":
    unittest.main()
