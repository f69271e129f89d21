/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What funds and classes have, and how it changes with prices and payments. */
#include "waterfall/waterfall.h"

double hc_pots_lp_equity(const struct hc_waterfall *w, const struct hc_pots *pots) {
  double sum = 0.0;
  for (size_t i = 0; i < pots->classes; i++)
    if (w->class_kind[i] == HC_KIND_OF_LP)
      sum += pots->deposit[i] + (pots->profit[i] > 0.0 ? pots->profit[i] : 0.0);
  return sum;
}

void hc_pots_pay_fund(struct hc_pots *pots, double amount) {
  if (pots->fund_units > 0.0)
    pots->fund_units *= amount < pots->fund[0] ? (pots->fund[0] - amount) / pots->fund[0] : 0.0;
  pots->fund[0] -= amount;
}

static double at_most(double *balance, double amount) {
  const double taken = *balance < amount ? *balance : amount;
  if (!(taken > 0.0)) return 0.0;
  *balance -= taken;
  return taken;
}

void hc_pots_trade(const struct hc_waterfall *w, struct hc_pots *pots, double gain) {
  for (size_t i = 0; i < w->classes; i++) {
    double amount = w->counterparty[i] * gain;
    if (amount > 0.0) {
      amount -= at_most(&pots->owed[i], amount);
      const double restored = at_most(&pots->eaten[i], amount);
      pots->deposit[i] += restored;
      pots->profit[i] += amount - restored;
      pots->won[i] += amount;
      pots->trading += amount;
    } else if (amount < 0.0) {
      const double room = w->payout[i] + pots->won[i], most = -amount < room ? -amount : room;
      const double profit = at_most(&pots->profit[i], most > 0.0 ? most : 0.0);
      const double deposit = at_most(&pots->deposit[i], (most > 0.0 ? most : 0.0) - profit);
      pots->won[i] -= profit + deposit;
      pots->eaten[i] += deposit;
      pots->owed[i] += -amount - profit - deposit;
      pots->trading -= profit + deposit;
    }
  }
}

double hc_pots_balance(const struct hc_pots *pots) {
  double sum = 0.0;
  for (size_t i = 0; i < pots->classes; i++) sum += pots->deposit[i] + pots->profit[i];
  for (size_t i = 0; i < pots->funds; i++) sum += pots->fund[i];
  return sum;
}
