#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of scripts/plot.py, on files made by make_sample.py and, if asked, on a real run.

    test_plots.py [--haircut PATH] [--source DIR] [unittest arguments]

--haircut: the program; then a small run of DIR/configs/btc-perp.yaml is drawn and checked too.
"""
import argparse
import os
import re
import runpy
import subprocess
import sys
import tempfile
import traceback
import unittest
import unittest.mock
import xml.etree.ElementTree
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
PLOT = SOURCE / "scripts" / "plot.py"
HAIRCUT = None
sys.path[:0] = [str(HERE), str(PLOT.parent)]
sys.dont_write_bytecode = True
import make_comparison  # noqa: E402
import make_sample  # noqa: E402
import make_sweeps  # noqa: E402
from haircut_plots import ANSWERS, COMPARED, PICTURES, SWEPT, curves, errors, words  # noqa: E402
from haircut_plots.canvas import Canvas, style  # noqa: E402
from haircut_plots.comparison import PAYERS, Comparison  # noqa: E402
from haircut_plots.results import Results  # noqa: E402
from haircut_plots.sweep import METRICS, Answer, Sweep  # noqa: E402

NAMES = "exceedance histogram fund map timeline paid story".split()
REAL_ORDER = ["exceedance", "histogram", "fund", "map", "timeline", "paid", "story", "deleveraging", "fairness", "attribution", "leavers"]
WITH_ACCOUNTS = [*NAMES, "fairness"]  # where accounts pay
REAL = [*NAMES, "attribution"]  # a run of the program
# What a part that is left out can change; the other pictures are those of "full".
CHANGED = {"no-samples": ["exceedance", "paid"], "no-counterfactual": ["exceedance", "paid"], "no-traces": ["map", "story"], "no-timeline": ["timeline"],
           "accounts": ["fairness"], "attributed": ["attribution"]}
SIZES = {"T": 1e12, "B": 1e9, "M": 1e6, "k": 1e3, "": 1.0}
NUMBER = r"[−-]?[0-9][0-9,]*\.?[0-9]*"


def command(*args):
    return subprocess.run([sys.executable, "-B", str(PLOT), *map(str, args)], capture_output=True, text=True)


def plot(*args):
    """What `command` does, in a fork that has its modules already: they take longer to load than most pictures to draw."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out, tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        child = os.fork()
        if not child:
            forked(list(map(str, args)), out, errors)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(args, code, out.read(), errors.read())


