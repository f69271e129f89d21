# SPDX-License-Identifier: GPL-3.0-or-later
"""The same datasets, bit for bit, whatever the machine does."""
import json

from harness import Directory, datasets


class Identical(Directory):
    def test_threads_batches_walks_and_vectors(self):
        reference = self.run_config("reference.h5", "--threads", "1")
        for number, arguments in enumerate((["--threads", "2"], ["--threads", "3"], ["--threads", "8"],
                                            ["--threads", "2", "--batch", "3"], ["--walk"])):
            with self.subTest(arguments=arguments):
                self.assert_same(reference, self.run_config(f"{number}.h5", *arguments))
        for level in ("sse2", "avx2"):
            with self.subTest(level=level):
                self.command("run", "c.yaml", "-o", f"{level}.h5", "--quiet", environment={"HAIRCUT_VECTOR": level})
                self.assert_same(reference, datasets(self.here / f"{level}.h5"))

    def test_large_books(self):
        """Paths that take turns on a thread: the same as one by one, which is how `--walk` and `verify` run them."""
        large = ["--set", "book.generate.accounts=50000", "--set", "output.attribution=true", "--paths", "1200"]
        reference = self.run_config("large.h5", "--threads", "1", *large)
        self.assert_same(reference, self.run_config("threads.h5", "--threads", "3", *large))
        self.assert_same(reference, self.run_config("walked.h5", "--walk", *large))
        self.assertIn("verified 300 of 1200 paths, bit for bit", self.command("verify", "large.h5", "--paths", "300").stdout)

    def test_samples_kept_or_not(self):
        self.run_config("all.h5")
        self.run_config("none.h5", "--set", "output.samples=none")
        shown = [json.loads(self.command("show", name, "--format", "json").stdout)["summary"] for name in ("all.h5", "none.h5")]
        self.assertEqual(*shown)
