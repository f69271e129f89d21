# SPDX-License-Identifier: GPL-3.0-or-later
"""The waterfall of the slow twin: layers on plain Python objects, as docs/waterfall.md words them.

A `Setup` is a configuration's list of layers with all it names; a `State` is what one path does to it. Times are
seconds since the start of the path, prices USD a unit, everything else USD unless it says units.
"""
# Where the page left a choice
# ----------------------------
#  1. Whether an order can be sent is found by a dry run: the cash layers before the first position layer pay what is
#     missing, one after the other on the same balances, with their severities and shares. A layer that defers takes
#     its target.
#  2. In the dry run the insurance fund is its balance plus what the inflow of the step leaves of pending; caps are
#     looked at with that balance; LP fee income of the step is not counted; layers and named switches have the state
#     of the last settlement. Accounts that are charged are those in the book, neither triggered in this round nor
#     held, at the mark before the order.
#  3. Equity within 1e-12 of the notional counts as 0 when shortfalls are added up, too. What must be paid is all
#     shortfalls of the step, those already sent and those of the order, both sides and all rounds together.
#  4. The venue has one position a side; what is released later averages into its entry. Under fifo it comes before
#     the accounts of its side. It is an order like any other in liquidated_notional, cascade_rounds (also a round
#     that found nothing else), displacement_max and mark_low. Its gain is inflow as a whole, without a fee.
#  5. A held position of the venue with equity of at least 0 at P stays with its entry, and is offered again in the
#     first round of the next step.
#  6. `previous_mark` is the mark at the end of the step before, after its orders.
#  7. A deferred layer with `takes: share` releases its share of the position when T leaves S, as a payment would.
#  8. A deficit that comes at a recognition time of its layer is charged in the same settlement. Multiples of d of a
#     session or epoch are recognition times whether or not anything is pending; so is the last step.
#  9. At its time a deferred layer is not looked at a second time: its switch is what it was in this settlement. Its
#     severity is not applied again. What it cannot take is a record without units, and the layers behind it (behind
#     its group, if it is in one) run on that as always, conditions included; where one of them defers in turn and its
#     time is this step too, it charges after that.
# 10. The cap limits both what is deferred and what is charged later; only what is paid uses it up.
# 11. Netting does not use `surplus`, which goes to the insurance fund at once. What netting pays counts as
#     insurance_paid, and not against caps of `fund` layers.
# 12. The look at `when` and `until` is made whatever only_if and unless say. All members of a group are looked at
#     before the first of them pays. A position layer is looked at once, before its first record.
# 13. Overflow of a group: members get min(capacity, theta * severity * share), theta such that they sum to what
#     severities leave of the demand, or all their capacities; capacities are those at the start of the group.
# 14. `loss/equity` counts cash payments of classes of kind lp; without equity it is 0. The start of
#     `fund.drawdown` and `peak`: a balance that only existed between two payments of one earlier settlement does not
#     count, the balance at the end of that settlement does; the present one is what it is when looked at. A share
#     of a greatest balance of 0 is 0. `market.pnl_drawdown` is then the same number as `fund.drawdown`, since a
#     balance is its start plus inflow (surplus included) less payments.
# 15. `AMOUNT of payer`: of min(base, equity) for USD bases of accounts, of equity for `size` and `notional`, of what
#     is there for classes, of the balance for funds, and of the units he has for close and redistribute. With `per`
#     every payer has a window of his own. With `form: index` it is the only cap.
# 16. `random` and `rotate` on classes use the number of the class in place of the account's. The same uniforms serve
#     every layer and every settlement of a path.
# 17. `hold` is on the taker's net stock, all sides and layers of that name together: |net + s*dQ|*P <= hold.
# 18. A taker pays any charge; LPs who take over pay it with their inventory, not out of deposits.
# 19. The price of a position layer is found once a record, before its first payer; clipped after the concession.
# 20. `water_filling` in redistribute is the formula as it stands, so nobody more than doubles his position.
# 21. After a cash layer S within 1e-12 of itself at birth is 0, after a position layer S within 1e-12 of the notional
#     at birth (units at birth at P); Q within 1e-12 of the units at birth is 0; an account with less than 1e-12 of its
#     units left is closed whole. S and Q of a record that is paid whole by a cash layer are exactly 0.
# 22. Equity of accounts for `session_profit` is taken at the end of the settlement of a boundary, after its charges.
# 23. first_social_step: a cash payment of a class or an account, or a positive charge of an account (close,
#     redistribute) or of LPs who take over.
# 24. `liquidations` counts positions sold and those that became a record; accounts closed against a record are
#     counted in adl_accounts alone, once a closing.
# 25. Positions that became a record pay no liquidation fee. Neither do closed accounts.
# 26. A short whose liquidation level falls to 0 or below (charged by index) is triggered at every price.
# 27. A class of any kind can take over; its result is in lp_inventory.
# 28. A group that `groups` does not list has overflow.

import math
import re
from types import SimpleNamespace

CASH_VERBS = ("fund", "assess", "raise")
POSITION_VERBS = ("close", "takeover", "redistribute")
LP_STOCK, TAKER_STOCK = "LPs", "takers"
KINDS = {"liquidity_providers": "lp", "members": "member", "stakers": "staker", "depositors": "depositor",
         "token_holders": "token_holder"}
CLASS_BASES = {"deposit": "deposit", "stake": "deposit", "contribution": "deposit", "capacity": "deposit",
               "profit": "profit", "equity": "equity"}
ACCOUNT_BASES = ("size", "notional", "collateral", "equity", "unrealised_profit", "profit", "session_profit")
ALLOCATIONS = ("pro_rata", "equal", "ranked", "random", "rotate", "fifo", "smallest_first", "water_filling")
SCORES = ("bitmex", "binance", "hyperliquid", "aevo", "profit", "leverage", "size")
DUST = 1e-12
ROTATE_INDEX = 2 ** 32 - 1


# ----------------------------------------------------------------------------------------------- words

def fail(message):
    raise SystemExit("twin: " + message)


def number(value):
    """A number with % , bp, k, M, B or nothing behind it; a rate may end in /y, /d, /h."""
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip()
    per = 1.0
    if "/" in text:
        text, unit = text.split("/")
        per = {"y": 1.0, "d": 365.0, "h": 8760.0}[unit.strip()]
        text = text.strip()
    for suffix, up, down in (("%", 1, 100), ("bp", 1, 10000), ("k", 1000, 1), ("M", 10**6, 1), ("B", 10**9, 1)):
        if text.endswith(suffix):
            return float(text[:-len(suffix)]) * up / down * per
    return float(text) * per


def seconds(value):
    if isinstance(value, (int, float)):
        return float(value)
    text = str(value).strip()
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}
    if text[-1] in units:
        return float(text[:-1]) * units[text[-1]]
    return float(text)


def keys(where, mapping, known):
    for key in mapping:
        if key not in known.split():
            fail("%s: unknown key '%s'" % (where, key))


def matched(what, pattern, text):
    found = re.fullmatch(pattern, str(text).strip())
    if not found:
        fail("cannot read %s '%s'" % (what, text))
    return found


def parse_amount(text):
    """`10M`, `30% of fund`, `1% of lp.start`, `30% of fund.peak(8h)`, `50% of payer`."""
    m = matched("amount", r"(\S+)(?:\s+of\s+(\w+)(?:\.(start|peak)(?:\(\s*(\S+?)\s*\))?)?)?", text)
    if (m[3] == "peak") != (m[4] is not None):
        fail("peak needs a window, and nothing else has one: '%s'" % text)
    return SimpleNamespace(value=number(m[1]), of=m[2], when=m[3] or "now", window=seconds(m[4]) if m[4] else None)


def parse_cap(text):
    if text in (None, ""):
        return None
    m = matched("cap", r"(.+?)(?:\s+per\s+(\S+))?", text)
    if m[2] is None:
        per = 0.0
    else:
        per = math.inf if m[2] == "path" else seconds(m[2])
    return SimpleNamespace(amount=parse_amount(m[1]), per=per)


