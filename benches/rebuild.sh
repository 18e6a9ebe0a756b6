#!/usr/bin/env bash
# How long a rebuild takes after an edit in spec/, as a ratio to a full build. Everything happens in a copy of what is
# committed. Fails unless each edit arrives in the generated code and rebuilds the worker alone, and unless an edit
# elsewhere rebuilds nothing. REBUILD_TARGET_DIR is where the copy is built, an empty folder of its own if not given.
set -euo pipefail
top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git -C "$top" archive HEAD | tar -x -C "$copy"
cd "$copy"
export CARGO_TARGET_DIR="${REBUILD_TARGET_DIR:-$copy/target}"
[ -z "$(ls -A "$CARGO_TARGET_DIR" 2>/dev/null)" ] || { echo "error: $CARGO_TARGET_DIR is not empty" >&2; exit 1; }

fail() {
  echo "error: $1" >&2
  exit 1
}

# Builds the worker: its seconds are in `took`, the packages that were compiled in `compiled`.
build() {
  local begin end
  begin=$(date +%s.%N)
  "${CARGO:-cargo}" build --package sandbox-morph 2>"$copy/told" || fail "$(cat "$copy/told")"
  end=$(date +%s.%N)
  took=$(awk -v a="$begin" -v b="$end" 'BEGIN { printf "%.2f", b - a }')
  compiled=$(sed -n 's/^ *Compiling \([^ ]*\) .*/\1/p' "$copy/told" | sort | tr '\n' ' ')
}

# edit FILE OLD NEW: the text must be there.
edit() {
  grep -qF -- "$2" "$1" || fail "$1 has no $2"
  OLD=$2 NEW=$3 perl -0pi -e 's/\Q$ENV{OLD}\E/$ENV{NEW}/' "$1"
}

# arrives TEXT: it is in the generated code.
arrives() {
  grep -qrF -- "$1" "$CARGO_TARGET_DIR"/debug/build/sandbox-morph-*/out || fail "$1 is not in the generated code"
}

report() {
  [ "$compiled" = "sandbox-morph " ] || fail "after an edit of $1 this was compiled: ${compiled:-nothing}"
  echo "after an edit of $1: $took s, $(awk -v part="$took" -v whole="$full" 'BEGIN { printf "%.3f", part / whole }') of the full build"
}

build
full=$took
[ -n "$compiled" ] || fail "the full build compiled nothing"
echo "full build: $full s"

build
[ -z "$compiled" ] || fail "without an edit this was compiled: $compiled"

edit spec/mapping.yaml 'fail: {status: [error]}' 'fail: {status: [error, paused]}'
build
arrives '"error", "paused"'
report spec/mapping.yaml

edit spec/openapi.json '"version": "0.1.0"' '"version": "0.1.0-rebuilt"'
build
arrives '0.1.0-rebuilt'
report spec/openapi.json

for file in README.md docs/functions.md fixtures/dialect/spec/mapping.yaml tests/it/create.rs; do
  echo >>"$file"
done
build
[ -z "$compiled" ] || fail "after an edit elsewhere this was compiled: $compiled"
echo "after an edit elsewhere: $took s, nothing is compiled"
