/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waterfalls that make no sense are refused, with the place and the reason. */
#include "venue.h"

#define PARTIES                                                                                   \
  "simulation: {horizon: 1h, step: 1s}\n"                                                         \
  "liquidity_providers: [{name: a}, {name: b}, {name: guild, kind: member}]\n"                    \
  "funds: {skin: {initial: 5M}}\ngroups: {both: {}, other: {}}\n"                                 \
  "switches: {low: {when: fund.balance < 1M}}\n"

static void assert_refused(const char *yaml, const char *path, const char *fragment) {
  struct venue v;
  if (compile_venue(&v, yaml) != HC_INPUT) fail_msg("was not refused: %s", yaml);
  if (strcmp(v.complaint.path, path) != 0)
    fail_msg("%s\n  at %s, not at %s: %s", yaml, v.complaint.path, path, v.complaint.error.message);
  if (!strstr(v.complaint.error.message, fragment))
    fail_msg("%s\n  says \"%s\", not \"%s\"", yaml, v.complaint.error.message, fragment);
  hc_config_free(v.config);
}

/* Layers, the key that is wrong, and a part of what is said of it. */
static const struct {
  const char *layers, *path, *fragment;
} wrong_layers[] = {
  /* who */
  {"{verb: fund, who: treasury}", "waterfall[0].who", "is not a fund"},
  {"{verb: fund}, {verb: assess, who: nobody}", "waterfall[1].who", "names nobody"},
  {"{verb: fund}, {verb: assess, who: skin}", "waterfall[1].who", "names nobody"},
  {"{verb: assess, who: stakers, base: stake}", "waterfall[0].who", "names nobody"},
  {"{verb: close, score: size, who: same_side}", "waterfall[0].who", "expected opposite"},
  {"{verb: redistribute, who: opposite}", "waterfall[0].who", "expected same_side"},
  {"{verb: takeover, who: guild}", "waterfall[0].who", "not liquidity providers"},
  {"{verb: takeover, who: \"\"}", "waterfall[0].who", "names no taker"},
  /* base and form */
  {"{verb: assess, base: size}", "waterfall[0].base", "classes have no positions"},
  {"{verb: assess, who: b, base: unrealised_profit}", "waterfall[0].base", "classes have no positions"},
  {"{verb: assess, base: collateral}", "waterfall[0].base", "classes have no positions"},
  {"{verb: assess, who: winners, base: deposit}", "waterfall[0].base", "accounts have no deposit"},
  {"{verb: assess, who: all_traders, base: stake}", "waterfall[0].base", "accounts have no deposit"},
  {"{verb: close, score: size, base: deposit}", "waterfall[0].base", "closed by size"},
  {"{verb: close, score: size, base: collateral}", "waterfall[0].base", "closed by size"},
  {"{verb: redistribute, base: unrealised_profit}", "waterfall[0].base", "taken over by size"},
  {"{verb: redistribute, base: profit}", "waterfall[0].base", "taken over by size"},
  {"{verb: assess, form: index}", "waterfall[0].form", "an index charges positions"},
  /* allocation */
  {"{verb: close}", "waterfall[0].allocation", "ranked needs a score"},
  {"{verb: assess, who: winners, base: equity, allocation: ranked}", "waterfall[0].allocation",
   "ranked needs a score"},
  {"{verb: redistribute, allocation: ranked}", "waterfall[0].allocation", "ranked needs a score"},
  {"{verb: close, allocation: fifo, limit: 3}", "waterfall[0].limit", "by which score"},
  {"{verb: assess, who: winners, base: equity, limit: 2}", "waterfall[0].limit", "by which score"},
  {"{verb: assess, who: winners, base: equity, allocation: water_filling}", "waterfall[0].allocation",
   "water_filling"},
  {"{verb: redistribute, allocation: water_filling}", "waterfall[0].allocation", "water_filling"},
  {"{verb: assess, allocation: random}", "waterfall[0].allocation", "orders accounts"},
  {"{verb: assess, allocation: rotate}", "waterfall[0].allocation", "orders accounts"},
  {"{verb: assess, allocation: ranked, score: profit}", "waterfall[0].allocation", "orders accounts"},
  {"{verb: assess, score: profit, limit: 1}", "waterfall[0].allocation", "orders accounts"},
  /* switches */
  {"{verb: fund, until: fund.balance > 1M}", "waterfall[0].until", "when"},
  {"{verb: fund, only_if: high}", "waterfall[0].only_if", "high"},
  {"{verb: fund, unless: high}", "waterfall[0].unless", "high"},
  {"{verb: fund, when: till.balance < 1M}", "waterfall[0].when", "no fund is called till"},
  {"{verb: fund, when: till.drawdown(8h) < 10%}", "waterfall[0].when", "no fund is called till"},
  {"{verb: fund, when: fund.balance < 10% of till}", "waterfall[0].when", "no fund is called till"},
  {"{verb: fund, when: fund.balance < 10% of payer}", "waterfall[0].when", "fund, lp or the name of a fund"},
  {"{verb: fund, when: fund.balanse < 1M}", "waterfall[0].when", "did you mean \"balance\""},
  {"{verb: fund, when: fund.balance = 1M}", "waterfall[0].when", "<, <=, > or >="},
  {"{verb: fund, when: fund.drawdown > 30%}", "waterfall[0].when", "( and a duration such as (8h)"},
  {"{verb: fund, when: fund.drawdown(8) > 30%}", "waterfall[0].when", "duration"},
  {"{verb: fund, when: fund.drawdown(8h) > 30k}", "waterfall[0].when", "share"},
  {"{verb: fund, when: shortfall > 1M or unfilled > 1M}", "waterfall[0].when", "\"and\" or the end"},
  {"{verb: fund, when: shortfall > 1M and}", "waterfall[0].when", "found the end of the text"},
  {"{verb: fund, when: shortfall > 1 and shortfall > 2 and shortfall > 3 and shortfall > 4 and "
   "shortfall > 5}", "waterfall[0].when", "at most 4"},
  {"{verb: fund, when: shortfall > 1M, until: shortfall}", "waterfall[0].until", "<, <=, > or >="},
  /* caps */
  {"{verb: fund, cap: lots}", "waterfall[0].cap", "an amount"},
  {"{verb: fund, cap: 30%}", "waterfall[0].cap", "what it is a share of"},
  {"{verb: fund, cap: 10M of fund}", "waterfall[0].cap", "a share such as"},
  {"{verb: fund, cap: 30% of till}", "waterfall[0].cap", "no fund is called till"},
  {"{verb: fund, cap: 30% of}", "waterfall[0].cap", "fund, lp, payer or the name of a fund"},
  {"{verb: fund, cap: 30% of fund.top(8h)}", "waterfall[0].cap", "start or peak(8h)"},
  {"{verb: fund, cap: 30% of lp.peak(8h)}", "waterfall[0].cap", "which only funds have"},
  {"{verb: fund, cap: 30% of payer.start}", "waterfall[0].cap", "payers have no past"},
  {"{verb: fund, cap: 1M per}", "waterfall[0].cap", "duration"},
  {"{verb: fund, cap: 1M per paths}", "waterfall[0].cap", "duration"},
  {"{verb: fund, cap: -1M}", "waterfall[0].cap", "which is negative"},
  {"{verb: fund, cap: 1M per 8h please}", "waterfall[0].cap", "the end of the cap"},
  {"{verb: fund, cap: 10% of payer per path}", "waterfall[0].cap", "leave `per` out"},
  {"{verb: raise, cap: 10% of payer}", "waterfall[0].cap", "no stated wealth"},
  {"{verb: close, score: size, cap: 10% of payer}", "waterfall[0].cap", "capped in USD of notional"},
  {"{verb: takeover, cap: 10% of payer}", "waterfall[0].cap", "capped in USD of notional"},
  {"{verb: redistribute, cap: 10% of payer}", "waterfall[0].cap", "capped in USD of notional"},
  /* prices */
  {"{verb: close, score: size, price: middle}", "waterfall[0].price", "is not a price"},
  {"{verb: takeover, price: bankrupcy}", "waterfall[0].price", "did you mean \"bankruptcy\""},
  {"{verb: takeover, price: blend}", "waterfall[0].price", "( and a weight"},
  {"{verb: takeover, price: blend(1.5)}", "waterfall[0].price", "which is above 1"},
  {"{verb: takeover, price: blend(1/0)}", "waterfall[0].price", "a division by 0"},
  {"{verb: takeover, price: fixed(0)}", "waterfall[0].price", "above 0"},
  {"{verb: redistribute, price: mark + 100%}", "waterfall[0].price", "below 100%"},
  {"{verb: takeover, price: mark * 2}", "waterfall[0].price", "\"- 50bp\" or the end"},
  {"{verb: takeover, price: mark + 1% + 1%}", "waterfall[0].price", "the end"},
  /* times */
  {"{verb: assess, time: later}", "waterfall[0].time", "is not a time"},
  {"{verb: assess, time: sesion(1m)}", "waterfall[0].time", "did you mean \"session\""},
  {"{verb: assess, time: session}", "waterfall[0].time", "( and a duration"},
  {"{verb: assess, time: session(0s)}", "waterfall[0].time", "duration"},
  {"{verb: assess, time: session(2h)}", "waterfall[0].time", "longer than the horizon"},
  {"{verb: raise, time: delay(61m)}", "waterfall[0].time", "longer than the horizon"},
  {"{verb: raise, time: epoch(1d)}", "waterfall[0].time", "longer than the horizon"},
  {"{verb: assess, time: now please}", "waterfall[0].time", "the end"},
  {"{verb: assess, who: winners, base: session_profit, time: session(1m)}, "
   "{verb: assess, who: winners, base: session_profit, time: session(2m)}", "waterfall[0].time",
   "sessions of one length"},
  {"{verb: assess, who: winners, base: session_profit, time: session(1m)}, "
   "{verb: assess, who: winners, base: session_profit}", "waterfall[0].time", "sessions of one length"},
  /* groups */
  {"{verb: fund, share: 50%}", "waterfall[0].share", "name the group"},
  {"{verb: fund, group: third, share: 1}", "waterfall[0].group", "no group is called third"},
  {"{verb: fund, group: both}", "waterfall[0].group", "needs its share"},
  {"{verb: fund, group: both, share: 60%}, {verb: assess, group: both, share: 30%}",
   "waterfall[0].share", "add up to 0.9"},
  {"{verb: fund, group: both, share: 60%}", "waterfall[0].share", "add up to 0.6"},
  {"{verb: fund, group: both, share: 60%}, {verb: assess, group: both, share: 60%}",
   "waterfall[0].share", "add up to 1.2"},
  {"{verb: fund, group: both, share: 60%}, {verb: takeover, group: both, share: 40%}",
   "waterfall[1].group", "mixes cash and position"},
  {"{verb: fund, group: both, share: 60%}, {verb: fund, group: both, share: 40%}",
   "waterfall[1].group", "waterfall[0] of group both draws on the same money"},
  {"{verb: assess, base: equity, group: both, share: 60%}, {verb: assess, who: a, base: deposit, group: "
   "both, share: 40%}", "waterfall[1].group", "draws on the same money"},
  {"{verb: close, score: size, group: both, share: 60%}, {verb: close, score: profit, group: both, "
   "share: 40%}", "waterfall[1].group", "draws on the same money"},
  {"{verb: fund, group: both, share: 1}, {verb: raise}, {verb: assess, group: both, share: 1}",
   "waterfall[2].group", "neighbours"},
  {"{verb: fund, group: both, share: 1}, {verb: fund, group: other, share: 1}, "
   "{verb: fund, group: both, share: 1}", "waterfall[2].group", "neighbours"},
};

