#!/usr/bin/env bash
# Fuzzes every target (or those named) for so many seconds each: run.sh SECONDS [TARGET…]
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:?how many seconds for each target}
shift
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || mapfile -t targets < <(cargo fuzz list)

cargo run --quiet --release --bin seeds
for target in "${targets[@]}"; do
  echo "== $target"
  cargo fuzz run --sanitizer none "$target" -- \
    -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1
done
