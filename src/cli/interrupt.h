/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIGINT and SIGTERM: the first asks to stop, the second ends the program. */
#ifndef HC_CLI_INTERRUPT_H
#define HC_CLI_INTERRUPT_H

void hc_cli_interrupt_watch(void);
const volatile int *hc_cli_interrupt_flag(void);
#endif
