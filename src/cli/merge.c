/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut merge: one file of the points of a sweep. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/capacity.h"
#include "cli/command_line.h"
#include "cli/number.h"
#include "cli/output_file.h"
#include "cli/report.h"
#include "cli/sweeping.h"
#include "cli/verbs.h"

static hc_status output_name(const struct hc_cli_arguments *arguments, char **file) {
  struct hc_text text = {0};
  const char *given = hc_cli_value(arguments, output), *directory = arguments->files[0];
  size_t length = strlen(directory);
  while (length > 1 && directory[length - 1] == '/') length--;
  if (given) hc_text_puts(&text, given);
  else hc_text_printf(&text, "%.*s.h5", (int)length, directory);
  return hc_text_take(&text, file) == HC_OK ? HC_OK : hc_cli_complain(HC_NO_MEMORY, "out of memory");
}

/* Failed points are told with their values. */
static hc_status tell_failed(const struct hc_sweep *sweep) {
  const struct hc_plan *plan = hc_sweep_plan(sweep);
  uint64_t told = 0;
  for (uint64_t i = 0; i < plan->points && told < 5; i++) {
    struct hc_point point = {0};
    struct hc_error error = {0};
    char *text = NULL;
    if (hc_sweep_has(sweep, i) != 2) continue;
    const hc_status status = hc_sweep_read(sweep, i, &point, &error);
    if (status != HC_OK) return hc_cli_complain_error(status, &error);
    if (hc_plan_point_text(plan, i, &text) == HC_OK)
      (void)fprintf(stderr, "haircut: point %" PRIu64 " (%s) failed: %s\n", i, text, point.message);
    free(text);
    hc_point_free(&point);
    told++;
  }
  return HC_OK;
}

/* All numbers of all points are in memory at once. */
static hc_status check_memory(const struct hc_sweep *sweep) {
  struct hc_estimate *names;
  size_t count;
  if (hc_point_names(0, &names, &count) != HC_OK) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  free(names);
  const double a_point =
    8.0 * ((double)(count + HC_PAIRED) * HC_POINT_NUMBERS + HC_PAIRED * HC_BLOCKS_MAX + 8);
  const double needed = a_point * (double)hc_sweep_plan(sweep)->points,
               available = hc_cli_memory_available();
  if (!(needed > available)) return HC_OK;
  return hc_cli_complain(HC_INPUT, "merge: not enough memory: about %s needed for %s points, %s available",
                         hc_cli_bytes(needed).text, hc_cli_count(hc_sweep_plan(sweep)->points).text,
                         hc_cli_bytes(available).text);
}

static hc_status merge(const struct hc_cli_arguments *arguments, const char *file,
                       const struct hc_sweep *sweep) {
  struct hc_text command = {0};
  struct hc_error error = {0};
  hc_cli_command_line(arguments, false, &command);
  if (command.failed) return hc_cli_complain(HC_NO_MEMORY, "out of memory");
  hc_status status = hc_sweep_merge(sweep, file, command.data, hc_cli_has(arguments, partial), &error);
  hc_text_free(&command);
  if (status != HC_OK) return hc_cli_complain_error(status, &error);
  if (hc_cli_has(arguments, quiet)) return HC_OK;
  const struct hc_sweep_count count = hc_sweep_count_of(sweep);
  const uint64_t points = hc_sweep_plan(sweep)->points;
  status = tell_failed(sweep);
  (void)printf("%s: %s of %s points", file, hc_cli_count(count.done).text, hc_cli_count(points).text);
  if (count.failed) (void)printf(", %s failed", hc_cli_count(count.failed).text);
  if (count.done + count.failed < points)
    (void)printf(", %s missing", hc_cli_count(points - count.done - count.failed).text);
  (void)printf("\n");
  return status;
}

hc_status hc_cli_verb_merge(const struct hc_cli_arguments *arguments) {
  struct hc_sweep *sweep = NULL;
  struct hc_error error = {0};
  char *file = NULL;
  hc_status status = hc_cli_one_file(arguments);
  if (status == HC_OK) status = output_name(arguments, &file);
  if (status == HC_OK) {
    status = hc_sweep_open(arguments->files[0], &sweep, &error);
    if (status != HC_OK) status = hc_cli_complain_error(status, &error);
  }
  if (status == HC_OK) status = check_memory(sweep);
  if (status == HC_OK) status = hc_cli_output_check(file, hc_sweep_is, "file of haircut merge");
  if (status == HC_OK) {
    if (!hc_cli_has(arguments, quiet)) hc_cli_tell_faults(sweep, arguments->files[0], "");
    status = merge(arguments, file, sweep);
  }
  hc_sweep_close(sweep);
  free(file);
  return status;
}
