# SPDX-License-Identifier: GPL-3.0-or-later
"""How often LPs lose at least a given amount, with and without price impact."""
import numpy as np

from . import words
from .canvas import LP, NO_IMPACT, QUIET, money_axis, percent_axis

TITLE = "How often do liquidity providers lose more than …?"
DECADES = 3  # of loss shown below the largest


def draw(results, canvas):
    if not results.has("distribution/lp_loss/exceedance", "x", "p"):
        canvas.message(nothing(results)[0])
        return nothing(results)[1]
    curve = results.table("distribution/lp_loss/exceedance")
    x, p = curve["x"], curve["p"]
    shown = (p > 0) & (x >= x.max() * 10.0**-DECADES)
    if not shown.any():
        shown = p >= 0
    order = np.argsort(x[shown])
    x, p = x[shown][order], p[shown][order]
    low, high = (curve[key][shown][order] if key in curve else np.full(len(x), np.nan) for key in ("low", "high"))

    axes = canvas.axes(height=3.9, left=0.95, right=1.05)[0, 0]
    floor = max(p[p > 0].min() / 2, 1e-12) if (p > 0).any() else 1e-6
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.fill_between(x, np.maximum(low, floor), np.maximum(high, floor), color=LP, alpha=0.22, lw=0, label="95 % band")
    axes.plot(x, np.where(p > 0, p, floor / 10), color=LP, lw=2, label="LP loss")
    without = counterfactual(results, x)
    if without is not None:
        draw_counterfactual(axes, x, p, without, floor, results.estimate("cascade_share_lp_loss"))
    if results.lp_equity and curve["x"].max() >= 0.98 * results.lp_equity:
        axes.axvline(results.lp_equity, color=QUIET, lw=1.2, ls=":", label=f"all LP equity: {words.usd(results.lp_equity)}")
    top = np.nanmax(np.append(high[np.isfinite(high)], p))
    axes.set_ylim(floor, min(1.0, top * 1.6))
    axes.set_xlim(x.min(), curve["x"].max() * 1.05 if curve["x"].max() > x.min() else x.max() * 2)
    money_axis(axes.xaxis, log=True)
    percent_axis(axes.yaxis, log=True)
    axes.set_xlabel("LP loss x (USD)")
    axes.set_ylabel(f"Share of {words.period(results.horizon)} with a loss above x")
    axes.legend(loc="lower left")
    return_periods(axes, results)
    return caption(results, without is not None)


def counterfactual(results, x):
    """P(loss > x) on the same draws without price impact, or None."""
    loss, weights = results.column("lp_loss_no_impact"), results.weights
    if loss is None or weights is None:
        return None
    order = np.argsort(loss)
    tail = np.concatenate([np.cumsum(weights[order][::-1])[::-1], [0]]) / len(loss)
    return tail[np.searchsorted(loss[order], x, side="right")]


def draw_counterfactual(axes, x, p, without, floor, share):
    label = "same draws, no price impact"
    axes.plot(x, np.where(without > 0, without, floor / 10), color=NO_IMPACT, lw=2, ls="--", label=label)
    gap = f"the cascade: {words.chance(share)} of LP loss" if share.known else "the cascade's part"
    axes.fill_between(x, np.maximum(without, floor), np.maximum(p, floor), where=p >= without, facecolor="none",
                      edgecolor="#AAAAAA", hatch="////", lw=0, label=gap, zorder=1)


def return_periods(axes, results):
    """The same probabilities on the right as 1 in so many."""
    right = axes.twinx()
    right.set_yscale("log")
    low, high = axes.get_ylim()
    right.set_ylim(low, high)
    ticks = [tick for tick in axes.get_yticks() if low <= tick <= high]
    right.set_yticks(ticks, [f"1 in {words.digits(1 / tick)}" for tick in ticks])
    right.minorticks_off()
    right.grid(False)
    right.tick_params(length=0, labelcolor=QUIET)


