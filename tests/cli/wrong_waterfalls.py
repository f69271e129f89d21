# SPDX-License-Identifier: GPL-3.0-or-later
"""Waterfalls that are wrong (CASES: they fail) or can hardly be meant (WARNINGS: they warn and run).

Their lines follow those of the small configuration: the first is line 15."""
from dataclasses import dataclass

from configs import SMALL
from wrong_inputs import RUN, Case

CLASSES = "  - {name: senior, deposits: 20M, profit: 500k}\n  - {name: junior, deposits: 5M, profit: 200k}\n"
FUND = "{verb: fund, who: insurance}"
FUND_CASH = "{verb: fund, who: insurance, takes: cash}"
DEPOSITS = "{verb: assess, who: liquidity_providers, base: deposit}"
RAISE = "{verb: raise, who: treasury}"
GROUP = "groups: {g: {overflow: true}}"


def text(lines, classes=CLASSES):
    return SMALL.replace(CLASSES, classes) + "".join(line + "\n" for line in lines)


def layers(*items):
    """One layer a line, each { in column 5; the first on line 16 where nothing stands before."""
    return ["waterfall:", *("  - " + item for item in items)]


def close(rest):
    return "{verb: close, who: opposite, allocation: ranked, score: bitmex, " + rest + "}"


def wrong(name, lines, *expected, classes=CLASSES):
    return Case("waterfall, " + name, RUN, list(expected), {"c.yaml": text(lines, classes)})


def one(name, layer, *expected):
    """One layer, on line 16."""
    return wrong(name, layers(layer), *expected)


def leaving(words):
    """A class that leaves; its keys begin in column 36 of line 12."""
    return f"  - {{name: lp, deposits: 25M, withdrawals: {{{words}}}}}\n"