static void test_wrong_layers_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT_OF(wrong_layers); i++) {
    char yaml[1200];
    (void)snprintf(yaml, sizeof yaml, PARTIES "waterfall: [%s]\n", wrong_layers[i].layers);
    assert_refused(yaml, wrong_layers[i].path, wrong_layers[i].fragment);
  }
}

static void test_wrong_parties_and_switches_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *yaml, *path, *fragment;
  } wrong[] = {
    {"liquidity_providers: [{name: a}, {name: a}]", "liquidity_providers", "two classes are called a"},
    {"funds: {insurance: {}}", "funds.insurance", "another meaning"},
    {"funds: {lp: {}}", "funds.lp", "another meaning"},
    {"funds: {fund: {}}", "funds.fund", "another meaning"},
    {"funds: {payer: {}}", "funds.payer", "another meaning"},
    {"switches: {s: {}}", "switches.s.when", "needs a condition"},
    {"switches: {s: {when: fund.balance << 3}}", "switches.s.when", ""},
    {"switches: {s: {when: fund.balance < 3, until: till.balance > 3}}", "switches.s.until",
     "no fund is called till"},
  };
  for (size_t i = 0; i < COUNT_OF(wrong); i++) assert_refused(wrong[i].yaml, wrong[i].path, wrong[i].fragment);
}

