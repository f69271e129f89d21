#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From a clone to a first result: installs what is missing, builds, runs configs/btc-perp.yaml
# (100,000 days of a perpetual on BTC), prints the summary and the ladder, and draws the pictures.
# Running it again does only what is not there yet.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

config=configs/btc-perp.yaml
result=results/btc-perp.h5
pictures=results/btc-perp
haircut=build/release/haircut

say() { printf '\n== %s\n' "$*"; }

build() {
  local log=build/quickstart.log
  mkdir -p build
  if ! { cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DHAIRCUT_TESTS=OFF &&
    cmake --build build/release -j "$(nproc)"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    echo "quickstart: the build failed; all of its output is in $log" >&2
    exit 1
  fi
}

# Whether the results there are of other values (somebody tried something in the config).
outdated() {
  [[ -e $result && ! -e $result.shards ]] &&
    ! "$haircut" run "$config" --paths 1 -o "$result" --resume --quiet 2>build/resume.log &&
    grep -q 'belongs to another' build/resume.log
}

simulate() {
  local resume=(--resume) status=0
  if outdated; then
    echo "$result was made with other values or by another version: making it anew"
    resume=()
  fi
  "$haircut" run "$config" -o "$result" "${resume[@]}" >/dev/null || status=$?
  if ((status == 130)); then echo "quickstart: run scripts/quickstart.sh again to go on" >&2; fi
  return "$status"
}

# Drawn again only where the results or the plotting code are newer than the pictures.
draw() {
  local drawn=$pictures/.drawn newer=yes
  if [[ -e $drawn ]]; then
    newer=$(find "$result" scripts/plot.py scripts/haircut_plots -name '__pycache__' -prune -o -type f -newer "$drawn" -print)
  fi
  if [[ -z $newer ]]; then
    echo "$pictures/ has them already"
  else
    /usr/bin/python3 scripts/plot.py "$result" -o "$pictures" --quiet | grep '\.png$'
    touch "$pictures/.drawn"
  fi
}

what_to_look_at() {
  cat <<END
The numbers above:
  P(socialisation)   share of days on which liquidity providers (LPs) pay for traders' bad debt
  LP loss, ES 99     what LPs lose on the average of the worst 1 % of days
  Required fund      its VaR 99 is the fund that would have kept LPs out of 99 % of days
  Cascade            how much of the loss selling itself made; the rest is price gaps
  reverse stress     the smallest instant move that does each kind of harm

The pictures, in $pictures/ (each as PNG and SVG, with a caption):
  btc-perp-exceedance   how often LPs lose more than any given amount
  btc-perp-fund         what a larger or smaller insurance fund would do
  btc-perp-story        the worst day, minute by minute

Next:
  $haircut ladder $config --set insurance_fund.initial=40M
  $haircut run $config --set insurance_fund.initial=40M -o results/fund-40M.h5
  $haircut trace $result --worst 1
README.md goes on from here; docs/config.md lists every key.
END
}

say "1/5 installing what is missing"
scripts/dependencies.sh
say "2/5 building"
build
"$haircut" --version | head -n 1
say "3/5 simulating $config (about a minute the first time)"
mkdir -p results
simulate
"$haircut" show "$result"
say "4/5 instant shocks, one by one"
"$haircut" ladder "$config"
say "5/5 drawing"
draw
say "what to look at"
what_to_look_at
