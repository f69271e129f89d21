/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sanitizers look at what code does at all, which some cases show as well as many, and take several
 * times longer: FEWER(n) is n without them, and n / 4 with them. */
#ifndef HC_TEST_FEWER_H
#define HC_TEST_FEWER_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HC_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HC_TEST_SANITIZED 1
#endif
#endif

#ifdef HC_TEST_SANITIZED
#define FEWER(n) ((n) / 4)
#else
#define FEWER(n) (n)
#endif
#endif
