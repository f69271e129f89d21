/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The summary for people, within some 95 columns. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/number.h"
#include "cli/summary_text.h"

static const double no_estimate = NAN;

double hc_cli_estimated(const struct hc_cli_summary *summary, const char *name) {
  const struct hc_estimate *estimate = hc_cli_estimate(summary, name);
  return estimate ? estimate->value : no_estimate;
}

static void heading(const struct hc_cli_summary *summary, struct hc_text *text) {
  const struct hc_root_config *values = summary->values;
  const struct hc_simulation_config *simulation = &values->simulation;
  hc_text_printf(text, "%s: %s path%s of %s in steps of %s, seed %" PRId64 "\n", values->name,
                 hc_cli_count(summary->paths).text, summary->paths == 1 ? "" : "s",
                 hc_cli_duration(simulation->horizon).text,
                 hc_cli_duration(simulation->step).text, simulation->seed);
  for (size_t i = 0; i < values->markets.count; i++) {
    const struct hc_market_config *market = &HC_ITEMS(values->markets, struct hc_market_config)[i];
    hc_text_printf(text, "  market %s: ", market->name);
    const char *model = hc_price_models.variants[market->price.model.index]->name;
    const struct hc_replay_config *replay = market->price.model.parameters;
    /* History starts at its own level unless it is rescaled. */
    if (strcmp(model, "replay") == 0 && !replay->rescale)
      hc_text_printf(text, "replay from %s", replay->start ? replay->start : "the first bar");
    else
      hc_text_printf(text, "%s from %.8g", model, market->price.initial);
    hc_text_printf(text, "%s; impact %s, depth %s\n", market->price.shock ? " with a shock" : "",
                   hc_impact_laws.variants[market->liquidity.impact.index]->name,
                   hc_cli_usd(market->liquidity.depth).text);
  }
}

static void parties(const struct hc_cli_summary *summary, struct hc_text *text) {
  const struct hc_root_config *values = summary->values;
  const struct hc_generate_config *drawn = values->book.generate;
  double deposits = 0, profit = 0, others = 0;
  for (size_t i = 0; i < values->liquidity_providers.count; i++) {
    const struct hc_lp_config *lp = &HC_ITEMS(values->liquidity_providers, struct hc_lp_config)[i];
    if (lp->kind == HC_KIND_OF_LP) {
      deposits += lp->deposits;
      profit += lp->profit;
    } else {
      others += lp->deposits + lp->profit;
    }
  }
  hc_text_puts(text, "  book: ");
  const char *slash = values->book.file ? strrchr(values->book.file, '/') : NULL;
  if (values->book.file)
    hc_text_puts(text, slash ? slash + 1 : values->book.file);
  else if (drawn)
    hc_text_printf(text, "%" PRId64 " drawn, of %s accounts and open interest %s a side",
                   drawn->books, hc_cli_count((uint64_t)drawn->accounts).text,
                   hc_cli_usd(drawn->open_interest).text);
  hc_text_printf(text, "\n  insurance fund %s, LP deposits %s, LP profit %s",
                 hc_cli_usd(values->insurance_fund.initial).text, hc_cli_usd(deposits).text,
                 hc_cli_usd(profit).text);
  if (others > 0.0) hc_text_printf(text, ", members, stakers and depositors %s", hc_cli_usd(others).text);
  hc_text_puts(text, "\n");
}

static bool is_share(const struct hc_estimate *estimate) {
  return !strncmp(estimate->name, "p_", 2) || strstr(estimate->name, "share") != NULL ||
         !strcmp(estimate->name, "mean_payment_top10") || !strcmp(estimate->name, "mean_haircut_max");
}

