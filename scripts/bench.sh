#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Times haircut against plain step loops (tests/bench/baseline.c) on pinned configurations and the same books, and checks
# that both sample the same law. Times are the programs' own, of the simulation alone, in alternation on one core.
set -euo pipefail

usage() {
  cat <<'END'
usage: scripts/bench.sh [--quick] [--only CONFIG]... [--help]
  --quick        fewer and shorter runs
  --only CONFIG  dense-1m, dense-1s, million-1m, far80-1s, far40-1s or stress-1m (agreement alone); may be repeated
Environment: HAIRCUT (build/release/haircut; when it is missing the baselines are timed alone), CC, PYTHON,
HAIRCUT_FLAGS (more options for haircut run), BENCH_CORE (core to pin to, the last one).
END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
haircut=${HAIRCUT:-build/release/haircut}
python=${PYTHON:-/usr/bin/python3}
out=build/bench
source=tests/bench
raw=$out/raw.tsv
repeats=5
target=1.2 # seconds a run
only=()

while (($#)); do
  case $1 in
    --quick) repeats=3 target=0.3 ;;
    --only) only+=("${2:?--only needs a name}") && shift ;;
    --help | -h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

# name | book | flags of the baseline, the same values as in tests/bench/NAME.yaml (the rest are its defaults)
configs='
dense-1m|book-1e4|--step 60 --volatility 0.8
dense-1s|book-1e4|--step 1 --volatility 0.8
million-1m|book-1e6|--step 60 --volatility 0.8
far80-1s|book-far|--step 1 --volatility 0.8
far40-1s|book-far|--step 1 --volatility 0.4
stress-1m|book-1e4|--step 60 --volatility 2 --depth 20e6
'

# waterfalls that close positions of others, timed on dense-1m against its own, the generic one
rules='binance-2025 okx hyperliquid'

pin=()
if command -v taskset >/dev/null; then
  core=${BENCH_CORE:-$(($(nproc) - 1))}
  if taskset -c "$core" true 2>/dev/null; then pin=(taskset -c "$core"); fi
fi

have_haircut() { [[ -x $haircut ]]; }

wanted() {
  ((${#only[@]} == 0)) && return 0
  local name
  for name in "${only[@]}"; do [[ $name == "$1" ]] && return 0; done
  return 1
}

build() {
  mkdir -p "$out"
  local options=(-std=c11 -O3 -march=native -fopenmp-simd -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  # a static GSL is some 5 % faster, and the rival shall have it
  "${CC:-gcc}" "${options[@]}" "$source/baseline.c" -o "$out/baseline" -Wl,-Bstatic -lgsl -lgslcblas -Wl,-Bdynamic -lm 2>/dev/null ||
    "${CC:-gcc}" "${options[@]}" "$source/baseline.c" -o "$out/baseline" -lgsl -lgslcblas -lm
}

make_book() { # name, options of make_book.py
  local file=$out/$1.csv
  shift
  if [[ ! -s $file || $source/make_book.py -nt $file ]]; then
    "$python" "$source/make_book.py" "$file.part" "$@" >&2
    mv "$file.part" "$file"
  fi
}

make_books() {
  make_book book-1e4 --accounts 1e4
  make_book book-1e6 --accounts 1e6
  make_book book-far --accounts 1e4 --min-distance 10%
}

# Prints the timing line of one run. Uses $name, $book and $flags of the configuration at hand.
run() { # program, paths
  local program=$1 paths=$2 log=$out/$1.log status=0 command
  case $program in
    haircut*)
      local threads=1 venue=()
      [[ $program == haircut+* ]] && venue=("venue:${program#haircut+}")
      [[ $program == haircut-2 ]] && threads=2
      rm -f "$out/$name.h5"
      # shellcheck disable=SC2206 # HAIRCUT_FLAGS is a list of words
      command=("$haircut" run "$source/$name.yaml" "${venue[@]}" --set "book.file=$root/$out/$book.csv" --paths "$paths" --threads "$threads" --quiet
        --timing -o "$out/$name.h5" ${HAIRCUT_FLAGS:-})
      ;;
    *)
      # shellcheck disable=SC2206 # flags are a list of words
      command=("$out/baseline" --kind "$program" --book "$out/$book.csv" --paths "$paths" $flags -o "$out/$name-$program.json")
      ;;
  esac
  if [[ $program == haircut-[12] ]]; then
    "${command[@]}" >/dev/null 2>"$log" || status=$?
  else
    "${pin[@]}" "${command[@]}" >/dev/null 2>"$log" || status=$?
  fi
  if ((status)) || ! grep -m1 '^timing: ' "$log"; then
    echo "bench: $program failed on $name (status $status):" >&2
    cat "$log" >&2
    return 1
  fi
}

# Path count for a run of about $target seconds, from ever longer trial runs.
calibrate() { # program
  local paths=4 line seconds
  [[ $1 == scan* ]] && paths=1
  while :; do
    line=$(run "$1" "$paths")
    seconds=$(sed -E 's/.* seconds=([^ ]+).*/\1/' <<<"$line")
    if awk -v s="$seconds" -v n="$paths" 'BEGIN { exit !(s >= 0.03 || n >= 4000000) }'; then break; fi
    paths=$((paths * 8))
  done
  awk -v s="$seconds" -v n="$paths" -v t="$target" 'BEGIN { n = t * n / (s > 1e-9 ? s : 1e-9); printf "%d\n", (n < 1 ? 1 : (n > 2e7 ? 2e7 : n)) }'
}

record() { # group, program, paths
  local load line
  read -r load _ </proc/loadavg
  line=$(run "$2" "$3")
  printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$1" "$2" "$load" "$line" >>"$raw"
}

# A B A B ...: haircut and one baseline in turn
alternate() { # group, program A, paths A, program B, paths B (A may be empty)
  local i
  for ((i = 0; i < repeats; i++)); do
    if [[ -n $2 ]]; then record "$1" "$2" "$3"; fi
    record "$1" "$4" "$5"
  done
}

time_config() {
  local ours='' ours_paths=0 kind kinds=(cursor-prefix cursor scan)
  if have_haircut; then
    ours=haircut
    ours_paths=$(calibrate haircut)
  fi
  record draws draws "$(calibrate draws)"
  [[ $name == dense-1m ]] && kinds+=(scan-equity scan-objects)
  for kind in "${kinds[@]}"; do
    alternate "$kind" "$ours" "$ours_paths" "$kind" "$(calibrate "$kind")"
  done
  if have_haircut && [[ $name == dense-1m ]]; then
    alternate threads haircut-1 "$ours_paths" haircut-2 $((ours_paths * 2))
    for kind in $rules; do alternate "rule" haircut "$ours_paths" "haircut+$kind" "$ours_paths"; done
  fi
}

agreement() {
  local kind kinds=(cursor cursor-prefix scan) files=() paths=200 status=0
  case $name in million-1m) paths=2 ;; *-1s) paths=4 ;; *) kinds+=(scan-equity scan-objects) ;; esac
  for kind in "${kinds[@]}"; do
    run "$kind" "$paths" >/dev/null
    mv "$out/$name-$kind.json" "$out/$name-$kind-exact.json"
    files+=("$out/$name-$kind-exact.json")
  done
  printf '%s: ' "$name"
  "$python" "$source/agree.py" --exact "${files[@]}" || status=1
  if have_haircut; then
    run cursor-prefix "$(calibrate cursor-prefix)" >/dev/null
    run haircut "$(calibrate haircut)" >/dev/null
    "$haircut" show "$out/$name.h5" --format json >"$out/$name-haircut.json"
    printf '%s, haircut and cursor-prefix: ' "$name"
    "$python" "$source/agree.py" "$out/$name-cursor-prefix.json" "$out/$name-haircut.json" || status=1
  fi
  return "$status"
}

