#!/usr/bin/env bash
# How long a rebuild takes after an edit in spec/, as a ratio to a full build. Everything happens in a copy.
set -euo pipefail
top=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git -C "$top" archive HEAD | tar -x -C "$copy"
cd "$copy"
export CARGO_TARGET_DIR="$copy/target" CARGO_TERM_QUIET=true

seconds() { # runs a build, prints its seconds
  local begin end
  begin=$(date +%s.%N)
  cargo build --package sandbox-morph
  end=$(date +%s.%N)
  awk -v a="$begin" -v b="$end" 'BEGIN { printf "%.2f", b - a }'
}

ratio() { awk -v part="$1" -v whole="$2" 'BEGIN { printf "%.3f", part / whole }'; }

full=$(seconds)
echo "full build: $full s"
for file in mapping.yaml openapi.json; do
  case $file in
    mapping.yaml) sed -i 's/^    reject: {status: \[failed\]}$/    reject: {status: [failed, deleted]}/' spec/mapping.yaml ;;
    openapi.json) sed -i 's/"version": "0.1.0"/"version": "0.1.1"/' spec/openapi.json ;;
  esac
  again=$(seconds)
  echo "after an edit of $file: $again s, $(ratio "$again" "$full") of the full build"
done
