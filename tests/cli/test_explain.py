# SPDX-License-Identifier: GPL-3.0-or-later
"""haircut explain: every number of the story is in the ledger of its path, in the ledger's order, and who
reads the story alone can fill in who paid what."""
import json
import math
import re
from collections import defaultdict

import harness
from harness import Directory

NUMBER = re.compile(r"(?<![\w.])(-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)([kMBT]?)( %)?(?![\w.]*\w)")
UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
CLOCK = re.compile(r"(?:(\d+)d )?(\d\d):(\d\d):(\d\d(?:\.\d+)?)")
CONFIGS = "configs"
PRESETS = ["hyperliquid", "bybit-2025", "gmx-v1", "ftx", "vertex", "morpho"]
LEAVING = """
fees: {volume: 500M, rate: 5bp, to_fund: 30%, to_lps: 50%}
insurance_fund: {initial: 1M}
liquidity_providers:
  - {name: quick, deposits: 30M, profit: 1M, withdrawals: {epoch: 1h, per_drawdown: 3, sees: pending}}
  - {name: slow, deposits: 60M, withdrawals: {epoch: 2h, at_rest: 2%}}
waterfall:
  - {verb: fund}
  - {verb: takeover, price: bankruptcy, hold: 20M, unwind: 25%, every: 5m}
  - {verb: assess, base: equity, time: session(3h), cap: 40% of lp}
  - {verb: assess, who: slow, time: on_withdrawal}
"""


RESCUED = """
liquidation:
  delay: 2m
  capacity: {notional: 30M, per: 1m}
  partial: {share: 20%, above: 100k, cooldown: 2m}
  backstop: {who: quick, at: 60%, price: blend(2/3), remaining: fund, hold: 50M, unwind: 10%, every: 5m}
"""


def seconds(text):
    days, hours, minutes, rest = CLOCK.match(text).groups()
    return int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(rest)


def numbers(text):
    """(value, half of the last digit) of each number printed."""
    for digits, unit, percent in NUMBER.findall(text):
        scale = UNITS[unit] * (0.01 if percent else 1.0)
        point = digits.split(".")[1] if "." in digits else ""
        yield float(digits.replace(",", "")) * scale, 0.5001 * scale * 10.0 ** -len(point), digits + unit + percent


def blocks(story):
    """Head, then (times, lines) of each step or calm stretch, then the end."""
    lines = story.splitlines()
    head, body, end, current = [], [], [], None
    for line in lines:
        if line == "In all":
            current = end
        elif CLOCK.match(line):
            body.append(([seconds(word) for word in line.split(" to ")], []))
            current = body[-1][1]
        elif current is None:
            head.append(line)
        else:
            current.append(line)
    return head, body, end


def facts(rows):
    """All that rows of one step (or of a calm stretch) say, alone and summed."""
    values = set()
    sums = defaultdict(lambda: defaultdict(float))
    for row in rows:
        values.update(v for k, v in row.items() if isinstance(v, (int, float)) and k not in ("path", "step", "time", "event"))
        values.add(abs(row["amount"]))
        if row["mark_before"]:
            values.add(row["mark_after"] / row["mark_before"] - 1.0)
        for key in ((row["what"], row["side"]), (row["what"], "layer", row["layer"]), (row["what"],)):
            total = sums[key]
            total["rows"] += 1
            total["proceeds"] += row["quantity"] * (row["fill"] or 0.0)
            for name in ("positions", "partial", "quantity", "notional", "amount", "bad_debt", "inflow"):
                total[name] += row[name]
    for total in sums.values():
        values.update(total.values())
        values.update(abs(value) for value in total.values())
        if total["quantity"]:
            values.add(total["proceeds"] / total["quantity"])
    orders = [row for row in rows if row["what"] == "order"]
    if orders:
        values.add(orders[-1]["mark_after"] / orders[0]["mark_before"] - 1.0)
        values.update((max(row["round"] for row in orders), len({row["step"] for row in orders}), sum(row["positions"] for row in orders)))
    return [value for value in values if value is not None]