CASES = [
    # ---- fees and withdrawals
    wrong("nobody can leave before the horizon", layers(FUND), "liquidity_providers[0].withdrawals.epoch:", "longer than the horizon",
          classes=leaving("epoch: 2d, at_rest: 1%")),
    wrong("locked up beyond the horizon", layers(FUND), "liquidity_providers[0].withdrawals.lock_up:", "longer than the horizon",
          classes=leaving("lock_up: 2d, at_rest: 1%")),
    wrong("leaving more than all", layers(FUND), "liquidity_providers[0].withdrawals.at_rest:", "[0, 1]", classes=leaving("at_rest: 120%")),
    wrong("a drawdown that makes them come", layers(FUND), "withdrawals.per_drawdown:", classes=leaving("per_drawdown: -2")),
    wrong("seeing something else", layers(FUND), "withdrawals.sees:", "recognised", classes=leaving("sees: all")),
    wrong("an epoch without a unit", layers(FUND), "withdrawals.epoch:", classes=leaving("epoch: 10")),
    wrong("fees of more than all", ["fees: {volume: 1M, to_fund: 60%, to_lps: 60%}", *layers(FUND)], "fees.to_lps:", "more than 100 %"),
    wrong("fees to nobody", ["fees: {volume: 1M, to_lps: 60%}", *layers(FUND)], "fees.to_lps:", "no liquidity provider has deposits",
          classes="  - {name: guild, kind: member}\n"),
    # ---- words
    one("unknown verb", "{verb: clawback}", "c.yaml:16:12: waterfall[0].verb:", "redistribute"),
    one("misspelt verb", "{verb: asses}", "c.yaml:16:12: waterfall[0].verb:", "did you mean `assess`?"),
    one("misspelt key", "{vreb: fund}", "c.yaml:16:6: waterfall[0].vreb:", "verb"),
    one("unknown allocation", "{verb: assess, allocation: prorata}", "c.yaml:16:32: waterfall[0].allocation:", "pro_rata"),
    one("unknown score", "{verb: close, score: bitmx}", "c.yaml:16:26: waterfall[0].score:", "bitmex"),
    one("unknown base", "{verb: assess, base: wealth}", "c.yaml:16:26: waterfall[0].base:", "deposit"),
    one("unknown takes", "{verb: fund, takes: all}", "c.yaml:16:25: waterfall[0].takes:", "cash"),
    one("unknown bound", close("bound: mark"), "waterfall[0].bound:", "c.yaml:16:", "bankruptcy"),
    wrong("unknown kind of class", layers(FUND), "c.yaml:12:21: liquidity_providers[0].kind:", "staker",
          classes="  - {name: a, kind: whale}\n"),
    # ---- names
    one("unknown fund", "{verb: fund, who: treasury}", "c.yaml:16:23: waterfall[0].who:", "treasury", "`funds`"),
    one("unknown class", "{verb: assess, who: mezzanine}", "c.yaml:16:25: waterfall[0].who:", "mezzanine"),
    one("members that are not there", "{verb: assess, who: members}", "c.yaml:16:25: waterfall[0].who:", "members"),
    one("unknown switch in only_if", "{verb: fund, only_if: adl}", "c.yaml:16:27: waterfall[0].only_if:", "adl", "`switches`"),
    one("unknown switch in unless", "{verb: fund, unless: adl}", "c.yaml:16:26: waterfall[0].unless:", "adl"),
    one("unknown group", "{verb: fund, group: g, share: 100%}", "c.yaml:16:25: waterfall[0].group:", "`groups`"),
    one("close of the same side", "{verb: close, who: same_side, score: bitmex}", "c.yaml:16:24: waterfall[0].who:", "opposite"),
    one("redistribute to the opposite side", "{verb: redistribute, who: opposite}", "c.yaml:16:31: waterfall[0].who:", "same_side"),
    one("takeover by nobody", "{verb: takeover, who: ''}", "c.yaml:16:27: waterfall[0].who:", "taker"),
    wrong("takeover by members", layers("{verb: takeover, who: members}"), "c.yaml:15:27: waterfall[0].who:", "members",
          classes="  - {name: a, kind: member}\n"),
    wrong("two classes of one name", layers(FUND), "c.yaml:11:1: liquidity_providers:", "junior",
          classes="  - {name: junior}\n  - {name: junior}\n"),
    wrong("a fund called lp", ["funds: {lp: {initial: 1M}}", *layers(FUND)], "c.yaml:15:9: funds.lp:", "another meaning"),
    wrong("a fund called payer", ["funds: {payer: {initial: 1M}}", *layers(FUND)], "c.yaml:15:9: funds.payer:"),
    wrong("a fund below zero", ["funds: {skin: {initial: -1M}}", *layers(FUND)], "c.yaml:15:25: funds.skin.initial:"),
    # ---- keys that do not go with their verb
    one("hold on a cash verb", "{verb: assess, hold: 5M}", "c.yaml:16:20: waterfall[0].hold:", "takeover"),
    one("price on a cash verb", "{verb: assess, price: mark}", "c.yaml:16:20: waterfall[0].price:", "close"),
    one("base on a fund", "{verb: fund, base: profit}", "c.yaml:16:18: waterfall[0].base:", "assess"),
    one("time on a position verb", "{verb: close, score: bitmex, time: never}", "c.yaml:16:34: waterfall[0].time:", "raise"),
    one("index on classes", "{verb: assess, form: index}", "c.yaml:16:26: waterfall[0].form:", "classes"),
    one("classes by size", "{verb: assess, base: size}", "c.yaml:16:26: waterfall[0].base:", "deposit"),
    one("accounts by deposit", "{verb: assess, who: winners, base: deposit}", "c.yaml:16:40: waterfall[0].base:", "collateral"),
    one("close by collateral", "{verb: close, score: bitmex, base: collateral}", "c.yaml:16:40: waterfall[0].base:", "notional"),
    one("redistribute by profit", "{verb: redistribute, base: unrealised_profit}", "c.yaml:16:32: waterfall[0].base:", "equity"),
    one("ranked without score", "{verb: close, allocation: ranked}", "c.yaml:16:31: waterfall[0].allocation:", "score"),
    one("limit without score", "{verb: close, allocation: pro_rata, limit: 10}", "c.yaml:16:48: waterfall[0].limit:", "score"),
    one("limit of nobody", "{verb: close, score: size, limit: 0}", "c.yaml:16:39: waterfall[0].limit:"),
    one("random classes", "{verb: assess, allocation: random}", "c.yaml:16:32: waterfall[0].allocation:", "pro_rata"),
    one("water filling with cash", "{verb: assess, who: winners, base: equity, allocation: water_filling}",
        "c.yaml:16:60: waterfall[0].allocation:", "close"),
    one("water filling of the same side", "{verb: redistribute, allocation: water_filling}",
        "c.yaml:16:38: waterfall[0].allocation:", "close"),
    one("payer cap on close", close("cap: 10% of payer"), "c.yaml:16:", "waterfall[0].cap:", "notional"),
    one("payer cap on raise", "{verb: raise, cap: 10% of payer}", "c.yaml:16:24: waterfall[0].cap:", "amount"),
    one("payer cap a window", "{verb: assess, cap: 10% of payer per 8h}", "c.yaml:16:25: waterfall[0].cap:", "`per`"),
    # ---- numbers
    one("severity of 1.2", "{verb: fund, severity: 1.2}", "c.yaml:16:28: waterfall[0].severity:", "100%"),
    one("severity below 0", "{verb: fund, severity: -5%}", "c.yaml:16:28: waterfall[0].severity:"),
    one("unwind without every", "{verb: takeover, unwind: 20%}", "c.yaml:16:30: waterfall[0].unwind:", "every: 1m"),
    one("every without unwind", "{verb: takeover, every: 1m}", "c.yaml:16:29: waterfall[0].every:", "unwind: 20%"),
    one("unwind of nothing", "{verb: takeover, unwind: 0%, every: 1m}", "c.yaml:16:30: waterfall[0].unwind:"),
    one("hold below 0", "{verb: takeover, hold: -1M}", "c.yaml:16:28: waterfall[0].hold:"),
    # ---- halts and pauses
    one("a halt with a cap", "{verb: halt, cap: 5M}", "c.yaml:16:23: waterfall[0].cap:", "settles everything"),
    one("a halt by half", "{verb: halt, severity: 50%}", "c.yaml:16:28: waterfall[0].severity:", "100 %"),
    one("a halt of somebody", "{verb: halt, who: lp}", "c.yaml:16:18: waterfall[0].who:"),
    wrong("a halt in a group", [GROUP, *layers("{verb: halt, group: g, share: 100%}")], "c.yaml:17:25: waterfall[0].group:"),
    wrong("two halts", layers("{verb: halt, when: shortfall > 1M}", "{verb: halt}"), "c.yaml:17:5: waterfall[1]:", "once"),
    wrong("a pause for no time", ["pause: {when: shortfall > 1M, lasts: 0s}", *layers(FUND)], "c.yaml:15:38: pause.lasts:"),
    wrong("a pause on nonsense", ["pause: {when: moon}", *layers(FUND)], "c.yaml:15:15: pause.when:", "moon"),
    # ---- groups
    wrong("shares below 1", [GROUP, *layers("{verb: assess, who: senior, group: g, share: 65%}",
                                            "{verb: assess, who: junior, group: g, share: 30%}")],
          "c.yaml:17:50: waterfall[0].share:", "0.95"),
    wrong("group without share", [GROUP, *layers("{verb: fund, group: g}")], "c.yaml:17:25: waterfall[0].group:", "share"),
    one("share without group", "{verb: fund, share: 50%}", "c.yaml:16:25: waterfall[0].share:", "group"),
    wrong("share of 0", [GROUP, *layers("{verb: fund, group: g, share: 0%}")], "c.yaml:17:35: waterfall[0].share:"),
    wrong("mixed group", [GROUP, *layers("{verb: fund, group: g, share: 50%}", "{verb: close, group: g, share: 50%, score: size}")],
          "c.yaml:18:26: waterfall[1].group:", "mixes", "close"),
    wrong("group that is torn apart", [GROUP, *layers("{verb: assess, who: senior, group: g, share: 50%}", FUND,
                                                      "{verb: assess, who: junior, group: g, share: 50%}")],
          "c.yaml:19:40: waterfall[2].group:", "neighbours"),
    # ---- conditions
    one("until without when", "{verb: fund, until: fund.balance <= 0}", "c.yaml:16:25: waterfall[0].until:", "`when`"),
    wrong("switch without when", ["switches: {a: {until: fund.balance <= 0}}", *layers(FUND)],
          "c.yaml:15:12: switches.a.when:", "condition"),
    wrong("condition of a switch", ["switches: {a: {when: fund.balance >> 0}}", *layers(FUND)], "c.yaml:15:22: switches.a.when:"),
    wrong("end of a switch", ["switches: {a: {when: fund.balance > 0, until: never}}", *layers(FUND)],
          "c.yaml:15:47: switches.a.until:", "never"),
    one("unknown metric", "{verb: fund, when: fund.balanse > 0}", "c.yaml:16:24: waterfall[0].when:", 'did you mean "balance"?'),
    one("metric of an unknown fund", "{verb: fund, when: skin.balance > 0}", "c.yaml:16:24: waterfall[0].when:", "skin"),
    one("unknown comparison", "{verb: fund, when: fund.balance = 0}", "c.yaml:16:24: waterfall[0].when:", "<="),
    one("half a condition", "{verb: fund, when: fund.balance > 0 and}", "c.yaml:16:24: waterfall[0].when:"),
    one("drawdown without window", "{verb: fund, when: fund.drawdown > 30%}", "c.yaml:16:24: waterfall[0].when:", "(8h)"),
    one("condition on payers", "{verb: fund, when: shortfall > 10% of payer}", "c.yaml:16:24: waterfall[0].when:", "payer"),
    one("conditions joined by or", "{verb: fund, when: fund.balance > 0 or shortfall > 1M}", "c.yaml:16:24: waterfall[0].when:", '"and" or the end'),
    # ---- caps
    one("cap in words", "{verb: fund, cap: lots}", "c.yaml:16:23: waterfall[0].cap:", "10M"),
    one("share of nothing", "{verb: fund, cap: 30%}", "c.yaml:16:23: waterfall[0].cap:", "30% of fund"),
    one("share of an unknown fund", "{verb: fund, cap: 30% of skin}", "c.yaml:16:23: waterfall[0].cap:", "skin"),
    one("cap per something", "{verb: fund, cap: 10M per week}", "c.yaml:16:23: waterfall[0].cap:", "8h"),
    one("cap below 0", "{verb: fund, cap: -5M}", "c.yaml:16:23: waterfall[0].cap:", "-5M"),
    one("peak without window", "{verb: fund, cap: 30% of fund.peak}", "c.yaml:16:23: waterfall[0].cap:", "(8h)"),
    # ---- prices
    one("unknown price", "{verb: takeover, price: bankrupcy}", "c.yaml:16:29: waterfall[0].price:", 'did you mean "bankruptcy"?'),
    one("blend above 1", "{verb: takeover, price: blend(1.5)}", "c.yaml:16:29: waterfall[0].price:", "expected a weight from 0 to 1"),
    one("blend below 0", "{verb: takeover, price: blend(-0.1)}", "c.yaml:16:29: waterfall[0].price:", "expected a weight from 0 to 1"),
    one("blend of nothing", "{verb: takeover, price: blend}", "c.yaml:16:29: waterfall[0].price:", "blend(0.667)"),
    one("concession of all", "{verb: takeover, price: mark + 100%}", "c.yaml:16:29: waterfall[0].price:", "50bp"),
    one("fixed price of 0", "{verb: takeover, price: fixed(0)}", "c.yaml:16:29: waterfall[0].price:", "above 0"),
    # ---- times
    one("unknown time", "{verb: assess, time: later}", "c.yaml:16:26: waterfall[0].time:", "on_withdrawal"),
    one("session without length", "{verb: assess, time: session}", "c.yaml:16:26: waterfall[0].time:", "(8h)"),
    one("session longer than the horizon", "{verb: raise, time: session(2d)}", "c.yaml:16:25: waterfall[0].time:", "horizon"),
    one("delay beyond the horizon", "{verb: raise, time: delay(30h)}", "c.yaml:16:25: waterfall[0].time:", "horizon"),
    wrong("sessions of two lengths",
          layers("{verb: assess, who: all_traders, base: session_profit, time: session(1h)}",
                 "{verb: assess, who: winners, base: session_profit, time: session(2h)}"), "c.yaml:16:66: waterfall[0].time:", "one length"),
    # ---- the whole
    wrong("a mapping for a list", ["waterfall: {verb: fund}"], "c.yaml:15:12: waterfall:", "list"),
    wrong("33 layers", layers(*[FUND] * 33), "c.yaml:15:1: waterfall:", "32"),
]


