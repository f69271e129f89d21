/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/scenarios.h"

#include <string.h>

#include "config/fields.h"
#include "config/merge.h"
#include "config/settings.h"

static const char *const forbidden[] = {"scenario", "scenarios"};

static void keep_name(struct hc_config *config, const char *name) {
  for (size_t i = 0; i < config->scenario_count; i++)
    if (!strcmp(config->scenarios[i], name)) return;
  const char **names = hc_arena_grow(&config->arena, config->scenarios, config->scenario_count,
                                     &config->scenario_capacity, sizeof *names);
  if (!names) return;
  config->scenarios = names;
  names[config->scenario_count++] = name;
}

static void take_one(struct hc_config *config, struct hc_diagnostics *diagnostics,
                     const struct hc_entry *entry, struct hc_node *all) {
  struct hc_text path = {0};
  hc_text_printf(&path, "scenarios.%s", entry->key);
  const char *where = hc_arena_take(&config->arena, &path);
  if (!where) return;
  keep_name(config, entry->key);
  if (hc_node_is_null(entry->value)) return;
  if (entry->value->type != HC_NODE_MAPPING) {
    hc_config_report(config, diagnostics, entry->value->place, where,
                     "a mapping of keys to values is expected, e.g. {markets.BTC.price.volatility: "
                     "120%%}, found %s",
                     hc_node_type_text(entry->value));
    return;
  }
  for (size_t i = 0; i < entry->value->count; i++)
    for (size_t f = 0; f < sizeof forbidden / sizeof *forbidden; f++)
      if (!strcmp(entry->value->entries[i].key, forbidden[f]))
        hc_config_report(config, diagnostics, entry->value->entries[i].place, where,
                         "a scenario cannot set %s; write one scenario beside the other", forbidden[f]);
  (void)hc_node_add(&config->arena, all, *entry);
}

void hc_scenarios_take(struct hc_config *config, struct hc_diagnostics *diagnostics, struct hc_node *input,
                       struct hc_node **all) {
  for (size_t i = 0; i < input->count; i++) {
    const struct hc_entry entry = input->entries[i];
    if (!entry.key || strcmp(entry.key, "scenarios") != 0) continue;
    hc_node_remove(input, i);
    if (!*all) *all = hc_node_new(&config->arena, HC_NODE_MAPPING, entry.place);
    if (!*all || hc_node_is_null(entry.value)) return;
    if (entry.value->type == HC_NODE_MAPPING)
      for (size_t j = 0; j < entry.value->count; j++)
        take_one(config, diagnostics, &entry.value->entries[j], *all);
    else
      hc_config_report(config, diagnostics, entry.value->place, "scenarios",
                       "a mapping of names is expected, e.g. {base: {}, crash: {...}}, found %s",
                       hc_node_type_text(entry.value));
    return;
  }
}

static void HC_PRINTF(4, 5) warn(struct hc_config *config, struct hc_diagnostics *diagnostics,
                                 struct hc_place place, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  hc_config_vreport(config, diagnostics, true, place, "scenario", format, arguments);
  va_end(arguments);
}

/* Its name, and where it was written; NULL: none is wanted. */
static const char *wanted(const struct hc_node *tree, const char *const *settings, size_t count,
                          struct hc_place *place) {
  static const char key[] = "scenario=";
  *place = HC_DEFAULT_PLACE;
  for (size_t i = count; i-- > 0;)
    if (!strncmp(settings[i], key, strlen(key))) return settings[i] + strlen(key);
  const struct hc_entry *entry = hc_node_find(tree, "scenario");
  const struct hc_node *plain = entry ? hc_node_plain(entry->value) : NULL;
  if (!plain || hc_node_is_null(plain)) return NULL;
  *place = plain->place;
  return plain->text;
}

static void lay_over(struct hc_config *config, struct hc_diagnostics *diagnostics, struct hc_node *tree,
                     const struct hc_node *overrides) {
  for (size_t i = 0; i < overrides->count; i++) {
    const struct hc_entry *entry = &overrides->entries[i];
    if (strpbrk(entry->key, ".[")) {
      hc_apply_override(config, diagnostics, tree, entry);
      continue;
    }
    struct hc_node *over = hc_node_new(&config->arena, HC_NODE_MAPPING, entry->place);
    struct hc_entry copy = *entry;
    copy.value = hc_node_copy(&config->arena, entry->value);
    if (over && copy.value && hc_node_add(&config->arena, over, copy))
      hc_merge(&config->arena, config->root, tree, over);
  }
}

void hc_scenarios_apply(struct hc_config *config, struct hc_diagnostics *diagnostics, struct hc_node *tree,
                        const struct hc_node *all, const char *const *settings, size_t setting_count,
                        bool lenient) {
  struct hc_place place;
  const char *name = wanted(tree, settings, setting_count, &place);
  if (!name || !*name || (lenient && !all)) return;
  bool known = false;
  for (size_t i = 0; i < config->scenario_count; i++) known = known || !strcmp(config->scenarios[i], name);
  for (size_t i = 0; all && i < all->count; i++)
    if (!strcmp(all->entries[i].key, name)) lay_over(config, diagnostics, tree, all->entries[i].value);
  if (known) return;
  struct hc_names names = {0};
  for (size_t i = 0; i < config->scenario_count; i++)
    (void)hc_names_add(&config->arena, &names, config->scenarios[i]);
  if (config->scenario_count)
    hc_config_report(config, diagnostics, place, "scenario", "no scenario is called %s%s",
                     hc_config_quote(config, name), hc_config_hint(config, name, &names));
  else if (place.input < 0)
    hc_config_report(config, diagnostics, place, "scenario", "there are no scenarios, so none is called %s; "
                     "write them, e.g. scenarios: {crash: {markets.BTC.price.volatility: 120%%}}",
                     hc_config_quote(config, name));
  else /* a resolved configuration, which says what it came from */
    warn(config, diagnostics, place, "there are no scenarios here, so this is a name alone");
}