void hc_cli_row(const struct hc_estimate *estimate, const char *label, struct hc_text *text) {
  const bool share = is_share(estimate);
  const char *unit = estimate->unit;
  hc_text_printf(text, "  %-22s %10s", label, hc_cli_by_unit(estimate->value, unit, share).text);
  if (isnan(estimate->se))
    hc_text_printf(text, " %10s", "");
  else
    hc_text_printf(text, " %10s", hc_cli_by_unit(estimate->se, unit, share).text);
  if (!isnan(estimate->low) && !isnan(estimate->high))
    hc_text_printf(text, "   %s to %s", hc_cli_by_unit(estimate->low, unit, share).text,
                   hc_cli_by_unit(estimate->high, unit, share).text);
  if (estimate->note[0]) hc_text_printf(text, "   %s", estimate->note);
  hc_text_puts(text, "\n");
}

void hc_cli_columns(const char *title, struct hc_text *text) {
  hc_text_printf(text, "\n%-24s %10s %10s   %s\n", title, "value", "se", "95 % interval");
}

void hc_cli_rows(const struct hc_cli_summary *summary, const char *title,
                 const char *const (*names)[2], size_t count, struct hc_text *text) {
  hc_cli_columns(title, text);
  for (size_t i = 0; i < count; i++) {
    const struct hc_estimate *estimate = hc_cli_estimate(summary, names[i][0]);
    if (estimate) hc_cli_row(estimate, names[i][1], text);
  }
}

/* Whether anybody but LPs bore what the fund could not: their loss then never stands alone. */
static bool others_pay(const struct hc_cli_summary *summary) {
  const double all = hc_cli_estimated(summary, "mean_social_loss");
  const double lps = hc_cli_estimated(summary, "mean_lp_loss");
  return fabs(all - lps) > 1e-12 * fabs(all);
}

static bool halts(const struct hc_root_config *values) {
  for (size_t i = 0; i < values->waterfall.count; i++) {
    const struct hc_layer_config *layer = &HC_ITEMS(values->waterfall, struct hc_layer_config)[i];
    if (!strcmp(hc_layer_verbs.variants[layer->verb.index]->name, "halt")) return true;
  }
  return false;
}

/* Whether the waterfall has anybody behind the funds who can be charged. */
static bool socialises(const struct hc_root_config *values) {
  for (size_t i = 0; i < values->waterfall.count; i++) {
    const struct hc_layer_config *layer = &HC_ITEMS(values->waterfall, struct hc_layer_config)[i];
    const char *verb = hc_layer_verbs.variants[layer->verb.index]->name;
    const struct hc_layer_assess_config *assess = layer->verb.parameters;
    if (!strcmp(verb, "assess") && (values->liquidity_providers.count > 0 ||
                                    !strcmp(assess->who, "all_traders") || !strcmp(assess->who, "winners")))
      return true;
    if (!strcmp(verb, "close") || !strcmp(verb, "takeover") || !strcmp(verb, "redistribute")) return true;
  }
  return halts(values);
}

static void probabilities(const struct hc_cli_summary *summary, struct hc_text *text) {
  static const char *const rows[][2] = {{"p_liquidation", "P(liquidation)"},
                                        {"p_bad_debt", "P(bad debt)"},
                                        {"p_socialisation", "P(socialisation)"},
                                        {"p_lp_loss", "  P(LPs pay)"},
                                        {"p_fund_depletion", "P(fund depletion)"},
                                        {"p_pending", "P(loss is pending)"},
                                        {"p_halt", "P(trading ends)"},
                                        {"p_insolvency", "P(insolvency)"}};
  hc_cli_columns("Probability", text);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct hc_estimate *estimate = hc_cli_estimate(summary, rows[i][0]);
    if (!estimate || (!strcmp(rows[i][0], "p_lp_loss") && !others_pay(summary)) ||
        (!strcmp(rows[i][0], "p_pending") && !(estimate->value > 0.0)) ||
        (!strcmp(rows[i][0], "p_halt") && !halts(summary->values)))
      continue;
    if (!strcmp(rows[i][0], "p_socialisation") && !socialises(summary->values))
      hc_text_printf(text, "  %-22s %10s   nobody behind the fund can be charged\n", rows[i][1], "");
    else
      hc_cli_row(estimate, rows[i][1], text);
  }
}

