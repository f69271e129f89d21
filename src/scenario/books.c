/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The books of a scenario, and the cache through which scenarios share them: drawing and sorting them is
 * most of what it costs to compile one. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/digest.h"
#include "scenario/build.h"

struct hc_books {
  _Atomic size_t users; /* scenarios, and the cache */
  char key[65];         /* digest of all that they depend on */
  size_t count;
  struct hc_scenario_book *book;
};

void hc_books_release(struct hc_books *books) {
  if (!books || atomic_fetch_sub(&books->users, 1) > 1) return;
  for (size_t i = 0; books->book && i < books->count; i++) {
    hc_side_free(&books->book[i].side[0]);
    hc_side_free(&books->book[i].side[1]);
    hc_book_free(&books->book[i].book);
    free(books->book[i].rank);
    free(books->book[i].from_rank[0]);
    free(books->book[i].from_rank[1]);
    free(books->book[i].cell);
  }
  free(books->book);
  free(books);
}

/* ---- the cache --------------------------------------------------------------------------- */

struct hc_book_cache {
  pthread_mutex_t mutex;
  size_t most, count;
  struct hc_books **latest; /* the one that was asked for last comes first */
};

hc_status hc_book_cache_create(size_t most, struct hc_book_cache **result) {
  *result = NULL;
  struct hc_book_cache *cache = calloc(1, sizeof *cache);
  if (!cache) return HC_NO_MEMORY;
  cache->most = most ? most : 1;
  cache->latest = calloc(cache->most, sizeof *cache->latest);
  if (!cache->latest || pthread_mutex_init(&cache->mutex, NULL) != 0) {
    free(cache->latest);
    free(cache);
    return HC_NO_MEMORY;
  }
  *result = cache;
  return HC_OK;
}

void hc_book_cache_free(struct hc_book_cache *cache) {
  if (!cache) return;
  for (size_t i = 0; i < cache->count; i++) hc_books_release(cache->latest[i]);
  (void)pthread_mutex_destroy(&cache->mutex);
  free(cache->latest);
  free(cache);
}

/* Puts `books` first; what was at `from` goes. */
static void move_first(struct hc_book_cache *cache, size_t from, struct hc_books *books) {
  memmove(cache->latest + 1, cache->latest, from * sizeof *cache->latest);
  cache->latest[0] = books;
}

static struct hc_books *cache_find(struct hc_book_cache *cache, const char *key) {
  struct hc_books *found = NULL;
  if (!cache) return NULL;
  (void)pthread_mutex_lock(&cache->mutex);
  for (size_t i = 0; i < cache->count && !found; i++) {
    if (strcmp(cache->latest[i]->key, key) != 0) continue;
    found = cache->latest[i];
    atomic_fetch_add(&found->users, 1);
    move_first(cache, i, found);
  }
  (void)pthread_mutex_unlock(&cache->mutex);
  return found;
}

static void cache_add(struct hc_book_cache *cache, struct hc_books *books) {
  struct hc_books *last = NULL;
  if (!cache) return;
  atomic_fetch_add(&books->users, 1);
  (void)pthread_mutex_lock(&cache->mutex);
  if (cache->count == cache->most) last = cache->latest[--cache->count];
  move_first(cache, cache->count++, books);
  (void)pthread_mutex_unlock(&cache->mutex);
  hc_books_release(last);
}

/* ---- what they depend on ----------------------------------------------------------------- */

static bool decides_books(const char *path) {
  return strncmp(path, "book.", 5) == 0 || strncmp(path, "guards.", 7) == 0 ||
         (strncmp(path, "markets.", 8) == 0 && strstr(path, ".margin."));
}

static uint64_t book_seed(const struct hc_scenario *s) {
  const struct hc_generate_config *generate = s->values->book.generate;
  return generate && generate->seed >= 0 ? (uint64_t)generate->seed : s->grid.seed;
}

/* Limits of guards can be shares of what LPs and funds have, so their values count too. */
static hc_status key_of(const struct hc_scenario *s, char key[65]) {
  const struct hc_parameter *parameters;
  const size_t count = hc_config_parameters(s->config, &parameters);
  struct hc_text text = {0};
  for (size_t i = 0; i < count; i++)
    if (decides_books(parameters[i].path))
      hc_text_printf(&text, "%s=%s\n", parameters[i].path, parameters[i].text);
  hc_text_printf(&text, "%s %a %llu %a %a %a %d %d %d %d\n", s->market.name, s->market.initial,
                 (unsigned long long)book_seed(s), s->limits.open_interest, s->limits.skew,
                 s->limits.account, s->limits.refuse, (int)s->values->output.attribution,
                 (int)s->needs_crowd, (int)s->deleverage.on);
  if (!text.failed) hc_sha256_hex(text.data, text.length, key);
  const hc_status status = text.failed ? HC_NO_MEMORY : HC_OK;
  hc_text_free(&text);
  return status;
}

/* ---- making them ------------------------------------------------------------------------- */

static hc_status out_of_memory(struct build *build, const char *what) {
  return hc_fail(build->error, HC_NO_MEMORY, "no memory to %s", what);
}

