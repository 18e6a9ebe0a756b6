#!/usr/bin/env bash
# Thousands of mutants of sound specs, of which the tests try some: each is explained or generates code that is sound.
set -euo pipefail
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
export PROPTEST_CASES=${PROPTEST_CASES:-2000}
"${CARGO:-cargo}" test --workspace --no-fail-fast --test it -- mutants:: replacements::
