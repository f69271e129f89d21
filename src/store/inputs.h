/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies of the files a configuration names, for the results file. */
#ifndef HC_STORE_INPUTS_H
#define HC_STORE_INPUTS_H
#include "haircut/scenario.h"

struct hc_kept_input {
  char *path; /* of the parameter: book.file */
  char *file; /* as found on disk */
  char *name; /* plain name it gets when it is taken out of the results: unique, no slash */
  char *text;
  size_t length;
  char digest[65];
};
struct hc_inputs {
  size_t count;
  struct hc_kept_input *items;
  char *yaml; /* the resolved configuration, with these names in place of the files */
};
/* Reads every parameter of kind FILE and its file. Legal to free after a failure. */
hc_status hc_inputs_read(struct hc_inputs *inputs, const struct hc_scenario *scenario,
                         struct hc_error *error) HC_CHECKED;
void hc_inputs_free(struct hc_inputs *inputs);
#endif
