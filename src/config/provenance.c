/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of resolved values with where each came from. */
#include "config/resolve.h"

static const char *origin(struct hc_config *config, const struct hc_node *node) {
  if (!node || node->place.input < 0) return "default";
  const struct hc_input *input = &config->inputs[node->place.input];
  if (input->is_setting) return "--set";
  struct hc_text text = {0};
  hc_text_printf(&text, "%s:%d:%d", input->name, node->place.line, node->place.column);
  return hc_arena_take(&config->arena, &text);
}

static int setting(const struct hc_config *config, const struct hc_node *node) {
  if (!node || node->place.input < 0) return -1;
  const struct hc_input *input = &config->inputs[node->place.input];
  return input->is_setting ? input->setting : -1;
}

static const char *source(const struct hc_node *node) {
  if (!node || !hc_node_is_annotated(node)) return "";
  const struct hc_entry *entry = hc_node_find(node, "source");
  return entry ? entry->value->text : "";
}

void hc_resolve_record(struct hc_resolver *resolver, const struct hc_field *field,
                       const struct hc_node *node, const char *text, double value, bool is_text) {
  struct hc_config *config = resolver->config;
  const struct hc_node *plain = hc_node_plain(node);
  const struct hc_parameter parameter = {
    .path = hc_arena_string(&config->arena, hc_path_text(&resolver->path)),
    .text = hc_arena_string(&config->arena, text),
    .value = value,
    .unit = field->unit ? field->unit : "",
    .doc = field->doc ? field->doc : "",
    .kind = field->kind,
    .setting = setting(config, plain ? plain : node),
    .is_text = is_text,
    .defaulted = !node || node->place.input < 0,
    .origin = origin(config, plain ? plain : node),
    .source = source(node),
  };
  struct hc_parameter *parameters =
    hc_arena_grow(&config->arena, config->parameters, config->parameter_count,
                  &config->parameter_capacity, sizeof *parameters);
  if (!parameters || !parameter.path || !parameter.text || !parameter.origin) return;
  config->parameters = parameters;
  parameters[config->parameter_count++] = parameter;
}

const struct hc_parameter *hc_config_set_by(const struct hc_config *config, int setting) {
  const struct hc_parameter *found = NULL;
  for (size_t i = 0; i < config->parameter_count; i++) {
    if (config->parameters[i].setting != setting) continue;
    if (found) return NULL;
    found = &config->parameters[i];
  }
  return found;
}
