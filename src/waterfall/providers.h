/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens to the parties between settlements (docs/waterfall.md): fees are earned, and
 * liquidity providers leave. */
#ifndef HC_WATERFALL_PROVIDERS_H
#define HC_WATERFALL_PROVIDERS_H

#include "waterfall/waterfall.h"

/* Reads the keys of a class, and what its start is; HC_INPUT with the complaint set. */
hc_status hc_compile_withdrawals(struct hc_waterfall *waterfall, size_t index,
                                 const struct hc_withdrawals_config *config,
                                 struct hc_complaint *complaint) HC_CHECKED;
void hc_providers_start(const struct hc_waterfall *waterfall, struct hc_waterfall_state *state);

/* Fees earned since they were last booked and up to `step`, USD. */
struct hc_earned {
  double fund, lps;
};
struct hc_earned hc_fees_earned(const struct hc_waterfall *waterfall,
                                const struct hc_waterfall_state *state, int64_t step);
/* Credits the liquidity providers' profits, by deposits at start. */
void hc_credit_lps(const struct hc_waterfall *waterfall, struct hc_pots *pots, double amount);

/* First step at which somebody may leave and that is not past; INT64_MAX: none. */
int64_t hc_withdrawal_next(const struct hc_waterfall *waterfall,
                           const struct hc_waterfall_state *state);
/* Lets leave whoever leaves at the settlement's step. */
void hc_withdraw(struct hc_settlement *settlement);

/* Of classes of kind lp at the end of the path; `inventory` is the result of their stock, USD. */
double hc_stayer_loss(const struct hc_waterfall *waterfall, const struct hc_waterfall_state *state,
                      const struct hc_pots *pots, double inventory);
double hc_leaver_loss(const struct hc_waterfall_state *state);
#endif
