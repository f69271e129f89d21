/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Everything: a Monte Carlo stress tester for socialized-loss mechanisms. */
#ifndef HAIRCUT_HAIRCUT_H
#define HAIRCUT_HAIRCUT_H
#include "haircut/book.h"
#include "haircut/config.h"
#include "haircut/design.h"
#include "haircut/market.h"
#include "haircut/outcome.h"
#include "haircut/path.h"
#include "haircut/random.h"
#include "haircut/run.h"
#include "haircut/scenario.h"
#include "haircut/size.h"
#include "haircut/stats.h"
#include "haircut/status.h"
#include "haircut/store.h"
#include "haircut/sweep.h"
#endif
