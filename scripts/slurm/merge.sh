#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#SBATCH --job-name=haircut-merge
#SBATCH --nodes=1
#SBATCH --ntasks=1
# One file of a sweep, and its pictures in FILE-pictures: sbatch scripts/slurm/merge.sh DIR FILE.h5
# Environment: HAIRCUT (the program), HAIRCUT_PLOT (scripts/plot.py; empty: no pictures).
set -eu
haircut=${HAIRCUT:-haircut}
"$haircut" status "$1"
"$haircut" merge "$1" -o "$2"
if [ -n "${HAIRCUT_PLOT:-}" ]; then "$HAIRCUT_PLOT" "$2" -o "${2%.h5}-pictures"; fi
