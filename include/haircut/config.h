/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Configurations: parameter tables, YAML in, errors with their places, reference out.
 *
 *  This module knows nothing of markets or losses. A module that has parameters
 *  declares them in one X-macro list; the list makes the C struct, the table, the
 *  defaults, the parser, the bounds, the error messages, `--set`, the reference
 *  page, the provenance in the results file and the digest that guards resuming.
 *
 *  A list has rows  X(ctype, name, KIND, default, bounds, unit, doc, sub)
 *    ctype    C type of the struct member (see the kinds below)
 *    default  text, parsed as if written in the file; NULL: unset (NaN, -1, NULL)
 *    bounds   "(0, 20]", "[0, inf)", "" for none; always in SI/unit-free numbers
 *    unit     unit of the stored value as written to results ("USD", "s", "1", ...)
 *    doc      one or two plain sentences for the reference
 *    sub      vocabulary, registry or table of the nested kinds; else NULL */
#ifndef HAIRCUT_CONFIG_H
#define HAIRCUT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "haircut/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of parameter and the C type each is stored in. */
#define HC_KIND_LIST(X)                                                        \
  X(NUMBER, "plain number")                 /* double */                       \
  X(FRACTION, "fraction: 80%, 30bp or 0.8") /* double */                       \
  X(USD, "US dollars: 150M, 30B, 20k")      /* double */                       \
  X(DURATION, "duration with unit: 1s, 10m, 6h, 1d, 1y") /* double, seconds */ \
  X(DURATION_OR_NONE, "duration with unit, or none") /* double, s; INFINITY */ \
  X(PER_YEAR, "rate per time: 20/y, 1/d") /* double, 1/year of 365 days */     \
  X(COUNT, "whole number: 100000 or 100k") /* int64_t */                       \
  X(BOOL, "true or false")                /* bool */                           \
  X(TEXT, "text")                         /* char * (owned by the config) */   \
  X(FILE, "file name, relative to the config that names it") /* char * */      \
  X(ENUM, "one of a vocabulary")          /* int: value of the word */         \
  X(VARIANT, "one of a registry; brings its own keys") /* struct hc_choice */  \
  X(OBJECT, "mapping")                    /* the nested struct itself */       \
  X(OPTIONAL, "mapping, or absent")       /* pointer to the struct or NULL */  \
  X(LIST, "list of mappings")             /* struct hc_list */                 \
  X(MAP, "mapping of names to mappings")  /* struct hc_list; element has name*/

enum hc_kind {
#define HC_KIND_ENUM(name, text) HC_KIND_##name,
  HC_KIND_LIST(HC_KIND_ENUM)
#undef HC_KIND_ENUM
};

/** One word of a vocabulary (kind ENUM). */
struct hc_word {
  const char *name;
  int value;
  const char *doc;
};
struct hc_vocabulary {
  const char *name;
  size_t count;
  const struct hc_word *words;
};

struct hc_table;

/** One entry of a registry (kind VARIANT): its name, its own parameters (accepted in
 *  the same mapping as the selector) and its functions, which only the owner reads. */
struct hc_variant {
  const char *name;
  const char *doc;
  const struct hc_table *table; /* NULL: no parameters */
  const void *operations;
};
struct hc_registry {
  const char *name;
  size_t count;
  const struct hc_variant *const *variants;
};

/** Value of a VARIANT field: index into the registry, parameters as a struct of that
 *  variant's table (NULL if it has none). */
struct hc_choice {
  int index;
  void *parameters;
};

/** Value of LIST and MAP fields: `count` structs of the sub-table, contiguous. A MAP
 *  element's struct has a TEXT field called `name`, set from the key; a LIST element
 *  with a field `name` may also be addressed by it: liquidity_providers[lp].deposits */
struct hc_list {
  size_t count;
  void *items;
};
#define HC_ITEMS(list, type) ((const type *)(list).items)

struct hc_field {
  const char *name;
  enum hc_kind kind;
  size_t offset;
  const char *default_text;
  const char *bounds;
  const char *unit;
  const char *doc;
  const void *sub; /* hc_vocabulary, hc_registry or hc_table, by kind */
};
struct hc_table {
  const char *name;
  const char *doc;
  size_t size;
  size_t count;
  const struct hc_field *fields;
  const char *shorthand; /* a bare scalar in place of the mapping (or of a LIST) sets
                            this field; NULL: not allowed */
};

#define HC_FIELD_MEMBER(ctype, name, kind, def, bounds, unit, doc, sub) ctype name;
/** Defines `struct tag` with one member a row. */
#define HC_DECLARE_STRUCT(tag, LIST) struct tag { LIST(HC_FIELD_MEMBER) }

/* Used where HC_TABLE_STRUCT is defined as the struct tag. */
#define HC_FIELD_ROW(ctype, name, kind, def, bounds, unit, doc, sub)           \
  {#name, HC_KIND_##kind, offsetof(struct HC_TABLE_STRUCT, name), def, bounds, \
   unit, doc, sub},

/* ---- diagnostics ------------------------------------------------------------ */

