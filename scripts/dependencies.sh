#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what building, testing and plotting need on Debian 12 or Ubuntu 24.04, if missing; with --tests also
# MPI and Slurm.
set -euo pipefail
packages=(build-essential cmake ninja-build pkg-config git libgsl-dev libhdf5-dev hdf5-tools
  librandom123-dev libyaml-dev libmd-dev zlib1g-dev libcmocka-dev clang libomp-dev
  python3 python3-h5py python3-numpy python3-pandas python3-scipy python3-yaml
  python3-matplotlib python3-xarray python3-h5netcdf python3-netcdf4)
# several processes and clusters, which work without, are tested where these are
[ "${1:-}" = --tests ] && packages+=(libopenmpi-dev openmpi-bin slurmctld slurmd slurm-client)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "to install ${missing[*]}, run this as root or install sudo" >&2; exit 1; }
  sudo=(sudo)
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
