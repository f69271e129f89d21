/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random waterfalls as text, and random accounts and records for them. */
#ifndef TEST_RANDOM_WATERFALL_H
#define TEST_RANDOM_WATERFALL_H

#include "venue.h"

struct script {
  char text[6000];
  size_t used;
  /* What the waterfall may hold. */
  bool switching, deferring, positions, fund_caps;
  /* What it holds. */
  size_t classes, funds, switches;
  unsigned kinds;       /* bits of the kinds of its classes */
  bool index;           /* accounts can be charged below zero */
  bool by_account;      /* some order depends on the numbers of accounts */
  int account_layers, limits, levelled; /* layers on accounts; with a limit; water_filling */
  int sorted;           /* ranked or smallest_first, of accounts */
};

static inline void put(struct script *s, const char *format, ...) HC_PRINTF(2, 3);
static inline void put(struct script *s, const char *format, ...) {
  va_list list;
  va_start(list, format);
  s->used += (size_t)vsnprintf(s->text + s->used, sizeof s->text - s->used, format, list);
  va_end(list);
  if (s->used >= sizeof s->text) fail_msg("a script is too long");
}
#define PICK(...) ((const char *const[]){__VA_ARGS__}[pick(COUNT_OF(((const char *const[]){__VA_ARGS__})))])

static inline const char *any_fund(const struct script *s) {
  static const char *const names[] = {"fund", "skin", "pool"};
  return names[pick(s->funds)];
}

static inline void put_amount(struct script *s) {
  if (!s->fund_caps) {
    if (pick(2)) put(s, "%g", 1.0 + 300.0 * chance());
    else put(s, "%d%% of %s", 1 + (int)pick(60), PICK("lp", "lp.start"));
    return;
  }
  switch (pick(5)) {
    case 0: put(s, "%g", 1.0 + 300.0 * chance()); return;
    case 1: put(s, "%d%% of %s", 1 + (int)pick(60), any_fund(s)); return;
    case 2: put(s, "%d%% of %s.start", 1 + (int)pick(60), any_fund(s)); return;
    case 3: put(s, "%d%% of %s.peak(%ds)", 1 + (int)pick(60), any_fund(s), 3 + 4 * (int)pick(2)); return;
    default: put(s, "%d%% of %s", 1 + (int)pick(60), PICK("lp", "lp.start")); return;
  }
}

static inline void put_condition(struct script *s) {
  for (size_t parts = 1 + pick(2); parts > 0; parts--) {
    switch (pick(6)) {
      case 0: put(s, "%s.balance %s ", any_fund(s), PICK("<", ">=")); put_amount(s); break;
      case 1: put(s, "%s.drawdown(7s) %s %d%%", any_fund(s), PICK("<", ">"), (int)pick(90)); break;
      case 2: put(s, "market.pnl_drawdown(7s) %s %d%%", PICK("<=", ">"), (int)pick(90)); break;
      case 3: put(s, "unfilled %s ", PICK("<", ">")); put_amount(s); break;
      case 4: put(s, "shortfall %s ", PICK("<", ">")); put_amount(s); break;
      default: put(s, "loss/equity %s %d%%", PICK("<", ">="), 1 + (int)pick(50)); break;
    }
    if (parts > 1) put(s, " and ");
  }
}

static inline void put_allocation(struct script *s, bool closing, bool cash) {
  static const char *const rules[] = {"pro_rata", "equal", "smallest_first", "ranked", "fifo", "random",
                                      "rotate", "water_filling"};
  const size_t rule = pick(closing ? 8 : 7);
  const bool limit = pick(4) == 0;
  put(s, ", allocation: %s", rules[rule]);
  if (rule >= 4 && rule <= 6) s->by_account = true;
  s->sorted += rule == 2 || rule == 3 || limit;
  s->levelled += rule == 7;
  s->limits += limit;
  s->account_layers++;
  if (rule == 3 || limit) {
    const char *score = PICK("bitmex", "binance", "hyperliquid", "aevo", "profit", "leverage", "size");
    if (strcmp(score, "binance") == 0) s->by_account = true; /* losers tie at 0 */
    put(s, ", score: %s", score);
  }
  if (limit) put(s, ", limit: %d", 1 + (int)pick(5));
  (void)cash;
}

