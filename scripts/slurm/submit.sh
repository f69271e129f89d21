#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A sweep on Slurm from points to pictures: an array job, then a job that merges and plots.
set -euo pipefail

usage() {
  cat <<'END'
usage: scripts/slurm/submit.sh [--tasks N] [--sbatch OPTION]... -- CONFIG... -o DIR --axis KEY=VALUES...
  --tasks N        array tasks (16)
  --sbatch OPTION  for sbatch, of the array job: --sbatch=--time=04:00:00 --sbatch=--cpus-per-task=8
What follows -- is for haircut sweep. The file is DIR.h5, the pictures are in DIR-pictures. After failures
the same command again computes what is missing.
Environment: HAIRCUT (the program, by its whole path).
END
}

tasks=16
options=()
while (($#)); do
  case $1 in
    --tasks) tasks=${2:?--tasks needs a number} && shift ;;
    --tasks=*) tasks=${1#*=} ;;
    --sbatch) options+=("${2:?--sbatch needs an option}") && shift ;;
    --sbatch=*) options+=("${1#*=}") ;;
    --help | -h) usage && exit 0 ;;
    --) shift && break ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
directory=
for ((i = 1; i <= $#; i++)); do
  if [ "${!i}" = -o ]; then
    next=$((i + 1))
    directory=${!next:-}
  fi
done
if [ -z "$directory" ]; then
  echo "submit.sh: no -o DIR among the arguments of haircut sweep" >&2
  exit 2
fi
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export HAIRCUT=${HAIRCUT:-$(command -v haircut || true)}
if [ -z "$HAIRCUT" ]; then
  echo "submit.sh: haircut is not on the path; say where it is with HAIRCUT=/path/to/haircut" >&2
  exit 2
fi
export HAIRCUT_TASKS=$tasks
export HAIRCUT_PLOT=${HAIRCUT_PLOT-$here/../plot.py}
sweep=$(sbatch --parsable --array="1-$tasks" "${options[@]}" "$here/array.sh" "$@")
merge=$(sbatch --parsable --dependency="afterany:$sweep" "$here/merge.sh" "$directory" "${directory%/}.h5")
echo "sweep: job $sweep, $tasks tasks; merge: job $merge, after it"
echo "look: $HAIRCUT status $directory"