/** Every error found in the inputs, in order of file, line and column; each message
 *  reads `file:line:col: key.path: what is wrong, what was expected`. */
struct hc_diagnostics {
  size_t count;
  size_t capacity;
  struct hc_diagnostic *items;
};
struct hc_diagnostic {
  char *file; /* NULL: no place */
  int line, column;
  bool warning;
  char *message; /* without the place */
};

HC_API void hc_diagnostics_free(struct hc_diagnostics *diagnostics);
/** Number of entries that are errors (not warnings). */
HC_API size_t hc_diagnostics_errors(const struct hc_diagnostics *diagnostics);
/** Appends an entry with an explicit place. */
HC_API hc_status hc_diagnose(struct hc_diagnostics *diagnostics, const char *file, int line,
                             int column, bool warning, const char *format, ...) HC_PRINTF(6, 7);

/* ---- loading ---------------------------------------------------------------- */

struct hc_config; /* the resolved configuration; owns all values, immutable */

/** Reads the YAML files (later ones win per key, lists are replaced whole), applies the
 *  `KEY=VALUE` settings, resolves against `root`, and returns the configuration, or
 *  HC_INPUT with every error in `diagnostics`. `*config` is NULL unless HC_OK. */
HC_API hc_status hc_config_load(const struct hc_table *root, const char *const *files,
                                size_t file_count, const char *const *settings,
                                size_t setting_count, struct hc_config **config,
                                struct hc_diagnostics *diagnostics) HC_CHECKED;

/** Names of the scenarios that the files have (`scenarios: {NAME: {KEY: VALUE}}`), in the order in which they
 *  were first written. The one that the parameter `scenario` names is laid over all files and under the
 *  settings. */
HC_API size_t hc_config_scenarios(const struct hc_config *config, const char *const **names);

/** As hc_config_load; `labels[i]` (NULL: the name itself) stands for `files[i]` in messages and
 *  in what is kept with results. */
HC_API hc_status hc_config_load_as(const struct hc_table *root, const char *const *files,
                                   const char *const *labels, size_t file_count,
                                   const char *const *settings, size_t setting_count,
                                   struct hc_config **config,
                                   struct hc_diagnostics *diagnostics) HC_CHECKED;

/** As hc_config_load for one in-memory YAML text; relative files are looked up from
 *  `directory` (NULL: the working directory); `label` stands for the file name. */
HC_API hc_status hc_config_parse(const struct hc_table *root, const char *label,
                                 const char *text, size_t length, const char *directory,
                                 const char *const *settings, size_t setting_count,
                                 struct hc_config **config,
                                 struct hc_diagnostics *diagnostics) HC_CHECKED;
HC_API void hc_config_free(struct hc_config *config);

/** The struct of the root table. */
HC_API const void *hc_config_values(const struct hc_config *config);

/** Appends an error at the place of `path` (or of its nearest written parent): for the
 *  cross-field checks of the modules that own the parameters. */
HC_API hc_status hc_config_complain(const struct hc_config *config,
                                    struct hc_diagnostics *diagnostics, bool warning,
                                    const char *path, const char *format, ...) HC_PRINTF(5, 6);

/** One resolved leaf, as kept with the results. Strings live as long as the config. */
struct hc_parameter {
  const char *path;   /* markets.BTC.price.volatility */
  const char *text;   /* the value in canonical text: 80%, 150M, 10m, merton */
  double value;       /* SI value; NaN for text */
  const char *unit;
  const char *doc;
  enum hc_kind kind;
  int setting;        /* index of the setting that gave it; -1: none */
  bool is_text;
  bool defaulted;
  const char *origin; /* file:line:col, `--set`, or "default" */
  const char *source; /* the note of {value: ..., source: "..."}; "" if none */
};
HC_API size_t hc_config_parameters(const struct hc_config *config,
                                   const struct hc_parameter **parameters);

/** The one parameter that a setting gave; NULL where it gave several, or none. */
HC_API const struct hc_parameter *hc_config_set_by(const struct hc_config *config, int setting);

/** One input file as read: the YAML sources, in order. */
struct hc_source {
  const char *name;
  const char *text;
  size_t length;
};
HC_API size_t hc_config_sources(const struct hc_config *config, const struct hc_source **sources);

/** The resolved configuration as YAML that loads to the same values; caller frees. */
HC_API hc_status hc_config_yaml(const struct hc_config *config, char **yaml) HC_CHECKED;

/** The same with what each key means as a comment. */
HC_API hc_status hc_config_yaml_commented(const struct hc_config *config, char **yaml) HC_CHECKED;

/** SHA-256 (hex, 64 digits and a zero) over every `path=value` line except those whose
 *  path starts with one of `except` (NULL-terminated; may be NULL). */
HC_API void hc_config_digest(const struct hc_config *config, const char *const *except,
                             char hex[65]);

/** The parameter reference of a table tree; caller frees. */
HC_API hc_status hc_schema_markdown(const struct hc_table *root, char **text) HC_CHECKED;
HC_API hc_status hc_schema_json(const struct hc_table *root, char **text) HC_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