static inline void put_price(struct script *s) {
  put(s, ", price: %s", PICK("bankruptcy", "mark", "previous_mark", "oracle", "residual", "blend(0.3)",
                             "blend(2/3)", "fixed(101)"));
  if (pick(4) == 0) put(s, " %s %dbp", PICK("+", "-"), 1 + (int)pick(300));
  if (pick(3) == 0) put(s, ", bound: bankruptcy");
}

static inline void put_time(struct script *s) {
  if (!s->deferring || pick(3)) return;
  put(s, ", time: %s, netting: %s", PICK("session(7s)", "epoch(4.5s)", "delay(3s)", "never", "on_withdrawal"),
      PICK("true", "false"));
}

static inline void put_assess(struct script *s) {
  put(s, "{verb: assess, ");
  if (pick(2)) {
    const bool session = s->deferring && pick(6) == 0;
    put(s, "who: %s, base: %s", PICK("winners", "all_traders"),
        session ? "session_profit, time: session(7s)"
                : PICK("size", "notional", "collateral", "equity", "unrealised_profit", "profit"));
    put_allocation(s, false, true);
    if (pick(5) == 0) {
      put(s, ", form: index");
      s->index = true;
    }
    if (!session) put_time(s);
    return;
  }
  static const char *const groups[HC_CLASS_KINDS] = {"liquidity_providers", "members", "stakers",
                                                      "depositors", "token_holders"};
  const size_t kind = pick(HC_CLASS_KINDS);
  if (s->classes && pick(3) == 0) put(s, "who: c%d", (int)pick(s->classes));
  else put(s, "who: %s", s->kinds >> kind & 1 ? groups[kind] : groups[0]);
  if (!(s->kinds & 1) && s->classes && strstr(s->text + s->used - 20, "providers")) {
    s->used -= strlen("liquidity_providers");
    put(s, "c0");
  }
  put(s, ", base: %s, allocation: %s", PICK("deposit", "profit", "equity"),
      PICK("pro_rata", "equal", "fifo", "smallest_first"));
  put_time(s);
}

/* Without the closing brace; whether it can be capped by payer. */
static inline bool put_verb(struct script *s, bool position) {
  if (position) {
    switch (pick(3)) {
      case 0:
        put(s, "{verb: close, base: %s", PICK("size", "notional", "equity", "unrealised_profit"));
        put_allocation(s, true, false);
        break;
      case 1:
        put(s, "{verb: redistribute, base: %s", PICK("size", "notional", "equity", "collateral"));
        put_allocation(s, false, false);
        break;
      default:
        put(s, "{verb: takeover, who: %s", PICK("backstop", "liquidity_providers"));
        if (pick(2)) put(s, ", hold: %d", (int)pick(4000));
        break;
    }
    put_price(s);
    return false;
  }
  const size_t verb = pick(5);
  if (verb == 4) {
    put(s, "{verb: raise");
    put_time(s);
  } else if (verb >= 2) {
    put_assess(s);
  } else {
    put(s, "{verb: fund, who: %s", any_fund(s));
  }
  if (pick(3) == 0) put(s, ", takes: cash");
  return verb != 4;
}

static inline void put_layer(struct script *s, bool position, const char *group, double share) {
  const bool by_payer = put_verb(s, position);
  if (pick(4) == 0) put(s, ", severity: %d%%", (int)pick(101));
  if (by_payer && pick(8) == 0) {
    put(s, ", cap: %d%% of payer", 1 + (int)pick(100));
  } else if (pick(4) == 0) {
    put(s, ", cap: ");
    put_amount(s);
    if (position && pick(2)) put(s, "k");
    if (s->text[s->used - 1] == 'k' && !strchr("0123456789", s->text[s->used - 2])) s->used--;
    put(s, "%s", PICK("", " per path", " per 5s"));
  }
  if (s->switching && pick(4) == 0) {
    put(s, ", when: ");
    put_condition(s);
    if (pick(2)) {
      put(s, ", until: ");
      put_condition(s);
    }
  }
  if (s->switches && pick(4) == 0) put(s, ", %s: %s", PICK("only_if", "unless"), PICK("low", "high"));
  if (group) put(s, ", group: %s, share: %.17g", group, share);
  put(s, "}");
}

