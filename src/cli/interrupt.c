/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include "cli/report.h"

/* Read by all workers, written by the handler: an int is what hc_run looks at. */
static volatile int stop;

static void on_signal(int signal) {
  (void)signal;
  if (stop) _exit(HC_CLI_INTERRUPTED);
  stop = 1;
}

void hc_cli_interrupt_watch(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  (void)sigemptyset(&action.sa_mask);
  (void)sigaction(SIGINT, &action, NULL);
  (void)sigaction(SIGTERM, &action, NULL);
}

const volatile int *hc_cli_interrupt_flag(void) { return &stop; }
