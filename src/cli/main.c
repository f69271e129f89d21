/* SPDX-License-Identifier: GPL-3.0-or-later */
/* haircut VERB ...: chooses the verb; each has a file of its own. */
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/report.h"
#include "cli/verbs.h"
#include "cluster/cluster.h"
#include "config/nearest.h"
#include "haircut/random.h"

typedef hc_status verb_function(const struct hc_cli_arguments *arguments);
#define VERB_FUNCTION(name, operands, doc) hc_cli_verb_##name,
static verb_function *const functions[HC_CLI_VERBS] = {HC_CLI_VERB_LIST(VERB_FUNCTION)};

static hc_status restrict_vector(void) {
  const char *level = getenv("HAIRCUT_VECTOR");
  if (!level || !*level || hc_vector_restrict(level) == HC_OK) return HC_OK;
  return hc_cli_complain(HC_INPUT, "HAIRCUT_VECTOR=%s: expected one of sse2, avx2, avx512", level);
}

static hc_status print_help(void) {
  struct hc_text text = {0};
  hc_cli_help(&text);
  return hc_cli_emit(&text);
}

static hc_status print_version(void) {
  struct hc_text text = {0};
  hc_cli_version(&text);
  return hc_cli_emit(&text);
}

static hc_status print_verb_help(enum hc_cli_verb verb) {
  struct hc_text text = {0};
  hc_cli_verb_help(&text, verb);
  return hc_cli_emit(&text);
}

/* Several processes do one job together, or refuse it once. */
static hc_status run_together(struct hc_cli_arguments *arguments, struct hc_cluster *cluster) {
  struct hc_error error = {0};
  const enum hc_cli_verb verb = arguments->verb;
  if (verb != HC_CLI_run && verb != HC_CLI_sweep && verb != HC_CLI_compare)
    return hc_cli_complain(HC_INPUT, "%s: is for one process; run, sweep and compare work on several",
                           hc_cli_verb_names[verb]);
  hc_status status = hc_cluster_open(cluster, &error);
  if (status != HC_OK) return hc_cli_complain_error(status, &error);
  arguments->cluster = cluster;
  if (cluster->rank > 0) hc_cli_mute();
  status = functions[verb](arguments);
  /* What the first process has not said either is said by whoever met it. */
  if (cluster->agree(cluster->self, cluster->rank == 0 ? status : HC_OK) == HC_OK && cluster->rank > 0)
    hc_cli_speak(cluster->rank);
  status = cluster->agree(cluster->self, status);
  hc_cluster_close(cluster, false);
  return status;
}

static hc_status run_verb(enum hc_cli_verb verb, int argc, char **argv) {
  struct hc_cli_arguments arguments;
  struct hc_cluster cluster = {.size = 1};
  hc_status status = hc_cli_arguments_read(&arguments, verb, argc, argv);
  if (status == HC_OK) {
    if (hc_cli_has(&arguments, help))
      status = print_verb_help(verb);
    else if (hc_cli_has(&arguments, version))
      status = print_version();
    else if (hc_cluster_wanted())
      status = run_together(&arguments, &cluster);
    else
      status = functions[verb](&arguments);
  }
  hc_cli_arguments_free(&arguments);
  return status;
}

static hc_status unknown_verb(const char *name) {
  const char *near = hc_nearest(name, hc_cli_verb_names, HC_CLI_VERBS);
  if (near) return hc_cli_complain(HC_INPUT, "unknown verb %s; did you mean %s?", name, near);
  return hc_cli_complain(HC_INPUT, "unknown verb %s; see haircut --help", name);
}

static hc_status dispatch(int argc, char **argv) {
  if (argc < 2) return hc_cli_complain(HC_INPUT, "no verb given; see haircut --help");
  const char *name = argv[1];
  if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) return print_help();
  if (!strcmp(name, "--version")) return print_version();
  for (size_t i = 0; i < HC_CLI_VERBS; i++)
    if (!strcmp(name, hc_cli_verb_names[i])) return run_verb((enum hc_cli_verb)i, argc, argv);
  return unknown_verb(name);
}

int main(int argc, char **argv) {
  hc_status status = restrict_vector();
  if (status == HC_OK) status = dispatch(argc, argv);
  return hc_cli_exit_code(status);
}
