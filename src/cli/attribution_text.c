/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who left the bad debt, for people and programs. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cli/number.h"
#include "cli/summary_text.h"

enum { SHOWN_CELLS = 6, SHOWN_ACCOUNTS = 5 };

/* ---- words ---------------------------------------------------------------------------------- */

static struct hc_cli_short between(double low, double high, bool money) {
  struct hc_cli_short made;
  const struct hc_cli_short from = money ? hc_cli_usd(low) : hc_cli_plain(low);
  const struct hc_cli_short to = money ? hc_cli_usd(high) : hc_cli_plain(high);
  if (!(low > 0.0)) (void)snprintf(made.text, sizeof made.text, "up to %.16s", to.text);
  else if (isinf(high)) (void)snprintf(made.text, sizeof made.text, "over %.16s", from.text);
  else (void)snprintf(made.text, sizeof made.text, "%.16s-%.16s", from.text, to.text);
  return made;
}

static const char *side_word(int64_t side) { return side > 0 ? "long" : side < 0 ? "short" : "venue's"; }

/* ---- cells --------------------------------------------------------------------------------------- */

struct totals {
  double notional, mean, es, lp;
};

static struct totals add_up(const struct hc_attribution *a) {
  struct totals t = {0};
  for (size_t i = 0; i < a->cell_count; i++) {
    t.notional += a->cell[i].notional;
    t.mean += a->cell[i].mean_bad_debt;
    t.es += a->cell[i].es_99_bad_debt;
    t.lp += a->cell[i].es_99_lp_loss;
  }
  return t;
}

/* What rounding has left of a remainder is nothing. */
static struct hc_cli_short share(double part, double whole) {
  return hc_cli_percent(fabs(part) > 1e-12 * whole ? part / whole : 0.0);
}

/* Of the cells that are not used, the one that adds most; ties in order of cells. */
static size_t next_cell(const struct hc_attribution *a, const bool *used) {
  size_t best = a->cell_count;
  for (size_t i = 0; i < a->cell_count; i++)
    if (!used[i] && a->cell[i].es_99_bad_debt > 0.0 &&
        (best == a->cell_count || a->cell[i].es_99_bad_debt > a->cell[best].es_99_bad_debt))
      best = i;
  return best;
}

static void cell_row(const struct hc_blame_cell *cell, const struct totals *all, struct hc_text *text) {
  hc_text_printf(text, "  %-7s %9s %10s %10s %10s %10s %9s %8s\n", side_word(cell->side),
                 cell->side ? between(cell->leverage_low, cell->leverage_high, false).text : "",
                 cell->side ? between(cell->size_low, cell->size_high, true).text : "",
                 share(cell->notional, all->notional).text, share(cell->mean_bad_debt, all->mean).text,
                 share(cell->es_99_bad_debt, all->es).text,
                 isnan(cell->es_99_bad_debt_se) ? "" : share(cell->es_99_bad_debt_se, all->es).text,
                 all->lp > 0.0 ? share(cell->es_99_lp_loss, all->lp).text : "");
}

static void cells_text(const struct hc_attribution *a, struct hc_text *text) {
  const struct totals all = add_up(a);
  bool used[HC_BLAME_CELLS] = {false};
  struct totals rest = all;
  hc_text_printf(text, "\nWho left the bad debt    leverage       size   of book   of mean   of ES 99"
                       "      (se)   LP ES 99\n");
  size_t rows = 0;
  for (size_t at; rows < SHOWN_CELLS && (at = next_cell(a, used)) < a->cell_count; rows++) {
    const struct hc_blame_cell *cell = &a->cell[at];
    used[at] = true;
    rest.notional -= cell->notional;
    rest.mean -= cell->mean_bad_debt;
    rest.es -= cell->es_99_bad_debt;
    rest.lp -= cell->es_99_lp_loss;
    cell_row(cell, &all, text);
  }
  if (rows < SHOWN_CELLS) return;
  hc_text_printf(text, "  %-28s %10s %10s %10s %9s %8s\n", "all others",
                 share(rest.notional, all.notional).text, share(rest.mean, all.mean).text,
                 share(rest.es, all.es).text, "",
                 all.lp > 0.0 ? share(rest.lp, all.lp).text : "");
}

/* ---- accounts ------------------------------------------------------------------------------------- */

static void accounts_text(const struct hc_attribution *a, bool books, struct hc_text *text) {
  hc_text_printf(text, "Accounts that add most to ES 99 of bad debt%s:\n",
                 books ? ", as shares of what their own book adds" : "");
  for (size_t i = 0; i < a->account_count && i < SHOWN_ACCOUNTS; i++) {
    const struct hc_blame_account *account = &a->account[i];
    struct hc_text who = {0};
    if (a->name[i][0]) hc_text_printf(&who, "%s", a->name[i]);
    else if (books)
      hc_text_printf(&who, "book %" PRId64 ", account %" PRId64, account->book, account->account);
    else hc_text_printf(&who, "account %" PRId64, account->account);
    hc_text_printf(text, "  %-24s %-5s of %s at %.3g times: %s\n", who.data ? who.data : "",
                   side_word(account->side), hc_cli_usd(account->notional).text,
                   account->leverage, hc_cli_percent(account->book_share).text);
    hc_text_free(&who);
  }
}

void hc_cli_attribution_text(const struct hc_cli_summary *summary, struct hc_text *text) {
  const struct hc_attribution *a = &summary->attribution;
  const struct hc_book_config *book = &summary->values->book;
  if (a->cell_count == 0) return;
  cells_text(a, text);
  if (a->account_count == 0) return;
  accounts_text(a, !book->file && book->generate && book->generate->books > 1, text);
}

/* ---- JSON ----------------------------------------------------------------------------------------- */

#define PUT_I(value) hc_text_printf(text, "%" PRId64, value)
#define PUT_F(value) hc_cli_json_number(text, value)
#define PUT(type, name, unit, long_name)                                \
  hc_text_printf(text, "%s\"" #name "\": ", separator);                 \
  PUT_##type(row->name);                                                \
  separator = ", ";

static void json_cell(const struct hc_blame_cell *row, struct hc_text *text) {
  const char *separator = "{";
  HC_BLAME_CELL_LIST(PUT)
  hc_text_puts(text, "}");
}

static void json_account(const struct hc_blame_account *row, const char *name, struct hc_text *text) {
  const char *separator = "{";
  HC_BLAME_ACCOUNT_LIST(PUT)
  hc_text_printf(text, "%s\"name\": ", separator);
  hc_cli_json_string(text, name);
  hc_text_puts(text, "}");
}

void hc_cli_attribution_json(const struct hc_cli_summary *summary, struct hc_text *text) {
  const struct hc_attribution *a = &summary->attribution;
  hc_text_puts(text, "  \"attribution\": {\"cells\": [");
  for (size_t i = 0; i < a->cell_count; i++) {
    hc_text_puts(text, i ? ",\n    " : "\n    ");
    json_cell(&a->cell[i], text);
  }
  hc_text_puts(text, "], \"accounts\": [");
  for (size_t i = 0; i < a->account_count; i++) {
    hc_text_puts(text, i ? ",\n    " : "\n    ");
    json_account(&a->account[i], a->name[i], text);
  }
  hc_text_puts(text, "]},\n");
}
