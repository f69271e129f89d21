/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single values: text to number, word or name, checked against the bounds. */
#include <math.h>
#include <string.h>

#include "config/bounds.h"
#include "config/canonical.h"
#include "config/resolve.h"
#include "config/unit.h"

/* What the functions below have in common. */
struct leaf {
  struct hc_resolver *resolver;
  const struct hc_field *field;
  const struct hc_node *node; /* as written, annotated or not; NULL: the default */
  const struct hc_node *plain;
  void *member;
};

static void HC_PRINTF(2, 3) complain(const struct leaf *leaf, const char *format, ...) {
  struct hc_resolver *resolver = leaf->resolver;
  const struct hc_node *at = leaf->plain ? leaf->plain : leaf->node;
  va_list arguments;
  va_start(arguments, format);
  hc_config_vreport(resolver->config, resolver->diagnostics, false, at->place,
                    hc_path_text(&resolver->path), format, arguments);
  va_end(arguments);
}

static const char *quote(const struct leaf *leaf) {
  return hc_config_quote(leaf->resolver->config, leaf->plain->text);
}

static void record(const struct leaf *leaf, const char *text, double value, bool is_text) {
  hc_resolve_record(leaf->resolver, leaf->field, leaf->node, text, value, is_text);
}

static void record_unset(const struct leaf *leaf) {
  const bool number = hc_kind_is_number(leaf->field->kind) || leaf->field->kind == HC_KIND_COUNT;
  hc_resolve_record(leaf->resolver, leaf->field, NULL, "unset", (double)NAN, !number);
}

static void clear(const struct hc_field *field, void *member) {
  if (hc_kind_is_number(field->kind)) *(double *)member = (double)NAN;
  else if (field->kind == HC_KIND_COUNT) *(int64_t *)member = -1;
  else if (field->kind == HC_KIND_BOOL) *(bool *)member = false;
  else if (field->kind == HC_KIND_ENUM) *(int *)member = -1;
  else if (field->kind == HC_KIND_VARIANT) *(struct hc_choice *)member = (struct hc_choice){-1, NULL};
  else *(char **)member = NULL;
}

/* The range in the units of the kind, where it is not written like that anyway. */
static const char *helpful_range(const struct leaf *leaf, const struct hc_bounds *bounds) {
  struct hc_arena *arena = &leaf->resolver->config->arena;
  const enum hc_kind kind = leaf->field->kind;
  if (kind == HC_KIND_COUNT || kind == HC_KIND_NUMBER) return "";
  struct hc_text range = {0}, text = {0};
  hc_bounds_write(bounds, kind, &range);
  if (range.data && strcmp(range.data, leaf->field->bounds) != 0)
    hc_text_printf(&text, "; use a value in %s", range.data);
  hc_text_free(&range);
  const char *result = hc_arena_take(arena, &text);
  return result ? result : "";
}

static bool within(const struct leaf *leaf, double value) {
  const struct hc_field *field = leaf->field;
  struct hc_bounds bounds;
  if (!hc_bounds_parse(field->bounds, &bounds)) {
    complain(leaf, "the table has malformed bounds %s", field->bounds);
    return false;
  }
  if (bounds.any && field->kind == HC_KIND_COUNT && value < 0) {
    complain(leaf, "%s is negative; use a whole number from 0", leaf->plain->text);
    return false;
  }
  if (field->kind == HC_KIND_DURATION_OR_NONE && isinf(value)) return true;
  if (hc_bounds_contain(&bounds, value)) return true;
  complain(leaf, "%.60s is outside %s%s", leaf->plain->text, field->bounds,
           helpful_range(leaf, &bounds));
  return false;
}

static void resolve_number(const struct leaf *leaf) {
  double *member = leaf->member;
  double value;
  const char *problem = hc_unit_parse(leaf->field->kind, leaf->plain->text, &value);
  if (problem) complain(leaf, "%s %s", quote(leaf), problem);
  if (problem || !within(leaf, value)) return;
  *member = value + 0.0; /* no negative zero */
  struct hc_text text = {0};
  hc_canonical(leaf->field->kind, *member, &text);
  record(leaf, text.data ? text.data : "", *member, false);
  if (text.failed) leaf->resolver->config->arena.failed = true;
  hc_text_free(&text);
}