def caption(results, has_counterfactual):
    period = words.period(results.horizon)
    socialised, shortfall = results.estimate("p_socialisation"), results.estimate("es_99_lp_loss")
    parts = []
    if socialised.known:
        parts.append(f"In {words.chance(socialised)} of {period} LPs lose something" +
                     (f"; in the worst 1 % they lose {words.money(shortfall)} on average{all_of_it(results, shortfall)}." if shortfall.known else "."))
        if not shortfall.known and shortfall.note:
            parts.append(f"The mean loss of the worst 1 % is not given: {words.bare(shortfall.note)}.")
    rare = results.estimate("var_999_lp_loss")
    if rare.known and rare.value > 0:
        parts.append(f"One {words.period(results.horizon, False)} in 1,000 costs them {words.money(rare)} or more.")
    parts.append(cascade(results))
    if not has_counterfactual:
        parts.append("The curve without price impact is not drawn: " +
                     ("the file holds no samples." if results.column("lp_loss") is None else "the run had no counterfactual."))
    parts.append("Bands are 95 % and cover chance alone, not the model or its parameters.")
    return " ".join(part for part in parts if part)


def all_of_it(results, estimate):
    return ", all they have" if results.lp_equity and estimate.value >= 0.9995 * results.lp_equity else ""


def cascade(results):
    """What of the loss is there only because liquidations push the price."""
    debt, loss = results.estimate("cascade_share_bad_debt"), results.estimate("cascade_share_lp_loss")
    if not debt.known and not loss.known:
        return ""
    if debt.known and debt.value < 0 and not (loss.known and loss.value > 0):
        return f"Price impact lowers bad debt by {words.percent(-debt.value)} here: liquidations at a falling price close positions earlier."
    shares = [f"{words.chance(estimate)} of {what}" for estimate, what in ((debt, "bad debt"), (loss, "LP loss")) if estimate.known]
    return f"{' and '.join(shares)} exist{'s' if len(shares) == 1 else ''} only because liquidations push the price; the rest comes from the market's own moves."


def who_pays(results):
    """Where bad debt goes when LPs pay none of it."""
    debt, fund, uncovered = (results.estimate(name).value for name in ("mean_bad_debt", "mean_insurance_paid", "mean_uncovered"))
    if not np.isfinite(debt):
        return "who pays bad debt is not in this file"
    if debt <= 0:
        return "there is no bad debt"
    traders = sum(value for value in (results.estimate("mean_trader_paid").value, results.estimate("mean_trader_forgone").value) if np.isfinite(value))
    if traders > 0.005 * debt:
        return (f"of bad debt of {words.usd(debt)} on average the insurance fund pays {words.usd(fund if np.isfinite(fund) else 0.0)}, "
                f"and other traders {words.usd(traders)}")
    if uncovered > 0:
        return (f"of bad debt of {words.usd(debt)} on average the insurance fund pays {words.usd(fund if np.isfinite(fund) else 0.0)}, "
                f"and {words.usd(uncovered)} stays uncovered")
    if fund >= (1 - 1e-6) * debt:
        return f"the insurance fund pays all bad debt, {words.usd(debt)} on average"
    return f"of bad debt of {words.usd(debt)} on average the insurance fund pays {words.usd(fund)}, other layers the rest"


def nothing(results):
    """Title and caption where there is no loss to draw."""
    socialised = results.estimate("p_socialisation")
    if not results.table("distribution/lp_loss") and "distribution/lp_loss" not in results.file:
        return "No loss distribution in this file", "This file holds no distribution of LP losses, so there is nothing to draw here."
    if results.lp_equity == 0:
        return ("No liquidity providers",
                f"This run has no liquidity providers, so none can lose: {who_pays(results)}. "
                f"Something stays uncovered in {words.chance(results.estimate('p_insolvency'))} of {words.period(results.horizon)}.")
    if socialised.known and socialised.value == 0:
        bound = f" With so many paths the true share is likely below {words.percent(socialised.high)}." if np.isfinite(socialised.high) else ""
        if results.lps_can_lose is False:
            bound = " No layer of the waterfall charges them."
        return "LPs never lose", f"In {words.no_path(results.count)} do LPs lose anything: {who_pays(results)}.{bound}"
    return "No losses in this file", "The distribution of LP losses in this file is empty, so there is nothing to draw here."
