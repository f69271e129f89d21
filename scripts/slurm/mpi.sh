#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
#SBATCH --job-name=haircut-mpi
#SBATCH --ntasks=2
#SBATCH --cpus-per-task=1
#SBATCH --signal=TERM@60
#SBATCH --requeue
#SBATCH --open-mode=append
# One run, sweep or comparison on many processes:
#
#   sbatch --nodes=8 --ntasks-per-node=1 --cpus-per-task=64 --exclusive --time=04:00:00 \
#     scripts/slurm/mpi.sh run CONFIG... --paths 1G --resume -o FILE.h5
#   sbatch ... scripts/slurm/mpi.sh sweep CONFIG... -o DIR --axis KEY=VALUES...
#
# One process a machine with all its threads is best. A minute before the time limit the processes stop
# and the job goes back into the queue; `run` needs --resume for that. Environment: HAIRCUT (the program),
# HAIRCUT_SRUN (options of srun; --mpi=pmix).
set -u
haircut=${HAIRCUT:-haircut}
read -r -a options <<<"${HAIRCUT_SRUN:---mpi=pmix}"
srun "${options[@]}" --kill-on-bad-exit=1 "$haircut" "$@" --threads "${SLURM_CPUS_PER_TASK:-1}"
status=$?
if [ "$status" -eq 130 ] || [ "$status" -eq 143 ]; then
  echo "mpi.sh: stopped before its end; back into the queue"
  if scontrol requeue "${SLURM_JOB_ID}"; then sleep 300; fi # Slurm ends this script
fi
exit "$status"
