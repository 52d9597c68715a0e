#!/usr/bin/env bash
# Fuzzes every target (or those named) for so many seconds each: run.sh SECONDS [TARGET…]
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:?how many seconds for each target}
shift
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || mapfile -t targets < <(sed -n 's|^path = "targets/\(.*\)\.rs"|\1|p' Cargo.toml)

# Counters of the edges taken, which libFuzzer steers by. No sanitizer: the tree forbids unsafe code.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Ccodegen-units=16"
# Flags must not reach build scripts, hence a target by name.
triple=$(rustc -vV | sed -n 's/^host: //p')
bins=(--bin seeds)
for target in "${targets[@]}"; do bins+=(--bin "$target"); done
cargo build --quiet --target "$triple" "${bins[@]}"

built="target/$triple/debug"
"$built/seeds"
failed=()
for target in "${targets[@]}"; do
  echo "== $target"
  mkdir -p "artifacts/$target"
  "$built/$target" "corpus/$target" "-artifact_prefix=artifacts/$target/" "-max_total_time=$seconds" \
    -max_len=65536 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 2>"artifacts/$target/log" || failed+=("$target")
  grep -aE "number_of_executed_units|peak_rss_mb" "artifacts/$target/log" || tail -5 "artifacts/$target/log"
done
if [ "${#failed[@]}" -gt 0 ]; then
  echo "failed: ${failed[*]}; the inputs are in artifacts" >&2
  exit 1
fi