static inline void put_layers(struct script *s, size_t count) {
  static const char *const names[] = {"g", "h"};
  size_t groups = 0;
  put(s, "waterfall: [");
  for (size_t i = 0; i < count; i++) {
    const bool position = s->positions && pick(5) < 2;
    if (i) put(s, ", ");
    if (groups < 2 && pick(4) == 0) {
      const size_t members = 1 + pick(3);
      const double share = members == 1 ? 1.0 : 0.1 + 0.5 * chance();
      for (size_t k = 0; k < members; k++) {
        if (k) put(s, ", ");
        put_layer(s, position, names[groups], k == 0 ? share : (1.0 - share) / (double)(members - 1));
      }
      groups++;
    } else {
      put_layer(s, position, NULL, 0.0);
    }
  }
  put(s, "]\n");
}

/* Members that draw on one purse may not overflow. */
static inline void mend_groups(struct script *s) {
  struct venue v;
  char *overflow;
  while (compile_venue(&v, s->text) != HC_OK && strstr(v.complaint.error.message, "draws on the same money") &&
         (overflow = strstr(s->text, "overflow: true"))) {
    memcpy(overflow, "overflow:   no", strlen("overflow: true"));
    hc_config_free(v.config);
  }
  hc_config_free(v.config);
}

static inline void write_waterfall(struct script *s, size_t layers) {
  static const char *const kinds[HC_CLASS_KINDS] = {"lp", "member", "staker", "depositor", "token_holder"};
  s->classes = pick(6);
  s->funds = 1 + pick(3);
  put(s, "simulation: {horizon: 40s, step: 1s}\ninsurance_fund: {initial: %g}\n",
      pick(4) ? 400.0 * chance() : 0.0);
  put(s, "liquidity_providers: [");
  for (size_t i = 0; i < s->classes; i++) {
    const size_t kind = pick(2) ? 0 : pick(HC_CLASS_KINDS);
    s->kinds |= 1u << kind;
    put(s, "%s{name: c%d, kind: %s, deposits: %g, profit: %g}", i ? ", " : "", (int)i, kinds[kind],
        pick(5) ? 500.0 * chance() : 0.0, 200.0 * chance() - 60.0);
  }
  put(s, "]\nfunds: {");
  if (s->funds > 1) put(s, "skin: {initial: %g}", 200.0 * chance());
  if (s->funds > 2) put(s, ", pool: {initial: %g}", 200.0 * chance());
  put(s, "}\ngroups: {g: {overflow: %s}, h: {overflow: %s}}\n", PICK("true", "false"), PICK("true", "false"));
  if (s->switching && pick(2)) {
    s->switches = 2;
    put(s, "switches: {low: {when: ");
    put_condition(s);
    put(s, ", until: ");
    put_condition(s);
    put(s, "}, high: {when: ");
    put_condition(s);
    put(s, "}}\n");
  }
  put_layers(s, layers);
  mend_groups(s);
}

/* Accounts of which a few are bankrupt, and some owe much of their equity to one side. */
static inline void fill_crowd(struct array_crowd *crowd, double mark) {
  array_crowd_clear(crowd);
  for (size_t n = pick(13); n > 0; n--) {
    const double quantity = pick(6) ? 30.0 * chance() : 0.01 * chance();
    const double entry = mark * (0.8 + 0.4 * chance());
    const int sign = pick(2) ? 1 : -1;
    const double profit = sign * quantity * (mark - entry);
    const double equity = pick(8) ? quantity * mark * chance() * (pick(3) ? 0.05 : 0.6) : -chance();
    array_crowd_add(crowd, sign, quantity, entry, equity - profit);
    struct hc_trader *t = &crowd->trader[crowd->count - 1];
    t->start_equity = equity * 2.0 * chance();
    t->session_equity = equity * 2.0 * chance();
  }
  crowd->rest[0] = pick(3) ? 0.0 : 40.0 * chance();
  crowd->rest[1] = pick(3) ? 0.0 : 40.0 * chance();
}

/* S = s Q (BP - P), and perhaps a loss of what was sold. */
static inline struct hc_record any_record(int side, double mark, bool held) {
  const double sign = side == 0 ? 1.0 : -1.0, scale = pick(10) ? 1.0 : 1e-6;
  const double quantity = held && pick(4) ? scale * 60.0 * chance() : 0.0;
  const double below = mark * 0.1 * chance();
  return (struct hc_record){.quantity = quantity,
                            .bankruptcy = quantity > 0.0 ? mark + sign * below : 0.0,
                            .shortfall = quantity * below +
                                         (quantity > 0.0 && pick(2) ? 0.0 : 400.0 * scale * chance())};
}
#endif
