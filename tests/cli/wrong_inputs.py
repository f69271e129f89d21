# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong inputs: each must give exit code 2, the message with its place, and leave nothing behind.

Case(name, arguments, expected, files, environment): `arguments` is the command line after `haircut`, `expected` are
fragments of standard error, `files` what is in the working directory (text, bytes, or None for a directory)."""
from dataclasses import dataclass, field

from configs import BOOK, SMALL, with_book, with_line


@dataclass
class Case:
    name: str
    arguments: list
    expected: list
    files: dict = field(default_factory=lambda: {"c.yaml": SMALL})
    environment: dict = field(default_factory=dict)


RUN = ["run", "c.yaml", "-o", "out.h5"]


def config(name, text, *expected):
    return Case(name, RUN, list(expected), {"c.yaml": text})


def line(name, number, text, *expected):
    return config(name, with_line(number, text), *expected)


def book(name, csv, *expected, arguments=RUN):
    return Case(name, arguments, list(expected), {"c.yaml": with_book(), "book.csv": csv})


def flags(name, arguments, *expected):
    return Case(name, arguments, list(expected))


def row(text):
    return BOOK + text + "\n"


PRICE = "    price: "
LIQUIDITY = "    liquidity: "
CASES = [
    # ---- the configuration
    line("unknown key", 1, "nmae: small", "c.yaml:1:1: nmae:", "name"),
    line("unknown nested key", 2, "simulation: {paths: 3000, horizn: 1d}", "c.yaml:2:27: simulation.horizn:", "horizon"),
    line("not a number", 2, "simulation: {paths: many}", "c.yaml:2:21: simulation.paths:", "many"),
    line("duration without unit", 2, "simulation: {step: 60}", "c.yaml:2:20: simulation.step:", "unit"),
    line("unknown unit", 2, "simulation: {step: 1parsec}", "c.yaml:2:20: simulation.step:"),
    line("steps not whole", 2, "simulation: {horizon: 1d, step: 7m}", "c.yaml:2:", "simulation.step"),
    line("no steps", 2, "simulation: {horizon: 1s, step: 1m}", "c.yaml:2:", "simulation."),
    line("zero paths", 2, "simulation: {paths: 0}", "c.yaml:2:21: simulation.paths:"),
    line("half a path", 2, "simulation: {paths: 1.5}", "c.yaml:2:21: simulation.paths:"),
    line("negative seed", 2, "simulation: {seed: -1}", "c.yaml:2:20: simulation.seed:"),
    line("too many steps", 2, "simulation: {horizon: 3650d, step: 0.001s}", "c.yaml:2:", "simulation."),
    line("fraction above its bound", 9, "liquidation: {fee: 150%}", "c.yaml:9:20: liquidation.fee:"),
    line("list for a number", 10, "insurance_fund: {initial: [1, 2]}", "c.yaml:10:27: insurance_fund.initial:"),
    line("scalar for a mapping", 9, "liquidation: 5", "c.yaml:9:14: liquidation:"),
    line("unknown word", 9, "liquidation: {order_flow: lifo}", "c.yaml:9:27: liquidation.order_flow:", "fifo"),
    line("key of the annotation", 10, "insurance_fund: {initial: {value: 1M, sorce: x}}", "c.yaml:10:27: insurance_fund.initial:"),
    line("duplicate key", 10, "liquidation: {fee: 1%}", "c.yaml:10:1:", "liquidation"),
    line("duplicate nested key", 10, "insurance_fund: {initial: 1M, initial: 2M}", "c.yaml:10:31:", "initial"),
    config("syntax error", SMALL + "output: [\n", "c.yaml:1"),
    config("tab for indentation", "name: x\nsimulation:\n\tpaths: 3\n", "c.yaml:3:"),
    Case("not text", RUN, ["c.yaml"], {"c.yaml": b"name: \xff\xfe\x00\x01\n"}),
    config("a list at the root", "- 1\n", "c.yaml:1:1:"),
    Case("name is no file name", ["run", "c.yaml"], ["name", "a/b", "-o"], {"c.yaml": with_line(1, "name: a/b")}),
    # ---- models
    line("unknown price model", 5, PRICE + "{model: mertn}", "c.yaml:5:20: markets.BTC.price.model:", "merton"),
    line("key of another model", 5, PRICE + "{model: gbm, jump_rate: 3/y}", "c.yaml:5:25: markets.BTC.price.jump_rate:"),
    line("rate without unit", 5, PRICE + "{model: merton, jump_rate: fast}", "c.yaml:5:39: markets.BTC.price.jump_rate:"),
    line("price of zero", 5, PRICE + "{initial: 0}", "c.yaml:5:22: markets.BTC.price.initial:"),
    line("recovery without half-life", 5, PRICE + "{shock: {move: -30%, recovery: 50%}}", "c.yaml:5:", "recovery_half_life"),
    line("replay without file", 5, PRICE + "{model: replay}", "c.yaml:5:", "file"),
    line("replay of a missing file", 5, PRICE + "{model: replay, file: gone.csv}", "c.yaml:5:", "gone.csv"),
    line("unknown impact", 6, LIQUIDITY + "{impact: cubic}", "c.yaml:6:25: markets.BTC.liquidity.impact:"),
    line("exponent above 1", 6, LIQUIDITY + "{impact: power, exponent: 2}", "c.yaml:6:42: markets.BTC.liquidity.exponent:"),
    config("square root without volatility",
           with_line(5, PRICE + "{model: gbm, volatility: 0%}", with_line(6, LIQUIDITY + "{impact: square_root}")),
           "c.yaml:", "daily_volatility"),
    line("depth table that falls", 6, LIQUIDITY + "{impact: book, levels: [{bps: 10, usd: 2M}, {bps: 20, usd: 1M}]}",
         "c.yaml:6:25: markets.BTC.liquidity.impact:", "levels"),
    line("rates that fall", 7, "    margin: {maintenance: [{up_to: 1M, rate: 2%}, {rate: 1%}]}", "c.yaml:7:", "maintenance"),
    line("bounds that fall", 7, "    margin: {maintenance: [{up_to: 2M, rate: 1%}, {up_to: 1M, rate: 2%}, {rate: 3%}]}",
         "c.yaml:7:", "maintenance"),
    config("two markets", SMALL.replace("book: {gen", "  ETH: {}\nbook: {gen"), "c.yaml:3:1: markets:"),
    # ---- parties
    line("shares of the fee", 9, "liquidation: {fee_to_fund: 80%, fee_to_lps: 30%}", "c.yaml:9:", "fee_to_"),
    config("fee to nobody", with_line(9, "liquidation: {fee_to_fund: 0%, fee_to_lps: 50%}").replace(
        "  - {name: senior, deposits: 20M, profit: 500k}\n  - {name: junior, deposits: 5M, profit: 200k}\n", "  []\n"),
        "c.yaml:9:", "fee_to_lps"),
    line("a member as counterparty", 12, "  - {name: junior, kind: member, deposits: 5M, profit: 200k, counterparty: 10%}", "c.yaml:12:",
         "liquidity_providers[0].counterparty:", "kind lp"),
    line("more than the other side", 12, "  - {name: junior, deposits: 5M, counterparty: 101%}", "c.yaml:12:", "counterparty"),
    line("a part of nothing", 9, "liquidation: {partial: {share: 0%}}", "c.yaml:9:32: liquidation.partial.share:", "[0.01, 1]"),
    line("a target below the start", 10, "insurance_fund: {initial: 5M, target: 1M}", "c.yaml:10:39: insurance_fund.target:", "at the start"),
    line("a place for the rest that is none", 10, "insurance_fund: {target: 50M, beyond: me}", "c.yaml:10:39: insurance_fund.beyond:", "treasury"),
    line("accounts that are paid back", 14, "waterfall: [{verb: assess, who: winners, base: equity, payback: 10%}]", "c.yaml:14:65: waterfall[0].payback:", "only classes"),
    config("fees to those who have no share", with_line(9, "liquidation: {fee_to_fund: 0%, fee_to_lps: 50%}").replace(
        "profit: 500k}", "profit: 500k, fee_share: 0}").replace("profit: 200k}", "profit: 200k, fee_share: 0}"), "c.yaml:9:", "fee_to_lps"),
    line("a guard of a payer", 9, "guards: {account: 10% of payer}", "c.yaml:9:19: guards.account:", "no meaning at the start"),
    line("a guard of nothing known", 9, "guards: {skew: 10% of gold}", "c.yaml:9:16: guards.skew:", "gold"),
    line("a guard that leaves nobody", 9, "guards: {account: 1, beyond: refuse}", "c.yaml:9:1: guards:", "no position"),
    line("a cap on nothing", 12, "  - {name: junior, deposits: 5M, payout_cap: 50%}", "c.yaml:12:", "payout_cap", "counterparty"),
    line("a delay of a day in a day", 9, "liquidation: {delay: 1d}", "c.yaml:9:22: liquidation.delay:", "horizon"),
    line("a delay without a unit", 9, "liquidation: {delay: 5}", "c.yaml:9:22: liquidation.delay:", "unit"),
    line("a capacity of any time", 9, "liquidation: {capacity: {notional: 5M}}", "c.yaml:9:15: liquidation.capacity:", "belong together"),
    line("a capacity of nothing", 9, "liquidation: {capacity: {notional: 0, per: 1m}}", "c.yaml:9:36: liquidation.capacity.notional:", "(0, 1e18]"),
    config("a past in which nothing was earned", with_line(9, "fees: {volume: 1M}").replace(
        "name: junior, deposits", "name: junior, entered: 9d, deposits"), "c.yaml:", "it has earned nothing since then"),
    line("a deleveraging that never ends", 9, "guards: {deleverage: {when: 50%, to: 60%}}", "c.yaml:9:10: guards.deleverage:", "a lower to"),
    line("a deleveraging for nobody", 9, "guards: {deleverage: {when: 50%, to: 40%}}", "c.yaml:9:10: guards.deleverage:", "other side of positions"),
    line("a loss limit of any time", 9, "liquidation: {loss_limit: {loss: 5M}}", "c.yaml:9:15: liquidation.loss_limit:", "belong together"),
    line("parts too small to end", 9, "liquidation: {partial: {most: 1}}", "c.yaml:9:31: liquidation.partial.most:", "too many orders"),
    line("a backstop that stops at what it cannot know", 9, "liquidation: {backstop: {who: x, stop: 5% of gold}}", "c.yaml:9:40: liquidation.backstop.stop:", "gold"),
    line("a backstop of nobody", 9, "liquidation: {backstop: {at: 50%}}", "c.yaml:9:15: liquidation.backstop:", "say who"),
    line("a backstop below nothing", 9, "liquidation: {backstop: {who: x, at: 0%}}", "c.yaml:9:38: liquidation.backstop.at:", "(0, 1]"),
    line("a backstop at the residual", 9, "liquidation: {backstop: {who: x, price: residual}}", "c.yaml:9:41: liquidation.backstop.price:", "blend(2/3)"),
    line("a backstop that holds what it cannot know", 9, "liquidation: {backstop: {who: x, hold: 5% of gold}}", "c.yaml:9:40: liquidation.backstop.hold:", "gold"),
    line("a backstop at no price", 9, "liquidation: {backstop: {who: x, price: cheap}}", "c.yaml:9:41: liquidation.backstop.price:", "cheap"),
    line("a backstop that works off never", 9, "liquidation: {backstop: {who: x, unwind: 20%}}", "c.yaml:9:42: liquidation.backstop.unwind:", "belong together"),
    line("a backstop of a capacity of any time", 9, "liquidation: {backstop: {who: x, capacity: {per: 1m}}}", "c.yaml:9:34: liquidation.backstop.capacity:", "belong together"),
    config("a backstop of members", with_line(9, "liquidation: {backstop: {who: junior}}").replace(
        "name: junior, deposits", "name: junior, kind: member, deposits"), "c.yaml:9:31: liquidation.backstop.who:", "not liquidity providers"),
    line("two paces of one stock", 9, "liquidation: {backstop: {who: x, unwind: 20%, every: 1m}}\nwaterfall: [{verb: takeover, who: x, unwind: 10%, every: 1m}]", "c.yaml:9:42: liquidation.backstop.unwind:", "another pace"),
    line("a meanwhile of no time", 9, "liquidation: {partial: {share: 20%, meanwhile: whole}}", "c.yaml:9:48: liquidation.partial.meanwhile:", "cooldown"),
    line("two classes of one name", 13, "  - {name: senior, deposits: 5M}", "c.yaml:11:1: liquidity_providers:", "senior"),
    line("layer for an unknown class", 14, "waterfall: [{verb: assess, who: seniors, base: deposit}]", "c.yaml:14:33: waterfall[0].who:"),
    line("unknown layer", 14, "waterfall: [{verb: borrow}]", "c.yaml:14:20: waterfall[0].verb:"),
    line("too many books", 8, "book: {generate: {books: 5000}}", "c.yaml:8:26: book.generate.books:"),
    # ---- the CSV
    Case("book that is not there", RUN, ["book.csv"], {"c.yaml": with_book()}),
    Case("book that is a directory", RUN, ["book.csv"], {"c.yaml": with_book(), "book.csv": None}),
    book("empty book", "", "book.csv"),
    book("header only", BOOK.splitlines()[0] + "\n", "book.csv"),
    book("wrong header", BOOK.replace("size_usd", "size"), "book.csv:1:", "size"),
    book("too few columns", row("d,BTC,long,1000"), "book.csv:5:"),
    book("too many columns", row("d,BTC,long,1000,100000,100,9"), "book.csv:5:"),
    book("size that is no number", row("d,BTC,long,1e,100000,100"), "book.csv:5:", "size_usd"),
    book("suffix in a CSV", row("d,BTC,long,1M,100000,100"), "book.csv:5:", "size_usd"),
    book("size of zero", row("d,BTC,long,0,100000,100"), "book.csv:5:", "size_usd"),
    book("negative collateral", row("d,BTC,long,1000,100000,-5"), "book.csv:5:", "collateral"),
    book("entry that is no number", row("d,BTC,long,1000,nan,100"), "book.csv:5:", "entry"),
    book("unknown side", row("d,BTC,buy,1000,100000,100"), "book.csv:5:", "side", "buy"),
    book("unknown market", row("d,ETH,long,1000,100000,100"), "book.csv:5:", "ETH"),
    book("two rows of one account", row("a,BTC,short,1000,100000,100"), "book.csv:5:", "--as-isolated"),
    book("liquidatable at the start", row("d,BTC,long,1000000,120000,100000"), "book.csv:5:", "d"),
    book("several errors at once", row("d,BTC,buy,1000,100000,100") + "e,ETH,long,1000,100000,100\n", "book.csv:5:", "book.csv:6:"),
    Case("beyond the position limit", RUN, ["book.csv:3:"],
         {"c.yaml": with_line(7, "    margin: {maintenance: [{up_to: 1500k, rate: 1%}]}", with_book()), "book.csv": BOOK}),
    # ---- files
    Case("no such configuration", ["run", "gone.yaml"], ["gone.yaml"], {}),
    Case("configuration is a directory", ["run", "c.yaml"], ["c.yaml"], {"c.yaml": None}),
    Case("second configuration is wrong", ["run", "c.yaml", "d.yaml"], ["d.yaml:2:10: simulation.paths:"],
         {"c.yaml": SMALL, "d.yaml": "simulation:\n  paths: none\n"}),
    Case("output is a directory", ["run", "c.yaml", "-o", "out"], ["-o", "out", "directory"], {"c.yaml": SMALL, "out": None}),
    flags("output ends in a slash", ["run", "c.yaml", "-o", "out/"], "-o", "directory"),
    flags("output into no directory", ["run", "c.yaml", "-o", "gone/out.h5"], "-o", "gone"),
    flags("output into a file", ["run", "c.yaml", "-o", "c.yaml/out.h5"], "-o", "c.yaml"),
    flags("output into /proc", ["run", "c.yaml", "-o", "/proc/out.h5"], "-o", "/proc"),
    flags("output is a device", ["run", "c.yaml", "-o", "/dev/full"], "-o", "/dev/full"),
    flags("output is a configuration", ["run", "c.yaml", "-o", "c.yaml"], "-o", "c.yaml", "not overwriting"),
    Case("default output is something else", ["run", "c.yaml"], ["small.h5", "not overwriting"],
         {"c.yaml": SMALL, "small.h5": "precious"}),
    flags("more accounts than memory", RUN + ["--set", "book.generate.accounts=1e8", "--set", "book.generate.books=4096"],
          "not enough memory", "book.generate.accounts"),
    flags("more paths than disk", RUN + ["--paths", "1e12"], "not enough disk space", "output.samples"),
    flags("traced book that is not written", ["check", "c.yaml", "--write-book", "gone/b.csv"], "gone/b.csv"),
    # ---- settings
    flags("unknown setting", RUN + ["--set", "markets.BTC.price.volatilty=1"], "--set", "volatility"),
    flags("setting of an unknown market", RUN + ["--set", "markets.DOGE.price.initial=1"], "--set", "DOGE"),
    flags("setting without a value", RUN + ["--set", "simulation.paths"], "--set"),
    flags("setting out of bounds", RUN + ["--set", "liquidation.fee=200%"], "--set", "liquidation.fee"),
    flags("setting beyond a list", RUN + ["--set", "liquidity_providers[7].deposits=1M"], "--set", "liquidity_providers"),
    flags("paths that are no number", RUN + ["--paths", "lots"], "simulation.paths", "lots"),
    flags("seed that is no number", RUN + ["--seed", "-3"], "simulation.seed"),
    # ---- flags
    flags("no verb", [], "no verb"),
    flags("unknown verb", ["rnu", "c.yaml"], "unknown verb rnu"),
    flags("near verb", ["chekc", "c.yaml"], "did you mean check?"),
    flags("unknown flag", RUN + ["--resum"], "--resum", "did you mean --resume?"),
    flags("flag of another verb", ["check", "c.yaml", "--resume"], "--resume"),
    flags("missing value", ["run", "c.yaml", "-o"], "-o needs a value"),
    flags("value for a switch", RUN + ["--quiet=yes"], "--quiet takes no value"),
    flags("no configuration", ["run"], "no CONFIG"),
    flags("operand for schema", ["schema", "c.yaml"], "takes no operand"),
    flags("negative threads", RUN + ["--threads", "-1"], "--threads -1"),
    flags("too many threads", RUN + ["--threads", "5000"], "--threads 5000"),
    flags("batch of nothing", RUN + ["--batch", "1x"], "--batch 1x"),
    flags("unknown format", ["schema", "--format", "xml"], "--format xml", "markdown"),
    flags("unknown format of show", ["show", "c.yaml", "--format", "yaml"], "--format yaml", "json"),
    flags("bad moves", ["ladder", "c.yaml", "--moves", "-5%,ten"], "--moves", "ten"),
    flags("move of everything", ["ladder", "c.yaml", "--moves", "-100%"], "--moves"),
    flags("trace of nothing", ["trace", "c.yaml"], "--path", "--worst"),
    flags("trace of both", ["trace", "c.yaml", "--path", "1", "--worst", "1"], "--path", "--worst"),
    flags("trace beyond the paths", ["trace", "c.yaml", "--path", "3000"], "--path 3000"),
    flags("trace of a negative path", ["trace", "c.yaml", "--path", "-1"], "--path -1"),
    flags("show of a configuration", ["show", "c.yaml"], "c.yaml", "not a results file"),
    flags("show of nothing", ["show", "gone.h5"], "gone.h5"),
    flags("show of two", ["show", "c.yaml", "c.yaml"], "one FILE"),
    flags("verify of a configuration", ["verify", "c.yaml"], "c.yaml", "not a results file"),
    Case("show of a damaged file", ["show", "r.h5"], ["r.h5"], {"r.h5": b"\x89HDF\r\n\x1a\n" + bytes(5000)}),
    flags("book without writing", ["check", "c.yaml", "--book", "1"], "--write-book"),
    flags("book that is not drawn", ["check", "c.yaml", "--write-book", "-", "--book", "3"], "--book 3"),
    Case("unknown vector level", RUN, ["HAIRCUT_VECTOR=mmx", "sse2"], environment={"HAIRCUT_VECTOR": "mmx"}),
]
