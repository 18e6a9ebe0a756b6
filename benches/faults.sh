#!/usr/bin/env bash
# The whole fault suite of each mapping: every call of every function killed in every way there is. The tests draw a few
# ways for each call; this takes a quarter of an hour and more.
set -euo pipefail
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
export FAULTS=all
for suite in faults extended_faults toolbox_faults dialect_faults oddities_faults; do
  "${CARGO:-cargo}" test --workspace --test "$suite" -- --nocapture
done