/* Whether the name is `<statistic>_<metric>`, and which statistic. */
static bool belongs(const char *name, const char *metric, char statistic[32]) {
  const size_t length = strlen(name), tail = strlen(metric);
  if (length < tail + 2 || length - tail > 32 || strcmp(name + length - tail, metric) ||
      name[length - tail - 1] != '_')
    return false;
  memcpy(statistic, name, length - tail - 1);
  statistic[length - tail - 1] = '\0';
  return true;
}

/* Label of the statistics that are shown; NULL: not shown. */
static const char *label_of(const char *statistic) {
  static const char *const labels[][2] = {{"mean", "mean"},
                                          {"sd", "standard deviation"},
                                          {"var_95", "VaR 95"},
                                          {"var_99", "VaR 99"},
                                          {"var_99_9", "VaR 99.9"},
                                          {"var_999", "VaR 99.9"},
                                          {"es_95", "ES 95"},
                                          {"es_99", "ES 99"},
                                          {"es_99_9", "ES 99.9"},
                                          {"es_999", "ES 99.9"},
                                          {"tail_index", "tail index"},
                                          {"largest_share_es_99", "largest path in ES 99"}};
  for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
    if (!strcmp(labels[i][0], statistic)) return labels[i][1];
  return NULL;
}

static void metric(const struct hc_cli_summary *summary, const char *name, const char *title,
                   struct hc_text *text) {
  bool begun = false;
  for (size_t i = 0; i < summary->count; i++) {
    char statistic[32];
    const struct hc_estimate *estimate = &summary->estimates[i];
    if (!belongs(estimate->name, name, statistic)) continue;
    const char *label = label_of(statistic);
    if (!label || (isnan(estimate->value) && !estimate->note[0])) continue;
    if (!begun) hc_cli_columns(title, text);
    begun = true;
    hc_cli_row(estimate, label, text);
  }
}

static void who_paid(const struct hc_cli_summary *summary, struct hc_text *text) {
  static const char *const payers[][2] = {
    {"mean_insurance_paid", "fund"},        {"mean_lp_profit_paid", "LP profit"},
    {"mean_lp_deposit_paid", "LP deposits"}, {"mean_trader_paid", "traders' cash"},
    {"mean_trader_forgone", "traders' forgone profit"}, {"mean_member_paid", "members"},
    {"mean_staker_paid", "stakers and depositors"}, {"mean_taker_charge", "takers"},
    {"mean_outside_paid", "outside"},       {"mean_rest_charge", "the rest of the market"},
    {"mean_pending_end", "pending"},        {"mean_uncovered", "uncovered"}};
  const double all = hc_cli_estimated(summary, "mean_bad_debt");
  if (!(all > 0)) {
    hc_text_puts(text, "\nWho paid: there was no bad debt\n");
    return;
  }
  hc_text_puts(text, "\nWho paid the bad debt: ");
  for (size_t i = 0; i < sizeof payers / sizeof *payers; i++) {
    const double paid = hc_cli_estimated(summary, payers[i][0]);
    const bool always = i < 3 || i + 1 == sizeof payers / sizeof *payers;
    if (isnan(paid) || (!always && paid == 0.0)) continue;
    hc_text_printf(text, "%s%s %s", i ? ", " : "", payers[i][1], hc_cli_percent(paid / all).text);
  }
  const double surplus = hc_cli_estimated(summary, "mean_surplus");
  if (surplus > 0.0)
    hc_text_printf(text, " (and %s more than was missing)", hc_cli_percent(surplus / all).text);
  hc_text_puts(text, "\n");
}

