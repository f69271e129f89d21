/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/layer_text.h"

#include <math.h>
#include <string.h>

#include "config/canonical.h"
#include "config/fields.h"

/* What a verb has of the keys that several of them share; NULL: not this verb. */
struct words {
  const char *verb, *who;
  const int *base, *form, *takes, *bound;
  const struct hc_choice *allocation, *score;
  const int64_t *limit;
  const char *price, *time;
  const double *hold;
};

static const void *member(const struct hc_table *table, const void *parameters, const char *key) {
  const struct hc_field *field = hc_field_own(table, key);
  return field ? (const char *)parameters + field->offset : NULL;
}

static const char *text_of(const struct hc_table *table, const void *parameters, const char *key) {
  char *const *text = member(table, parameters, key);
  return text && *text ? *text : "";
}

static struct words words_of(const struct hc_choice *verb) {
  const struct hc_variant *variant = hc_layer_verbs.variants[verb->index];
  const struct hc_table *table = variant->table;
  const void *p = verb->parameters;
  return (struct words){
    .verb = variant->name, .who = text_of(table, p, "who"),
    .base = member(table, p, "base"), .form = member(table, p, "form"),
    .takes = member(table, p, "takes"), .bound = member(table, p, "bound"),
    .allocation = member(table, p, "allocation"), .score = member(table, p, "score"),
    .limit = member(table, p, "limit"),
    .price = text_of(table, p, "price"), .time = text_of(table, p, "time"),
    .hold = member(table, p, "hold")};
}

/* The first item opens the bracket. */
struct items {
  struct hc_text *text;
  size_t count;
};
static void next(struct items *items) { hc_text_puts(items->text, items->count++ ? ", " : " ("); }

static void item(struct items *items, const char *before, const char *value) {
  if (!value || !*value) return;
  next(items);
  hc_text_printf(items->text, "%s%s", before, value);
}

static const char *word(const struct hc_vocabulary *vocabulary, int value) {
  for (size_t i = 0; i < vocabulary->count; i++)
    if (vocabulary->words[i].value == value) return vocabulary->words[i].name;
  return "";
}

static const char *variant_name(const struct hc_registry *registry, const struct hc_choice *choice) {
  return choice && choice->index >= 0 ? registry->variants[choice->index]->name : "";
}

/* "profit", "ranked bitmex", "pro_rata by size, best 10 by size". */
static void put_allocation(struct items *items, const struct words *words) {
  const char *rule = variant_name(&hc_allocation_rules, words->allocation);
  const char *score = variant_name(&hc_scores, words->score);
  const char *base = words->base ? word(&hc_base_words, *words->base) : "";
  if (!words->allocation) return;
  const bool pro_rata = !strcmp(rule, "pro_rata"), assess = !strcmp(words->verb, "assess");
  if (assess) item(items, "", base);
  if (!strcmp(rule, "ranked")) {
    next(items);
    hc_text_printf(items->text, "ranked %s", score);
  } else if (!assess && (pro_rata || !strcmp(rule, "smallest_first"))) {
    next(items);
    hc_text_printf(items->text, "%s by %s", rule, base);
  } else if (!pro_rata) {
    item(items, "", rule);
  }
  if (*words->limit < 0) return;
  next(items);
  hc_text_printf(items->text, "best %lld by %s", (long long)*words->limit, score);
}

static void put_number(struct items *items, const char *before, enum hc_kind kind, double value) {
  struct hc_text number = {0};
  hc_canonical(kind, value, &number);
  if (!number.failed) item(items, before, number.data);
  else items->text->failed = true;
  hc_text_free(&number);
}

static void put_terms(struct items *items, const struct words *words) {
  item(items, "at ", words->price);
  if (words->bound && *words->bound == HC_BOUND_BANKRUPTCY) item(items, "", "bounded");
  if (words->hold && !isnan(*words->hold)) put_number(items, "holds ", HC_KIND_USD, *words->hold);
  if (words->form && *words->form == HC_FORM_INDEX) item(items, "", "index");
  if (words->takes && *words->takes == HC_TAKES_CASH) item(items, "", "takes cash");
  if (!strcmp(words->time, "never")) item(items, "", "never charged");
  else if (strcmp(words->time, "now") != 0) item(items, "", words->time);
}

void hc_cli_layer_text(const struct hc_layer_config *layer, struct hc_text *text) {
  const struct words words = words_of(&layer->verb);
  struct items items = {text, 0};
  hc_text_printf(text, "%s%s%s", words.verb, *words.who ? " " : "", words.who);
  if (layer->severity < 1.0) put_number(&items, "", HC_KIND_FRACTION, layer->severity);
  put_allocation(&items, &words);
  put_terms(&items, &words);
  item(&items, "cap ", layer->cap);
  item(&items, "when ", layer->when);
  item(&items, "until ", layer->until);
  item(&items, "if ", layer->only_if);
  item(&items, "unless ", layer->unless);
  if (layer->group && *layer->group) {
    next(&items);
    hc_canonical(HC_KIND_FRACTION, layer->share, text);
    hc_text_printf(text, " of %s", layer->group);
  }
  if (items.count) hc_text_puts(text, ")");
}

void hc_cli_backstop_text(const struct hc_backstop_config *backstop, struct hc_text *text) {
  struct items items = {text, 0};
  if (!backstop->who || !*backstop->who) return;
  hc_text_printf(text, "backstop %s", backstop->who);
  next(&items);
  hc_text_puts(text, "below ");
  hc_canonical(HC_KIND_FRACTION, backstop->at, text);
  hc_text_puts(text, " of maintenance");
  item(&items, "at ", backstop->price);
  item(&items, "holds ", backstop->hold);
  hc_text_puts(text, ")");
}
