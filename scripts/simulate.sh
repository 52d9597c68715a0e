#!/usr/bin/env bash
# Simulates data from known truths, fits them, and prints how often the intervals hold the truth, and how well
# probabilities are calibrated. Seeds are fixed. Not part of CI.
#
#   scripts/simulate.sh [--full] [NAME…]
#
# Without names every crates/*/examples/simulate*.rs, and the tables go to docs/validation.md with the day and the
# minutes they took; with names those whose path contains one of them, printed only. By default a part of the sets,
# meant to take less than half an hour on two cores when the examples are built; all of them with --full.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

full=
names=()
for argument in "$@"; do
  case $argument in
    --full) full=full ;;
    -*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) names+=("$argument") ;;
  esac
done

mapfile -t examples < <(ls crates/*/examples/simulate*.rs)
report=$(mktemp)
trap 'rm -f "$report"' EXIT

wanted() {
  local name
  [ ${#names[@]} -eq 0 ] && return
  for name in "${names[@]}"; do [[ $1 == *"$name"* ]] && return; done
  return 1
}

# The table of one example, and how long it took.
run() {
  local crate name began more=()
  crate=$(sed -n 's/^name = "\(.*\)"/\1/p' "$(dirname "$1")/../Cargo.toml" | head -1)
  name=$(basename "$1" .rs)
  # Not every example has more sets than it makes by default.
  if [ -n "$full" ] && grep -q '"full"' "$1"; then more=(full); fi
  cargo build --release --quiet --package "$crate" --example "$name"
  began=$SECONDS
  cargo run --release --quiet --package "$crate" --example "$name" -- "${more[@]}"
  printf '\n`cargo run --release --package %s --example %s%s`: %d s.\n\n' \
    "$crate" "$name" "${more:+ -- full}" $((SECONDS - began))
}

version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
cat >"$report" <<HEADER
# Validation by simulation

Data are made from known truths and fitted with the defaults; the tables say how often intervals hold the truth
and how well probabilities are calibrated. \`scripts/simulate.sh\` writes this file, with \`--full\` from all sets, else
from a part of them; seeds are fixed, so that the same program writes the same numbers.

Written on $(date -u +%F) by version $version${full:+ from all sets} on $(nproc) cores.

| what | covered | default | \`--full\` |
|---|---|---|---|
| growth | every parameter, P of seen and new students, on four scales | weeks from 40 | weeks from 0 and 40, in weeks and years |
| item response, linking | free, linked and fixed calibrations; drift test, nightly comparison | 40 to 1 000 sets | 250 to 2 000 sets |
| item response, groups | means, standard deviations and items of several groups | 100 sets | 300 sets |
| item response, categories | items of five models with four categories, and of three in one calibration, dense and sparse; models that hold, by C2; items that do not differ between groups | 100 sets | 100 sets |
| mixed models | profile intervals of a linear and a binomial model | 200 sets | 1 000 sets |
| survival | Cox, Weibull, exponential, log-normal, log-logistic, discrete | 1 000 sets | 5 000 sets |
| forecasts | intervals of what comes, a wild point, alarms of clean series | 60 series a design | 300 series |
| segments | how many groups, and who is in which | 10 tables a design | 40 tables |

Not covered: the other families of growth, crossed factors and slopes of binomial mixed models, competing ends, weights
that are no counts. \`scripts/simulate.sh NAME\` prints the tables of the examples called so and writes nothing.

HEADER
ran=0
for example in "${examples[@]}"; do
  wanted "$example" || continue
  ran=$((ran + 1))
  echo "$example" >&2
  run "$example" | tee -a "$report"
done
if [ $ran -eq 0 ]; then
  echo "no example is called ${names[*]}; there are:" "${examples[@]}" >&2
  exit 2
fi
printf 'All of it: %d s, builds included.\n' $SECONDS | tee -a "$report"
if [ ${#names[@]} -eq 0 ]; then cp "$report" docs/validation.md; fi
