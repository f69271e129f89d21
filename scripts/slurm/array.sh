#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#SBATCH --job-name=haircut-sweep
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --signal=B:TERM@60
#SBATCH --requeue
#SBATCH --open-mode=append
# One task of a sweep as an array job:
#
#   sbatch --array=1-16 --cpus-per-task=8 --time=04:00:00 scripts/slurm/array.sh CONFIG... -o DIR --axis KEY=VALUES...
#
# Task I computes the points of --task I/N. A minute before the time limit, and when it is preempted, it stops
# between two granules and puts itself back into the queue; submitted again, it goes on with what is missing.
# Environment: HAIRCUT (the program), HAIRCUT_TASKS (N, where the array is a part of 1-N: --array=3,7).
set -u
haircut=${HAIRCUT:-haircut}
task=${SLURM_ARRAY_TASK_ID:?submit this with sbatch --array=1-N}
tasks=${HAIRCUT_TASKS:-}
if [ -z "$tasks" ]; then
  if [ "${SLURM_ARRAY_TASK_MIN:-}" != 1 ] || [ "${SLURM_ARRAY_TASK_MAX:-}" != "${SLURM_ARRAY_TASK_COUNT:-}" ]; then
    echo "array.sh: the array is not 1-N; say how many tasks the sweep has with HAIRCUT_TASKS=N" >&2
    exit 2
  fi
  tasks=$SLURM_ARRAY_TASK_COUNT
fi

"$haircut" sweep "$@" --task "$task/$tasks" --threads "${SLURM_CPUS_PER_TASK:-1}" &
pid=$!
trap 'kill -TERM "$pid" 2>/dev/null' TERM
wait "$pid"
status=$?
while kill -0 "$pid" 2>/dev/null; do # the trap ended the wait, not the program
  wait "$pid"
  status=$?
done
if [ "$status" -eq 143 ]; then wait "$pid"; status=$?; fi
if [ "$status" -eq 130 ]; then
  echo "array.sh: task $task of $tasks stopped before its end; back into the queue"
  trap - TERM
  # A cancelled job stays cancelled, a preempted one is there already. Slurm ends this script; if it ended
  # by itself first, the job could count as failed instead.
  if scontrol requeue "${SLURM_JOB_ID}"; then sleep 300; fi
fi
exit "$status"
