#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and runs every test: a release build with all tests, and the
# unit and model tests once more under AddressSanitizer and UBSan. Tests that take long (ctest -L long) are left out.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/dependencies.sh --tests
jobs=$(nproc)
cmake -S . -B build/test -G Ninja -DCMAKE_BUILD_TYPE=Release -DHAIRCUT_WERROR=ON
cmake --build build/test -j "$jobs"
ctest --test-dir build/test -j $((jobs + 1)) --output-on-failure -LE long # some wait for others
cmake -S . -B build/asan -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g1" \
  -DHAIRCUT_SANITIZE=address,undefined
cmake --build build/asan -j "$jobs" --target unit_and_model
ctest --test-dir build/asan -j "$jobs" --output-on-failure -L 'unit|model'