def parse_condition(text):
    """A list of terms, all of which must hold; None where there is no condition."""
    if text in (None, ""):
        return None
    terms = []
    for part in re.split(r"\s+and\s+", str(text).strip()):
        m = matched("condition", r"([\w./]+)(?:\(\s*(\S+?)\s*\))?\s*(<=|>=|<|>)\s*(.+)", part)
        if m[1] in ("unfilled", "shortfall", "loss/equity"):
            metric, name = m[1], None
        elif m[1] == "market.pnl_drawdown":
            metric, name = "drawdown", "fund"
        else:
            name, dot, metric = m[1].rpartition(".")
            if metric not in ("balance", "drawdown") or not dot:
                fail("unknown metric in '%s'" % part)
        if (metric == "drawdown") != (m[2] is not None):
            fail("a drawdown needs a window, and nothing else has one: '%s'" % part)
        terms.append(SimpleNamespace(metric=metric, name=name, window=seconds(m[2]) if m[2] else None, op=m[3],
                                     value=parse_amount(m[4])))
    return terms


def parse_price(text):
    m = matched("price", r"(bankruptcy|mark|previous_mark|oracle|residual|blend|fixed)(?:\(\s*(\S+?)\s*\))?"
                r"(?:\s*([+-])\s*(\S+))?", text)
    if (m[1] in ("blend", "fixed")) != (m[2] is not None):
        fail("blend and fixed need a number in brackets: '%s'" % text)
    concession = number(m[4]) * (1 if m[3] == "+" else -1) if m[3] else 0.0
    top, _, bottom = (m[2] or "").partition("/")
    parameter = (number(top) / number(bottom or 1)) if top else None
    return SimpleNamespace(kind=m[1], parameter=parameter, concession=concession)


def parse_time(text):
    m = matched("time", r"(now|session|epoch|delay|on_withdrawal|never)(?:\(\s*(\S+?)\s*\))?", text)
    if (m[1] in ("session", "epoch", "delay")) != (m[2] is not None):
        fail("session, epoch and delay need a duration in brackets: '%s'" % text)
    return SimpleNamespace(kind=m[1], length=seconds(m[2]) if m[2] else None)


def parse_withdrawals(given):
    """Who of a class leaves; nobody where nothing makes them."""
    given = given or {}
    keys("withdrawals", given, "epoch lock_up at_rest per_drawdown per_depletion gate sees")
    rule = SimpleNamespace(epoch=seconds(given.get("epoch", "1h")), lock_up=seconds(given.get("lock_up", 0)),
                           at_rest=number(given.get("at_rest", 0)), per_drawdown=number(given.get("per_drawdown", 0)),
                           per_depletion=number(given.get("per_depletion", 0)), gate=number(given.get("gate", 1)),
                           sees_pending=given.get("sees", "recognised") == "pending")
    rule.leaves = rule.at_rest > 0 or rule.per_drawdown > 0 or rule.per_depletion > 0
    return rule


# ----------------------------------------------------------------------------------------------- setup

COMMON = "verb severity cap when until only_if unless group share "
LAYER_KEYS = {
    "fund": "who takes",
    "assess": "who base allocation score limit form takes time netting payback",
    "raise": "who takes time netting",
    "close": "who base allocation score limit price bound",
    "takeover": "who price bound hold unwind every",
    "redistribute": "who base allocation score limit price bound",
    "halt": "",
}
DEFAULTS = {
    "fund": {"who": "insurance"},
    "assess": {"who": "liquidity_providers", "base": "deposit", "allocation": "pro_rata"},
    "raise": {"who": "treasury"},
    "close": {"who": "opposite", "base": "size", "allocation": "ranked"},
    "takeover": {"who": "liquidity_providers"},
    "redistribute": {"who": "same_side", "base": "size", "allocation": "pro_rata"},
    "halt": {"who": None},
}
DEFAULT_LAYERS = [
    {"verb": "fund", "who": "insurance"},
    {"verb": "assess", "who": "liquidity_providers", "base": "profit", "allocation": "pro_rata"},
    {"verb": "assess", "who": "liquidity_providers", "base": "deposit", "allocation": "pro_rata"},
]


