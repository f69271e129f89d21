#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Writes docs/config.md anew: the text below, then `haircut schema --format markdown`.
#   scripts/docs.sh [--check]     --check: write nothing, exit 1 if docs/config.md is out of date
# Environment: HAIRCUT (build/release/haircut).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
haircut=${HAIRCUT:-build/release/haircut}
target=docs/config.md

introduction() {
  cat <<'END'
# Configuration

<!-- Written by scripts/docs.sh from the program's own tables: change those, or the script, not this file. -->

A configuration is a YAML file. Every key has a default, so a file needs only what differs; `haircut check CONFIG` prints
the whole resolved configuration, and `haircut schema` prints the tables below. A key that does not exist is an error that
names the nearest one that does, and all errors of all files are reported at once, with file, line and column.

## Values and units

| kind | written as | stored in results as |
|---|---|---|
| plain number, count | `1.5`, `100000`, `100k`, `1e6` | the number |
| fraction | `80%`, `30bp`, `0.8` | 0.8 |
| US dollars | `150M`, `30B`, `20k`, `20000`, `$5M`, `5M USD` | USD |
| duration | `1s`, `10m`, `6h`, `1d`, `2w`, `1y`, `500ms`, `1d 12h`; `m` is minutes, a year has 365 days | s |
| rate | `20/y`, `1/d`, `2/h` | per year |
| text, file, word | as it is; file names are relative to the file that names them | text |

A duration or rate without its unit is an error, not a guess. Volatilities and drifts are annual. Prices are USD a unit.

Any single value may carry a note on where it comes from, which is kept with the results (`/config/source`):

```yaml
markets:
  BTC:
    price:
      volatility: {value: 60%, source: "30-day realised volatility, exchange X, 1 May"}
```

## Several files, and --set

`haircut run base.yaml mine.yaml --set KEY=VALUE`: later files win over earlier ones, key by key; lists (liquidity
providers, layers of the waterfall, tiers) are replaced as a whole. Where a later file picks another model or law, keys that
only the earlier one had are dropped. `--set` comes last, in the order given.

A key is named by its path. Members of lists are named by their number from 0, or by their `name`:

<!-- test -->
```sh
haircut check configs/btc-perp.yaml \
  --set markets.BTC.price.volatility=120% \
  --set 'liquidity_providers[lp].deposits=200M' \
  --set 'markets.BTC.margin.maintenance[0].rate=1%' \
  --set 'markets.BTC.price.shock={at: 6h, move: -40%}' \
  --set 'liquidity_providers=[{name: senior, deposits: 200M, profit: 0}, {name: junior, deposits: 50M, profit: 5M}]'
```

## Scenarios

A file may hold named scenarios, each a set of values to lay over the rest, by path or nested as in any file:

```yaml
scenarios:
  base: {}
  crash: {markets.BTC.price.shock: {at: 6h, move: -25%}}
  thin:
    markets: {BTC: {liquidity: {depth: 15M, daily_volume: 3B}}}
```

`--scenario crash` (or `scenario: crash` in a file) lays one over all files, and under `--set`; without it none is used. Scenarios of one name in several files are
laid over each other in the order of the files. `haircut check` looks at the configuration under each of them. `haircut compare` runs every mechanism under each of
those that `--scenarios` names, all on the same random numbers, and `--with FILE` adds a file of scenarios to the market. [configs/btc-scenarios.yaml](../configs/btc-scenarios.yaml)
has some to start from:

<!-- test -->
```sh
haircut run configs/btc-perp.yaml configs/btc-scenarios.yaml --scenario thin --paths 2000 --set simulation.step=1m -o thin.h5
haircut compare configs/btc-perp.yaml configs/venues/generic.yaml configs/venues/okx.yaml --with configs/btc-scenarios.yaml \
  --scenarios base,crash --paths 1000 --set simulation.step=1m
```

## Books from a CSV

`book.file` names a CSV with a header and the columns `account,market,side,size_usd,entry,collateral`, in any order: plain
numbers, `side` is `long` or `short`, `size_usd` is quantity times entry price, collateral in USD. Each row is one isolated position;
two rows of one account are an error unless `book.as_isolated` (or `--as-isolated`) says to treat them as separate. Longs and shorts need not balance: the
difference belongs to an account called `rest_of_market`, which also takes the other side of every forced order.
`haircut check CONFIG --write-book FILE` writes a drawn book in this form.

# Reference

END
}

if [[ ${1:-} == --check ]]; then
  { introduction && "$haircut" schema --format markdown; } | diff -u "$target" -
else
  { introduction && "$haircut" schema --format markdown; } >"$target.part"
  mv "$target.part" "$target"
fi
