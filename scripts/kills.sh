#!/bin/sh
# Kills imports, jobs, rounds and the service with SIGKILL at any moment, N times (500 where nothing is
# said) in each part, on both databases, and checks that nothing is lost, doubled or left running.
# SEEDTEST_BINARY=FILE kills that build instead of the one of the tests.
set -eu
cd "$(dirname "$0")/.."
SEEDTEST_KILLS="${1:-500}" exec cargo nextest run --profile kills -p seedtest -E 'test(kills::)' --no-capture
