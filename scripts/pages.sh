#!/usr/bin/env bash
# Looks at the pages of the dashboard in Chromium, with axe-core, and does there what people do.
#
#   scripts/pages.sh SEEDTEST [IMAGES]
#
# SEEDTEST is the binary, IMAGES a directory for screenshots. playwright-core and axe-core come from npm: where they cannot
# be had, nothing is looked at and the exit code is 3. MODULES names a directory that has them already, CHROMIUM
# another browser. Exit code 1 when something is wrong.
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: scripts/pages.sh SEEDTEST [IMAGES]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
served=""
trap '[ -z "$served" ] || kill "$served" 2>/dev/null; rm -rf "$work"' EXIT

if [ -z "${MODULES:-}" ]; then
  command -v npm >/dev/null || { echo "npm is missing: apt-get install npm, or set MODULES" >&2; exit 2; }
  (cd "$work" && npm install --silent --no-audit --no-fund playwright-core axe-core >/dev/null 2>&1) ||
    { echo "playwright-core and axe-core could not be fetched from npm: set MODULES" >&2; exit 3; }
  MODULES=$work
fi

"$1" demo --students "${STUDENTS:-60}" --weeks "${WEEKS:-8}" --dir "$work/demo" > "$work/demo.txt"
"$1" --data-dir "$work/demo" serve --demo --bind 127.0.0.1:0 > "$work/served.txt" 2> "$work/served.log" &
served=$!
for _ in $(seq 100); do
  address=$(sed -n 's/^listening on //p' "$work/served.txt")
  [ -n "$address" ] && break
  sleep 0.2
done
[ -n "$address" ] || { echo "the service does not start:" >&2; cat "$work/served.log" >&2; exit 1; }

node "$here/pages.mjs" "$address" "$MODULES" "${2:-}"