@dataclass
class Warned:
    """`lines` warn with `expected`, `right` do not warn."""
    name: str
    lines: list
    expected: list
    right: list
    classes: str = CLASSES


ADL = "switches: {adl: {when: fund.balance <= 0}}"
STAKERS = "  - {name: a, deposits: 5M}\n  - {name: b, kind: staker, deposits: 5M}\n"
WARNINGS = [
    Warned("behind endless money", layers(FUND, RAISE, DEPOSITS), ["c.yaml:18:5: warning: waterfall[2]:", "never reached", "waterfall[1] (raise)"],
           layers(FUND, "{verb: raise, cap: 1M per path}", DEPOSITS)),
    Warned("position behind endless money", layers(FUND, RAISE, close("price: bankruptcy")), ["c.yaml:18:5: warning: waterfall[2]:", "(close)"],
           layers(FUND, "{verb: raise, takes: cash}", close("price: bankruptcy"))),
    Warned("cash behind endless cash", layers("{verb: raise, takes: cash}", FUND), ["c.yaml:17:5: warning: waterfall[1]:"],
           layers("{verb: raise, takes: cash}", close("price: mark"), FUND)),
    Warned("behind money that is conditional elsewhere", layers(RAISE, FUND), ["c.yaml:17:5: warning: waterfall[1]:"],
           layers("{verb: raise, when: fund.balance <= 0}", FUND)),
    Warned("behind less than all", layers(RAISE, FUND), ["waterfall[1]:"], layers("{verb: raise, severity: 50%}", FUND)),
    Warned("behind a switch", [ADL, *layers("{verb: fund, unless: adl}", RAISE, DEPOSITS)], ["waterfall[2]:"],
           [ADL, *layers(FUND, "{verb: raise, only_if: adl}", DEPOSITS)]),
    Warned("behind what stays pending", layers(FUND, "{verb: assess, time: never}", RAISE), ["c.yaml:18:5: warning: waterfall[2]:"],
           layers(FUND, "{verb: assess, time: delay(1h)}", RAISE)),
    Warned("behind a group of endless money",
           [GROUP, *layers("{verb: raise, who: a, group: g, share: 50%}", "{verb: raise, who: b, group: g, share: 50%}", FUND)],
           ["c.yaml:19:5: warning: waterfall[2]:", "waterfall[1]"],
           [GROUP, *layers("{verb: raise, who: a, group: g, share: 50%}", "{verb: raise, who: b, group: g, share: 50%, cap: 1M}", FUND)]),
    Warned("residual after nothing", layers(close("price: residual"), FUND), ["c.yaml:16:", "waterfall[0].price:", "no cash layer comes before"],
           layers(FUND_CASH, close("price: residual"))),
    Warned("residual after shares", layers(FUND, close("price: residual")), ["c.yaml:17:", "waterfall[1].price:", "takes: share"],
           layers(FUND, close("price: mark, cap: 1M"), close("price: residual"), DEPOSITS)),
    *(Warned("close at " + price, layers(FUND, close(f"price: {price}")), ["c.yaml:17:76: warning: waterfall[1].price:", "no cash layer behind"],
             layers(close(f"price: {price}"), FUND))
      for price in ("mark", "oracle", "blend(0.5)", "fixed(90000)", "bankruptcy + 10bp")),
    Warned("close at the mark with a concession", layers(FUND, close("price: mark + 10bp")), ["waterfall[1].price:", "mark with a concession"],
           layers(FUND, close("price: blend(1)"))),
    Warned("previous mark without cash behind", layers(FUND, close("price: previous_mark, bound: bankruptcy")), ["no cash layer behind"],
           layers(FUND, close("price: previous_mark, bound: bankruptcy"), DEPOSITS)),
    Warned("previous mark without bound", layers(close("price: previous_mark"), FUND), ["c.yaml:16:", "waterfall[0].price:", "bound: bankruptcy"],
           layers(close("price: previous_mark, bound: bankruptcy"), FUND)),
    Warned("switch that is not used", [ADL, *layers(FUND)], ["c.yaml:15:12: warning: switches.adl:", "no layer uses this switch"],
           [ADL, *layers("{verb: fund, only_if: adl}")]),
    Warned("fund that is not used", ["funds: {skin: {initial: 1M}}", *layers(FUND)], ["c.yaml:15:9: warning: funds.skin:", "who: skin"],
           ["funds: {skin: {initial: 1M}}", *layers("{verb: fund, who: skin}", FUND)]),
    Warned("fund that is only looked at", ["funds: {skin: {initial: 1M}}", *layers(FUND)], ["funds.skin:"],
           ["funds: {skin: {initial: 1M}}", *layers("{verb: fund, when: skin.balance > 0}")]),
    Warned("insurance fund that is not used", layers(DEPOSITS), ["c.yaml:10:27: warning: insurance_fund.initial:", "who: insurance"],
           layers(DEPOSITS, FUND)),
    Warned("group that is not used", [GROUP, *layers(FUND)], ["c.yaml:15:10: warning: groups.g:", "no layer uses this group"],
           [GROUP, *layers("{verb: fund, group: g, share: 100%}")]),
    Warned("stakers that nobody charges", layers(FUND, DEPOSITS), ["c.yaml:13:5: warning: liquidity_providers[1]:", "class b", "who: stakers"],
           layers(FUND, "{verb: assess, who: b, base: stake}"), STAKERS),
    Warned("members that nobody charges", layers(FUND), ["liquidity_providers[0]:", "class a", "who: members"],
           layers(FUND, "{verb: assess, who: members, base: contribution}"), "  - {name: a, kind: member}\n"),
]
