/* SPDX-License-Identifier: GPL-3.0-or-later */
/* strtod and printf with a decimal point, whatever the program's locale, in this thread. */
#ifndef HC_BOOK_LOCALE_H
#define HC_BOOK_LOCALE_H
#include <locale.h>

#include "haircut/status.h"

struct hc_plain_locale {
  locale_t plain, before;
};
static inline hc_status hc_plain_locale_enter(struct hc_plain_locale *locale) {
  locale->plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  if (!locale->plain) return HC_NO_MEMORY;
  locale->before = uselocale(locale->plain);
  return HC_OK;
}
static inline void hc_plain_locale_leave(const struct hc_plain_locale *locale) {
  (void)uselocale(locale->before);
  freelocale(locale->plain);
}
#endif
