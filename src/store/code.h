/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this build is, from the generated version.h. */
#ifndef HC_STORE_CODE_H
#define HC_STORE_CODE_H
#if __has_include("version.h")
#include "version.h"
#endif
#ifndef HC_VERSION
#define HC_VERSION "unknown"
#endif
#ifndef HC_GIT_REVISION
#define HC_GIT_REVISION "unknown"
#endif
#ifndef HC_COMPILE_FLAGS
#define HC_COMPILE_FLAGS "unknown"
#endif
#define HC_CODE_TEXT HC_VERSION " (" HC_GIT_REVISION ")"
#endif
