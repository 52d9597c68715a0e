#!/usr/bin/env bash
# Fuzzes every type of request and the readers of files (or those named) for so many seconds each:
# run.sh SECONDS [REQUEST… | file]
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:?how many seconds for each type of request}
shift
requests=("$@")

# Counters of the edges taken, which libFuzzer steers by. No sanitizer: the tree forbids unsafe code.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Ccodegen-units=16"
# Flags must not reach build scripts, hence a target by name.
triple=$(rustc -vV | sed -n 's/^host: //p')
cargo build --quiet --target "$triple" --bin seeds --bin request --bin file

built="target/$triple/debug"
"$built/seeds"
[ "${#requests[@]}" -gt 0 ] || mapfile -t requests < <(ls corpus)
failed=()
for request in "${requests[@]}"; do
  echo "== $request"
  mkdir -p "artifacts/$request"
  target=request
  [ "$request" = file ] && target=file
  FUZZ_REQUEST="$request" "$built/$target" "corpus/$request" "-artifact_prefix=artifacts/$request/" "-max_total_time=$seconds" \
    -max_len=65536 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 2>"artifacts/$request/log" || failed+=("$request")
  grep -aE "number_of_executed_units|peak_rss_mb" "artifacts/$request/log" || tail -5 "artifacts/$request/log"
done
if [ "${#failed[@]}" -gt 0 ]; then
  echo "failed: ${failed[*]}; the inputs are in artifacts" >&2
  exit 1
fi
