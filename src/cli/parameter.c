/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/parameter.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/report.h"

/* Settings of the command come before ours. */
static int own_setting(const struct hc_cli_arguments *arguments) {
  return (int)arguments->setting_count + (hc_cli_has(arguments, scenario) ? 1 : 0);
}

static hc_status take(const struct hc_parameter *found, struct hc_cli_parameter *parameter) {
  *parameter = (struct hc_cli_parameter){found->value, found->kind, "", hc_strdup(found->path)};
  (void)snprintf(parameter->unit, sizeof parameter->unit, "%s", found->unit);
  return parameter->path ? HC_OK : hc_cli_complain(HC_NO_MEMORY, "out of memory");
}

hc_status hc_cli_parameter_read(const struct hc_cli_arguments *arguments, const char *option,
                                const char *key, const char *text, struct hc_cli_parameter *parameter) {
  struct hc_cli_input input = {.quiet = true};
  struct hc_text setting = {0};
  *parameter = (struct hc_cli_parameter){.value = (double)NAN};
  hc_text_printf(&setting, "%s=%s", key, text);
  if (setting.failed) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  const char *const extra[] = {setting.data};
  hc_status status = hc_cli_read_configs(&input, arguments, extra, 1);
  if (status == HC_OK) {
    const struct hc_parameter *found = hc_config_set_by(input.config, own_setting(arguments));
    if (found && !found->is_text && isfinite(found->value)) status = take(found, parameter);
    else
      status = hc_cli_complain(HC_INPUT, "%s: %s %s: it is not one number",
                               hc_cli_verb_names[arguments->verb], option, key);
  }
  hc_cli_input_free(&input);
  hc_text_free(&setting);
  return status;
}
