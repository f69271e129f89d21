# SPDX-License-Identifier: GPL-3.0-or-later
"""What each verb does on good input."""
import csv
import io
import json
import math
import os
import re

import h5py
import numpy as np
import yaml

from configs import BOOK, with_book, with_line
from harness import Directory, datasets

VERBS = ["run", "compare", "ladder", "check", "schema", "venues", "init", "show", "trace", "explain", "verify"]


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


class Help(Directory):
    def test_help_everywhere(self):
        everything = self.command("--help").stdout
        for verb in VERBS:
            self.assertIn(verb, everything)
            self.assertIn(f"usage: haircut {verb}", self.command(verb, "--help").stdout)
        self.assertIn("HAIRCUT_VECTOR", everything)

    def test_version(self):
        for arguments in ([], *([verb] for verb in VERBS)):
            version = self.command(*arguments, "--version").stdout
            for word in ("haircut", "GSL", "HDF5", "libyaml", "zlib", "compiler", "vector level"):
                self.assertIn(word, version)

    def test_full_standard_output(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            import subprocess
            import harness
            done = subprocess.run([harness.HAIRCUT, "schema"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output", done.stderr)

    def test_schema(self):
        self.assertIn("volatility", self.command("schema").stdout)
        self.assertIn("order_flow", self.command("schema", "--format", "markdown").stdout)
        json.loads(self.command("schema", "--format", "json").stdout)


class Check(Directory):
    def test_resolved_configuration_loads_to_itself(self):
        first = self.command("check", "c.yaml").stdout
        self.write("d.yaml", first)
        second = self.command("check", "d.yaml").stdout
        self.assertEqual(yaml.safe_load(first), yaml.safe_load(second))
        self.assertEqual(yaml.safe_load(first)["markets"]["BTC"]["liquidity"]["depth"], "30M")
        self.assertEqual(self.listing(), ["c.yaml", "d.yaml"])

    def test_diagnosis(self):
        text = self.command("check", "c.yaml").stdout
        for word in ("steps", "open interest", "within  5 %", "branching ratio", "price impact", "walks the grid    no",
                     "expected time", "memory and disk"):
            self.assertIn(word, text)
        self.assertNotIn("warning", text)
        self.assertIn("3 days", self.command("check", "c.yaml", "--set", "simulation.horizon=10d").stdout)

    def test_open_interest_and_triggers_are_those_of_the_book(self):
        self.write("book.csv", BOOK)
        self.write("c.yaml", with_book())
        text = self.command("check", "c.yaml").stdout
        self.assertIn("longs 1.51M, shorts 2M", text)  # 1M and 0.5M entered at 99,000, at the initial price
        self.assertIn("within 10 %       triggers of longs 1.51M (100 %), of shorts 2M (100 %)", text)

    def test_all_errors_at_once(self):
        self.write("c.yaml", with_line(1, "nmae: x", with_line(9, "liquidation: {fee: 150%}")))
        errors = self.command("check", "c.yaml", expect=2).stderr.splitlines()
        self.assertEqual([line.split(": ")[0] for line in errors], ["c.yaml:1:1", "c.yaml:9:20"])

    def test_write_book(self):
        self.command("check", "c.yaml", "--write-book", "b.csv", "--book", "1")
        book = rows((self.here / "b.csv").read_text())
        self.assertEqual(len(book), 200)
        longs = sum(float(row["size_usd"]) / float(row["entry"]) for row in book if row["side"] == "long")
        self.assertAlmostEqual(longs * 100000 / 300e6, 1, places=9)
        self.assertEqual((self.here / "b.csv").read_text(),
                         self.command("check", "c.yaml", "--write-book", "-", "--book", "1").stdout)
        self.write("d.yaml", with_line(8, "book: {file: b.csv}"))
        self.run_config("one.h5", "--set", "book.generate.books=1")
        self.command("run", "d.yaml", "-o", "two.h5", "--quiet")

    def test_as_isolated(self):
        self.write("c.yaml", with_book())
        self.write("book.csv", BOOK + "a,BTC,short,1000,100000,100\n")
        self.assertIn("--as-isolated", self.command("check", "c.yaml", expect=2).stderr)
        self.command("check", "c.yaml", "--as-isolated")
        self.command("run", "c.yaml", "--as-isolated", "--quiet", "--paths", "100")


class Settings(Directory):
    def resolved(self, *arguments):
        return yaml.safe_load(self.command("check", *arguments).stdout)

    def test_set(self):
        config = self.resolved("c.yaml", "--set", "markets.BTC.price.volatility=120%", "--set",
                               "liquidity_providers[junior].deposits=7M", "--set=simulation.seed=3", "--set", "simulation.seed=4")
        self.assertEqual(config["markets"]["BTC"]["price"]["volatility"], "120%")
        self.assertEqual(config["liquidity_providers"][1]["deposits"], "7M")
        self.assertEqual(int(config["simulation"]["seed"]), 4)

    def test_merge(self):
        self.write("d.yaml", "simulation: {seed: 9}\ninsurance_fund: {initial: {value: 3M, source: a guess}}\n")
        config = self.resolved("c.yaml", "d.yaml")
        self.assertEqual(int(config["simulation"]["seed"]), 9)
        self.assertEqual(str(config["simulation"]["step"]), "1m")
        self.assertIn("3M", str(config["insurance_fund"]["initial"]))

    def test_paths_and_seed(self):
        short = self.run_config("a.h5", "--paths", "1000", "--seed", "5")
        self.assert_same(short, self.run_config("b.h5", "--set", "simulation.paths=1k", "--set", "simulation.seed=5"),
                         but=("config",))
        self.assertEqual(len(short["paths/lp_loss"]), 1000)


class Results(Directory):
    def setUp(self):
        super().setUp()
        self.done = self.command("run", "c.yaml")

    def test_summary(self):
        for word in ("small: 3,000 paths", "P(liquidation)", "P(socialisation)", "VaR 99", "ES 99", "Who paid", "leave out",
                     "small.h5", "scripts/plot.py", "--worst 1"):
            self.assertIn(word, self.done.stdout)
        self.assertLessEqual(max(map(len, self.done.stdout.splitlines())), 100)
        self.assertEqual(self.done.stderr, "")
        self.assertEqual(self.listing(), ["c.yaml", "small.h5"])
        self.assertEqual(self.done.stdout, self.command("show", "small.h5").stdout)

    def test_show_json(self):
        shown = json.loads(self.command("show", "small.h5", "--format", "json").stdout)
        losses = datasets(self.here / "small.h5")["paths/lp_loss"]
        self.assertEqual((shown["name"], shown["paths"]), ("small", 3000))
        self.assertAlmostEqual(shown["summary"]["mean_lp_loss"]["value"] / losses.mean(), 1, places=10)
        self.assertAlmostEqual(shown["summary"]["p_socialisation"]["value"], (losses > 0).mean(), places=10)
        for estimate in shown["summary"].values():
            self.assertGreaterEqual(set(estimate), {"value", "se", "low", "high", "unit", "note"})
        self.assertEqual(shown["parameters"]["markets.BTC.price.volatility"]["value"], 0.8)

    def test_show_json_checks(self):
        checks = json.loads(self.command("show", "small.h5", "--format", "json").stdout)["checks"]
        self.assertEqual([check["name"] for check in checks], ["accounting", "money", "reflection"])
        stored = datasets(self.here / "small.h5")
        for check in checks:
            self.assertIs(check["held"], True)
            self.assertEqual(check["residual"], stored[f"checks/{check['name']}"])
            self.assertEqual(check["path"], stored[f"checks/{check['name']}_path"])
            self.assertLessEqual(check["residual"], check["tolerance"])

    def test_intervals_say_what_they_are_of(self):
        self.assertIn("hold for the draw of paths and books.", self.done.stdout)
        one = self.command("run", "c.yaml", "-o", "one.h5", "--set", "book.generate.books=1").stdout
        self.assertIn("paths only: one book was drawn, and other books\nwould move tail figures, often by 10 %", one)
        self.write("book.csv", BOOK)
        self.write("d.yaml", with_book())
        self.assertIn("the positions taken as given", self.command("run", "d.yaml", "-o", "d.h5").stdout)

    def test_share_without_an_interval_says_why(self):
        for paths in range(1, 400, 7):
            self.command("run", "c.yaml", "-o", "few.h5", "--quiet", "--paths", paths)
            share = json.loads(self.command("show", "few.h5", "--format", "json").stdout)["summary"]["cascade_share_bad_debt"]
            if share["value"] is not None:
                break
        self.assertIsNone(share["low"])
        self.assertIn("too few paths with a loss", share["note"])
        self.assertIn(f"mean bad debt ({share['note']}: no interval)", self.command("show", "few.h5").stdout)

    def test_nobody_to_charge(self):
        text = self.command("run", "c.yaml", "-o", "fund.h5", "--set", "waterfall=[{verb: fund, who: insurance}]").stdout
        self.assertRegex(text, r"P\(socialisation\) +nobody behind the fund can be charged\n")
        self.assertNotIn("can be charged", self.done.stdout)

    def test_show_csv(self):
        shown = json.loads(self.command("show", "small.h5", "--format", "json").stdout)["summary"]
        table = rows(self.command("show", "small.h5", "--format", "csv").stdout)
        self.assertEqual([row["name"] for row in table], list(shown))
        for row in table:
            self.assertEqual(float(row["value"]) if row["value"] else None, shown[row["name"]]["value"])

    def test_trace_is_the_stored_path(self):
        stored = datasets(self.here / "small.h5")
        worst = int(np.lexsort((np.arange(3000), -stored["paths/bad_debt"], -stored["paths/lp_loss"]))[0])
        for arguments in (["--worst", "1"], ["--path", worst]):
            for operand in ("small.h5", "c.yaml"):
                traced = json.loads(self.command("trace", operand, *arguments, "--format", "json").stdout)["paths"]
                self.assertEqual([path["path"] for path in traced], [worst])
                for name, value in traced[0]["outcome"].items():
                    kept = stored[f"paths/{name}"][worst]
                    self.assertTrue(value == kept or (value is None and math.isnan(kept)), name)
                self.assertLessEqual(traced[0]["mark_min"], traced[0]["outcome"]["mark_low"])

    def test_a_file_keeps_its_configuration(self):
        done = self.command("trace", "small.h5", "--path", "3", "--set", "insurance_fund.initial=0", expect=2)
        self.assertIn("a results file carries its own configuration", done.stderr)
        self.command("verify", "small.h5", "--set", "insurance_fund.initial=0", expect=2)

    def test_trace_formats(self):
        text = self.command("trace", "small.h5", "--worst", "2").stdout
        self.assertIn("mark_min", text)
        table = rows(self.command("trace", "small.h5", "--worst", "2", "--format", "csv", "-o", "t.csv").stdout
                     or (self.here / "t.csv").read_text())
        listed = json.loads(self.command("trace", "small.h5", "--worst", "2", "--format", "json").stdout)["paths"]
        events = [event for path in listed for event in path["events"]]
        self.assertEqual(len(table), len(events))
        for row, event in zip(table, events):
            # A price that does not apply is an empty field in CSV and null in JSON.
            self.assertEqual({key: float(row[key]) if row[key] else None for key in event if key != "what"},
                             {key: None if value is None else float(value) for key, value in event.items() if key != "what"})
        self.assertEqual(events[0]["what"], "start")
        paid = sum(event["amount"] for event in listed[0]["events"] if event["what"] in ("layer", "uncovered"))
        self.assertAlmostEqual(paid / listed[0]["outcome"]["bad_debt"], 1, places=9)

    def test_trace_more_than_kept(self):
        self.assertEqual(self.command("trace", "small.h5", "--worst", "8", "--format", "csv").stdout,
                         self.command("trace", "c.yaml", "--worst", "8", "--format", "csv").stdout)

    def test_trace_walking(self):
        self.assertEqual(self.command("trace", "small.h5", "--worst", "3").stdout,
                         self.command("trace", "c.yaml", "--worst", "3", "--walk").stdout)

    def test_verify(self):
        self.assertIn("verified 1000 of 3000 paths, bit for bit", self.command("verify", "small.h5").stdout)
        self.assertIn("verified 3000 of 3000", self.command("verify", "small.h5", "--paths", "5000", "--seed", "2").stdout)

    def test_verify_finds_one_bit(self):
        with h5py.File(self.here / "small.h5", "r+") as file:
            column = file["paths/mark_end"]
            column[1234] = np.nextafter(column[1234], 0)
        complaint = self.command("verify", "small.h5", "--paths", "3000", expect=1).stderr
        self.assertIn("mark_end: 1 path, first 1234", complaint)
        self.assertNotIn("lp_loss", complaint)

    def test_book_travels_with_the_file(self):
        self.write("book.csv", BOOK)
        self.write("c.yaml", with_book())
        self.command("run", "c.yaml", "-o", "b.h5", "--quiet")
        (self.here / "book.csv").unlink()
        self.assertIn("bit for bit", self.command("verify", "b.h5").stdout)
        self.command("trace", "b.h5", "--worst", "1")

    def test_show_without_samples(self):
        self.run_config("none.h5", "--set", "output.samples=none")
        self.command("show", "none.h5")
        self.assertIn("samples", self.command("verify", "none.h5", expect=2).stderr)
        self.assertEqual(self.command("trace", "none.h5", "--worst", "3").stdout,
                         self.command("trace", "small.h5", "--worst", "3").stdout)
        self.assertIn("--worst", self.command("trace", "none.h5", "--worst", "4", expect=2).stderr)
        self.run_config("bare.h5", "--set", "output.samples=none", "--set", "output.traces=0")
        self.assertIn("ask for --path ID, or trace the YAML", self.command("trace", "bare.h5", "--worst", "1", expect=2).stderr)

    def test_show_of_a_configuration_of_results(self):
        self.assertIn("results file", self.command("check", "small.h5", expect=2).stderr)


class Run(Directory):
    def test_timing(self):
        done = self.command("run", "c.yaml", "--timing", "--quiet")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1)
        fields = dict(field.split("=") for field in lines[0].removeprefix("timing: ").split())
        self.assertEqual(set(fields), {"paths", "seconds", "ns_per_path", "draws", "events", "rounds", "vector", "threads", "floor_ns"})
        self.assertEqual(int(fields["paths"]), 3000)
        self.assertGreater(float(fields["floor_ns"]), 0)
        self.assertEqual(done.stdout, "")

    def test_step_check(self):
        done = self.command("run", "c.yaml", "--step-check", "--paths", "2000")
        self.assertIn("step check: 2,000 paths", done.stdout)
        for step in ("2 min", "1 min", "30 s", "15 s"):
            self.assertIn(step, done.stdout)
        self.assertEqual(self.listing(), ["c.yaml", "small.h5"])
        self.assertIn("too few tail paths (20)", done.stdout)
        for step in self.kept_step_check()["steps"]:
            self.assertIsNotNone(step["mean_bad_debt"]["value"])
            self.assertEqual([step["es_99_bad_debt"][key] for key in ("value", "se", "change", "change_se")], [None] * 4)

    def kept_step_check(self):
        return json.loads(datasets(self.here / "small.h5")["checks/step_check"].item())

    def test_step_check_of_enough_paths(self):
        done = self.command("run", "c.yaml", "--step-check", "--paths", "25000")
        self.assertIn("step check: 20,000 paths", done.stdout)
        self.assertNotIn("too few tail paths", done.stdout.split("step check:")[1])
        self.assertIsNotNone(self.kept_step_check()["steps"][0]["es_99_bad_debt"]["se"])

    def test_memory_estimate_bounds_the_peak(self):
        scales = {"kB": 1e3, "MB": 1e6, "GB": 1e9}
        large = ["--set", "book.generate.accounts=200k", "--paths", "200"]
        fine = ["--set", "simulation.horizon=20d", "--set", "simulation.step=1s"]
        for settings in ([], large, fine + large):
            check = [word for word in settings if word not in ("--paths", "200")]
            told = self.command("check", "c.yaml", *check).stdout
            number, unit = re.search(r"at most ([0-9.]+) (\w+) \(", told).groups()
            process = self.start("run", "c.yaml", "--quiet", "--threads", "2", *settings)
            process.stderr.close()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0)
            self.assertLess(usage.ru_maxrss * 1024, float(number) * scales[unit], settings)

    def test_overwrites_results_only(self):
        first = self.run_config("a.h5")
        self.assert_same(first, self.run_config("a.h5"))
        for seed, whose in ((7, "the same"), (8, "another")):
            done = self.command("run", "c.yaml", "-o", "a.h5", "--seed", seed)
            self.assertEqual(done.stderr, f"haircut: replaces a.h5 (3,000 paths of {whose} configuration)\n")

    def test_all_processors(self):
        self.assert_same(self.run_config("a.h5", "--threads", "0"), self.run_config("b.h5"))


class Ladder(Directory):
    def ladder(self, *arguments):
        return json.loads(self.command("ladder", "c.yaml", "--format", "json", *arguments).stdout)

    def test_formats(self):
        listed = self.ladder()
        self.assertEqual(len(listed["rows"]), 17)
        table = rows(self.command("ladder", "c.yaml", "--format", "csv").stdout)
        self.assertEqual(len(table), 17 + 8)
        self.assertNotIn(None, {key for row in table for key in row})
        self.assertEqual([float(row["bad_debt_mean"]) for row in table[:17]], [row["mean"]["bad_debt"] for row in listed["rows"]])
        self.assertIn("reverse stress", self.command("ladder", "c.yaml").stdout)

    def test_who_paid_adds_up(self):
        for row in self.ladder()["rows"]:
            paid = sum(row["mean"][name] for name in ("insurance_paid", "lp_profit_paid", "lp_deposit_paid", "uncovered"))
            self.assertAlmostEqual(paid, row["mean"]["bad_debt"], delta=1e-6 * (1 + paid))

    def test_moves(self):
        self.assertEqual([row["move"] for row in self.ladder("--moves", "-5%,30bp,0.1")["rows"]], [-0.05, 0.003, 0.1])

    def test_move_without_a_percent_sign(self):
        said = self.command("ladder", "c.yaml", "--moves", "5,10%,-0.5").stderr
        self.assertEqual(said, "haircut: warning: ladder: --moves 5 means +500 %; a move of 5 % is 5%\n")

    def test_reverse_stress_is_exact(self):
        columns = {"touches_fund": "insurance_paid", "reaches_lp_deposits": "lp_deposit_paid", "leaves_uncovered": "uncovered"}
        found = 0
        for direction, sign in (("down", -1), ("up", 1)):
            reverse = self.ladder()["reverse"][direction]
            for name, column in columns.items():
                ticks = reverse[name]["ticks"]
                if ticks is None:
                    continue
                self.assertTrue(reverse[name]["one_tick_less_does_not_reach"])
                moves = ",".join(f"{sign * (ticks + more) * 1e-6:.17g}" for more in (-1, 0))
                less, exact = self.ladder("--moves", moves)["rows"]
                self.assertEqual(less["largest"][column], 0, name)
                self.assertGreater(exact["largest"][column], 0, name)
                found += 1
        self.assertGreaterEqual(found, 4)

    def test_not_reached(self):
        text = self.command("ladder", "c.yaml", "--set", "insurance_fund.initial=1e15").stdout
        self.assertIn("exhausts the fund    not reached up to -99.0000 %", text)
        self.assertIn("reaches LP deposits  not reached up to +300.0000 %", text)
