#!/usr/bin/env bash
# The kernel crates as a registry gets them, in target/package. With --verify each is built from its package, too.
set -euo pipefail
cd "$(dirname "$0")/.."

verify=(--no-verify)
[ "${1:-}" != --verify ] || { verify=(); shift; }

kernels=(fault numerics formula responses kpi irt mixed survival growth forecast segment)
cargo package "${verify[@]}" "${kernels[@]/#/--package=seedtest-}" "$@"
