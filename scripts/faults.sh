#!/bin/sh
# Disturbs nights: the server dies, connections and disk run out, the process is ended at any moment, N times
# (50 where nothing is said). CI does the same with 20.
set -eu
cd "$(dirname "$0")/.."
SEEDTEST_KILLS="${1:-50}" exec cargo nextest run -p seedtest -E 'test(faults::)' --no-capture
