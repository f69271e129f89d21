/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/assembly.h"
#include "haircut/run.h"
#include "store/files.h"

void hc_assembly_take(struct hc_assembly *assembly, hc_status status) {
  if (status && !assembly->h5.status)
    assembly->h5.status = hc_fail(assembly->h5.error, status, "%s: cannot be written: %s",
                                  assembly->h5.name, hc_status_text(status));
}

/* The statistics, traces and metadata need some megabytes beside the samples. */
enum { SPARE = 4 << 20 };

void hc_assembly_room(struct hc_assembly *assembly, uint64_t bytes) {
  struct statvfs about;
  char *place = hc_directory_of(assembly->h5.name);
  const bool known = place && statvfs(place, &about) == 0;
  free(place);
  if (!known || assembly->h5.status) return; /* then the write will tell */
  const uint64_t free_bytes = (uint64_t)about.f_bavail * about.f_frsize;
  if (free_bytes >= bytes + SPARE) return;
  assembly->h5.status =
    hc_fail(assembly->h5.error, HC_NO_SPACE, "%s: no space left on device (%" PRIu64 " MB free)",
            assembly->h5.name, free_bytes >> 20);
}

double *hc_assembly_times(struct hc_assembly *assembly, size_t points) {
  const int64_t steps = hc_scenario_steps(assembly->store->scenario);
  const double step = hc_scenario_values(assembly->store->scenario)->simulation.step;
  double *times = malloc((points + 1) * sizeof *times);
  if (!times) hc_h5_fail(&assembly->h5, HC_NO_MEMORY, "out of memory");
  for (size_t i = 0; times && i <= points; ++i) {
    times[i] = step * (double)(points ? (uint64_t)steps * i / points : 0);
  }
  return times;
}

static void write_all(struct hc_assembly *assembly) {
  hc_assembly_room(assembly, 0);
  hc_h5_create(&assembly->h5);
  hc_write_root(assembly);
  hc_write_code(assembly);
  hc_write_config(assembly);
  hc_write_paths(assembly);
  hc_assembly_room(assembly, 0);
  hc_write_summary(assembly);
  hc_write_distribution(assembly);
  hc_write_fund_curve(assembly);
  hc_write_lorenz(assembly);
  hc_write_attribution(assembly);
  hc_write_timeline(assembly);
  hc_write_book(assembly);
  hc_write_ledger(assembly);
  hc_write_checks(assembly);
  hc_h5_finish(&assembly->h5);
}

static hc_status prepare(struct hc_assembly *assembly, struct hc_error *error) {
  const struct hc_scenario *scenario = assembly->store->scenario;
  const struct hc_stats_setup setup = hc_run_setup(scenario);
  const hc_status status = hc_stats_create(&setup, &assembly->stats);
  if (status) return hc_fail(error, status, "%s: out of memory", assembly->store->file);
  return hc_workspace_create(scenario, &assembly->workspace, error);
}

static hc_status write_temporary(struct hc_store *store, const struct hc_report *report,
                                 const char *temporary, struct hc_error *error) {
  struct hc_assembly assembly = {
    .store = store,
    .report = report,
    .h5 = {.file = -1, .name = store->file, .path = temporary, .error = error},
  };
  assembly.h5.status = prepare(&assembly, error);
  if (!assembly.h5.status) write_all(&assembly);
  hc_workspace_free(assembly.workspace);
  hc_stats_free(assembly.stats);
  return assembly.h5.status;
}

/* Whatever went wrong with the file, the work is kept. */
static hc_status explain(const struct hc_store *store, const struct hc_error *why,
                         hc_status status, struct hc_error *error) {
  const bool outside = status == HC_NO_SPACE || status == HC_IO;
  return hc_fail(error, status, "%s; all finished paths are kept in %s%s", why->message,
                 store->directory,
                 status == HC_NO_SPACE ? ": free some space, then go on with --resume"
                 : outside             ? ": mend the cause, then go on with --resume"
                                       : "");
}

hc_status hc_store_assemble(struct hc_store *store, const struct hc_report *report,
                            struct hc_error *error) {
  char *temporary = hc_format("%s.tmp-%ld", store->file, (long)getpid());
  if (!temporary) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", store->file);
  struct hc_error why = {0};
  hc_status status = hc_store_sync(store, error);
  if (!status) {
    const struct hc_h5_quiet quiet = hc_h5_hush();
    status = write_temporary(store, report, temporary, &why);
    hc_h5_unhush(&quiet);
    if (!status) status = hc_publish(temporary, store->file, &why);
    if (status) (void)explain(store, &why, status, error);
  }
  if (status) (void)unlink(temporary);
  free(temporary);
  return status;
}

static hc_status fill_temporary(struct hc_assembly *assembly, uint64_t bytes, hc_filler *fill,
                                const void *data) {
  hc_assembly_room(assembly, bytes);
  if (assembly->h5.status) return assembly->h5.status;
  hc_h5_create(&assembly->h5);
  fill(assembly, data);
  hc_h5_finish(&assembly->h5);
  return assembly->h5.status;
}

hc_status hc_write_file(const char *file, const struct hc_report *report, uint64_t bytes, hc_filler *fill,
                        const void *data, struct hc_error *error) {
  char *temporary = hc_format("%s.tmp-%ld", file, (long)getpid());
  if (!temporary) return hc_fail(error, HC_NO_MEMORY, "%s: out of memory", file);
  struct hc_assembly assembly = {.report = report,
                                 .h5 = {.file = -1, .name = file, .path = temporary, .error = error}};
  const struct hc_h5_quiet quiet = hc_h5_hush();
  hc_status status = fill_temporary(&assembly, bytes, fill, data);
  hc_h5_unhush(&quiet);
  if (!status) status = hc_publish(temporary, file, error);
  if (status) (void)unlink(temporary);
  free(temporary);
  return status;
}
