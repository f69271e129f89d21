/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut size: the smallest fund, or another parameter, that meets a target; the fund that costs least. */
#include "haircut/size.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/interrupt.h"
#include "cli/number.h"
#include "cli/parameter.h"
#include "cli/report.h"
#include "cli/sizing.h"
#include "cli/verbs.h"
#include "config/canonical.h"
#include "config/unit.h"

static const char fund_key[] = "insurance_fund.initial";

/* ---- options --------------------------------------------------------------------------------- */

static hc_status read_number(const struct hc_cli_sizing *sizing, enum hc_cli_option option,
                             enum hc_kind kind, double otherwise, double *number) {
  const char *text = sizing->arguments->value[option];
  *number = otherwise;
  if (!text) return HC_OK;
  const char *wrong = hc_unit_parse(kind, text, number);
  if (!wrong && *number > 0.0 && isfinite(*number)) return HC_OK;
  return hc_cli_complain(HC_INPUT, "size: %s %s: %s", hc_cli_option_rows[option].flag, text,
                         wrong ? wrong : "a number above 0 is expected");
}

static hc_status read_options(struct hc_cli_sizing *sizing) {
  static const char *const words[] = {"text", "json", NULL};
  const struct hc_cli_arguments *arguments = sizing->arguments;
  struct hc_error error = {0};
  const char *target = hc_cli_value(arguments, target);
  const bool cost = hc_cli_has(arguments, cost_of_capital);
  sizing->key = hc_cli_has(arguments, solve) ? hc_cli_value(arguments, solve) : fund_key;
  sizing->is_fund = !strcmp(sizing->key, fund_key);
  sizing->costs = cost;
  if (!target == !cost)
    return hc_cli_complain(HC_INPUT,
                           "size: give one of --target 'P(lp_loss>0) <= 1%%' and --cost-of-capital 12%%");
  if (cost && !sizing->is_fund)
    return hc_cli_complain(HC_INPUT, "size: --cost-of-capital is for the fund; leave --solve out");
  if (!cost && hc_cli_has(arguments, loss_weight))
    return hc_cli_complain(HC_INPUT, "size: --loss-weight goes with --cost-of-capital");
  hc_status status = hc_cli_word(arguments, HC_CLI_OPTION_format, words, &sizing->format);
  if (status == HC_OK) status = hc_cli_threads(arguments, &sizing->threads);
  if (status == HC_OK)
    status = read_number(sizing, HC_CLI_OPTION_cost_of_capital, HC_KIND_FRACTION, NAN, &sizing->capital);
  if (status == HC_OK)
    status = read_number(sizing, HC_CLI_OPTION_loss_weight, HC_KIND_NUMBER, 1.0, &sizing->weight);
  if (status != HC_OK) return status;
  sizing->target = (struct hc_target){.kind = HC_TARGET_MEAN, .column = HC_COLUMN_lp_loss};
  if (!target || hc_target_read(target, &sizing->target, &error) == HC_OK) return HC_OK;
  return hc_cli_complain_error(HC_INPUT, &error);
}

/* ---- bracket --------------------------------------------------------------------------------------- */

static hc_status look_up(struct hc_cli_sizing *sizing, const char *text, double *value) {
  struct hc_cli_parameter parameter;
  const hc_status status =
    hc_cli_parameter_read(sizing->arguments, "--solve", sizing->key, text, &parameter);
  *value = parameter.value;
  sizing->kind = parameter.kind;
  memcpy(sizing->unit, parameter.unit, sizeof sizing->unit);
  free(parameter.path);
  return status;
}

static hc_status read_bracket(struct hc_cli_sizing *sizing) {
  const char *text = hc_cli_value(sizing->arguments, between);
  if (!text && !sizing->is_fund)
    return hc_cli_complain(HC_INPUT, "size: --solve %s needs a range to look in: --between LO:HI",
                           sizing->key);
  if (!text) return look_up(sizing, "0", &sizing->low);
  const char *colon = strchr(text, ':');
  char *low = colon ? strndup(text, (size_t)(colon - text)) : NULL;
  if (!low || !*low || !colon[1]) {
    free(low);
    return hc_cli_complain(HC_INPUT, "size: --between %s: expected LO:HI", text);
  }
  hc_status status = look_up(sizing, low, &sizing->low);
  if (status == HC_OK) status = look_up(sizing, colon + 1, &sizing->high);
  free(low);
  if (status == HC_OK && !(sizing->low < sizing->high))
    status = hc_cli_complain(HC_INPUT, "size: --between %s: the lower end comes first", text);
  sizing->bracketed = true;
  return status;
}

