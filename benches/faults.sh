#!/usr/bin/env bash
# The whole fault suite of each mapping: every call of every function killed in every way there is. The tests draw a few
# ways for each call; this takes a quarter of an hour and more.
set -euo pipefail
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
export FAULTS=all
"${CARGO:-cargo}" test --workspace --no-fail-fast --test load --test it -- --nocapture \
  every_call_of_every_function a_storm_of_mixed_calls_and_random_faults
