/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/help.h"

#include <string.h>

static const char environment_help[] =
  "\nHAIRCUT_VECTOR=sse2|avx2|avx512 in the environment restricts the vector instructions used\n"
  "(results do not change); HAIRCUT_CONFIGS=DIRECTORY says where venues/NAME.yaml are. Exit codes:\n"
  "0 done, 1 failed, 2 bad input or usage, 130 interrupted but resumable.\n";

void hc_cli_help(struct hc_text *text) {
  hc_text_puts(text, "haircut: a Monte Carlo stress tester for socialised-loss mechanisms\n\n"
                     "usage: haircut VERB ...\n\n");
  for (size_t i = 0; i < HC_CLI_VERBS; i++) {
    const enum hc_cli_verb verb = (enum hc_cli_verb)i;
    hc_text_printf(text, "  %-7s %-19s %s\n", hc_cli_verb_names[i], hc_cli_verb_operands(verb),
                   hc_cli_verb_doc(verb));
  }
  hc_text_puts(text, "\nhaircut VERB --help tells its options; haircut --version the libraries.\n"
                     "Several CONFIGs merge, the later wins per key; venue:NAME is one that comes with the\n"
                     "program, e.g. haircut run my.yaml venue:bitmex-2020.\n");
  hc_text_puts(text, environment_help);
}

static const char *const notes[HC_CLI_VERBS] = {
  [HC_CLI_run] = "Ctrl-C stops in a state that --resume goes on from, to the same file bit for\n"
                 "bit. With a larger --paths, --resume extends a finished run.\n",
  [HC_CLI_compare] = "MARKET is common to all; each MECHANISM is a file composed with it, the later one\n"
                     "winning per key, and is called by its name. Seed, horizon, step, prices and\n"
                     "books must agree. Differences are to the first. -o keeps samples (HDF5).\n"
                     "Interrupted, it leaves nothing behind, and cannot be resumed.\n",
  [HC_CLI_sweep] = "Points go to -o DIR as they are done. The same command again goes on with those\n"
                   "that are missing, from any number of processes and machines, each with a --task\n"
                   "of its own; haircut merge makes one file of them. KEY is any parameter, scenario,\n"
                   "or venue.\n",
  [HC_CLI_merge] = "Needs DIR alone. The file is the same whoever computed the points.\n",
  [HC_CLI_status] = "Needs DIR alone, from any machine that sees it.\n",
  [HC_CLI_size] = "Where the fund is the first layer and its size does not feed back, one run says all;\n"
                  "elsewhere the same paths are run at values of KEY, in a bracketed search. The interval\n"
                  "is that of the answer. --format json has the curve, which scripts/plot.py draws.\n",
  [HC_CLI_sensitivity] = "Local: each parameter alone to the ends of its range, on the same paths. Global:\n"
                         "Sobol indices, each point on paths of its own, whose variance is taken off.\n"
                         "Points are kept in -o DIR; the same command goes on with those that are missing.\n",
  [HC_CLI_ladder] = "No randomness: each row is one instant shock at the start. The reverse\n"
                    "stress is exact to 0.01 bp of the move: one tick less does not reach.\n",
  [HC_CLI_check] = "All errors at once, each as file:line:column: key: message. Without errors,\n"
                   "the resolved configuration (YAML) and a diagnosis.\n",
  [HC_CLI_venues] = "Each can stand where a CONFIG is expected, as venue:NAME, behind one with a market\n"
                    "and a book. With a NAME, prints the file: its facts, their sources, what is left\n"
                    "out.\n",
  [HC_CLI_init] = "The market and the book of btc-perp.yaml and the rules of a venue in one file, each key\n"
                  "with what it means. A file that exists is not overwritten.\n",
  [HC_CLI_trace] = "One of --path and --worst is needed. With a results FILE, its own\n"
                   "configuration and inputs are used; with a CONFIG, --worst runs its paths.\n",
  [HC_CLI_explain] = "The worst path, unless --path or --worst says otherwise: what fell, who was\n"
                     "liquidated, how orders moved the price, what each layer did, who bore it.\n",
  [HC_CLI_verify] = "Needs a file with samples (output.samples: all).\n",
};

static const char *option_doc(enum hc_cli_verb verb, size_t option) {
  if (option != HC_CLI_OPTION_format) return hc_cli_option_rows[option].doc;
  if (verb == HC_CLI_schema) return "markdown or json";
  const bool two = verb == HC_CLI_compare || verb == HC_CLI_venues ||
                   verb == HC_CLI_status || verb == HC_CLI_size || verb == HC_CLI_sensitivity;
  return two ? "text or json" : "text, csv or json";
}

void hc_cli_verb_help(struct hc_text *text, enum hc_cli_verb verb) {
  hc_text_printf(text, "usage: haircut %s %s%s[options]\n\n%s\n\n", hc_cli_verb_names[verb],
                 hc_cli_verb_operands(verb), hc_cli_verb_operands(verb)[0] ? " " : "",
                 hc_cli_verb_doc(verb));
  for (size_t i = 0; i < HC_CLI_OPTIONS; i++) {
    const struct hc_cli_option_row *row = &hc_cli_option_rows[i];
    if (!(row->verbs >> verb & 1U)) continue;
    const int length = (int)(strlen(row->flag) + (row->argument ? strlen(row->argument) + 1 : 0));
    hc_text_printf(text, "  %s%s%s%*s%s\n", row->flag, row->argument ? " " : "",
                   row->argument ? row->argument : "", length < 22 ? 24 - length : 2, "",
                   option_doc(verb, i));
  }
  if (notes[verb]) hc_text_printf(text, "\n%s", notes[verb]);
  hc_text_puts(text, environment_help);
}