class Explain(Directory):
    def tell(self, *arguments):
        environment = {"HAIRCUT_CONFIGS": str(harness.SOURCE / CONFIGS)}
        story = self.command("explain", *arguments, environment=environment).stdout
        ledger = json.loads(self.command("trace", *arguments, "--worst", "1", "--format", "json", environment=environment).stdout)
        return story, ledger["paths"][0]

    def assert_told(self, lines, values):
        for line in lines:
            said = re.sub(r"^  Layer (\d+), .*?: ", r"  ", line)  # the words of the configuration
            for clock in CLOCK.finditer(said):
                self.assertIn(seconds(clock[0]), values, line)
            said = CLOCK.sub("", said)
            for value, half, text in numbers(said):
                near = any(math.isfinite(v) and abs(v - value) <= half + 1e-9 * abs(v) for v in values)
                self.assertTrue(near, f"{text} is not in the ledger: {line}")

    def check(self, *arguments):
        story, path = self.tell(*arguments)
        head, body, end = blocks(story)
        events = path["events"]
        outcome = path["outcome"]
        initial = events[0]["mark_after"]
        known = [v for v in outcome.values() if v is not None] + [initial, path["path"], outcome["mark_low"] / initial - 1.0]
        self.assert_told([re.sub(r"\(book .*?\)", "", line) for line in head], known)
        times = [time for block in body for time in block[0]]
        self.assertEqual(times, sorted(times))
        paid = defaultdict(float)
        slack = defaultdict(float)
        for span, lines in body:
            rows = [row for row in events if span[0] <= row["time"] <= span[-1] and row["what"] not in ("start", "end")]
            if len(span) > 1:  # calm: orders alone are told
                rows = [row for row in rows if row["what"] in ("order", "backstop")]
                self.assertEqual(sum(row["bad_debt"] for row in rows), 0)
            self.assert_told(lines, facts(rows))
            layers = [int(re.match(r"  Layer (\d+)", line)[1]) for line in lines if line.startswith("  Layer")]
            self.assertEqual(layers, sorted(layers))
            for line in lines:
                found = re.match(r"  Layer (\d+), .*(?:pays|which costs them|by which they gain) ([\d.,]+)([kMBT]?)", line)
                if found:
                    value, half, _ = next(numbers(found[2] + found[3]))
                    paid[int(found[1])] += -value if "they gain" in line else value
                    slack[int(found[1])] += half
        sums = defaultdict(float)
        for row in events:
            if row["what"] == "layer":
                sums[row["layer"]] += row["amount"]
        self.assertEqual(set(paid), set(sums))
        for layer, amount in sums.items():
            self.assertLessEqual(abs(paid[layer] - amount), slack[layer] + 1e-6 * abs(amount) + 0.01)
        total, half, _ = next(numbers(end[0].split(":")[0]))
        parts = list(numbers(end[0].split(":", 1)[1]))
        self.assertAlmostEqual(total, outcome["bad_debt"], delta=half)
        self.assertLessEqual(abs(total - sum(part[0] for part in parts)), half + sum(part[1] for part in parts))
        charged = defaultdict(float)
        for row in events:
            if row["what"] in ("charge", "trade") and row["account"] >= 0:
                charged[row["account"]] += row["amount"]
        for account, digits, unit in re.findall(r"account (\d+) ([\d.,]+)([kMBT]?)", "\n".join(end)):
            value, half, _ = next(numbers(digits + unit))
            self.assertAlmostEqual(charged[int(account)], value, delta=half)
        return story

    def crash(self):
        return str(harness.SOURCE / CONFIGS / "btc-crash.yaml")

    def test_presets(self):
        for preset in PRESETS:
            with self.subTest(preset):
                self.command("run", self.crash(), f"venue:{preset}", "--set", "simulation.step=1m", "--paths", "100", "-o", f"{preset}.h5",
                             "--quiet", environment={"HAIRCUT_CONFIGS": str(harness.SOURCE / CONFIGS)})
                story = self.check(f"{preset}.h5")
                self.assertIn("They leave bad debt of", story)
                self.assertRegex(story, r"Layer 0, ")

    def test_who_leaves_and_stocks(self):
        self.write("leaving.yaml", LEAVING)
        self.command("run", self.crash(), "leaving.yaml", "--set", "simulation.step=1m", "--paths", "200", "-o", "l.h5", "--quiet")
        story = self.check("l.h5")
        for words in ("Those who leave quick receive", "puts off", "of a stock that was taken over", "The stock that LPs took over"):
            self.assertIn(words, story)

    def test_who_waits_and_the_backstop(self):
        self.write("leaving.yaml", LEAVING.replace(", unwind: 25%, every: 5m", ""))
        self.write("rescued.yaml", RESCUED)
        self.command("run", self.crash(), "leaving.yaml", "rescued.yaml", "--set", "simulation.step=1m", "--paths", "100",
                     "-o", "r.h5", "--quiet")
        story = self.check("r.h5")
        for words in ("The backstop (quick) takes over", "which leaves the fund", " wait until ", "of a stock that was taken over"):
            self.assertIn(words, story)
        text = self.command("trace", "r.h5", "--worst", "1").stdout
        self.assertRegex(text, r"backstop +round \d+: account \d+, .* units (long|short), .* at [\d.]+; 0.* to the trader, .* to the fund")
        self.assertRegex(text, r"wait +round \d+: \d+ longs?, .* units, until \d\d:\d\d:")

    def test_of_a_configuration(self):
        self.write("leaving.yaml", LEAVING)
        arguments = (self.crash(), "leaving.yaml", "--set", "simulation.step=1m", "--set", "simulation.paths=50")
        worst = self.command("explain", *arguments).stdout
        number = re.match(r"Path (\d+) ", worst)[1]
        self.assertEqual(self.command("explain", *arguments, "--path", number).stdout, worst)
        self.assertEqual(self.command("explain", *arguments, "--worst", "3").stdout.count("Path "), 3)

    def test_wrong(self):
        self.command("explain", expect=2)
        self.command("explain", self.crash(), "--path", "1", "--worst", "2", expect=2)
        self.command("explain", self.crash(), "--format", "json", expect=2)
        self.command("explain", self.crash(), "--path", "999999999", expect=2)

    def test_a_larger_fund_can_cost_providers(self):
        """The example of docs/waterfall.md: what it says of both funds."""
        said = {}
        for fund in ("40k", "70k"):
            said[fund] = self.command("explain", harness.SOURCE / "docs/examples/larger-fund.yaml", "--path", "0", "--set",
                                      f"insurance_fund.initial={fund}").stdout
        self.assertIn("LPs lose 0;", said["40k"])
        self.assertNotIn("sold", said["40k"].replace("not sold", ""))
        self.assertIn("LPs lose 11.4k", said["70k"])
        self.assertIn("900k sold", said["70k"])