/* Share of a mean loss that is due to price impact, with its interval. */
static void cascade_share(const struct hc_estimate *estimate, const char *lead, const char *what,
                          struct hc_text *text) {
  if (!estimate || isnan(estimate->value)) return;
  hc_text_printf(text, "%s %s of %s", lead, hc_cli_percent(estimate->value).text, what);
  if (!isnan(estimate->low) && !isnan(estimate->high))
    hc_text_printf(text, " (%s to %s)", hc_cli_percent(estimate->low).text,
                   hc_cli_percent(estimate->high).text);
  else if (estimate->note[0])
    hc_text_printf(text, " (%s: no interval)", estimate->note);
  hc_text_puts(text, "\n");
}

/* Who among the accounts was charged how much. */
static void fairness(const struct hc_cli_summary *summary, struct hc_text *text) {
  static const char *const names[][2] = {{"mean_payment_gini", "Gini of payments"},
                                         {"mean_payment_top10", "10 greatest payers"},
                                         {"mean_haircut_max", "greatest haircut"}};
  if (hc_cli_estimated(summary, "mean_payers") > 0.0)
    hc_cli_rows(summary, "Where accounts paid", names, sizeof names / sizeof *names, text);
}

static void cascade(const struct hc_cli_summary *summary, struct hc_text *text) {
  cascade_share(hc_cli_estimate(summary, "cascade_share_bad_debt"),
                "Cascade, not gap (due to price impact):", "mean bad debt", text);
  cascade_share(hc_cli_estimate(summary, "cascade_share_lp_loss"),
                "                                       ", "mean LP loss", text);
}

/* Whether every dollar of every path is accounted for. */
static void accounting(const struct hc_cli_summary *summary, struct hc_text *text) {
  hc_text_puts(text, "Books balance on every path; largest residual:");
  for (size_t i = 0; i < summary->check_count; i++) {
    const struct hc_check *check = &summary->checks[i];
    hc_text_printf(text, "%s %s %.0e%s", i ? "," : "", check->name, check->residual,
                   check->held ? "" : " (NOT HELD)");
  }
  hc_text_puts(text, " USD\n");
}

static void closing(const struct hc_cli_summary *summary, struct hc_text *text) {
  accounting(summary, text);
  const struct hc_book_config *book = &summary->values->book;
  const bool drawn = !book->file && book->generate;
  hc_text_puts(text, "\nThe intervals hold for the draw of paths");
  if (drawn && book->generate->books > 1)
    hc_text_puts(text, " and books");
  else if (drawn)
    hc_text_puts(text, " only: one book was drawn, and other books\n"
                       "would move tail figures, often by 10 % and more");
  else
    hc_text_puts(text, ", the positions taken as given");
  hc_text_puts(text, ". They leave out\n"
                     "what is not known of the parameters (volatility, jumps, depth, the book)\n"
                     "and of the model itself.\n");
  hc_text_printf(text, "\nresults: %s (samples %s, %zu path%s traced)\n", summary->file,
                 summary->samples ? "kept" : "not kept", summary->traced_count,
                 summary->traced_count == 1 ? "" : "s");
  hc_text_printf(text, "next:    scripts/plot.py %s\n         haircut show %s --format json\n",
                 summary->file, summary->file);
  if (summary->traced_count || summary->samples)
    hc_text_printf(text, "         haircut trace %s --worst 1\n", summary->file);
}

void hc_cli_summary_text(const struct hc_cli_summary *summary, struct hc_text *text) {
  heading(summary, text);
  parties(summary, text);
  probabilities(summary, text);
  metric(summary, "lp_loss", "LP loss (USD)", text);
  if (others_pay(summary)) metric(summary, "social_loss", "All behind the fund", text);
  hc_cli_providers_text(summary, text);
  metric(summary, "bad_debt", "Bad debt (USD)", text);
  if (isnan(hc_cli_estimated(summary, "mean_fund_required")))
    hc_text_puts(text, "\nRequired fund: not known from one run, since what is paid behind the fund is "
                       "not what it lacks\n");
  else
    metric(summary, "fund_required", "Required fund (USD)", text);
  fairness(summary, text);
  who_paid(summary, text);
  cascade(summary, text);
  hc_cli_attribution_text(summary, text);
  closing(summary, text);
}