static void resolve_count(const struct leaf *leaf) {
  int64_t *member = leaf->member;
  int64_t value;
  const char *problem = hc_unit_parse_count(leaf->plain->text, &value);
  if (problem) complain(leaf, "%s %s", quote(leaf), problem);
  if (problem || !within(leaf, (double)value)) return;
  *member = value;
  struct hc_text text = {0};
  hc_text_printf(&text, "%lld", (long long)value);
  record(leaf, text.data ? text.data : "", (double)value, false);
  if (text.failed) leaf->resolver->config->arena.failed = true;
  hc_text_free(&text);
}

static void resolve_bool(const struct leaf *leaf) {
  bool *member = leaf->member;
  const char *problem = hc_unit_parse_bool(leaf->plain->text, member);
  if (problem) complain(leaf, "%s %s", quote(leaf), problem);
  else record(leaf, *member ? "true" : "false", *member ? 1.0 : 0.0, false);
}

static void resolve_enum(const struct leaf *leaf) {
  const struct hc_vocabulary *words = leaf->field->sub;
  struct hc_config *config = leaf->resolver->config;
  for (size_t i = 0; i < words->count; ++i)
    if (strcmp(words->words[i].name, leaf->plain->text) == 0) {
      *(int *)leaf->member = words->words[i].value;
      record(leaf, words->words[i].name, (double)NAN, true);
      return;
    }
  const struct hc_names names = hc_word_names(&config->arena, words);
  const char *hint = hc_config_hint(config, leaf->plain->text, &names);
  complain(leaf, "%s is not one of %s%s", quote(leaf), hc_names_join(&config->arena, &names),
           *hint == ';' ? hint : "");
}

static void resolve_variant(const struct leaf *leaf) {
  const struct hc_registry *registry = leaf->field->sub;
  struct hc_config *config = leaf->resolver->config;
  struct hc_choice *choice = leaf->member;
  choice->index = hc_variant_index(registry, leaf->plain->text);
  if (choice->index >= 0) {
    record(leaf, registry->variants[choice->index]->name, (double)NAN, true);
    return;
  }
  const struct hc_names names = hc_variant_names(&config->arena, registry);
  const char *hint = hc_config_hint(config, leaf->plain->text, &names);
  complain(leaf, "%s is not a known %s (known: %s)%s", quote(leaf), leaf->field->name,
           hc_names_join(&config->arena, &names), *hint == ';' ? hint : "");
}

static void resolve_text(const struct leaf *leaf) {
  char *copy = hc_arena_string(&leaf->resolver->config->arena, leaf->plain->text);
  *(char **)leaf->member = copy;
  if (copy) record(leaf, copy, (double)NAN, true);
}

static void resolve_file(const struct leaf *leaf) {
  struct hc_config *config = leaf->resolver->config;
  const char *name = leaf->plain->text;
  const int input = leaf->plain->place.input;
  if (!*name) {
    complain(leaf, "a file name is expected, found an empty text");
    return;
  }
  struct hc_text joined = {0};
  if (*name != '/') hc_text_puts(&joined, input < 0 ? config->here : config->inputs[input].directory);
  hc_text_puts(&joined, name);
  *(char **)leaf->member = hc_arena_take(&config->arena, &joined);
  record(leaf, name, (double)NAN, true);
}

static void resolve_kind(const struct leaf *leaf) {
  switch ((int)leaf->field->kind) {
    case HC_KIND_COUNT: resolve_count(leaf); return;
    case HC_KIND_BOOL: resolve_bool(leaf); return;
    case HC_KIND_ENUM: resolve_enum(leaf); return;
    case HC_KIND_VARIANT: resolve_variant(leaf); return;
    case HC_KIND_TEXT: resolve_text(leaf); return;
    case HC_KIND_FILE: resolve_file(leaf); return;
    default: resolve_number(leaf); return;
  }
}

void hc_resolve_leaf(struct hc_resolver *resolver, const struct hc_field *field,
                     const struct hc_node *node, void *member) {
  struct leaf leaf = {resolver, field, node, hc_node_plain(node), member};
  clear(field, member);
  if (node && !leaf.plain) {
    complain(&leaf, "a single value is expected (%s), found %s", hc_kind_text(field->kind),
             hc_node_type_text(node));
    return;
  }
  if (hc_node_is_null(leaf.plain)) {
    leaf.node = NULL;
    if (!field->default_text) {
      record_unset(&leaf);
      return;
    }
    leaf.plain = hc_node_scalar(&resolver->config->arena, field->default_text, HC_DEFAULT_PLACE);
  }
  if (leaf.plain) resolve_kind(&leaf);
}
