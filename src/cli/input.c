/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* nftw, sched_getaffinity */
#include "cli/input.h"

#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/preset.h"
#include "cli/report.h"

/* Prints what was found; a failure without any error among it is named too. A file that
 * cannot be read is bad input here, where all files are inputs. */
static hc_status tell(const struct hc_cli_input *input, hc_status status,
                      struct hc_diagnostics *diagnostics, const struct hc_error *error) {
  hc_cli_print_diagnostics(diagnostics, input->quiet);
  const bool told = hc_diagnostics_errors(diagnostics) > 0;
  if (status != HC_OK && (!told || (error && error->message[0])))
    hc_cli_complain_error(status, error);
  hc_diagnostics_free(diagnostics);
  return status == HC_IO ? HC_INPUT : status;
}

/* A file of haircut compare is no results file, and says so. */
static hc_status complain_comparison(const char *file) {
  return hc_cli_complain(HC_INPUT, "%s: is a comparison (haircut compare), which scripts/plot.py draws; "
                         "a results file of haircut run is expected", file);
}

static bool is_results(const struct hc_cli_arguments *arguments) {
  for (size_t i = 0; i < arguments->file_count; i++)
    if (hc_results_is(arguments->files[i])) {
      hc_cli_complain(HC_INPUT, "%s is a results file; a configuration (YAML) is expected",
                      arguments->files[i]);
      return true;
    } else if (hc_comparison_is(arguments->files[i])) {
      hc_cli_complain(HC_INPUT, "%s is a file of haircut compare; a configuration (YAML) is expected",
                      arguments->files[i]);
      return true;
    }
  return false;
}

hc_status hc_cli_read_configs(struct hc_cli_input *input, const struct hc_cli_arguments *arguments,
                              const char *const *extra, size_t extra_count) {
  if (is_results(arguments)) return HC_INPUT;
  struct hc_text scenario = {0};
  size_t count = 0;
  const char **settings = calloc(arguments->setting_count + extra_count + 1, sizeof *settings);
  const char *name = hc_cli_value(arguments, scenario);
  if (name) hc_text_printf(&scenario, "scenario=%s", name);
  if (!settings || scenario.failed) {
    free(settings);
    return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  }
  if (name) settings[count++] = scenario.data;
  for (size_t i = 0; i < arguments->setting_count; i++) settings[count++] = arguments->settings[i];
  for (size_t i = 0; i < extra_count; i++) settings[count++] = extra[i];
  struct hc_diagnostics diagnostics = {0};
  struct hc_cli_files files = {0};
  hc_status status = hc_cli_files_find(&files, arguments->files, arguments->file_count);
  const bool found = status == HC_OK;
  if (found)
    status = hc_config_load_as(&hc_root_table, files.file, files.label, arguments->file_count,
                               settings, count, &input->config, &diagnostics);
  hc_cli_files_free(&files);
  hc_text_free(&scenario);
  free(settings);
  if (!found) return status;
  if (status == HC_OK) input->values = hc_config_values(input->config);
  return tell(input, status, &diagnostics, NULL);
}

static hc_status make_directory(struct hc_cli_input *input) {
  const char *base = getenv("TMPDIR");
  struct hc_text name = {0};
  hc_text_printf(&name, "%s/haircut-XXXXXX", base && *base ? base : "/tmp");
  hc_status status = hc_text_take(&name, &input->directory);
  if (status != HC_OK) return hc_cli_complain(status, "out of memory");
  if (mkdtemp(input->directory)) return HC_OK;
  status = hc_cli_complain(HC_IO, "cannot make a temporary directory %s: %s", input->directory,
                           strerror(errno));
  free(input->directory);
  input->directory = NULL;
  return status;
}

static hc_status parse_results(struct hc_cli_input *input, const struct hc_cli_arguments *arguments,
                               const char *file) {
  struct hc_diagnostics diagnostics = {0};
  const char *text = hc_results_config(input->results);
  const hc_status status =
    hc_config_parse(&hc_root_table, file, text, strlen(text), input->directory, arguments->settings,
                    arguments->setting_count, &input->config, &diagnostics);
  if (status == HC_OK) input->values = hc_config_values(input->config);
  return tell(input, status, &diagnostics, NULL);
}

hc_status hc_cli_read_results(struct hc_cli_input *input, const struct hc_cli_arguments *arguments,
                              const char *file) {
  if (arguments->setting_count)
    return hc_cli_complain(HC_INPUT, "%s: a results file carries its own configuration; to try other "
                           "values (%s) run or trace the YAML", file, arguments->settings[0]);
  if (hc_cli_has(arguments, scenario))
    return hc_cli_complain(HC_INPUT, "%s: a results file is of one scenario; run the YAML under another",
                           file);
  struct hc_error error = {0};
  struct stat info;
  if (stat(file, &info) != 0) return hc_cli_complain(HC_INPUT, "%s: %s", file, strerror(errno));
  if (S_ISDIR(info.st_mode)) return hc_cli_complain(HC_INPUT, "%s: is a directory", file);
  if (!hc_results_is(file) && hc_comparison_is(file)) return complain_comparison(file);
  if (!hc_results_is(file))
    return hc_cli_complain(HC_INPUT, "%s: is not a results file of haircut", file);
  hc_status status = hc_results_open(file, &input->results, &error);
  if (status == HC_OK) status = make_directory(input);
  if (status != HC_OK) return input->results ? status : hc_cli_complain_error(status, &error);
  status = hc_results_inputs(input->results, input->directory, &error);
  if (status != HC_OK) return hc_cli_complain_error(status, &error);
  return parse_results(input, arguments, file);
}

hc_status hc_cli_compile(struct hc_cli_input *input) {
  struct hc_diagnostics diagnostics = {0};
  struct hc_error error = {0};
  const hc_status status =
    hc_scenario_create_with(input->config, input->cache, &input->scenario, &diagnostics, &error);
  return tell(input, status, &diagnostics, &error);
}

static int remove_entry(const char *path, const struct stat *info, int flag, struct FTW *at) {
  (void)info, (void)flag, (void)at;
  return remove(path);
}

void hc_cli_input_free(struct hc_cli_input *input) {
  hc_scenario_free(input->scenario);
  hc_config_free(input->config);
  hc_results_close(input->results);
  if (input->directory) (void)nftw(input->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
  free(input->directory);
  *input = (struct hc_cli_input){0};
}

int hc_cli_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 && online < 1024 ? (int)online : 1;
}

hc_status hc_cli_threads(const struct hc_cli_arguments *arguments, int *threads) {
  int64_t number = 0;
  const hc_status status = hc_cli_integer(arguments, HC_CLI_OPTION_threads, 0, 1024, 0, &number);
  *threads = number ? (int)number : hc_cli_processors();
  return status;
}
