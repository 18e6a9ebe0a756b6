#!/usr/bin/env bash
# How large the worker is when it is released, and how much memory it takes while nothing is asked of it. Fails beyond 15 MiB
# of file or 14 MiB of memory.
set -euo pipefail
cd "$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
"${CARGO:-cargo}" build --release --package sandbox-morph
worker=${CARGO_TARGET_DIR:-target}/release/sandbox-morph

mib() { awk -v bytes="$1" 'BEGIN { printf "%.1f MiB", bytes / 1048576 }'; }

size=$(wc -c <"$worker")
echo "size: $(mib "$size")"

# Nothing listens at port 1: it goes on trying to reach an engine.
MORPH_API_KEY=none "$worker" --url ws://127.0.0.1:1 2>/dev/null &
trap 'kill "$!" 2>/dev/null' EXIT
sleep 5
idle=$(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$!/status") * 1024))
echo "idle: $(mib "$idle")"

[ "$size" -le $((15 << 20)) ] && [ "$idle" -le $((14 << 20)) ] || { echo "error: too large" >&2; exit 1; }
