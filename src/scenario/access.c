/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "scenario/scenario.h"

const struct hc_config *hc_scenario_config(const struct hc_scenario *scenario) {
  return scenario->config;
}
const struct hc_root_config *hc_scenario_values(const struct hc_scenario *scenario) {
  return scenario->values;
}
int64_t hc_scenario_steps(const struct hc_scenario *scenario) { return scenario->grid.steps; }
size_t hc_scenario_books(const struct hc_scenario *scenario) { return scenario->books; }
const struct hc_book *hc_scenario_book(const struct hc_scenario *scenario, size_t book) {
  return &scenario->book[book].book;
}
const struct hc_book_market *hc_scenario_market(const struct hc_scenario *scenario,
                                                size_t market) {
  return market == 0 ? &scenario->market : NULL;
}
size_t hc_scenario_classes(const struct hc_scenario *scenario) { return scenario->waterfall.classes; }
const char *hc_scenario_class_name(const struct hc_scenario *scenario, size_t index) {
  return HC_ITEMS(scenario->values->liquidity_providers, struct hc_lp_config)[index].name;
}
double hc_scenario_deposits(const struct hc_scenario *scenario) { return scenario->waterfall.deposits; }
double hc_scenario_lp_equity(const struct hc_scenario *scenario) { return scenario->waterfall.lp_equity; }
int hc_scenario_reflects(const struct hc_scenario *scenario) { return scenario->reflects; }
void hc_scenario_digest(const struct hc_scenario *scenario, char hex[65]) {
  memcpy(hex, scenario->digest, 65);
}

uint64_t hc_scenario_most_paths(const struct hc_scenario *scenario) {
  const struct hc_simulation_config *simulation = &scenario->values->simulation;
  return (uint64_t)(simulation->precision ? simulation->max_paths : simulation->paths);
}
