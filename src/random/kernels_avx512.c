/* SPDX-License-Identifier: GPL-3.0-or-later */
#define HC_LEVEL avx512
#include "random/kernels_body.h"
