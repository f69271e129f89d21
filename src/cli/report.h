/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes to the terminal: errors, diagnostics, whole texts; and exit codes. */
#ifndef HC_CLI_REPORT_H
#define HC_CLI_REPORT_H
#include "base/text.h"
#include "haircut/config.h"

enum { HC_CLI_DONE = 0, HC_CLI_FAILED = 1, HC_CLI_BAD_INPUT = 2, HC_CLI_INTERRUPTED = 130 };

/* 0 done, 1 failed, 2 bad input, 130 interrupted but resumable. */
int hc_cli_exit_code(hc_status status);
/* `haircut: ...` on standard error; returns the status it was given. */
hc_status hc_cli_complain(hc_status status, const char *format, ...) HC_PRINTF(2, 3);
/* From here on complaints are kept, the first of them, rather than printed; and printed after all, with the
 * number of the process. */
void hc_cli_mute(void);
void hc_cli_speak(int rank);
/* The error's message, or the words of the status where it has none. */
hc_status hc_cli_complain_error(hc_status status, const struct hc_error *error);
/* Every entry on a line of its own, as file:line:col: message; without warnings if `quiet`. */
void hc_cli_print_diagnostics(const struct hc_diagnostics *diagnostics, bool quiet);

/* Writes the text to standard output and frees it; a failed write is an error. */
hc_status hc_cli_emit(struct hc_text *text) HC_CHECKED;
/* As hc_cli_emit, to a file ("-" or NULL: standard output): whole or not at all. */
hc_status hc_cli_emit_to(const char *file, struct hc_text *text) HC_CHECKED;
#endif
