/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "cli/number.h"
#include "cli/summary_text.h"
#include "config/unit.h"

/* The fee at which net income is 0 on average, other things equal: net income is linear in it. */
static void break_even(const struct hc_cli_summary *summary, struct hc_text *text) {
  const struct hc_fees_config *fees = &summary->values->fees;
  const struct hc_estimate *net = hc_cli_estimate(summary, "mean_lp_net");
  const double traded = fees->volume * fees->to_lps * summary->values->simulation.horizon / HC_DAY;
  if (!net || !(traded > 0.0) || isnan(net->value)) return;
  const double basis = 1e4;
  hc_text_printf(text, "Break-even fee: LPs on average earn nothing at %.3g bp",
                 basis * (fees->rate - net->value / traded));
  if (!isnan(net->low) && !isnan(net->high))
    hc_text_printf(text, " (%.3g to %.3g)", basis * (fees->rate - net->high / traded),
                   basis * (fees->rate - net->low / traded));
  hc_text_printf(text, " of what is traded; it is %.3g bp\n", basis * fees->rate);
}

void hc_cli_providers_text(const struct hc_cli_summary *summary, struct hc_text *text) {
  static const char *const income[][2] = {{"mean_lp_net", "net income (USD)"},
                                          {"mean_hurdle_shortfall", "lacking to hurdle"},
                                          {"p_below_hurdle", "P(below hurdle)"}};
  static const char *const run[][2] = {{"mean_lp_withdrawn", "withdrawn (USD)"},
                                       {"mean_leaver_loss_share", "loss of leavers"},
                                       {"mean_stayer_loss_share", "loss of stayers"}};
  const struct hc_root_config *values = summary->values;
  bool leaves = false, hurdle = false;
  for (size_t i = 0; i < values->liquidity_providers.count; i++) {
    const struct hc_lp_config *lp = &HC_ITEMS(values->liquidity_providers, struct hc_lp_config)[i];
    const struct hc_withdrawals_config *w = &lp->withdrawals;
    leaves = leaves || w->at_rest > 0.0 || w->per_drawdown > 0.0 || w->per_depletion > 0.0;
    hurdle = hurdle || lp->hurdle != 0.0;
  }
  if (hurdle || values->fees.volume * values->fees.to_lps > 0.0) {
    hc_cli_rows(summary, "What LPs earn", income, sizeof income / sizeof *income, text);
    break_even(summary, text);
  }
  if (leaves) hc_cli_rows(summary, "LPs who leave", run, sizeof run / sizeof *run, text);
}