legend() {
  cat <<'END'
cursor, cursor-prefix: levels sorted once, one comparison a side and step; closed one by one, or by prefix sums
scan: every alive account at every step, a vectorised comparison with precomputed log levels
scan-equity: equity against margin for every account at every step (dense-1m alone), in the form that compilers
  vectorise: plain arrays, no objects
scan-objects: the same with one object an account, as public simulators do it
END
}

main() {
  build
  make_books
  have_haircut || echo "bench: no $haircut: the baselines alone" >&2
  : >"$raw"
  local name book flags failed=0 count=0
  while IFS='|' read -r name book flags; do
    if [[ -z $name ]] || ! wanted "$name"; then continue; fi
    count=$((count + 1))
    echo "bench: $name" >&2
    agreement || failed=1
    if [[ $name != stress-1m ]]; then time_config; fi
  done <<<"$configs"
  ((count)) || { echo "bench: no such configuration" >&2 && exit 2; }
  echo
  echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg)," \
    "$("${CC:-gcc}" --version | head -1), one thread, pinned: ${pin[*]:-no}; medians of $repeats runs (ratio: of pairs, with range)"
  "$python" "$source/table.py" "$raw"
  legend
  if ((failed)); then echo "bench: programs disagree" >&2 && exit 1; fi
}

main