def forked(args, out, errors):
    code = 1
    try:
        sys.argv, sys.stdout, sys.stderr = [str(PLOT), *args], out, errors
        os.dup2(out.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        runpy.run_path(str(PLOT), run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=errors)
    except BaseException:
        traceback.print_exc(file=errors)
    finally:
        out.flush()
        errors.flush()
        os._exit(code)


def captions(output):
    """Caption by picture name, from what plot.py prints."""
    found, name = {}, None
    for line in output.splitlines():
        if line.startswith("  "):
            found[name] = line.strip()
        else:
            name = Path(line).stem.rsplit("-", 1)[1]
    return found


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


def dollars(caption, pattern):
    """The amount that the pattern's USD stands for."""
    match = re.search(pattern.replace("USD", rf"({NUMBER})([TBMk]?) USD"), caption)
    assert match, f"no {pattern!r} in {caption!r}"
    return number(match.group(1)) * SIZES[match.group(2)]


def percents(caption, pattern):
    match = re.search(pattern.replace("PERCENT", rf"({NUMBER}) %"), caption)
    assert match, f"no {pattern!r} in {caption!r}"
    return number(match.group(1)) / 100


class File:
    """The numbers of a results file, read without the code under test."""

    def __init__(self, name):
        with h5py.File(name) as file:
            self.tables = {}
            file.visititems(lambda key, node: self.tables.__setitem__(key, node[()]) if isinstance(node, h5py.Dataset) else None)
            zero = file.get("distribution/lp_loss/histogram")
            self.zero = None if zero is None else zero.attrs.get("zero")
        names = [text.decode() for text in self.tables["summary/name"]]
        self.summary = {key: dict(zip(names, self.tables[f"summary/{key}"])) for key in ("value", "low", "high")}

    def __getitem__(self, key):
        return self.tables[key]

    def value(self, name):
        return float(self.summary["value"][name])


class Shared(unittest.TestCase):
    """One directory of sample files and pictures for all tests."""

    @classmethod
    def setUpClass(cls):
        if hasattr(Shared, "directory"):
            return
        Shared.holder = tempfile.TemporaryDirectory(prefix="haircut-plots-")
        Shared.directory = Path(Shared.holder.name)
        with ProcessPoolExecutor() as pool:
            jobs = [pool.submit(make_sample.make, str(Shared.file(kind)), kind, {"full": 3000, "few": 300, "tiny": 1}.get(kind, 1000))
                    for kind in make_sample.KINDS]
            for job in jobs:
                job.result()
            Shared.runs = dict(zip(make_sample.KINDS, pool.map(run_plot, make_sample.KINDS)))

    @staticmethod
    def file(kind):
        return Shared.directory / f"{kind}.h5"

    def near(self, shown, value, digits=3):
        """Equal within the rounding of so many significant digits."""
        self.assertLessEqual(abs(shown - value), 0.5001 * 10.0 ** (1 - digits) * abs(value) + 1e-12, f"{shown} shown for {value}")


def run_plot(kind):
    only = ["--only", ",".join(CHANGED[kind])] if kind in CHANGED else []
    return plot(Shared.file(kind), "-o", Shared.directory / kind, *only)


def check_pictures(test, directory, stem, run, names):
    """The pictures are there, look like pictures, and carry their caption."""
    test.assertEqual(run.returncode, 0, run.stderr)
    test.assertEqual(run.stderr, "")
    shown = captions(run.stdout)
    test.assertEqual(list(shown), names)
    test.assertEqual(sorted(path.name for path in directory.iterdir()), sorted(f"{stem}-{name}.{ending}" for name in names for ending in ("png", "svg")))
    for name in names:
        test.assertGreater(len(shown[name]), 40)
        test.assertNotRegex(shown[name], r"\bnan\b|\binf\b|None|\?")
        with Image.open(directory / f"{stem}-{name}.png") as image:
            test.assertEqual(image.info["Description"], shown[name])
            test.assertEqual(image.width, 1280)
            pixels = np.asarray(image.convert("L"))
            test.assertGreater((pixels < 128).mean(), 0.004, f"{name} is nearly blank")
        text = (directory / f"{stem}-{name}.svg").read_text(encoding="utf-8")
        test.assertTrue(xml.etree.ElementTree.fromstring(text).tag.endswith("svg"))
        test.assertIn(shown[name], text.replace("&lt;", "<").replace("&amp;", "&"))
    return shown


class Pictures(Shared):
    def test_every_kind_of_file_is_drawn(self):
        for kind in make_sample.KINDS:
            with self.subTest(kind):
                check_pictures(self, self.directory / kind, kind, self.runs[kind], CHANGED.get(kind, NAMES))

    def test_a_full_file_uses_colour_in_every_picture(self):
        for name in NAMES:
            with Image.open(self.directory / "full" / f"full-{name}.png") as image:
                pixels = np.asarray(image.convert("RGB")).astype(int)
            coloured = (pixels.max(axis=2) - pixels.min(axis=2)) > 40
            self.assertGreater(coloured.mean(), 0.002, name)

    def test_nothing_overlaps_the_caption_or_leaves_the_figure(self):
        for kind in ("full", "no-traces", "no-lps", "calm", "burst", "few", "tiny", "accounts", "attributed"):
            with Results(self.file(kind)) as results, style():
                for name in CHANGED.get(kind, NAMES):
                    with self.subTest(kind=kind, picture=name):
                        self.check_layout(results, PICTURES[name])

    def check_layout(self, results, module):
        canvas = Canvas(results, module.TITLE)
        canvas.finish(module.draw(results, canvas))
        figure, renderer = canvas.figure, canvas.figure.canvas.get_renderer()
        figure.draw(renderer)
        width, height = figure.bbox.width, figure.bbox.height
        texts = [text.get_window_extent(renderer) for text in figure.texts]
        heading, caption = texts[:2], texts[2:]
        boxes = [axes.get_tightbbox(renderer) for axes in figure.axes]
        for box in texts + boxes:
            self.assertGreaterEqual(box.x0, 0)
            self.assertLessEqual(box.x1, width)
            self.assertGreaterEqual(box.y0, 0)
            self.assertLessEqual(box.y1, height)
        for box in boxes:
            self.assertGreaterEqual(box.y0, max(line.y1 for line in caption) - 1)
            self.assertLessEqual(box.y1, min(line.y0 for line in heading) + 1)
        for left in figure.axes:
            self.check_ticks(left, renderer)

    def check_ticks(self, axes, renderer):
        """Tick labels of one axis do not touch each other."""
        for axis, low, high in ((axes.xaxis, "x0", "x1"), (axes.yaxis, "y0", "y1")):
            labels = [tick.label1 for tick in axis.get_major_ticks() if tick.label1.get_visible() and tick.label1.get_text()]
            boxes = sorted((label.get_window_extent(renderer) for label in labels), key=lambda box: getattr(box, low))
            inside = [box for box in boxes if axes.bbox.x0 - 200 < box.x0 and axes.bbox.y0 - 60 < box.y0 < axes.bbox.y1 + 60 and box.x1 < axes.bbox.x1 + 60]
            for one, next_one in zip(inside, inside[1:]):
                self.assertLessEqual(getattr(one, high), getattr(next_one, low) + 2, [label.get_text() for label in labels])

    def test_the_same_file_gives_the_same_bytes(self):
        again = self.directory / "again"
        self.assertEqual(plot(self.file("few"), "-o", again, "-q").returncode, 0)
        for path in again.iterdir():
            self.assertEqual(path.read_bytes(), (self.directory / "few" / path.name).read_bytes(), path.name)

    def test_missing_parts_are_said_in_the_caption(self):
        said = {("no-samples", "exceedance"): "no samples", ("no-samples", "paid"): "no samples", ("no-counterfactual", "exceedance"): "no counterfactual",
                ("no-traces", "story"): "No path was traced", ("no-traces", "map"): "No path was traced", ("no-timeline", "timeline"): "no timeline",
                ("lossless", "exceedance"): "In none of the 1,000 paths", ("no-lps", "exceedance"): "no liquidity providers", ("no-lps", "story"): "no LPs",
                ("no-lps", "fund"): "no LPs", ("calm", "story"): "Nothing is liquidated", ("calm", "paid"): "On none of the 1,000 paths is there bad debt",
                ("calm", "fund"): "even an empty fund", ("summary-only", "fund"): "no fund curve", ("summary-only", "map"): "neither",
                ("empty-groups", "paid"): "neither means nor samples", ("few", "exceedance"): "too few tail paths, 3"}
        for (kind, name), words_expected in said.items():
            with self.subTest(kind=kind, picture=name):
                self.assertIn(words_expected, captions(self.runs[kind].stdout)[name])


def check_numbers(test, name, shown):
    """Captions say what the file says."""
    file = File(name)
    lost = file.value("p_socialisation")
    if lost > 0:
        text = shown["exceedance"]
        test.near(percents(text, "In PERCENT"), lost)
        test.near(100 * file.summary["low"]["p_socialisation"], number(re.search(rf"In {NUMBER} % \(({NUMBER})–", text).group(1)))
        if np.isfinite(file.value("es_99_lp_loss")):
            test.near(dollars(text, "worst 1 % they lose USD"), file.value("es_99_lp_loss"))
            if file.value("var_99_lp_loss") > 0:
                test.near(dollars(shown["histogram"], "ES 99: on those, USD"), file.value("es_99_lp_loss"))
                test.near(dollars(shown["histogram"], "in 100 they lose USD or more"), file.value("var_99_lp_loss"))
            else:
                test.near(dollars(shown["histogram"], "VaR 99 is 0: ES 99, USD"), file.value("es_99_lp_loss"))
        test.near(percents(shown["histogram"], "On PERCENT"), 1 - lost)
        test.assertEqual(round((1 - lost) * len(file["paths/lp_loss"])), int(file.zero))
    if file.value("mean_bad_debt") > 0:
        check_paid(test, file, shown["paid"])
    check_map(test, file, shown["map"])
    check_story(test, file, shown["story"])
    check_timeline(test, file, shown["timeline"])
    if lost > 0:
        test.near(percents(shown["fund"], "behind it loses in PERCENT"), lost)
        required = np.sort(file["paths/fund_required"])
        if (required > 0).mean() > 0.01:
            test.near(dollars(shown["fund"], r"in 100 it takes USD"), required[int(np.ceil(0.99 * len(required))) - 1])
        if "Beyond" in shown["fund"]:
            check_right_end(test, file, dollars(shown["fund"], r"Beyond USD"), required)


def check_right_end(test, file, end, required):
    """The last fund that 1 in 2,000 paths (or 1 in 50 of those without a fund) exceeds, or a quarter beyond the present one."""
    funds = file["fund_curve/fund"]
    exceeded = np.array([(required > fund).mean() for fund in funds])
    last = funds[exceeded >= min(0.0005, 0.02 * exceeded.max())].max()
    test.near(end, max(last, 1.25 * file["paths/fund_min"].max()) if end > 1.01 * last else last)


def check_paid(test, file, text):
    total = file.value("mean_bad_debt")
    test.near(dollars(text, "Bad debt is USD"), total)
    test.near(percents(text, "the fund pays PERCENT"), file.value("mean_insurance_paid") / total)
    test.near(percents(text, "of it, LPs PERCENT"), (file.value("mean_lp_profit_paid") + file.value("mean_lp_deposit_paid")) / total)
    order = np.lexsort((-file["paths/bad_debt"], -file["paths/lp_loss"]))
    worst = order[:int(np.ceil(0.01 * len(order)))]
    test.assertIn(f"({len(worst):,} paths)", text)
    test.near(dollars(text, r"paths\), it is USD"), file["paths/bad_debt"][worst].mean())
    test.near(percents(text, r"paths\), .*, LPs PERCENT"), file["paths/lp_loss"][worst].sum() / file["paths/bad_debt"][worst].sum())


def check_map(test, file, text):
    price, longs = file["book/map/price"], file["book/map/long_notional"]
    start = number(re.search(rf"from ({NUMBER}) reaches", text).group(1))
    at = int(np.searchsorted(price, 0.9 * start))  # the bin that is cut is one of two
    shown = dollars(text, "liquidation price of USD of longs")
    test.assertTrue(longs[at + 1:].sum() * 0.994 <= shown <= longs[max(at - 1, 0):].sum() * 1.006, (shown, longs[at - 1:].sum()))
    low = number(re.search(rf"(?:falls|rises) to ({NUMBER}) ", text).group(1))
    rows = slice(0, int(file["ledger/traced/rows"][0]))
    seen = np.concatenate([file["ledger/prices/mark"][0], file["ledger/mark_after"][rows]])
    seen = seen[seen > 0]
    test.assertTrue(min(abs(low - seen.min()), abs(low - seen.max())) <= 0.5, (low, seen.min(), seen.max()))


def check_story(test, file, text):
    worst = int(np.lexsort((-file["paths/bad_debt"], -file["paths/lp_loss"]))[0])
    test.assertTrue(text.startswith(f"Path {worst:,}, the worst of {len(file['paths/lp_loss']):,}."), text)
    if file["paths/lp_loss"][worst] > 0:
        test.near(dollars(text, "LPs lose USD"), file["paths/lp_loss"][worst])
    if "; its low is" in text:
        test.near(dollars(text, "at the start, pays USD"), file["paths/insurance_paid"][worst])
        test.near(dollars(text, "its low is USD"), file["paths/fund_min"][worst])
    if file["paths/liquidations"][worst] > 0:
        test.assertIn(f"{int(file['paths/liquidations'][worst]):,} positions", text)
        test.near(dollars(text, "positions worth USD"), file["paths/liquidated_notional"][worst])


def check_timeline(test, file, text):
    mark, level = file["timeline/mark"], file["timeline/quantile"]
    low, high = (number(group) for group in re.search(rf"between ({NUMBER}) and ({NUMBER}) on", text).groups())
    test.assertLessEqual(abs(low - mark[-1, level.argmin()]), 0.5)
    test.assertLessEqual(abs(high - mark[-1, level.argmax()]), 0.5)


class Numbers(Shared):
    def test_captions_agree_with_the_file(self):
        for kind in ("full", "few", "burst", "lossless", "calm"):
            with self.subTest(kind):
                check_numbers(self, self.file(kind), captions(self.runs[kind].stdout))

    def test_who_among_accounts_pays(self):
        file, shown = File(self.file("accounts")), captions(self.runs["accounts"].stdout)["fairness"]
        share = dict(zip(np.round(100 * file["lorenz/fraction"]).astype(int), file["lorenz/share"]))
        self.near(percents(shown, "pays least bears PERCENT"), share[50])
        self.near(percents(shown, "the tenth that pays most PERCENT"), 1 - share[90])
        self.near(number(re.search(rf"Gini coefficient is ({NUMBER})", shown).group(1)), file.value("mean_payment_gini"))
        self.near(percents(shown, "10 greatest payers bear PERCENT"), file.value("mean_payment_top10"))
        self.near(percents(shown, "hardest loses PERCENT"), file.value("mean_haircut_max"))

    def test_verdicts(self):
        from haircut_plots import fairness
        for gini, top, tenth, said in ((0.9, 0.7, 0.95, "handful of accounts carries"), (0.7, 0.1, 0.6, "though not on a handful"),
                                       (0.1, 0.01, 0.12, "pay alike"), (0.4, 0.05, 0.3, "spread widely")):
            self.assertIn(said, fairness.verdict(gini, top, tenth))

    def test_drawn_unasked_only_where_accounts_pay(self):
        run = plot(self.file("accounts"), "-o", self.directory / "unasked")
        self.assertEqual(list(captions(run.stdout)), WITH_ACCOUNTS)
        asked = plot(self.file("few"), "-o", self.directory / "asked", "--only", "fairness")
        self.assertIn("In none of the 300 paths", captions(asked.stdout)["fairness"].replace("On none", "In none"))

    def test_who_leaves_bad_debt(self):
        file, shown = File(self.file("attributed")), captions(self.runs["attributed"].stdout)["attribution"]
        debt, book = file["attribution/es_99_bad_debt"], file["attribution/notional"]
        match = re.search(rf"Positions of more than ({NUMBER}) times leverage are", shown)
        beyond = file["attribution/leverage_low"] >= number(match.group(1))
        self.near(percents(shown, "times leverage are PERCENT"), book[beyond].sum() / book.sum(), 0.05)
        self.near(percents(shown, "open interest and leave PERCENT"), debt[beyond].sum() / debt.sum(), 0.05)
        self.assertIn("No limit on size separates", shown)
        self.assertIn("limit leverage (initial margin) first", shown)
        self.near(percents(shown, "own units leave the other PERCENT"), debt[-1] / debt.sum(), 0.05)
        self.assertIn("40M USD at 25 times, leaves 12 %", shown)

    def test_what_to_limit(self):
        from haircut_plots import attribution
        for leverage, size, said in ((1.2, 1.1, "Neither"), (9, 2, "limit leverage"), (2, 9, "limit positions"), (4, 3, "margin tiers")):
            with unittest.mock.patch.object(attribution, "spread", lambda cells, what: {"leverage": leverage, "size": size}[what]):
                self.assertIn(said, attribution.verdict(None))

    def test_unasked_and_unknown_attribution(self):
        self.assertEqual(list(captions(plot(self.file("attributed"), "-o", self.directory / "unasked").stdout)), REAL)
        asked = plot(self.file("few"), "-o", self.directory / "asked", "--only", "attribution")
        self.assertIn("does not say who left bad debt", captions(asked.stdout)["attribution"])

    def test_the_cascade_share_is_that_of_the_samples(self):
        file, shown = File(self.file("full")), captions(self.runs["full"].stdout)
        share = 1 - file["paths/bad_debt_no_impact"].sum() / file["paths/bad_debt"].sum()
        self.near(percents(shown["exceedance"], r"PERCENT \([^)]*\) of bad debt"), share)

    def test_words(self):
        for value, expected in ((0, "0"), (999.6, "1k"), (41234567, "41.2M"), (-1.5e9, "−1.5B"), (1e12, "1T"), (0.1234, "0.123"), (999999, "1M")):
            self.assertEqual(words.amount(value), expected)
        for value, expected in ((100043.3, "100,043"), (3901, "3,901"), (0.51234, "0.512"), (99.951, "100")):
            self.assertEqual(words.price(value), expected)
        for value, expected in ((0, "0:00"), (22500, "6:15"), (22542, "6:15:42"), (86400 + 60, "1 d 0:01")):
            self.assertEqual(words.clock(value), expected)
        self.assertEqual(words.period(86400.0), "days")
        self.assertEqual(words.period(3 * 86400.0), "paths")

    def test_weights_count(self):
        """Halving the weight of half of the paths moves the counterfactual curve as it should."""
        from haircut_plots import exceedance, paid
        target = self.directory / "weighted.h5"
        target.write_bytes(self.file("full").read_bytes())
        with h5py.File(target, "r+") as file:
            file["paths/weight"][...] = np.where(np.arange(len(file["paths/weight"])) % 2, 1.5, 0.5)
            loss, weight = file["paths/lp_loss_no_impact"][()], file["paths/weight"][()]
        with Results(target) as results:
            x = np.array([0.0, 1e6, 3e7])
            np.testing.assert_allclose(exceedance.counterfactual(results, x), [(weight * (loss > level)).sum() / len(loss) for level in x], rtol=1e-12)
            _, count = paid.worst_paid(results)
            self.assertNotEqual(count, 0)


class Usage(Shared):
    def fails(self, words_expected, *args):
        run = plot(*args)
        self.assertEqual(run.returncode, 2, (args, run.stdout, run.stderr))
        self.assertIn(words_expected, run.stderr)
        self.assertNotIn("Traceback", run.stderr)

    def test_list(self):
        run = command("--list")
        self.assertEqual(run.returncode, 0)
        self.assertEqual([line.split()[0] for line in run.stdout.splitlines()], [*REAL_ORDER, *COMPARED, *SWEPT, *ANSWERS["size"], *ANSWERS["sensitivity"]])

    def test_only_and_format(self):
        target = self.directory / "only"
        run = plot(self.file("full"), "-o", target, "--only", "paid", "--only", "fund", "--format", "svg", "-q")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(sorted(path.name for path in target.iterdir()), ["full-fund.svg", "full-paid.svg"])

    def test_default_place_is_beside_the_file(self):
        place = self.directory / "beside"
        place.mkdir()
        (place / "x.y.h5").write_bytes(self.file("few").read_bytes())
        self.assertEqual(plot(place / "x.y.h5", "--only", "paid", "--format", "png").returncode, 0)
        self.assertTrue((place / "x.y-paid.png").exists())

    def test_wrong_files(self):
        foreign, text, torn, newer = (self.directory / name for name in ("foreign.h5", "text.h5", "torn.h5", "newer.h5"))
        with h5py.File(foreign, "w") as file:
            file["x"] = [1, 2]
        text.write_text("name: not-hdf5\n")
        torn.write_bytes(self.file("few").read_bytes()[:5000])
        newer.write_bytes(self.file("few").read_bytes())
        with h5py.File(newer, "r+") as file:
            file.attrs["format_version"] = 99
        target = self.directory / "nothing"
        self.fails("no such file", self.directory / "absent.h5", "-o", target)
        self.fails("is a directory", self.directory, "-o", target)
        self.fails("not a results file of haircut", foreign, "-o", target)
        self.fails("not an HDF5 file", text, "-o", target)
        self.fails("not an HDF5 file, or damaged", torn, "-o", target)
        self.fails("format version 99", newer, "-o", target)
        self.assertFalse(target.exists())

    def test_wrong_arguments(self):
        self.fails("FILE is needed")
        self.fails("there are: exceedance", self.file("few"), "--only", "pie")
        self.fails("there are: png", self.file("few"), "--format", "bmp")
        self.fails("cannot write", self.file("few"), "-o", self.file("few") / "sub")


class Comparisons(Shared):
    """Pictures of files of haircut compare."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shown = {}
        for kind in make_comparison.KINDS:
            make_comparison.make(str(cls.file(kind)), kind, 150 if kind == "scarce" else 4000)
            cls.shown[kind] = plot(cls.file(kind), "-o", cls.directory / kind)

    def test_every_kind_is_drawn(self):
        for kind, run in self.shown.items():
            with self.subTest(kind):
                check_pictures(self, self.directory / kind, kind, run, list(COMPARED))

    def test_nothing_overlaps_or_leaves_the_figure(self):
        for kind in make_comparison.KINDS:
            with Comparison(self.file(kind)) as comparison, style():
                for name, module in COMPARED.items():
                    with self.subTest(kind=kind, picture=name):
                        Pictures.check_layout(self, comparison, module)

    check_ticks = Pictures.check_ticks

    def test_captions_agree_with_the_file(self):
        check_comparison(self, self.file("compared"), captions(self.shown["compared"].stdout))
        for (kind, name), expected in {("quiet", "payers"): "is there bad debt under any mechanism", ("alone", "differences"): "differences need a second one",
                                       ("funded", "curves"): "funds and outside money pay all", ("funded", "payers"): "most is paid by the fund",
                                       ("scarce", "curves"): "there are 150", ("rare", "curves"): "on 10 or more of the 4,000 paths",
                                       ("compared", "differences"): "generic-2 makes no difference on any path",
                                       ("compared", "payers"): "Bars left of 0 are gains"}.items():
            self.assertIn(expected, captions(self.shown[kind].stdout)[name], (kind, name))

    def test_most_curves_have_colours_and_same_ones_share(self):
        with Comparison(self.file("many")) as comparison:
            found = curves.curves(comparison, "lp_loss")
            self.assertEqual(sum(curve["color"] is not None for curve in found), curves.MOST)
            self.assertGreater(len(found), curves.MOST)
            self.assertEqual(len(curves.curves(comparison, "social_loss")), 1)
        with Comparison(self.file("compared")) as comparison:
            self.assertEqual([curve["names"] for curve in curves.curves(comparison, "lp_loss")], [["generic", "generic-2"]])

    def test_bands_hold_the_curve_and_widen_with_books(self):
        rng = np.random.default_rng(1)
        loss = np.exp(rng.normal(size=8000)) * (rng.random(8000) < 0.1)
        alone, books = curves.exceedance(loss, 1), curves.exceedance(loss * np.where(np.arange(8000) % 4, 1, 3), 4)
        for curve in (alone, books):
            self.assertTrue(((curve["low"] <= curve["value"]) & (curve["value"] <= curve["high"])).all())
            self.assertTrue((np.diff(curve["value"]) <= 0).all())
            np.testing.assert_allclose(curve["p"][0] * 8000, curves.LEAST)
        self.assertGreater(curves.design(np.arange(0, 800, 4), 8000, 4), 2)
        self.assertEqual(curves.design(np.arange(800), 8000, 4), 1)

    def test_only_and_wrong_names(self):
        run = plot(self.file("compared"), "-o", self.directory / "one", "--only", "payers", "--format", "svg", "-q")
        self.assertEqual((run.returncode, [path.name for path in (self.directory / "one").iterdir()]), (0, ["compared-payers.svg"]))
        run = plot(self.file("compared"), "--only", "fund")
        self.assertEqual(run.returncode, 2)
        self.assertIn("there are: payers, curves, differences", run.stderr)

    def test_damaged_and_newer_files(self):
        for change, expected in ((lambda file: file["mechanisms"].__delitem__("traders"), "the file is damaged"),
                                 (lambda file: file.attrs.__setitem__("format_version", 99), "format version 99")):
            bad = self.directory / "bad.h5"
            bad.write_bytes(self.file("compared").read_bytes())
            with h5py.File(bad, "r+") as file:
                change(file)
            run = plot(bad)
            self.assertEqual((run.returncode, expected in run.stderr), (2, True), run.stderr)
            self.assertNotIn("Traceback", run.stderr)

    def test_a_comparison_of_the_program(self):
        if not HAIRCUT:
            self.skipTest("no --haircut")
        place = self.directory / "real-comparison"
        place.mkdir()
        name = place / "c.h5"
        venues = [SOURCE / "configs" / "venues" / f"{venue}.yaml" for venue in ("okx", "hyperliquid-before-2025-03", "makerdao", "generic")]
        done = subprocess.run([HAIRCUT, "compare", SOURCE / "configs" / "btc-perp.yaml", *venues, "--base", "--paths", "5000", "--quiet", "-o", name],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        shown = check_pictures(self, place / "out", "c", plot(name, "-o", place / "out"), list(COMPARED))
        check_comparison(self, name, shown)
        with Comparison(name) as comparison, style():
            for module in COMPARED.values():
                Pictures.check_layout(self, comparison, module)


def check_comparison(test, name, shown):
    """Captions say what the samples say."""
    with h5py.File(name) as file:
        names = [text.decode() if isinstance(text, bytes) else text for text in file["mechanisms"].attrs["order"]]
        samples = {each: {key: file[f"mechanisms/{each}/paths/{key}"][()] for key in make_comparison.COLUMNS} for each in names}
    paid = {each: sum(samples[each][column].mean() for column, *_ in PAYERS) for each in names}
    test.near(dollars(shown["payers"], r"runs from USD"), min(paid.values()))
    test.near(dollars(shown["payers"], r"\) to USD"), max(paid.values()))
    unpaid = {each: (samples[each]["uncovered"] + samples[each]["pending_end"]).mean() for each in names}
    test.near(dollars(shown["payers"], rf"Under {re.escape(max(unpaid, key=unpaid.get))} USD of it stays"), max(unpaid.values()))
    many = len(samples[names[0]]["lp_loss"])
    level = {each: np.sort(samples[each]["social_loss"])[::-1][many // 100 - 1] for each in names}
    most = max(level, key=level.get)
    test.near(dollars(shown["curves"].split("all socialised")[1], rf"USD under {re.escape(most)}, the most"), level[most])
    gap = {each: (samples[each]["social_loss"] - samples[names[0]]["social_loss"]).mean() for each in names}
    best = min(gap, key=gap.get)
    test.near(dollars(shown["differences"], rf"most of all {re.escape(best)} \(by USD"), -gap[best])


class Sweeps(Shared):
    """Pictures of files of `haircut merge`, made by the program, and of answers, made up."""
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="haircut-sweeps-")
        self.addCleanup(directory.cleanup)
        self.here = Path(directory.name)

    def sweep(self, name, *arguments):
        common = ["--set", "simulation.step=1m", "--set", "book.generate.accounts=500", "--paths", "12000", "--quiet"]
        subprocess.run([HAIRCUT, "sweep", str(SOURCE / "configs" / "btc-perp.yaml"), *common, *arguments, "-o", str(self.here / name)], check=True)
        subprocess.run([HAIRCUT, "merge", str(self.here / name), "-o", str(self.here / f"{name}.h5"), "--quiet"], check=True)
        return self.here / f"{name}.h5"

    def drawn(self, file, *arguments):
        done = plot(file, "-o", self.here / "out", "--format", "png", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        made = {}
        for line in done.stdout.splitlines():
            if line.startswith("  "):
                made[name] = line.strip()
            else:
                name = Path(line).stem
                self.assertTrue(Path(line).stat().st_size > 2000, line)
        return made

    def inside(self, module, results, *more):
        """Nothing leaves the figure or covers the caption."""
        with style():
            canvas = Canvas(results, module.TITLE)
            canvas.finish(module.draw(results, canvas, *more))
            renderer = canvas.figure.canvas.get_renderer()
            canvas.figure.canvas.draw()
            width, height = canvas.figure.get_size_inches() * canvas.figure.dpi
            for axes in canvas.figure.axes:
                if axes.get_visible() and axes.axison:
                    box = axes.get_tightbbox(renderer)
                    self.assertGreater(box.x0, -2, module.__name__)
                    self.assertLess(box.x1, width + 2, module.__name__)
                    self.assertLess(box.y1, height + 2, module.__name__)

    def test_grid(self):
        if not HAIRCUT:
            self.skipTest("no --haircut")
        file = self.sweep("grid", "--axis", "insurance_fund.initial=1M:80M:4:log", "--axis", "markets.BTC.price.jump_rate=10/y,40/y,80/y")
        made = self.drawn(file)
        self.assertEqual(sorted(made), sorted(f"grid-{kind}-{metric}" for kind in ("lines", "heat") for metric in METRICS))
        with Sweep(file) as sweep:
            values = sweep.metric("p_socialisation")
            self.assertIn(words.percent(values.max()).replace(words.GLUE, " "), made["grid-heat-p_socialisation"])
            self.assertIn(words.percent(values.min()).replace(words.GLUE, " "), made["grid-heat-p_socialisation"])
            for module in SWEPT.values():
                for metric in METRICS:
                    self.inside(module, sweep, metric)
            thin = sweep.few("es_99_lp_loss")
            self.assertEqual(thin, int((sweep.file["tail_paths_lp_loss"][()] < 100).sum()))
            self.assertEqual(int(np.isnan(sweep.metric("es_99_lp_loss")).sum()), thin)
            if thin:
                self.assertIn("fewer than 100 tail paths", made["grid-heat-es_99_lp_loss"])
        chosen = self.drawn(file, "--metric", "mean_bad_debt", "--only", "lines")
        self.assertEqual(list(chosen), ["grid-lines-mean_bad_debt"])
        self.assertIn("no metric is called 'mean_bad_det'", plot(file, "--metric", "mean_bad_det").stderr)
        self.assertIn("no picture is called 'hot'", plot(file, "--only", "hot").stderr)

    def test_thin_lines_and_maps_of_many_cells(self):
        if not HAIRCUT:
            self.skipTest("no --haircut")
        file = self.sweep("thin", "--axis", "insurance_fund.initial=1M:80M:4:log", "--axis", "markets.BTC.price.jump_rate=0.1/y,40/y,80/y")
        made = self.drawn(file, "--metric", "es_99_lp_loss")
        with Sweep(file) as sweep:
            values = sweep.metric("es_99_lp_loss")
            self.assertTrue(np.isnan(values[:, 0]).all() and np.isfinite(values[:, 1]).any())
            self.assertIn("at markets.BTC.price.jump_rate = 40", made["thin-lines-es_99_lp_loss"])
            self.assertEqual([axis.title for axis in sweep.axes], ["insurance_fund.initial (USD)", "markets.BTC.price.jump_rate (1/y)"])
            heat = SWEPT["heat"]
            with unittest.mock.patch.object(heat, "MOST_LABELS", 5), unittest.mock.patch.object(heat, "contours", wraps=heat.contours) as contours:
                for metric in METRICS:
                    self.inside(heat, sweep, metric)
            self.assertEqual(contours.call_count, len(METRICS))

    def test_one_axis_texts_and_points(self):
        if not HAIRCUT:
            self.skipTest("no --haircut")
        one = self.sweep("one", "--axis", "liquidation.order_flow=batch,fifo")
        self.assertEqual(sorted(self.drawn(one)), [f"one-lines-{metric}" for metric in sorted(METRICS)])
        points = self.sweep("points", "--design", "lhs", "--points", "12", "--axis", "insurance_fund.initial=1M:80M", "--axis", "markets.BTC.price.jump_rate=10/y:80/y")
        made = self.drawn(points)
        self.assertIn("12 points of the design", made["points-lines-p_socialisation"])
        with Sweep(points) as sweep:
            self.inside(SWEPT["lines"], sweep, "mean_lp_loss")

    def test_answers(self):
        size = make_sweeps.size(self.here / "size.json")
        made = self.drawn(size)
        self.assertIn("12.4M", made["size-sizing"])
        self.assertIn("to be sure of the target take 13.5M", made["size-sizing"])
        nothing = self.drawn(make_sweeps.size(self.here / "none.json", value=None, low=None, high=None, note="not met at either end of the range"))
        self.assertIn("Nothing in the range meets", nothing["none-sizing"])
        made = self.drawn(make_sweeps.sensitivity(self.here / "sens.json"))
        self.assertEqual(sorted(made), ["sens-indices", "sens-tornado"])
        self.assertIn("moves most with insurance_fund.initial", made["sens-tornado"])
        self.assertIn("liquidation.fee no effect can be told from 0", made["sens-tornado"])
        self.assertIn("60% of the variance of Mean LP loss involves insurance_fund.initial", made["sens-indices"])
        only = self.drawn(make_sweeps.sensitivity(self.here / "local.json", with_indices=False))
        self.assertEqual(list(only), ["local-tornado"])
        for file in ("size.json", "sens.json"):
            with Answer(self.here / file) as answer:
                for module in ANSWERS[answer.kind].values():
                    self.inside(module, answer)

    def test_wrong_json(self):
        wrong = self.here / "wrong.json"
        for content, said in (("{", "is not the JSON of haircut size or sensitivity"), ('{"a": 1}', "is not the JSON"), ('{"format": "haircut ladder"}', "is of 'haircut ladder'")):
            wrong.write_text(content)
            done = plot(wrong)
            self.assertEqual(done.returncode, 2)
            self.assertIn(said, done.stderr)


class RealRun(Shared):
    def test_a_run_of_the_program(self):
        if not HAIRCUT:
            self.skipTest("no --haircut")
        place = self.directory / "real"
        place.mkdir()
        name = place / "real.h5"
        run = subprocess.run([HAIRCUT, "run", str(SOURCE / "configs" / "btc-perp.yaml"), "-o", str(name), "--paths", "4000", "--quiet"],
                             capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        pictures = place / "pictures"
        shown = check_pictures(self, pictures, "real", plot(name, "-o", pictures), REAL)
        check_numbers(self, name, shown)
        with Results(name) as results, style():
            for module in PICTURES.values():
                Pictures.check_layout(self, results, module)

    check_ticks = Pictures.check_ticks

    def test_intervals_of_pictures_are_those_of_the_program(self):
        """Which variance decides depends on the number of books: on either side of each limit."""
        if not HAIRCUT:
            self.skipTest("no --haircut")
        decided = set()
        for books in (2, 3, 4, 5):
            name = self.directory / f"books-{books}.h5"
            settings = (f"book.generate.books={books}", "book.generate.accounts=2000", "simulation.step=10m", "output.traces=0",
                        "output.attribution=false", "output.timeline.points=0")
            subprocess.run([HAIRCUT, "run", str(SOURCE / "configs" / "btc-perp.yaml"), "-o", str(name), "--paths", "3000", "--seed", "9", "--quiet",
                            *(word for setting in settings for word in ("--set", setting))], check=True)
            with h5py.File(name) as file:
                every = np.ones(3000, bool)
                rows = zip(file["summary/name"].asstr()[:], *(file["summary"][column][:] for column in ("low", "high", "se", "se_paths")))
                for estimate, low, high, se, se_paths in rows:
                    column = estimate.removeprefix("mean_")
                    if estimate == column or column not in file["paths"] or not 0 < low < high:  # ends at 0 are clipped
                        continue
                    ours = errors.mean(file["paths"][column][:], every, np.ones(3000), books)
                    np.testing.assert_allclose((ours.low, ours.high), (low, high), rtol=1e-9, err_msg=f"{books} books, {estimate}")
                    decided.add((books, (high - low) / (2 * se_paths) > 1.96 * 1.001))
        self.assertEqual(decided, {(books, by_books) for books in (2, 3, 4, 5) for by_books in (False, True)})

    def run_and_draw(self, name, configs, paths, only, *extra):
        place = self.directory / name
        place.mkdir()
        results = place / f"{name}.h5"
        run = subprocess.run([HAIRCUT, "run", *map(str, configs), *extra, "-o", str(results), "--paths", str(paths), "--quiet"],
                             capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stderr)
        drawn = plot(results, "-o", place / "pictures", "--only", only)
        with Results(results) as file, style():
            Pictures.check_layout(self, file, PICTURES[only])
            self.assertTrue(PICTURES[only].applies(file))
        return results, captions(drawn.stdout)[only]

    def test_deleveraging(self):
        if not HAIRCUT:
            self.skipTest("no --haircut")
        configs = [SOURCE / "configs" / "btc-crash.yaml", SOURCE / "configs" / "venues" / "okx.yaml"]
        name, text = self.run_and_draw("adl", configs, 60, "deleveraging")
        with h5py.File(name) as file:
            ledger = {column: file["ledger"][column][()] for column in ("path", "event", "layer", "account", "notional", "amount", "bad_debt")}
            events = [word.decode() if isinstance(word, bytes) else word for word in file["ledger/event"].attrs["words"]]
        path = int(re.search(r"Path ([\d,]+)", text).group(1).replace(",", ""))
        here = ledger["path"] == path
        trades = here & (ledger["event"] == events.index("trade")) & (ledger["account"] >= 0)
        self.assertGreater(trades.sum(), 100)
        self.assertIn(f"{len(np.unique(ledger['account'][trades])):,} accounts are deleveraged", text)
        self.near(dollars(text, "closings worth USD"), ledger["notional"][trades].sum())
        self.near(dollars(text, "they forgo USD"), ledger["amount"][trades].sum())
        self.near(dollars(text, "Bad debt is USD"), ledger["bad_debt"][here & (ledger["event"] == events.index("settle"))].sum())

    def test_leavers(self):
        if not HAIRCUT:
            self.skipTest("no --haircut")
        config = self.directory / "run.yaml"
        config.write_text("liquidity_providers:\n"
                          "  - {name: quick, deposits: 60M, withdrawals: {epoch: 30m, per_drawdown: 3, per_depletion: 0.2, sees: pending}}\n"
                          "  - {name: slow, deposits: 100M, withdrawals: {epoch: 8h, at_rest: 1%}}\n"
                          "waterfall: [{verb: fund}, {verb: assess, base: equity, time: delay(3h)}]\n", encoding="utf-8")
        name, text = self.run_and_draw("leavers", [SOURCE / "configs" / "btc-crash.yaml", config], 400, "leavers")
        with h5py.File(name) as file:
            left, stayed, withdrawn = (file[f"paths/{column}"][()] for column in ("leaver_loss_share", "stayer_loss_share", "lp_withdrawn"))
        both = (left > 0) & (stayed > 0)
        self.assertGreater(both.sum(), 300)
        self.near(dollars(text, "over all of them USD"), withdrawn.mean())
        self.near(percents(text, "those who left lost PERCENT"), left[both].mean())
        self.near(percents(text, "those who stayed PERCENT"), stayed[both].mean())


def main():
    global HAIRCUT, SOURCE, PLOT
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--haircut")
    parser.add_argument("--source", type=Path, default=SOURCE)
    args, rest = parser.parse_known_args()
    HAIRCUT, SOURCE = args.haircut, args.source.resolve()
    PLOT = SOURCE / "scripts" / "plot.py"
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