class Setup:
    """Layers, funds, classes and switches of a configuration."""

    def __init__(self, insurance=0.0, classes=(), layers=None, funds=None, switches=None, groups=None,
                 horizon=math.inf, fees=None, pause=None, in_asset=0.0, target=math.inf, beyond="treasury"):
        self.horizon = horizon
        self.target, self.beyond_to_lps = target, {"treasury": False, "lps": True}[beyond]
        self.in_asset = in_asset
        fees = fees or {}
        keys("fees", fees, "volume rate to_fund to_lps")
        earned = number(fees.get("volume", 0)) * number(fees.get("rate", "5bp")) / 86400.0     # USD a second
        self.fund_fee = earned * number(fees.get("to_fund", 0))
        self.lp_fee = earned * number(fees.get("to_lps", 0))
        pause = pause or {}
        keys("pause", pause, "when lasts")
        self.pause = parse_condition(pause.get("when"))
        self.pause_lasts = seconds(pause.get("lasts", "15m"))
        self.funds = {"insurance": insurance}
        for name, fund in (funds or {}).items():
            keys("funds." + name, fund or {}, "initial")
            self.funds[name] = number((fund or {}).get("initial", "1M"))
        self.classes = []
        for lp in classes:
            keys("liquidity_providers", lp, "name kind deposits profit entered hurdle fee_share counterparty payout_cap "
                 "withdrawals")
            kind = lp.get("kind", "lp")
            if kind not in KINDS.values():
                fail("unknown kind %s" % kind)
            self.classes.append(SimpleNamespace(name=lp.get("name", "lp"), kind=kind,
                                                deposits=number(lp.get("deposits", "300M")),
                                                profit=number(lp.get("profit", "15M")),
                                                entered=seconds(lp.get("entered", 0)),
                                                hurdle=number(lp.get("hurdle", 0)), fee_share=number(lp.get("fee_share", 1)),
                                                counterparty=number(lp.get("counterparty", 0)),
                                                payout_cap=number(lp["payout_cap"]) if "payout_cap" in lp else math.inf,
                                                leaving=parse_withdrawals(lp.get("withdrawals"))))
        self.lp_deposits = math.fsum(lp.deposits for lp in self.classes if lp.kind == "lp")
        self.fee_weights = math.fsum(lp.deposits * lp.fee_share for lp in self.classes if lp.kind == "lp")
        for lp in self.classes:
            if lp.entered > 0:
                lp.profit += self.lp_fee * lp.entered * lp.deposits * lp.fee_share / self.fee_weights
        self.switches = {}
        for name, switch in (switches or {}).items():
            keys("switches." + name, switch, "when until")
            self.switches[name] = (parse_condition(switch.get("when")), parse_condition(switch.get("until")))
        for name, group in (groups or {}).items():
            keys("groups." + name, group or {}, "overflow")
        self.groups = {name: bool((group or {}).get("overflow", True)) for name, group in (groups or {}).items()}
        self.layers = [self.layer(i, given) for i, given in enumerate(DEFAULT_LAYERS if layers is None else layers)]
        self.stages = []
        for layer in self.layers:
            if layer.group and self.stages and self.stages[-1][0].group == layer.group:
                self.stages[-1].append(layer)
            else:
                self.stages.append([layer])
        for stage in self.stages:
            if stage[0].group and not (abs(math.fsum(m.share for m in stage) - 1) < 1e-9
                                       and len({m.cash for m in stage}) == 1):
                fail("group %s: shares must add up to 1, members be all cash or all position" % stage[0].group)
        named = [stage[0].group for stage in self.stages if stage[0].group]
        if len(set(named)) != len(named):
            fail("members of a group must be neighbours")
        self.positions = any(layer.verb in POSITION_VERBS for layer in self.layers)
        self.halts = [layer.index for layer in self.layers if layer.verb == "halt"]
        self.unwinding = {}
        for layer in reversed(self.layers):
            if layer.unwind is not None:
                self.unwinding[layer.stock] = (layer.unwind, layer.every)
        self.flees = any(lp.leaving.leaves for lp in self.classes)
        self.pooled = any(lp.counterparty > 0 for lp in self.classes)
        first = self.layers[0] if self.layers else None
        self.required_defined = bool(
            first and first.verb == "fund" and first.who == "insurance" and not first.cap and not first.when
            and not first.until and not first.only_if and not first.unless and not first.group
            and first.severity == 1 and not self.positions and all(m.time.kind == "now" for m in self.layers)
            and not any(m.payback > 0 for m in self.layers) and target == math.inf
            and not self.halts and not self.flees and not self.pooled and not in_asset > 0)

    def at_start(self, text):
        """USD of an amount such as `3M` or `5% of lp`, with what is there at the start."""
        amount = parse_amount(text)
        lps = math.fsum(lp.deposits + max(0.0, lp.profit) for lp in self.classes if lp.kind == "lp")
        whole = {None: 1.0, "lp": lps, "fund": self.funds["insurance"], **self.funds}[amount.of]
        return amount.value * whole

    def layer(self, index, given):
        verb = given.get("verb", "fund")
        if verb not in LAYER_KEYS:
            fail("unknown verb %s" % verb)
        keys("waterfall[%d]" % index, given, COMMON + LAYER_KEYS[verb])
        word = dict(DEFAULTS[verb], **given)
        layer = SimpleNamespace(
            index=index, verb=verb, cash=verb in CASH_VERBS, who=word["who"], base=word.get("base"),
            severity=number(word.get("severity", 1)), cap=parse_cap(word.get("cap")),
            when=parse_condition(word.get("when")), until=parse_condition(word.get("until")),
            only_if=word.get("only_if"), unless=word.get("unless"), group=word.get("group"),
            share=number(word["share"]) if "share" in word else None,
            allocation=word.get("allocation", "pro_rata"), score=word.get("score"), limit=word.get("limit"),
            index_form=word.get("form", "cash") == "index", takes_share=word.get("takes", "share") == "share",
            time=parse_time(word.get("time", "now")), netting=bool(word.get("netting", True)),
            price=parse_price(word.get("price", "bankruptcy")), bounded=word.get("bound", "none") == "bankruptcy",
            hold=number(word["hold"]) if "hold" in word else math.inf,
            payback=number(word.get("payback", 0)),
            unwind=number(word["unwind"]) if "unwind" in word else None,
            every=seconds(word["every"]) if "every" in word else None)
        for what, value, known in (("form", word.get("form", "cash"), ("cash", "index")),
                                   ("takes", word.get("takes", "share"), ("share", "cash")),
                                   ("bound", word.get("bound", "none"), ("none", "bankruptcy")),
                                   ("allocation", layer.allocation, ALLOCATIONS),
                                   ("score", layer.score, SCORES + (None,))):
            if value not in known:
                fail("waterfall[%d]: unknown %s %s" % (index, what, value))
        if layer.allocation == "ranked" or layer.limit is not None:
            if layer.score is None:
                fail("waterfall[%d]: needs a score" % index)
        if layer.group and layer.share is None:
            fail("waterfall[%d]: a member of a group needs a share" % index)
        for name in (layer.only_if, layer.unless):
            if name and name not in self.switches:
                fail("waterfall[%d]: no switch %s" % (index, name))
        if layer.time.length is not None and layer.time.length > self.horizon:
            fail("waterfall[%d]: time above the horizon" % index)
        if verb == "fund" and layer.who not in self.funds:
            fail("waterfall[%d]: no fund %s" % (index, layer.who))
        layer.who_accounts = verb == "assess" and layer.who in ("all_traders", "winners")
        layer.who_classes = []
        if verb in ("assess", "takeover"):
            kind = KINDS.get(layer.who)
            layer.who_classes = [i for i, lp in enumerate(self.classes)
                                 if lp.name == layer.who or (kind is not None and lp.kind == kind)]
        if verb == "assess":
            if not layer.who_accounts and not layer.who_classes and layer.who not in KINDS:
                fail("waterfall[%d]: nobody is called %s" % (index, layer.who))
            if layer.who_accounts and layer.base not in ACCOUNT_BASES:
                fail("waterfall[%d]: base %s is not one of accounts" % (index, layer.base))
            if not layer.who_accounts:
                if layer.base not in CLASS_BASES:
                    fail("waterfall[%d]: base %s is not one of classes" % (index, layer.base))
                layer.base = CLASS_BASES[layer.base]
                if layer.allocation in ("ranked", "water_filling") or layer.limit is not None:
                    fail("waterfall[%d]: classes have no score" % index)
            if layer.allocation == "water_filling":
                fail("waterfall[%d]: water_filling is for position verbs" % index)
        allowed = {"close": ("size", "notional", "equity", "unrealised_profit"),
                   "redistribute": ("size", "notional", "collateral", "equity")}
        if verb in allowed and layer.base not in allowed[verb]:
            fail("waterfall[%d]: base %s does not go with %s" % (index, layer.base, verb))
        layer.stock = LP_STOCK if layer.who_classes or layer.who == "liquidity_providers" else TAKER_STOCK
        return layer


# --------------------------------------------------------------------------------------------- objects

class Position:
    """An account, or what the venue holds (index −1, no collateral)."""

    def __init__(self, index, sign, q, e, C, level=None):
        self.index, self.sign, self.q, self.e, self.C, self.level = index, sign, q, e, C, level
        self.open = True
        self.changed = False
        self.equity_start = 0.0
        self.wait_until = None                               # step; None: it does not wait
        self.declined = False                                # by the backstop, for as long as it waits
        self.ready = -1                                      # step in which its last wait ended
        self.whole_until = 0                                 # step before which it is closed whole

    def unrealised(self, P):
        return self.sign * self.q * (P - self.e)

    def equity(self, P):
        return self.C + self.sign * self.q * (P - self.e)

    def counted_equity(self, P):
        """Equity, 0 within 1e-12 of the notional."""
        equity = self.equity(P)
        return 0.0 if abs(equity) < DUST * self.q * P else equity

    def bankruptcy(self):
        return self.e - self.sign * self.C / self.q


class Record:
    def __init__(self, s, S=0.0, Q=0.0, BP=math.nan):
        self.s, self.S, self.Q, self.BP = s, S, Q, BP
        self.born_S, self.born_Q = S, Q


class Pot:
    """A fund; `units` of the market's asset, valued at `mark`, are a part of its balance."""

    def __init__(self, balance, units=0.0, mark=0.0):
        self.balance = self.start = balance
        self.units, self.mark, self.gain = units, mark, 0.0
        self.history = [(0.0, balance)]

    def revalue(self, P):
        gain = self.units * (P - self.mark)
        self.balance += gain
        self.gain += gain
        self.mark = P

    def pay(self, x):
        if self.balance > 0:
            self.units *= max(0.0, 1 - x / self.balance)
        self.balance -= x

    def peak(self, t, window):
        """Greatest balance in force at any time from t - window to t."""
        best = self.balance
        for when, value in reversed(self.history):
            best = max(best, value)
            if when <= t - window:
                break
        return best


class Payer:
    """One payer as a layer sees it on entry: weight, cap (USD, or units), and what he is."""

    def __init__(self, key, index, weight, cap, has, who, score=0.0, q=0.0, E=0.0):
        self.key, self.index, self.weight, self.cap, self.has, self.who = key, index, weight, cap, has, who
        self.score, self.q, self.E = score, q, E


# ----------------------------------------------------------------------------------- scores, allocations

def score_of(rule, a, P, maintenance):
    """`a` is a Position; maintenance(notional) is M."""
    u, E = a.unrealised(P), a.equity(P)
    leverage = a.q * P / E
    if rule == "bitmex":
        pnl = a.sign * (P - a.e) / a.e
        return pnl * leverage if pnl > 0 else pnl / leverage
    if rule == "binance":
        return max(0.0, u) / max(1.0, a.C) * (maintenance(a.q * P) / E)
    if rule == "hyperliquid":
        return (P / a.e if a.sign > 0 else a.e / P) * leverage
    if rule == "aevo":
        return u / max(1.0, a.C) * (maintenance(a.q * P) / E)
    return {"profit": u, "leverage": leverage, "size": a.q}[rule]


