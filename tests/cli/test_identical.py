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

    def test_samples_kept_or_not(self):
        self.run_config("all.h5")
        self.run_config("none.h5", "--set", "output.samples=none")
        shown = [json.loads(self.command("show", name, "--format", "json").stdout)["summary"] for name in ("all.h5", "none.h5")]
        self.assertEqual(*shown)