static hc_status sum_entries(struct build *build, struct hc_scenario_book *entry) {
  for (int i = 0; build->scenario->deleverage.on && i < 2; i++) {
    const struct hc_side *side = &entry->side[i];
    struct hc_entries *from = calloc((size_t)side->count + 1, sizeof *from);
    entry->from_rank[i] = from;
    if (!from) return out_of_memory(build, "sort the book");
    for (int64_t rank = side->count; rank-- > 0;) {
      const struct hc_position *p = &entry->book.positions[side->account[rank]];
      from[rank] = (struct hc_entries){from[rank + 1].quantity + p->quantity,
                                       from[rank + 1].value + p->quantity * p->entry};
    }
  }
  return HC_OK;
}

static hc_status rank_positions(struct build *build, struct hc_scenario_book *entry) {
  const hc_status status = sum_entries(build, entry);
  if (status != HC_OK) return status;
  entry->rank = malloc((entry->book.count + 1) * sizeof *entry->rank);
  if (!entry->rank) return out_of_memory(build, "sort the book");
  for (int i = 0; i < 2; i++)
    for (int64_t rank = 0; rank < entry->side[i].count; rank++)
      entry->rank[entry->side[i].account[rank]] = (uint32_t)rank;
  return HC_OK;
}

static hc_status index_book(struct build *build, struct hc_scenario_book *entry) {
  struct hc_book *book = &entry->book;
  hc_book_guard(book, &build->scenario->market, &build->scenario->limits);
  if (book->count == 0)
    return hc_build_complain(build, "guards",
                             "no position is within these limits; raise them, or say beyond: scale");
  for (int i = 0; i < 2; i++) {
    const hc_status status = hc_side_create(book, i == 0 ? 1 : -1, &entry->side[i]);
    if (status != HC_OK) return out_of_memory(build, "sort the book");
    entry->sums[i] = hc_side_sums(&entry->side[i], 0, entry->side[i].count);
  }
  for (size_t i = 0; i < book->count; i++) {
    const struct hc_position *p = &book->positions[i];
    entry->entry_cash += p->side * p->quantity * p->entry;
    entry->collateral += p->collateral;
  }
  if (build->scenario->values->output.attribution) {
    entry->cell = malloc(book->count + 1);
    if (!entry->cell) return out_of_memory(build, "sort the book");
    for (size_t i = 0; i < book->count; i++)
      entry->cell[i] = (uint8_t)hc_position_cell(&book->positions[i]);
  }
  return build->scenario->needs_crowd ? rank_positions(build, entry) : HC_OK;
}

static hc_status make_book(struct build *build, const char *file, uint32_t index,
                           struct hc_scenario_book *entry) {
  const struct hc_scenario *s = build->scenario;
  const struct hc_book_config *config = &s->values->book;
  hc_status status;
  if (file) {
    status = hc_book_read(config, &s->market, 1, &entry->book, build->diagnostics);
    if (status == HC_NO_MEMORY) return out_of_memory(build, "read the book");
  } else {
    struct hc_error error = {0};
    status = hc_book_generate(config->generate, &s->market, book_seed(s), index, &entry->book, &error);
    if (status == HC_INPUT) return hc_build_complain(build, "book.generate", error.message);
    if (status != HC_OK) return hc_fail(build->error, status, "%s", error.message);
  }
  return status == HC_OK ? index_book(build, entry) : status;
}

static hc_status make_books(struct build *build, const char *file, struct hc_books *books) {
  const struct hc_book_config *config = &build->scenario->values->book;
  books->count = file ? 1 : (size_t)config->generate->books;
  books->book = calloc(books->count, sizeof *books->book);
  hc_status status = books->book ? HC_OK : out_of_memory(build, "draw the books");
  for (size_t i = 0; i < books->count && status == HC_OK; i++)
    status = make_book(build, file, (uint32_t)i, &books->book[i]);
  return status;
}

/* So many orders for one position would make a run endless. */
static hc_status check_parts(struct build *build) {
  const struct hc_scenario *s = build->scenario;
  double largest = 0.0;
  for (size_t b = 0; b < s->books; b++)
    for (size_t i = 0; i < s->book[b].book.count; i++)
      largest = fmax(largest, s->book[b].book.positions[i].quantity);
  if (largest * s->market.initial <= 1e5 * s->partial.most) return HC_OK;
  struct hc_text text = {0};
  hc_text_printf(&text,
                 "is less than a 100,000th of the largest position, %.3g USD, which would take too many "
                 "orders; raise it",
                 largest * s->market.initial);
  const hc_status status = text.failed ? out_of_memory(build, "check the books")
                                       : hc_build_complain(build, "liquidation.partial.most", text.data);
  hc_text_free(&text);
  return status;
}

hc_status hc_build_books(struct build *build) {
  struct hc_scenario *s = build->scenario;
  const struct hc_book_config *config = &s->values->book;
  const char *file = config->file && config->file[0] ? config->file : NULL;
  if (!file && !config->generate)
    return hc_build_complain(build, "book", "give a file (a CSV of positions) or generate");
  char key[65] = "";
  if (build->cache && key_of(s, key) != HC_OK) return out_of_memory(build, "tell books apart");
  s->shared = cache_find(build->cache, key);
  if (!s->shared) {
    s->shared = calloc(1, sizeof *s->shared);
    if (!s->shared) return out_of_memory(build, "draw the books");
    atomic_init(&s->shared->users, 1);
    memcpy(s->shared->key, key, sizeof key);
    const hc_status status = make_books(build, file, s->shared);
    if (status != HC_OK) return status;
    cache_add(build->cache, s->shared);
  }
  s->books = s->shared->count;
  s->book = s->shared->book;
  return isfinite(s->partial.most) ? check_parts(build) : HC_OK;
}
