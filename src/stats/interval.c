/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intervals for proportions and means, with the variance between books.
 *
 * Books are drawn, so paths of one book are a cluster. The variance of a ratio r = Y/X of sums
 * over clusters is G/(G-1) * sum_g (Y_g - r X_g)^2 / X^2 (Cochran 1977, 6.9, 11.6): for a mean,
 * with equally many paths per book, exactly s_b^2/B, s_b^2 the sample variance of book means.
 * It contains the variance of paths within books, so that books which are alike leave it around
 * that of paths. Always taking it, with Student's t of G - 1 degrees, would be exact and wide;
 * taking the larger of the two covers too often where books are alike and, with two or three
 * books, too seldom where they differ. Books decide once the ratio M of the variances is above
 * `limits`, with which 95 % intervals of a normal mean cover 93 to 97 % (two or three books: to 98 %)
 * however much books differ, by integration over M (G - 1) / rho ~ chi squared, rho = E M. */
#include <math.h>

#include "haircut/random.h"
#include "stats/internal.h"

/* Exact for up to 30 degrees, then the expansion of Abramowitz & Stegun 26.7.5 (error < 1e-8). */
double hc_student(size_t degrees) {
  static const double exact[31] = {
    INFINITY,      12.7062047362, 4.3026527297, 3.1824463053, 2.7764451052, 2.5705818356,
    2.4469118511,  2.3646242516,  2.3060041352, 2.2621571628, 2.2281388520, 2.2009851601,
    2.1788128297,  2.1603686565,  2.1447866879, 2.1314495456, 2.1199052992, 2.1098155778,
    2.1009220402,  2.0930240544,  2.0859634473, 2.0796138447, 2.0738730679, 2.0686576104,
    2.0638985616,  2.0595385528,  2.0555294386, 2.0518305165, 2.0484071418, 2.0452296421,
    2.0422724563};
  if (degrees <= 30) return exact[degrees];
  const double z = HC_Z975, z2 = z * z, v = (double)degrees;
  const double g1 = (z2 + 1.0) * z / 4.0;
  const double g2 = ((5.0 * z2 + 16.0) * z2 + 3.0) * z / 96.0;
  const double g3 = (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) * z / 384.0;
  const double g4 = ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) * z / 92160.0;
  return z + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v;
}

/* Wilson (1927): the p with |k/n - p| <= z sqrt(p (1 - p) / n). At the ends the one-sided
 * Clopper-Pearson bound 1 - 0.025^(1/n) is exact and below Wilson's z^2/(n + z^2). */
void hc_wilson_z(double k, double n, double z, double *low, double *high) {
  const double z2 = z * z, centre = k + 0.5 * z2;
  const double half = z * sqrt(k * (n - k) / n + 0.25 * z2);
  *low = fmax(0.0, (centre - half) / (n + z2));
  *high = fmin(1.0, (centre + half) / (n + z2));
}

void hc_wilson(double k, double n, double *low, double *high) {
  hc_wilson_z(k, n, HC_Z975, low, high);
  if (k <= 0.0) {
    *low = 0.0;
    *high = -hc_expm1(hc_log(0.025) / n);
  }
  if (k >= n) {
    *low = hc_exp(hc_log(0.025) / n);
    *high = 1.0;
  }
}

struct hc_between hc_between_groups(const double *numerator, const double *denominator,
                                    double ratio, double total, const double *paths,
                                    size_t groups) {
  double sum = 0.0;
  size_t used = 0;
  for (size_t g = 0; g < groups; ++g) {
    if (!(paths[g] > 0.0)) continue;
    const double d = numerator[g] - ratio * denominator[g];
    sum += d * d;
    ++used;
  }
  if (used < 2) return (struct hc_between){0.0, 0};
  const double many = (double)used;
  return (struct hc_between){many / (many - 1.0) * sum / (total * total), used - 1};
}

/* Whether the variance between books stands for that of paths. */
static bool books_decide(double variance_paths, struct hc_between between) {
  static const double limits[] = {INFINITY, 0.2, 0.7, 1.0, 1.2}; /* by degrees, the last for more */
  const size_t last = sizeof limits / sizeof *limits - 1;
  const double limit = limits[between.degrees < last ? between.degrees : last];
  return variance_paths > 0.0 && between.variance > limit * variance_paths;
}

struct hc_error_bars hc_bars(double variance_paths, struct hc_between between) {
  struct hc_error_bars bars = {sqrt(variance_paths), sqrt(variance_paths), HC_Z975};
  if (books_decide(variance_paths, between)) {
    const double wide = sqrt(between.variance);
    bars.se = fmax(bars.se, wide);
    bars.multiplier = hc_student(between.degrees) * (wide / bars.se);
  }
  return bars;
}

struct hc_design hc_design_of(const double *hits, double total, double n, const double *paths,
                              size_t groups) {
  const struct hc_design plain = {1.0, HC_Z975};
  if (!(total > 0.0 && total < n)) return plain;
  const double p = total / n, binomial = p * (1.0 - p) / n;
  const struct hc_error_bars bars =
    hc_bars(binomial, hc_between_groups(hits, paths, p, n, paths, groups));
  if (bars.multiplier <= HC_Z975) return plain;
  return (struct hc_design){fmax(1.0, bars.se * bars.se / binomial), bars.multiplier};
}

bool hc_design_is_plain(struct hc_design design) { return design.multiplier <= HC_Z975; }

/* n / effect independent paths would know as much (Kish 1965). */
void hc_wilson_design(double low_total, double high_total, double n, struct hc_design design,
                      double *low, double *high) {
  double unused;
  if (hc_design_is_plain(design)) {
    hc_wilson(low_total, n, low, &unused);
    hc_wilson(high_total, n, &unused, high);
    return;
  }
  const double effect = design.effect, z = design.multiplier;
  hc_wilson_z(low_total / effect, n / effect, z, low, &unused);
  hc_wilson_z(high_total / effect, n / effect, z, &unused, high);
}