/* `count` copies of a text with a number in it, between a head and a tail. */
static void repeat(char *yaml, size_t size, const char *head, const char *item, int count, const char *tail) {
  size_t used = (size_t)snprintf(yaml, size, "%s", head);
  for (int i = 0; i < count; i++)
    used += (size_t)snprintf(yaml + used, size - used, "%s%.*s%d%s", i ? ", " : "",
                             (int)(strchr(item, '#') - item), item, i, strchr(item, '#') + 1);
  (void)snprintf(yaml + used, size - used, "%s", tail);
}

static void test_too_many_of_anything_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *head, *item, *tail;
    int most;
    const char *path, *fragment;
  } limits[] = {
    {"waterfall: [", "{verb: raise, who: t#}", "]", HC_MAX_LAYERS, "waterfall", "at most 32"},
    {"funds: {", "f#: {}", "}", HC_MAX_FUNDS - 1, "funds", "at most 15"},
    {"liquidity_providers: [", "{name: c#}", "]", HC_MAX_CLASSES, "liquidity_providers", "at most 16"},
    {"switches: {", "s#: {when: shortfall > 1}", "}", HC_MAX_SWITCHES, "switches", "at most 16"},
    {"groups: {", "g#: {}", "}", HC_MAX_GROUPS, "groups", "at most 16"},
    {"simulation: {horizon: 1h, step: 1s}\nwaterfall: [", "{verb: fund, cap: 1% of fund.peak(1#s)}", "]",
     HC_STATE_PEAKS, "waterfall[16].cap", "at most 16"},
  };
  for (size_t i = 0; i < COUNT_OF(limits); i++) {
    char yaml[3000];
    struct venue v;
    repeat(yaml, sizeof yaml, limits[i].head, limits[i].item, limits[i].most, limits[i].tail);
    open_venue(&v, yaml);
    close_venue(&v);
    repeat(yaml, sizeof yaml, limits[i].head, limits[i].item, limits[i].most + 1, limits[i].tail);
    assert_refused(yaml, limits[i].path, limits[i].fragment);
  }
}

