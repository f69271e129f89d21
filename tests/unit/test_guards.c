/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits on positions at the start, and on what pools pay: computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "near.h"
#include "../walk/scene.h"

/* Longs of 1M, 2M, 3M and shorts of 2M and 1M, at 100. LPs have 4M and a profit of 1M, the fund 2M. */
static const char csv[] = "account,market,side,size_usd,entry,collateral\n"
                          "a,X,long,1000000,100,100000\nb,X,short,2000000,100,200000\n"
                          "c,X,long,2000000,100,200000\nd,X,long,3000000,100,300000\n"
                          "e,X,short,1000000,100,100000\n";

static struct scene open_with(const char *guards, const char *move, const char *pool) {
  char yaml[1200];
  (void)snprintf(yaml, sizeof yaml,
                 "simulation: {horizon: 10m, step: 1m, paths: 1}\n"
                 "markets: {X: {price: {model: gbm, volatility: 0%%, initial: 100, shock: {move: %s, at: 0s, over: "
                 "5m}}, liquidity: {impact: none, spread: 0bp}, margin: {maintenance: [{rate: 1%%}]}}}\n"
                 "book: {file: book.csv}\ninsurance_fund: {initial: 2M}\nliquidation: {fee: 0%%}\n"
                 "liquidity_providers: [{name: pool, deposits: 4M, profit: 1M%s}]\nguards: {%s}\n", move, pool, guards);
  return scene_open(yaml, csv, NULL);
}

struct kept {
  double notional[5]; /* a to e; 0: kept out */
  int64_t scaled, refused;
};
static void check(const char *guards, struct kept kept) {
  struct scene scene = open_with(guards, "-1%", "");
  const struct hc_book *book = hc_scenario_book(scene.scenario, 0);
  size_t next = 0;
  double cut = 9e6;
  for (int i = 0; i < 5; i++) {
    if (!(kept.notional[i] > 0)) continue;
    const struct hc_position *p = &book->positions[next];
    const char name[2] = {(char)('a' + i), 0};
    assert_true(next < book->count);
    assert_int_equal(p->account, next);
    assert_string_equal(book->names[next], name);
    assert_near(p->quantity * 100, kept.notional[i], 1e-6);
    assert_near(p->collateral, kept.notional[i] / 10, 1e-6);
    assert_near(p->bankruptcy, p->side > 0 ? 90 : 110, 1e-9); /* leverage stays */
    cut -= kept.notional[i];
    next++;
  }
  assert_int_equal(next, book->count);
  assert_int_equal(book->scaled, kept.scaled);
  assert_int_equal(book->refused, kept.refused);
  assert_near(book->cut, cut, 1e-6);
  scene_close(&scene);
}

static void test_smaller(void **state) {
  (void)state;
  check("open_interest: 10M, skew: 5M, account: 3M", (struct kept){{1e6, 2e6, 2e6, 3e6, 1e6}, 0, 0});
  check("account: 1500k", (struct kept){{1e6, 1.5e6, 1.5e6, 1.5e6, 1e6}, 3, 0});
  check("open_interest: 4M", (struct kept){{4e6 / 6, 2e6, 8e6 / 6, 2e6, 1e6}, 3, 0});
  check("skew: 1M", (struct kept){{4e6 / 6, 2e6, 8e6 / 6, 2e6, 1e6}, 3, 0});
  check("skew: 0", (struct kept){{0.5e6, 2e6, 1e6, 1.5e6, 1e6}, 3, 0});
  /* An account first, then its side of 5M: to 2.5M; then the shorts stay. */
  check("account: 2M, open_interest: 2500k", (struct kept){{0.5e6, 5e6 / 3, 1e6, 1e6, 2.5e6 / 3}, 5, 0});
}

static void test_fewer(void **state) {
  (void)state;
  check("account: 1500k, beyond: refuse", (struct kept){{1e6, 0, 0, 0, 1e6}, 0, 3});
  check("open_interest: 4M, beyond: refuse", (struct kept){{1e6, 2e6, 2e6, 0, 1e6}, 0, 1});
  check("open_interest: 5M, beyond: refuse", (struct kept){{1e6, 2e6, 2e6, 0, 1e6}, 0, 1});
  /* b is 1M above a; c brings the longs to 1M above; d would be 4M; e makes it even. */
  check("skew: 1M, beyond: refuse", (struct kept){{1e6, 2e6, 2e6, 0, 1e6}, 0, 1});
}

static void test_shares(void **state) {
  (void)state;
  /* 80 % of 5M, 200 % of 2M. */
  check("open_interest: 80% of lp", (struct kept){{4e6 / 6, 2e6, 8e6 / 6, 2e6, 1e6}, 3, 0});
  check("open_interest: 200% of fund", (struct kept){{4e6 / 6, 2e6, 8e6 / 6, 2e6, 1e6}, 3, 0});
}

/* The pool is the other side of 30,000 units net long: at 105 traders have won 150,000. */
static void test_payouts_end_at_their_cap(void **state) {
  (void)state;
  const struct {
    const char *pool;
    double paid, owed;
  } cases[] = {{", counterparty: 100%", 150e3, 0},
               {", counterparty: 100%, payout_cap: 2%", 100e3, 50e3},
               {", counterparty: 50%, payout_cap: 1%", 50e3, 25e3},
               {", counterparty: 50%, payout_cap: 2%", 75e3, 0},
               {", counterparty: 100%, payout_cap: 0%", 0, 150e3}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct scene scene = open_with("", "5%", cases[i].pool);
    struct hc_outcome o;
    struct hc_error error = {.status = HC_OK};
    assert_int_equal(hc_path_run(scene.workspace, 0, &o, NULL, &error), HC_OK);
    assert_near(o.lp_trading, -cases[i].paid, 1e-6);
    assert_near(o.payout_owed, cases[i].owed, 1e-6);
    assert_near(o.lp_loss, cases[i].paid, 1e-6);
    assert_near(o.money_residual, 0.0, 1e-6);
    scene_close(&scene);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_smaller),
    cmocka_unit_test(test_fewer),
    cmocka_unit_test(test_shares),
    cmocka_unit_test(test_payouts_end_at_their_cap),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