/* ---- answers ---------------------------------------------------------------------------- */

/* Whether LPs lose what the required fund says: the fund is the first layer and does not feed back. */
static bool reflects(const struct hc_cli_sizing *sizing, const double *required, const double *loss) {
  const double fund = sizing->input.values->insurance_fund.initial;
  for (size_t i = 0; i < sizing->paths; i++) {
    const double expected = fmin(sizing->cap, fmax(0.0, required[i] - fund));
    if (!(fabs(loss[i] - expected) <= 1e-9 * (expected + required[i]) + 1e-6)) return false;
  }
  return true;
}

static hc_status try_required(struct hc_cli_sizing *sizing) {
  const enum hc_outcome_column column = sizing->target.column;
  sizing->by_required = sizing->is_fund && hc_scenario_reflects(sizing->input.scenario) &&
                        (column == HC_COLUMN_lp_loss || column == HC_COLUMN_social_loss);
  if (!sizing->by_required) return HC_OK;
  const enum hc_outcome_column columns[] = {HC_COLUMN_fund_required, column};
  double *samples[2] = {NULL, NULL};
  const hc_status status = hc_cli_sizing_run(sizing, columns, 2, samples);
  if (status == HC_OK) {
    sizing->cap = hc_scenario_lp_equity(sizing->input.scenario);
    sizing->by_required = reflects(sizing, samples[0], samples[1]);
    sizing->required = samples[0];
    samples[0] = NULL;
  }
  free(samples[0]);
  free(samples[1]);
  return status;
}

static hc_status answer_by_required(struct hc_cli_sizing *sizing) {
  const struct hc_sample required = {sizing->required, sizing->paths, sizing->books};
  hc_status status = HC_OK;
  if (sizing->costs)
    status = hc_size_cost(&required, sizing->horizon_cost, sizing->weight, &sizing->answer);
  else status = hc_size_required(&sizing->target, &required, sizing->cap, &sizing->answer);
  if (status == HC_OK) status = hc_cli_sizing_curve(sizing);
  return status == HC_OK ? HC_OK : hc_cli_complain(status, "%s", hc_status_text(status));
}

static hc_status find_answer(struct hc_cli_sizing *sizing) {
  hc_status status = try_required(sizing);
  if (status != HC_OK) return status;
  if (sizing->by_required) return answer_by_required(sizing);
  return sizing->costs ? hc_cli_sizing_cost(sizing) : hc_cli_sizing_search(sizing);
}

static hc_status prepare(struct hc_cli_sizing *sizing) {
  hc_status status = read_options(sizing);
  if (status == HC_OK) status = read_bracket(sizing);
  if (status == HC_OK) status = hc_cli_sizing_load(sizing, NULL);
  if (status != HC_OK) return status;
  const struct hc_simulation_config *simulation = &sizing->input.values->simulation;
  sizing->paths = (size_t)simulation->paths;
  sizing->books = hc_scenario_books(sizing->input.scenario);
  sizing->horizon_cost = sizing->capital * simulation->horizon / (365.0 * 86400.0);
  return HC_OK;
}

hc_status hc_cli_verb_size(const struct hc_cli_arguments *arguments) {
  struct hc_cli_sizing sizing = {.arguments = arguments};
  struct hc_text text = {0};
  hc_cli_interrupt_watch();
  hc_status status = hc_book_cache_create(4, &sizing.cache);
  if (status != HC_OK) return hc_cli_complain(status, "out of memory");
  hc_cli_progress_begin(&sizing.progress, hc_cli_has(arguments, quiet), 0);
  status = prepare(&sizing);
  if (status == HC_OK) status = find_answer(&sizing);
  hc_cli_progress_end(&sizing.progress);
  if (status == HC_INTERRUPTED) hc_cli_complain(status, "interrupted; nothing was found");
  if (status == HC_OK) {
    if (sizing.format == 1) hc_cli_sizing_json(&sizing, &text);
    else hc_cli_sizing_text(&sizing, &text);
    status = hc_cli_emit_to(hc_cli_value(arguments, output), &text);
  }
  free(sizing.required);
  free(sizing.points);
  hc_cli_input_free(&sizing.input);
  hc_book_cache_free(sizing.cache);
  return status;
}
