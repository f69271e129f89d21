/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configuration of a point: files, the venue's file, settings, the values of the axes. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sweep/plan.h"

/* What no point needs: what a sweep keeps is the same for all. */
static const char *const overrides[] = {"output.traces=0", "output.attribution=false",
                                        "output.timeline.points=0", "output.timeline.paths=0"};
enum { OVERRIDES = sizeof overrides / sizeof *overrides };

bool hc_axis_is_venue(const char *key) { return strcmp(key, "venue") == 0; }

size_t hc_compose_first(const struct hc_sweep_source *source) { return source->setting_count + OVERRIDES; }

struct composed {
  const char **files, **labels, **settings;
  size_t file_count, setting_count;
  char *venue_file, *venue_label, **made;
  size_t made_count;
};

static void composed_free(struct composed *composed) {
  for (size_t i = 0; composed->made && i < composed->made_count; i++) free(composed->made[i]);
  free(composed->made);
  free(composed->files);
  free(composed->labels);
  free(composed->settings);
  free(composed->venue_file);
  free(composed->venue_label);
}

static hc_status add_venue(struct composed *composed, const struct hc_sweep_source *source,
                           const char *name, struct hc_error *error) {
  if (!source->venue) return hc_fail(error, HC_INPUT, "sweep: axis venue: there are no presets here");
  const hc_status status = source->venue(source->self, name, &composed->venue_file, &composed->venue_label);
  if (status) return status;
  composed->files[composed->file_count] = composed->venue_file;
  composed->labels[composed->file_count++] = composed->venue_label;
  return HC_OK;
}

static hc_status add_choice(struct composed *composed, const struct hc_choice_of_axis *choice) {
  struct hc_text text = {0};
  hc_text_printf(&text, "%s=%s", choice->key, choice->text);
  char **made = &composed->made[composed->made_count];
  if (hc_text_take(&text, made) != HC_OK) return HC_NO_MEMORY;
  composed->made_count++;
  composed->settings[composed->setting_count++] = *made;
  return HC_OK;
}

static hc_status fill(struct composed *composed, const struct hc_sweep_source *source,
                      const struct hc_choice_of_axis *choices, size_t count, struct hc_error *error) {
  composed->files = calloc(source->file_count + 2, sizeof *composed->files);
  composed->labels = calloc(source->file_count + 2, sizeof *composed->labels);
  composed->settings = calloc(source->setting_count + OVERRIDES + count + 1, sizeof *composed->settings);
  composed->made = calloc(count + 1, sizeof *composed->made);
  if (!composed->files || !composed->labels || !composed->settings || !composed->made)
    return hc_fail(error, HC_NO_MEMORY, "out of memory");
  for (size_t i = 0; i < source->file_count; i++) {
    composed->files[composed->file_count] = source->files[i];
    composed->labels[composed->file_count++] = source->labels ? source->labels[i] : NULL;
  }
  for (size_t i = 0; i < source->setting_count; i++)
    composed->settings[composed->setting_count++] = source->settings[i];
  for (size_t i = 0; i < OVERRIDES; i++) composed->settings[composed->setting_count++] = overrides[i];
  for (size_t i = 0; i < count; i++) {
    const hc_status status = hc_axis_is_venue(choices[i].key)
                               ? add_venue(composed, source, choices[i].text, error)
                               : add_choice(composed, &choices[i]);
    if (status == HC_NO_MEMORY) (void)hc_fail(error, status, "out of memory");
    if (status) return status;
  }
  return HC_OK;
}

hc_status hc_compose(const struct hc_sweep_source *source, const struct hc_choice_of_axis *choices,
                     size_t count, struct hc_config **config, struct hc_diagnostics *diagnostics,
                     struct hc_error *error) {
  struct composed composed = {0};
  *config = NULL;
  hc_status status = fill(&composed, source, choices, count, error);
  if (!status)
    status = hc_config_load_as(&hc_root_table, composed.files, composed.labels, composed.file_count,
                               composed.settings, composed.setting_count, config, diagnostics);
  if (status == HC_NO_MEMORY) (void)hc_fail(error, status, "out of memory");
  composed_free(&composed);
  return status;
}

/* Counterfactual and samples are the sweep's own choice. */
hc_status hc_compose_point(const struct hc_plan *plan, const struct hc_sweep_source *source, uint64_t point,
                           struct hc_config **config, struct hc_diagnostics *diagnostics,
                           struct hc_error *error) {
  struct hc_choice_of_axis choices[HC_MAX_AXES + 2];
  size_t count = 0;
  choices[count++] =
    (struct hc_choice_of_axis){"output.counterfactual", plan->counterfactual ? "true" : "false"};
  choices[count++] = (struct hc_choice_of_axis){"output.samples", plan->samples ? "all" : "none"};
  for (size_t i = 0; i < plan->axis_count; i++)
    choices[count++] =
      (struct hc_choice_of_axis){plan->axes[i].key, plan->axes[i].text[hc_plan_value(plan, point, i)]};
  return hc_compose(source, choices, count, config, diagnostics, error);
}