def proportional(T, weights, caps):
    """x = min(c, theta * w), summing to T, which is below the sum of caps."""
    x = [0.0] * len(weights)
    free, left = list(range(len(weights))), T
    while free and left > 0:
        total = math.fsum(weights[i] for i in free)
        if not total > 0:
            break
        full = [i for i in free if left * (weights[i] / total) >= caps[i]]
        if not full:
            for i in free:
                x[i] = left * (weights[i] / total)
            break
        for i in full:
            x[i] = caps[i]
            left -= caps[i]
        free = [i for i in free if i not in full]
    return x


def fill_water(T, payers, P):
    """x = min(c, max(0, q - lambda * E / P)): lambda from the straight piece between two bends."""
    def taken(level):
        return [min(p.cap, max(0.0, p.q - level * p.E / P)) for p in payers]
    bends = sorted({0.0} | {max(0.0, b) for p in payers for b in (p.q * P / p.E, (p.q - p.cap) * P / p.E)
                            if b > -math.inf})
    if T >= math.fsum(taken(0.0)):
        return taken(0.0)
    for low, high in zip(bends, bends[1:]):
        if math.fsum(taken(high)) <= T:
            break
    middle = 0.5 * (low + high)
    fixed, quantity, slope = 0.0, 0.0, 0.0
    for p, x in zip(payers, taken(middle)):
        if x >= p.cap:
            fixed += p.cap
        elif x > 0:
            quantity += p.q
            slope += p.E / P
    return taken((fixed + quantity - T) / slope if slope > 0 else middle)


def allocate(rule, T, payers, P=None, uniform=None):
    """How T is shared: the list of payments, and their sum (T itself unless all are full)."""
    caps = [p.cap for p in payers]
    whole = math.fsum(caps)
    if not payers or not T > 0:
        return [0.0] * len(payers), 0.0
    if rule == "water_filling":
        x = fill_water(T, payers, P)
        most = math.fsum(min(p.cap, p.q) for p in payers)
        return x, min(T, most)
    if T >= whole:
        return caps, whole
    if rule == "pro_rata":
        return proportional(T, [p.weight for p in payers], caps), T
    if rule == "equal":
        return proportional(T, [1.0] * len(payers), caps), T
    order = list(range(len(payers)))                         # payers come in account order; sorts are stable
    if rule == "ranked":
        order.sort(key=lambda i: -payers[i].score)
    elif rule == "random":
        order.sort(key=lambda i: uniform(payers[i].index))
    elif rule == "rotate":
        first = int(math.floor(uniform(ROTATE_INDEX) * len(payers)))
        order = order[first:] + order[:first]
    elif rule == "smallest_first":
        order.sort(key=lambda i: payers[i].weight)
    x, left = [0.0] * len(payers), T
    for i in order:
        x[i] = min(caps[i], left)
        left -= x[i]
        if left <= 0:
            break
    return x, T


# ------------------------------------------------------------------------------------------- one path