static void test_what_a_waterfall_needs_is_known_beforehand(void **state) {
  (void)state;
  static const struct {
    const char *layers;
    size_t first_position;
    bool crowd, always, defers, plain;
  } cases[] = {
    {"{verb: fund}, {verb: assess}", 2, false, false, false, true},
    {"{verb: fund}, {verb: assess, who: winners, base: equity}", 2, true, false, false, true},
    {"{verb: fund, takes: cash}, {verb: raise}", 2, false, false, false, true},
    {"{verb: fund, severity: 90%}, {verb: assess}", 2, false, false, false, false},
    {"{verb: fund, cap: 1M}, {verb: assess}", 2, false, false, false, false},
    {"{verb: fund, cap: 50% of payer}, {verb: assess}", 2, false, false, false, false},
    {"{verb: fund, when: shortfall > 0}, {verb: assess}", 2, false, true, false, false},
    {"{verb: fund, only_if: low}, {verb: assess}", 2, false, true, false, false},
    {"{verb: fund, unless: low}, {verb: assess}", 2, false, true, false, false},
    {"{verb: fund, who: skin}, {verb: assess}", 2, false, false, false, false},
    {"{verb: fund, group: g, share: 50%}, {verb: assess, group: g, share: 50%}", 2, false, false, false, false},
    {"{verb: fund}, {verb: assess, time: never}", 2, false, false, true, false},
    {"{verb: fund}, {verb: takeover}, {verb: assess}", 1, true, false, false, false},
    {"{verb: assess}, {verb: fund}", 2, false, false, false, false},
  };
  for (size_t i = 0; i < COUNT_OF(cases); i++) {
    char yaml[600];
    struct venue v;
    const bool switching = strstr(cases[i].layers, "low") != NULL;
    (void)snprintf(yaml, sizeof yaml, "groups: {g: {}}\nfunds: {skin: {}}\n%swaterfall: [%s]\n",
                   switching ? "switches: {low: {when: fund.balance < 1M}}\n" : "", cases[i].layers);
    open_venue(&v, yaml);
    if (v.waterfall.first_position != cases[i].first_position || v.waterfall.needs_crowd != cases[i].crowd ||
        v.waterfall.always != cases[i].always || v.waterfall.defers != cases[i].defers ||
        v.waterfall.plain != cases[i].plain)
      fail_msg("%s: first position %zu, crowd %d, always %d, defers %d, plain %d", cases[i].layers,
               v.waterfall.first_position, v.waterfall.needs_crowd, v.waterfall.always,
               v.waterfall.defers, v.waterfall.plain);
    close_venue(&v);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_wrong_layers_are_refused),
    cmocka_unit_test(test_wrong_parties_and_switches_are_refused),
    cmocka_unit_test(test_too_many_of_anything_are_refused),
    cmocka_unit_test(test_what_a_waterfall_needs_is_known_beforehand),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
