# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong inputs: exit code 2, a message with its place, nothing left behind."""
import unittest

from harness import Directory
from wrong_inputs import CASES


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
        self.assertGreaterEqual(len(CASES), 40)
        self.assertEqual(len({case.name for case in CASES}), len(CASES))


def add(case):
    setattr(WrongInputs, "test_" + "".join(c if c.isalnum() else "_" for c in case.name), lambda self: self.check(case))


for _case in CASES:
    add(_case)

if __name__ == "__main__":
    unittest.main()
