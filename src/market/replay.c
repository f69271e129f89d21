/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "market/replay.h"

#include <stdlib.h>
#include <string.h>

static hc_status compile(struct hc_price *price, const void *parameters,
                         const struct hc_grid *grid, struct hc_error *error) {
  (void)grid;
  const struct hc_replay_config *config = parameters;
  if (!config->file || !config->file[0])
    return hc_fail(error, HC_INPUT, "model replay needs a CSV of bars: set its key `file`, in the "
                   "configuration or by --set markets.NAME.price.file=FILE");
  struct hc_replay *replay = calloc(1, sizeof *replay);
  if (!replay) return hc_fail(error, HC_NO_MEMORY, "no memory for the bars of %s", config->file);
  price->data = replay;
  struct hc_replay_series series = {0};
  hc_status status = hc_replay_read(config, &series, error);
  if (status == HC_OK) {
    memcpy(replay->digest, series.digest, sizeof replay->digest);
    status = hc_replay_compile_bars(config, &series, price, replay, error);
  }
  free(series.rows);
  return status; /* what is in price->data is freed with the price */
}

static void release(struct hc_price *price) {
  struct hc_replay *replay = price->data;
  if (!replay) return;
  free(replay->bars);
  free(replay->starts);
  free(replay);
  price->data = NULL;
}

static const struct hc_price_model model = {compile, NULL, hc_replay_walk, release};

#define HC_TABLE_STRUCT hc_replay_config
static const struct hc_field fields[] = {HC_REPLAY_FIELDS(HC_FIELD_ROW)};
#undef HC_TABLE_STRUCT
static const char doc[] =
  "History from a CSV of bars: through open, the nearer extreme, the other extreme and close of "
  "each bar, at random times with infill; random starts (at or after `start`) begin at one price.";
static const struct hc_table table = {"replay", doc, sizeof(struct hc_replay_config),
                                      sizeof fields / sizeof *fields, fields, NULL};
const struct hc_variant hc_price_variant_replay = {"replay", doc, &table, &model};
