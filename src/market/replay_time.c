/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "market/replay.h"

#define DAY 86400000 /* ms */

/* Days since 1970-01-01 of the proleptic Gregorian calendar (Hinnant, chrono-compatible
 * low-level date algorithms): years start in March, eras are 400 years. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
  const int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t date[3]) {
  const int64_t z = days + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153; /* from March */
  date[0] = year + era * 400 + (month >= 10 ? 1 : 0);
  date[1] = month < 10 ? month + 3 : month - 9;
  date[2] = of_year - (153 * month + 2) / 5 + 1;
}

struct cursor {
  const char *at, *end;
};

static bool take(struct cursor *c, char wanted) {
  if (c->at == c->end || *c->at != wanted) return false;
  c->at++;
  return true;
}

static bool take_number(struct cursor *c, int digits, int64_t low, int64_t high, int64_t *value) {
  *value = 0;
  for (int i = 0; i < digits; i++, c->at++) {
    if (c->at == c->end || *c->at < '0' || *c->at > '9') return false;
    *value = 10 * *value + (*c->at - '0');
  }
  return *value >= low && *value <= high;
}

static bool take_word(struct cursor *c, const char *word) {
  const size_t length = strlen(word);
  if ((size_t)(c->end - c->at) != length || memcmp(c->at, word, length) != 0) return false;
  c->at = c->end;
  return true;
}

/* Digits of a second after the point, to ms. */
static bool take_fraction(struct cursor *c, int64_t *ms) {
  int64_t scale = 100;
  int digits = 0;
  *ms = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, digits++, scale /= 10)
    *ms += scale * (*c->at - '0');
  return digits > 0;
}

static bool take_clock(struct cursor *c, int64_t *time) {
  int64_t hour, minute, second = 0, ms = 0;
  if (!take_number(c, 2, 0, 23, &hour) || !take(c, ':') || !take_number(c, 2, 0, 59, &minute))
    return false;
  if (take(c, ':')) {
    if (!take_number(c, 2, 0, 59, &second)) return false;
    if (take(c, '.') && !take_fraction(c, &ms)) return false;
  }
  *time += ((hour * 60 + minute) * 60 + second) * 1000 + ms;
  return c->at == c->end || take_word(c, "Z") || take_word(c, "UTC") || take_word(c, " UTC") ||
         take_word(c, "+00:00");
}

static bool read_calendar(struct cursor c, int64_t *time) {
  int64_t year, month, day, date[3];
  if (!take_number(&c, 4, 1, 9999, &year) || !take(&c, '-') ||
      !take_number(&c, 2, 1, 12, &month) || !take(&c, '-') || !take_number(&c, 2, 1, 31, &day))
    return false;
  const int64_t days = days_of(year, month, day);
  date_of(days, date);
  if (date[2] != day) return false; /* 30 February */
  *time = days * DAY;
  if (c.at == c.end) return true;
  return (take(&c, ' ') || take(&c, 'T')) && take_clock(&c, time);
}

/* Seconds reach 10^11 in the year 5138, milliseconds 10^14 then. */
static bool read_epoch(struct cursor c, int64_t *time) {
  int64_t value = 0, fraction = 0;
  if (c.at == c.end) return false;
  for (; c.at < c.end && *c.at >= '0' && *c.at <= '9'; c.at++) {
    if (value > INT64_MAX / 100) return false;
    value = 10 * value + (*c.at - '0');
  }
  if (take(&c, '.') && !take_fraction(&c, &fraction)) return false;
  if (value < 100000000000) *time = value * 1000 + fraction;
  else if (value < 100000000000000) *time = value;
  else *time = value / 1000;
  return c.at == c.end && *time < 100000000000000;
}

bool hc_replay_time(const char *text, size_t length, int64_t *time) {
  const struct cursor c = {text, text + length};
  return read_calendar(c, time) || read_epoch(c, time);
}

struct hc_time_text hc_replay_time_text(int64_t time) {
  struct hc_time_text text;
  const int64_t days = time >= 0 ? time / DAY : -((DAY - 1 - time) / DAY);
  const int64_t ms = time - days * DAY, second = ms / 1000;
  int64_t date[3];
  date_of(days, date);
  const int length = snprintf(text.text, sizeof text.text, "%04d-%02d-%02d %02d:%02d:%02d",
                              (int)date[0], (int)date[1], (int)date[2], (int)(second / 3600),
                              (int)(second / 60 % 60), (int)(second % 60));
  if (ms % 1000 && length > 0)
    (void)snprintf(text.text + length, sizeof text.text - (size_t)length, ".%03d",
                   (int)(ms % 1000));
  return text;
}

struct hc_time_text hc_replay_span_text(double seconds) {
  static const struct {
    double seconds;
    const char *unit;
  } units[] = {{86400, "d"}, {3600, "h"}, {60, "m"}};
  struct hc_time_text text;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
    const double count = seconds / units[i].seconds;
    if (count < 1.0 || count != floor(count)) continue;
    (void)snprintf(text.text, sizeof text.text, "%.10g%s", count, units[i].unit);
    return text;
  }
  (void)snprintf(text.text, sizeof text.text, "%.10gs", seconds);
  return text;
}