class State:
    """What the layers have, owe and have paid along one path."""

    def __init__(self, setup, accounts, initial_mark, step=1.0, steps=1, uniform=None,
                 maintenance=lambda notional: 0.0):
        self.setup, self.accounts = setup, accounts
        self.step, self.steps = step, steps
        self.uniform, self.maintenance = uniform, maintenance
        self.k, self.t = 0, 0.0
        self.P = initial_mark
        self.pots = {name: Pot(balance) for name, balance in setup.funds.items()}
        self.insurance = self.pots["insurance"]
        self.insurance.units = setup.in_asset * self.insurance.start / initial_mark
        self.insurance.mark = initial_mark
        self.classes = [SimpleNamespace(name=lp.name, kind=lp.kind, deposit=lp.deposits, profit=lp.profit, paid=0.0,
                                        start=lp.deposits + max(0.0, lp.profit), stayed=1.0, won=0.0, eaten=0.0,
                                        owed=0.0, counterparty=lp.counterparty, leaving=lp.leaving,
                                        most=lp.payout_cap * (lp.deposits + max(0.0, lp.profit))
                                        if lp.payout_cap < math.inf else math.inf)
                        for lp in setup.classes]
        self.lp_equity_start = self.lp_equity()
        self.on = [False] * len(setup.layers)
        self.switch_on = {name: False for name in setup.switches}
        self.used = [[] for _ in setup.layers]               # (time, amount) of every payment
        self.used_by = [{} for _ in setup.layers]            # the same by payer
        self.pending = [[] for _ in setup.layers]            # [time, amount], oldest first
        self.session = {}                                    # layer index -> equities at the last boundary
        for a in accounts:
            a.equity_start = a.equity(initial_mark)
        # everybody else: units (signed) and cash
        self.rest_units = -math.fsum(a.sign * a.q for a in accounts)
        self.rest_cash = math.fsum(a.sign * a.q * a.e for a in accounts)
        self.venue = {1.0: None, -1.0: None}
        self.stock = {name: SimpleNamespace(units=0.0, cash=0.0, next=None, part=0.0, planned=0.0)
                      for name in (LP_STOCK, TAKER_STOCK)}
        self.worth = self.rest_units * initial_mark + self.rest_cash  # of the other side, when last valued
        self.fees_until, self.fees_earned = 0, 0.0           # step; USD
        self.claims = [{} for _ in setup.layers]             # what a layer's classes would have back, by class
        self.repaid = self.lp_repaid = self.treasury = self.lp_beyond = 0.0
        self.paused_until = None                             # step
        self.halt_step = -1
        self.withdrawn = self.lp_withdrawn = self.left_worth = 0.0
        self.traders_paid_out = self.liquidator = 0.0
        self.start_money = math.fsum([a.C for a in accounts] + [p.start for p in self.pots.values()]
                                     + [lp.deposit + lp.profit for lp in self.classes])
        self.scale = self.start_money + math.fsum(a.q * initial_mark for a in accounts)
        # columns
        self.bad_debt = self.inflow = self.insurance_paid = self.uncovered = self.income = 0.0
        self.trader_paid = self.trader_forgone = self.member_paid = self.staker_paid = 0.0
        self.taker_charge = self.outside_paid = self.rest_charge = self.surplus = 0.0
        self.adl_notional, self.adl_accounts = 0.0, 0
        self.required, self.fund_min, self.pending_max = 0.0, self.insurance.start, 0.0
        self.first_loss_step = self.first_social_step = -1
        self.hits = [0] * len(setup.layers)                  # settlements in which a layer paid
        self.records = []

    # -- amounts, conditions, caps

    def lp_equity(self):
        return math.fsum(max(0.0, lp.deposit) + max(0.0, lp.profit) for lp in self.classes if lp.kind == "lp")

    def lp_paid(self):
        return math.fsum(lp.paid for lp in self.classes if lp.kind == "lp")

    def pot(self, name):
        name = "insurance" if name == "fund" else name
        if name not in self.pots:
            fail("no fund %s" % name)
        return self.pots[name]

    def amount(self, a):
        if a.of is None:
            return a.value
        if a.of == "lp":
            return a.value * (self.lp_equity_start if a.when == "start" else self.lp_equity())
        pot = self.pot(a.of)
        if a.when == "start":
            return a.value * pot.start
        return a.value * (pot.peak(self.t, a.window) if a.when == "peak" else pot.balance)

    def holds(self, terms):
        for term in terms:
            if term.metric == "unfilled":
                value = math.fsum(r.Q for r in self.records) * self.P
            elif term.metric == "shortfall":
                value = math.fsum(r.S for r in self.records)
            elif term.metric == "loss/equity":
                value = self.lp_paid() / self.lp_equity_start if self.lp_equity_start > 0 else 0.0
            else:
                pot = self.pot(term.name)
                value = pot.balance
                if term.metric == "drawdown":
                    peak = pot.peak(self.t, term.window)
                    value = (peak - pot.balance) / peak if peak > 0 else 0.0
            bound = self.amount(term.value)
            if not {"<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound}[term.op]:
                return False
        return True

    def flip(self, on, when, until):
        """The state of a switch after a look."""
        if when is None:
            return True
        if on and until is not None:
            return not self.holds(until)
        return self.holds(when)

    def look(self, layer):
        self.on[layer.index] = self.flip(self.on[layer.index], layer.when, layer.until)
        return self.is_on(layer)

    def is_on(self, layer):
        """As it was left by the last look, and never on where it has a condition and was not looked at."""
        on = self.on[layer.index] or layer.when is None
        if layer.only_if:
            on = on and self.switch_on[layer.only_if]
        if layer.unless:
            on = on and not self.switch_on[layer.unless]
        return on

    def spent(self, uses, per):
        if per == 0:
            return math.fsum(x for t, x, k in uses if k == self.settlement)
        return math.fsum(x for t, x, k in uses if t > self.t - per)

    settlement = 0

    def allowance(self, layer):
        """USD the layer's cap still allows."""
        if layer.cap is None or layer.cap.amount.of == "payer":
            return math.inf
        most = self.amount(layer.cap.amount)
        room = most - self.spent(self.used[layer.index], layer.cap.per)
        return room if room > DUST * most else 0.0

    def payer_caps(self, layer, payers, price=1.0):
        """Applies `of payer`; `price` turns a cap in USD spent into the payers' units."""
        if layer.cap is not None and layer.cap.amount.of == "payer":
            for p in payers:
                spent = self.spent(self.used_by[layer.index].get(p.key, []), layer.cap.per) / price
                p.cap = min(p.cap, max(0.0, layer.cap.amount.value * p.has - spent))
        return payers

    def keep_best(self, layer, payers):
        if layer.limit is not None and len(payers) > layer.limit:
            best = sorted(range(len(payers)), key=lambda i: -payers[i].score)[:int(layer.limit)]
            payers = [payers[i] for i in sorted(best)]
        return payers

    def note(self, layer, payers, x, total, price=1.0):
        if total != 0:
            self.used[layer.index].append((self.t, total * price, self.settlement))
            if layer.cap is not None and layer.cap.amount.of == "payer":
                for p, paid in zip(payers, x):
                    self.used_by[layer.index].setdefault(p.key, []).append((self.t, paid * price, self.settlement))

    # -- cash

    def account_base(self, layer, a, P):
        if layer.base == "size":
            return a.q
        if layer.base == "notional":
            return a.q * P
        if layer.base == "collateral":
            return a.C
        if layer.base == "equity":
            return a.equity(P)
        if layer.base == "unrealised_profit":
            return a.unrealised(P)
        if layer.base == "session_profit":
            return a.equity(P) - self.session.get(layer.index, {}).get(a.index, a.equity_start)
        return a.equity(P) - a.equity_start

    def cash_payers(self, layer, P, excluded=()):
        payers = []
        if layer.verb == "fund":
            pot = self.pots[layer.who]
            payers = [Payer(layer.who, 0, pot.balance, pot.balance, pot.balance, pot)] if pot.balance > 0 else []
        elif layer.verb == "raise":
            payers = [Payer(layer.who, 0, 1.0, math.inf, math.inf, None)]
        elif not layer.who_accounts:
            for i in layer.who_classes:
                lp = self.classes[i]
                has = {"deposit": max(0.0, lp.deposit), "profit": max(0.0, lp.profit),
                       "equity": max(0.0, lp.deposit) + max(0.0, lp.profit)}[layer.base]
                if has > 0:
                    payers.append(Payer(i, i, has, has, has, lp))
        else:
            for a in self.accounts:
                if not a.open or a in excluded or (layer.who == "winners" and not a.unrealised(P) > 0):
                    continue
                E, weight = a.equity(P), self.account_base(layer, a, P)
                if not (E > DUST * a.q * P and weight > 0):
                    continue
                has = E if layer.base in ("size", "notional") else min(weight, E)
                score = score_of(layer.score, a, P, self.maintenance) if layer.score else 0.0
                cap = math.inf if layer.index_form else has
                payers.append(Payer(a.index, a.index, weight, cap, has, a, score, a.q, E))
            payers = self.keep_best(layer, payers)
        return self.payer_caps(layer, payers)

    def take(self, layer, who, x):
        """Money leaves a payer."""
        if layer.verb == "fund":
            who.pay(x)
        elif layer.verb == "assess" and layer.who_accounts:
            who.C -= x
        elif layer.verb == "assess":
            from_profit = {"deposit": 0.0, "profit": x, "equity": min(x, max(0.0, who.profit))}[layer.base]
            who.profit -= from_profit
            who.deposit -= x - from_profit

    def social(self):
        if self.first_social_step < 0:
            self.first_social_step = self.k

    def charge_cash(self, layer, T):
        """Stages 5, 6 and 8: payers pay T or what they can; how much that is."""
        payers = self.cash_payers(layer, self.P)
        x, total = allocate(layer.allocation, T, payers, self.P, self.uniform)
        for p, paid in zip(payers, x):
            assert 0 <= paid <= p.cap
            if not paid > 0:
                continue
            self.take(layer, p.who, paid)
            if layer.verb == "fund":
                self.insurance_paid += paid
            elif layer.verb == "raise":
                self.outside_paid += paid
            elif layer.who_accounts:
                p.who.changed = True
                self.trader_paid += paid
                self.social()
            else:
                p.who.paid += paid
                if layer.payback > 0:
                    self.claims[layer.index][p.key] = self.claims[layer.index].get(p.key, 0.0) + paid
                self.social()
                if p.who.kind == "lp":
                    if self.first_loss_step < 0:
                        self.first_loss_step = self.k
                elif p.who.kind == "member":
                    self.member_paid += paid
                else:
                    self.staker_paid += paid
        assert abs(math.fsum(x) - total) <= 1e-9 * total
        if total > 0:
            self.hits[layer.index] += 1
        self.note(layer, payers, x, total)
        return total

    def lessen(self, layer, X):
        """A payment X on the records, in proportion to their S; its share of the units is released."""
        if not X > 0:
            return
        D = math.fsum(r.S for r in self.records)
        for r in self.records:
            if not r.S > 0:
                continue
            if X >= D:
                part, units = r.S, r.Q
            else:
                part, units = X * (r.S / D), r.Q * (X / D)
            r.S -= part
            if r.S <= DUST * r.born_S:
                r.S = 0.0
            if layer.takes_share and units > 0:
                self.release(r, units)

    def release(self, r, units):
        r.Q -= units
        if r.Q <= DUST * r.born_Q:
            r.Q = 0.0
        own = self.venue[r.s]
        if own is None:
            self.venue[r.s] = Position(-1, r.s, units, self.P, 0.0)
        else:
            own.e = (own.q * own.e + units * self.P) / (own.q + units)
            own.q += units

    def run_cash(self, layer, T):
        """T after severity and cap: paid, or pending."""
        if not T > 0:
            return
        if layer.time.kind == "now" or self.halt_step >= 0:
            self.lessen(layer, self.charge_cash(layer, T))
        else:
            self.pending[layer.index].append([self.t, T])
            self.lessen(layer, T)

    # -- positions

    def exec_price(self, layer, r):
        spec, P = layer.price, self.P
        price = {"bankruptcy": lambda: r.BP, "mark": lambda: P, "previous_mark": lambda: self.previous_mark,
                 "oracle": lambda: self.oracle, "residual": lambda: P + r.s * r.S / r.Q,
                 "blend": lambda: spec.parameter * r.BP + (1 - spec.parameter) * P,
                 "fixed": lambda: spec.parameter}[spec.kind]()
        if spec.concession:
            price *= 1 - r.s * spec.concession
        if layer.bounded:
            price = min(max(price, min(r.BP, P)), max(r.BP, P))
        return price

    def position_payers(self, layer, r, price):
        P = self.P
        each = r.s * (price - P)                             # charge per unit
        payers = []
        if layer.verb == "takeover":
            room = layer.hold / P - r.s * self.stock[layer.stock].units
            if room > 0:
                payers = [Payer(layer.who, 0, 1.0, room, room, None)]
            return self.payer_caps(layer, payers, P)
        side = -r.s if layer.verb == "close" else r.s
        for a in self.accounts:
            if not a.open or a.sign != side:
                continue
            E = a.equity(P)
            if not E > DUST * a.q * self.P:
                continue
            weight = {"size": a.q, "notional": a.q * P, "equity": E, "collateral": a.C,
                      "unrealised_profit": a.unrealised(P)}[layer.base]
            if not weight > 0:
                continue
            cap = a.q if layer.verb == "close" else math.inf
            if each > 0:
                cap = min(cap, E / each)
            score = score_of(layer.score, a, P, self.maintenance) if layer.score else 0.0
            payers.append(Payer(a.index, a.index, weight, cap, a.q, a, score, a.q, E))
        return self.payer_caps(layer, self.keep_best(layer, payers), P)

    def rest_room(self, layer, r):
        """Units the rest of the market can have closed against a record."""
        return max(0.0, -r.s * self.rest_units) if layer.verb == "close" else 0.0

    def run_position(self, layer, r, T):
        """T units after severity and cap."""
        if not (T > 0 and r.Q > 0):
            return
        P, s = self.P, r.s
        price = self.exec_price(layer, r)
        payers = self.position_payers(layer, r, price)
        x, total = allocate(layer.allocation, T, payers, P, self.uniform)
        charges = 0.0
        for p, dQ in zip(payers, x):
            assert 0 <= dQ <= p.cap
            if not dQ > 0:
                continue
            charge = s * dQ * (price - P)
            charges += charge
            if layer.verb == "takeover":
                self.take_over(layer, s * dQ, price, charge)
                continue
            a = p.who
            a.changed = True
            self.trader_forgone += charge
            if charge > 0:
                self.social()
            if layer.verb == "redistribute":
                a.e = (a.q * a.e + dQ * price) / (a.q + dQ)
                a.q += dQ
                continue
            self.adl_notional += dQ * P
            self.adl_accounts += 1
            a.C += a.sign * dQ * (price - a.e)
            if a.q - dQ <= DUST * a.q:
                a.open = False
                self.traders_paid_out += a.C
                assert a.C >= -1e-9 * dQ * P
            else:
                a.q -= dQ
        if layer.verb == "close" and total < T:
            dQ = min(T - total, self.rest_room(layer, r))
            if dQ > 0:
                charge = s * dQ * (price - P)
                charges += charge
                self.rest_charge += charge
                self.rest_units += s * dQ
                self.rest_cash -= s * dQ * price
                total += dQ
        if not total > 0:
            return
        self.hits[layer.index] += 1
        self.note(layer, payers, x, total, P)
        r.Q -= total
        r.S -= charges
        if r.Q <= DUST * r.born_Q:
            r.Q = 0.0
        if abs(r.S) <= DUST * r.born_Q * P:
            r.S = 0.0
        if r.S < 0:
            self.surplus -= r.S
            self.insurance.balance -= r.S
            surplus, r.S = -r.S, 0.0
            self.share_inflow(surplus)

    def take_over(self, layer, units, price, charge):
        stock = self.stock[layer.stock]
        stock.units += units
        stock.cash -= units * price
        self.taker_charge += charge
        if layer.stock == LP_STOCK and charge > 0:
            self.social()
        if layer.stock in self.setup.unwinding:
            share, every = self.setup.unwinding[layer.stock]
            stock.part, stock.planned = share * abs(stock.units), abs(stock.units)
            stock.next = self.k + self.steps_of(every) if stock.units else None

    def steps_of(self, length):
        return math.ceil(round(length / self.step, 9))

    # -- the list

    def capacity(self, layer, r=None):
        """The most a layer could pay now: USD, or units for a position layer."""
        allowed = self.allowance(layer)
        if layer.cash:
            if layer.time.kind != "now" and self.halt_step < 0:
                return allowed
            return min(allowed, math.fsum(p.cap for p in self.cash_payers(layer, self.P)))
        payers = self.position_payers(layer, r, self.exec_price(layer, r))
        if layer.allocation == "water_filling":
            units = math.fsum(min(p.cap, p.q) for p in payers)
        else:
            units = math.fsum(p.cap for p in payers)
        return min(allowed / self.P, units + self.rest_room(layer, r))

    def stage_targets(self, stage, on, D, r=None):
        """What each member of a stage is asked for, of a demand D."""
        unit = 1.0 if r is None else self.P
        shares = [m.severity * (m.share if m.group else 1.0) for m in stage]
        if stage[0].group and self.setup.groups.get(stage[0].group, True):
            most = [self.capacity(m, r) if is_on and w > 0 else 0.0 for m, w, is_on in zip(stage, shares, on)]
            T = math.fsum(shares) * D
            if T >= math.fsum(most):
                return most
            return proportional(T, shares, most)
        return [min(w * D, self.allowance(m) / unit) if is_on else 0.0 for m, w, is_on in zip(stage, shares, on)]

    def run_stages(self, first, recognising=False):
        """The layers from a stage on; whether they ended trading."""
        for stage in self.setup.stages[first:]:
            on = [self.look(m) for m in stage]
            if stage[0].verb == "halt":
                missing = math.fsum(r.S for r in self.records) > 0
                if not recognising and on[0] and (missing or stage[0].when is not None):
                    return True
                continue
            if stage[0].cash:
                D = math.fsum(r.S for r in self.records)
                if D > 0:
                    for m, T in zip(stage, self.stage_targets(stage, on, D)):
                        self.run_cash(m, T)
                continue
            for r in self.records:
                if r.Q > 0:
                    for m, T in zip(stage, self.stage_targets(stage, on, r.Q, r)):
                        self.run_position(m, r, min(T, r.Q))
        for r in self.records:
            self.uncovered += r.S
            r.S = 0.0
            if r.Q > 0:
                self.release(r, r.Q)
        self.records = []
        return False

    def boundary(self, length):
        """Whether this step is the first not before a multiple of `length`."""
        return math.floor(round(self.t / length, 9)) > math.floor(round((self.t - self.step) / length, 9))

    def due(self, layer):
        """Whether a recognition time of a layer is now, and how much of its pending is due."""
        if layer.time.kind in ("now", "on_withdrawal", "never"):
            return False, 0
        if self.k >= self.steps or (layer.time.kind != "delay" and self.boundary(layer.time.length)):
            return True, len(self.pending[layer.index])
        if layer.time.kind == "delay":
            count = sum(self.t >= since + layer.time.length - 1e-6 for since, _ in self.pending[layer.index])
            return count > 0, count
        return False, 0

    def at(self, k):
        self.k, self.t = k, k * self.step

    def recognition(self):
        return any(self.due(layer)[0] for layer in self.setup.layers)

    def recognise(self):
        """Deferred layers whose time is now charge what is pending, in list order."""
        for number_of, stage in enumerate(self.setup.stages):
            for layer in stage:
                is_due, count = self.due(layer)
                if not is_due:
                    continue
                T = math.fsum(x for _, x in self.pending[layer.index][:count])
                del self.pending[layer.index][:count]
                if not T > 0:
                    continue
                able = min(T, self.allowance(layer)) if self.is_on(layer) else 0.0
                paid = self.charge_cash(layer, able) if able > 0 else 0.0
                if paid < T:
                    self.records = [Record(1.0, T - paid)]
                    self.run_stages(number_of + 1, recognising=True)

    def book_inflow(self, inflow):
        self.inflow += inflow
        self.insurance.balance += inflow
        left = inflow
        for layer in self.setup.layers:
            if layer.time.kind == "now" or not layer.netting:
                continue
            queue = self.pending[layer.index]
            while queue and left > 0:
                paid = min(left, queue[0][1])
                queue[0][1] -= paid
                left -= paid
                self.insurance.pay(paid)
                self.insurance_paid += paid
                if queue[0][1] <= 0:
                    del queue[0]
        self.share_inflow(left)

    def share_inflow(self, left):
        """Inflow that the fund has: some of it goes back to who paid, and on beyond the target."""
        for layer, claims in zip(self.setup.layers, self.claims):
            owed = math.fsum(claims.values())
            part = min(layer.payback * left, owed)
            if not part > 0:
                continue
            for key in claims:
                x = claims[key] * (part / owed)
                claims[key] = 0.0 if part == owed else claims[key] - x
                lp = self.classes[key]
                if layer.base == "deposit":
                    lp.deposit += x
                else:
                    lp.profit += x
                self.repaid += x
                if lp.kind == "lp":
                    self.lp_repaid += x
            self.insurance.balance -= part
            left -= part
        beyond = min(left, self.insurance.balance - self.setup.target)
        if beyond > 0:
            self.insurance.balance -= beyond
            if self.setup.beyond_to_lps:
                for lp, given in zip(self.classes, self.setup.classes):
                    if lp.kind == "lp":
                        lp.profit += beyond * given.deposits * given.fee_share / self.setup.fee_weights
                self.lp_beyond += beyond
            else:
                self.treasury += beyond

    def kept(self, left):
        """What of it would stay in the fund."""
        room = self.setup.target - self.insurance.balance
        for layer, claims in zip(self.setup.layers, self.claims):
            left -= min(layer.payback * left, math.fsum(claims.values()))
        return max(0.0, min(left, room))

    def settle(self, P, deficits, held=(), inflow=0.0, lp_income=0.0, previous_mark=None, oracle=None):
        """One settlement: `deficits` are the cash losses by side, `held` the positions below zero at P."""
        self.settlement += 1
        self.P, self.previous_mark, self.oracle = P, previous_mark, oracle
        self.credit(lp_income)
        self.revalue(P)
        self.book_inflow(inflow)
        for s in (1.0, -1.0):
            mine = [p for p in held if p.sign == s]
            Q = math.fsum(p.q for p in mine)
            BP = math.fsum(p.q * p.bankruptcy() for p in mine) / Q if mine else math.nan
            S = deficits.get(s, 0.0) + (math.fsum(-p.equity(P) for p in mine) if mine else 0.0)
            if S > 0:
                self.records.append(Record(s, S, Q, BP))
                self.bad_debt += S
            for p in mine:
                p.open = False
                if p.index < 0:
                    self.venue[s] = None
        self.required = max(self.required, self.bad_debt - self.inflow)
        for name, (when, until) in self.setup.switches.items():
            self.switch_on[name] = self.flip(self.switch_on[name], when, until)
        if self.setup.pause is not None and self.holds(self.setup.pause):
            self.paused_until = self.k + self.steps_of(self.setup.pause_lasts)
        if self.run_stages(0):
            self.end_trading()
        else:
            self.recognise()
        self.fund_min = min(self.fund_min, self.insurance.balance)
        for pot in self.pots.values():
            pot.history.append((self.t, pot.balance))
        self.pending_max = max(self.pending_max, self.pending_total())
        for layer in self.setup.layers:
            if layer.time.kind == "session" and layer.base == "session_profit" and self.boundary(layer.time.length):
                self.session[layer.index] = {a.index: a.equity(P) for a in self.accounts if a.open}

    # -- what goes with the mark, fees, who leaves

    def revalue(self, P):
        self.insurance.revalue(P)
        worth = self.rest_units * P + self.rest_cash
        for lp in self.classes:
            gain = lp.counterparty * (worth - self.worth)
            if gain > 0:
                paid = min(gain, lp.owed)
                lp.owed -= paid
                gain -= paid
                restored = min(gain, lp.eaten)
                lp.eaten -= restored
                lp.deposit += restored
                lp.profit += gain - restored
                lp.won += gain
            elif gain < 0:
                most = max(0.0, min(-gain, lp.most + lp.won))
                profit = min(most, max(0.0, lp.profit))
                deposit = min(most - profit, max(0.0, lp.deposit))
                lp.profit -= profit
                lp.deposit -= deposit
                lp.eaten += deposit
                lp.won -= profit + deposit
                lp.owed += -gain - profit - deposit
        self.worth = worth

    def credit(self, income):
        if not income > 0:
            return
        for lp, given in zip(self.classes, self.setup.classes):
            if lp.kind == "lp":
                lp.profit += income * given.deposits * given.fee_share / self.setup.fee_weights
        self.income += income

    def earn(self):
        """Fees since they were booked last: of the fund, of LPs."""
        if self.halt_step >= 0:
            return 0.0, 0.0
        span = (self.k - self.fees_until) * self.step
        self.fees_until = self.k
        fund, lps = self.setup.fund_fee * span, self.setup.lp_fee * span
        self.fees_earned += fund + lps
        return fund, lps

    def book_quiet_fees(self):
        fund, lps = self.earn()
        self.book_inflow(fund)
        self.credit(lps)

    def charges_class(self, layer, lp):
        return layer.verb == "assess" and not layer.who_accounts and any(self.classes[i] is lp for i in layer.who_classes)

    def pending_share(self, layer):
        owned = math.fsum(max(0.0, self.classes[i].deposit) + max(0.0, self.classes[i].profit) for i in layer.who_classes)
        pending = math.fsum(x for _, x in self.pending[layer.index])
        return pending / owned if owned > 0 else 0.0

    def may_leave(self, lp):
        rule = lp.leaving
        return (rule.leaves and self.halt_step < 0 and self.boundary(rule.epoch)
                and self.t >= rule.lock_up - 1e-6)

    def withdraw(self, P):
        """At the end of a step: those of each class who leave."""
        who = [lp for lp in self.classes if self.may_leave(lp)]
        if not who:
            return
        self.revalue(P)
        self.book_quiet_fees()
        plans = []
        for lp in who:
            rule, has = lp.leaving, max(0.0, lp.deposit) + max(0.0, lp.profit)
            deferred = [m for m in self.setup.layers if m.time.kind != "now" and self.charges_class(m, lp)]
            g = min(1.0, math.fsum(self.pending_share(m) for m in deferred)) if rule.sees_pending else 0.0
            worth = has / (lp.start * lp.stayed) if lp.start * lp.stayed > 0 else 1.0
            D = max(0.0, 1 - worth * (1 - g)) if lp.start > 0 else 0.0
            F = max(0.0, 1 - self.insurance.balance / self.insurance.start) if self.insurance.start > 0 else 0.0
            w = min(1.0, rule.gate, rule.at_rest + rule.per_drawdown * D + rule.per_depletion * F)
            parts = [(m, self.pending_share(m)) for m in deferred if m.time.kind == "on_withdrawal"]
            plans.append((lp, w, parts))
        for lp, w, parts in plans:
            W = w * (max(0.0, lp.deposit) + max(0.0, lp.profit))
            whole = math.fsum(f for _, f in parts)
            f = min(1.0, whole)
            lp.deposit -= w * lp.deposit
            lp.profit -= w * max(0.0, lp.profit)
            lp.eaten *= 1 - w
            for claims in self.claims:
                for key in claims:
                    if self.classes[key] is lp:
                        claims[key] *= 1 - w
            if lp.kind == "lp":
                self.lp_withdrawn += W * (1 - f)
                self.left_worth += w * lp.start * lp.stayed
            self.withdrawn += W * (1 - f)
            lp.stayed *= 1 - w
            for layer, part in parts:
                self.pay_on_leaving(lp, layer, f * W * (part / whole) if whole > 0 else 0.0)
        self.fund_min = min(self.fund_min, self.insurance.balance)

    def pay_on_leaving(self, lp, layer, amount):
        if not amount > 0:
            return
        queue, left = self.pending[layer.index], amount
        while queue and left > 0:
            part = min(left, queue[0][1])
            queue[0][1] -= part
            left -= part
            if queue[0][1] <= 0:
                del queue[0]
        lp.paid += amount
        self.hits[layer.index] += 1
        self.social()
        if lp.kind == "lp":
            if self.first_loss_step < 0:
                self.first_loss_step = self.k
        elif lp.kind == "member":
            self.member_paid += amount
        else:
            self.staker_paid += amount

    def leaver_loss(self):
        return 1 - self.lp_withdrawn / self.left_worth if self.left_worth > 0 else math.nan

    def stayer_loss(self, inventory):
        lps = [lp for lp in self.classes if lp.kind == "lp"]
        stayed = math.fsum(lp.start * lp.stayed for lp in lps)
        if not stayed > 0:
            return math.nan
        has = math.fsum(max(0.0, lp.deposit) + max(0.0, lp.profit) for lp in lps)
        lost = math.fsum(math.fsum(x for _, x in self.pending[m.index]) for m in self.setup.layers
                         if any(self.charges_class(m, lp) for lp in lps))
        return 1 - max(0.0, has + inventory - lost) / stayed

    # -- the end of trading

    def end_trading(self):
        P, deficits, claims = self.P, [], []
        for a in self.accounts:
            if not a.open:
                continue
            E = a.counted_equity(P)
            a.open = False
            a.changed = True
            self.to_rest(a.sign * a.q)
            if E > 0:
                claims.append((a, E))
            deficits.append(max(0.0, -E))
        for r in self.records:                               # units that were held
            self.to_rest(r.s * r.Q)
        for s, own in self.venue.items():
            if own is None:
                continue
            E = own.counted_equity(P)
            self.to_rest(s * own.q)
            if E > 0:
                self.inflow += E
                self.insurance.balance += E
            deficits.append(max(0.0, -E))
            self.venue[s] = None
        for stock in self.stock.values():
            self.to_rest(stock.units)
            stock.cash += stock.units * P
            stock.units, stock.next = 0.0, None
        self.bad_debt += math.fsum(deficits)
        left = math.fsum(deficits) + math.fsum(r.S for r in self.records) + self.pending_total()
        self.pending = [[] for _ in self.setup.layers]
        self.halt_step = self.k
        self.records = [Record(1.0, left)]
        halt = self.setup.halts[0]
        for stage in self.setup.stages:
            if stage[0].index >= halt:
                break
            on = [self.look(m) for m in stage]
            D = math.fsum(r.S for r in self.records)
            if stage[0].cash and D > 0:
                for m, T in zip(stage, self.stage_targets(stage, on, D)):
                    self.run_cash(m, T)
        left = math.fsum(r.S for r in self.records)
        self.records = []
        self.haircut(left, claims)

    def to_rest(self, units):
        self.rest_units += units
        self.rest_cash -= units * self.P

    def haircut(self, left, claims):
        """One share of what everybody still claims."""
        has = [max(0.0, lp.deposit) + max(0.0, lp.profit) for lp in self.classes]
        all_claims = math.fsum(E for _, E in claims) + math.fsum(has)
        share = min(1.0, left / all_claims) if all_claims > 0 and left > 0 else 0.0
        for a, E in claims:
            self.traders_paid_out += E * (1 - share)
            self.trader_paid += E * share
        if share > 0:
            self.social()
        for lp, owned in zip(self.classes, has):
            paid = share * owned
            if not paid > 0:
                continue
            lp.profit -= share * max(0.0, lp.profit)
            lp.deposit -= share * max(0.0, lp.deposit)
            lp.paid += paid
            if lp.kind == "lp":
                if self.first_loss_step < 0:
                    self.first_loss_step = self.k
            elif lp.kind == "member":
                self.member_paid += paid
            else:
                self.staker_paid += paid
        self.uncovered += left - share * all_claims if left > 0 else 0.0

    def absorbs(self, missing, P, inflow, excluded):
        """Whether the cash layers before the first position layer could pay all that is missing."""
        self.revalue(P)
        saved = ([(p, p.balance, p.units) for p in self.pots.values()],
                 [(lp, lp.deposit, lp.profit) for lp in self.classes], [(a, a.C) for a in self.accounts])
        netted = math.fsum(x for layer, queue in zip(self.setup.layers, self.pending) if layer.netting for _, x in queue)
        self.insurance.balance += self.kept(max(0.0, inflow - netted))
        self.settlement += 1                                 # caps without `per` start anew
        left = missing
        kept = self.records, list(self.on), dict(self.switch_on)
        self.records = [SimpleNamespace(S=left, Q=0.0)]
        for name, (when, until) in self.setup.switches.items():
            self.switch_on[name] = self.flip(self.switch_on[name], when, until)
        for stage in self.setup.stages:
            if stage[0].verb == "halt":
                continue
            if not stage[0].cash or not left > 0:
                break
            self.records[0].S = left
            on = [self.look(m) for m in stage]
            asked = [m.severity * (m.share if m.group else 1.0) * left for m in stage]
            targets = [x if is_on else 0.0 for x, is_on in zip(asked, on)]
            if stage[0].group and self.setup.groups.get(stage[0].group, True):
                most = [self.could_take(m, math.inf, P, excluded, False) if is_on else 0.0 for m, is_on in zip(stage, on)]
                targets = most if math.fsum(asked) >= math.fsum(most) else proportional(math.fsum(asked), asked, most)
            taken = math.fsum([self.could_take(m, T, P, excluded) for m, T in zip(stage, targets)])
            left = 0.0 if taken >= left * (1 - DUST) else left - taken
        self.records, self.on, self.switch_on = kept
        self.settlement -= 1
        for pot, balance, units in saved[0]:
            pot.balance, pot.units = balance, units
        for lp, deposit, profit in saved[1]:
            lp.deposit, lp.profit = deposit, profit
        for a, C in saved[2]:
            a.C = C
        return not left > 0

    def could_take(self, layer, target, P, excluded, really=True):
        """What a layer pays of a target in a dry run, on the balances as they are."""
        target = min(target, self.allowance(layer))
        if layer.time.kind != "now" or not target > 0:
            return max(0.0, target)
        payers = self.cash_payers(layer, P, excluded)
        target = min(target, math.fsum(p.cap for p in payers))
        if really and target < math.inf and target > 0:
            for p, x in zip(payers, allocate(layer.allocation, target, payers, P, self.uniform)[0]):
                self.take(layer, p.who, x)
        return target

    # -- the end

    def pending_total(self):
        return math.fsum(x for queue in self.pending for _, x in queue)

    def inventory(self, P):
        """Result of what LPs took over, to the mark."""
        return self.stock[LP_STOCK].cash + self.stock[LP_STOCK].units * P

    def trading(self):
        return math.fsum(lp.won for lp in self.classes)

    def check(self, P):
        """Units, money, and the identity of bad debt."""
        own = [p for p in self.venue.values() if p is not None]
        alive = [a for a in self.accounts if a.open]
        units = math.fsum([a.sign * a.q for a in alive + own] + [self.rest_units]
                          + [stock.units for stock in self.stock.values()])
        gross = math.fsum(a.q for a in self.accounts) + abs(self.rest_units)
        assert abs(units) <= 1e-9 * gross, "longs and shorts differ by %r of %r" % (units, gross)
        money = math.fsum([a.equity(P) for a in alive + own] + [self.rest_cash, self.rest_units * P]
                          + [pot.balance for pot in self.pots.values()]
                          + [lp.deposit + lp.profit for lp in self.classes]
                          + [stock.cash + stock.units * P for stock in self.stock.values()]
                          + [self.traders_paid_out, self.liquidator, -self.outside_paid, self.withdrawn, self.treasury]
                          + [-self.fees_earned, -self.insurance.gain, -self.trading()])
        claims = self.uncovered + self.pending_total()
        assert abs(money - self.start_money - claims) <= 1e-9 * self.scale, \
            "money is off by %r" % (money - self.start_money - claims)
        paid = math.fsum([self.insurance_paid, self.lp_paid(), self.trader_paid, self.trader_forgone, self.member_paid,
                          self.staker_paid, self.taker_charge, self.outside_paid, self.rest_charge, self.uncovered,
                          self.pending_total(), -self.surplus])
        assert abs(self.bad_debt - paid) <= 1e-9 * self.bad_debt + DUST * self.scale, \
            "bad debt %r, paid %r" % (self.bad_debt, paid)
        for pot in self.pots.values():
            assert pot.balance >= -1e-9 * (1 + pot.start)
