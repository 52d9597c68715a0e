#!/bin/sh
# Kills imports, jobs, rounds and the service with SIGKILL at any moment, N times (500 where nothing is
# said) in each part, on both databases, and checks that nothing is lost, doubled or left running: a line of figures
# for each, or the first thing that is. 500 take a quarter of an hour on two cores.
#   scripts/kills.sh [N] [BINARY]       BINARY: that build instead of the one of the tests
set -eu
KILLS=${1:-500}
if [ $# -gt 1 ]; then
  SEEDTEST_BINARY=$(realpath "$2")
  export SEEDTEST_BINARY
fi
cd "$(dirname "$0")/.."
SEEDTEST_KILLS=$KILLS exec cargo nextest run --profile kills -p seedtest -E 'test(kills::)' --no-capture
