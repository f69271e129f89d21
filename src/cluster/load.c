/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cluster/cluster.h"

#ifndef HC_MODULE_DIRECTORY
#define HC_MODULE_DIRECTORY "/usr/local/lib/haircut"
#endif
static const char module[] = "haircut-mpi.so";

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? strtol(text, NULL, 10) : 0;
}

/* Open MPI's own variable, or Slurm's together with those of its PMI. */
bool hc_cluster_wanted(void) {
  if (number("OMPI_COMM_WORLD_SIZE") > 1) return true;
  return number("SLURM_STEP_NUM_TASKS") > 1 && (getenv("PMIX_RANK") || getenv("PMI_RANK"));
}

/* Beside the program, where it was built; else as installed. */
static void *load(void) {
  char path[PATH_MAX + sizeof module] = "";
  const ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
  char *slash = length > 0 ? strrchr(path, '/') : NULL;
  if (slash) {
    memcpy(slash + 1, module, sizeof module);
    void *found = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    if (found || access(path, F_OK) == 0) return found;
  }
  return dlopen(HC_MODULE_DIRECTORY "/haircut-mpi.so", RTLD_NOW | RTLD_GLOBAL);
}

hc_status hc_cluster_open(struct hc_cluster *cluster, struct hc_error *error) {
  *cluster = (struct hc_cluster){.size = 1};
  void *found = load();
  if (!found)
    return hc_fail(error, HC_INPUT,
                   "started as one of several processes, but this haircut was built without MPI (%s); "
                   "install libopenmpi-dev and build it again, or use --task I/N",
                   dlerror());
  hc_cluster_opener *opener;
  void *symbol = dlsym(found, HC_CLUSTER_SYMBOL);
  memcpy(&opener, &symbol, sizeof opener); /* as POSIX has it */
  if (!symbol) return hc_fail(error, HC_FORMAT, "%s: is of another version", module);
  return opener(cluster, error);
}

void hc_cluster_close(struct hc_cluster *cluster, bool failed) {
  if (cluster->close) cluster->close(cluster->self, failed);
  *cluster = (struct hc_cluster){.size = 1};
}
