#!/usr/bin/env bash
# Simulates data from known truths, fits them, and writes how often the intervals hold the truth, and how well
# probabilities are calibrated, to docs/validation.md. Half an hour at most; not part of CI.
#
#   scripts/simulate.sh            every crates/*/examples/simulate*.rs
#   scripts/simulate.sh NAME…      prints those whose path contains one of the names, and writes nothing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mapfile -t examples < <(ls crates/*/examples/simulate*.rs)
report=$(mktemp)
trap 'rm -f "$report"' EXIT

# The table of one example, and how long it took.
run() {
  local crate name began
  crate=$(sed -n 's/^name = "\(.*\)"/\1/p' "$(dirname "$1")/../Cargo.toml" | head -1)
  name=$(basename "$1" .rs)
  # Two crates may call an example the same, and their binaries share a place.
  touch "$1"
  cargo build --release --quiet --package "$crate" --example "$name"
  began=$SECONDS
  cargo run --release --quiet --package "$crate" --example "$name"
  printf '\n`cargo run --release --package %s --example %s`: %d s.\n\n' "$crate" "$name" $((SECONDS - began))
}

if [ $# -gt 0 ]; then
  for example in "${examples[@]}"; do
    for wanted in "$@"; do
      if [[ $example == *"$wanted"* ]]; then run "$example"; fi
    done
  done
  exit
fi

cat >"$report" <<'HEADER'
# Validation by simulation

Data are made from known truths and fitted with the defaults; the tables say how often intervals hold the truth
and how well probabilities are calibrated. `scripts/simulate.sh` writes this file; seeds are fixed, so that the
same program writes the same numbers.

HEADER
for example in "${examples[@]}"; do
  echo "$example" >&2
  run "$example" | tee -a "$report" >&2
done
cp "$report" docs/validation.md
