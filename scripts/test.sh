#!/usr/bin/env bash
# Runs every test of the workspace. Finds what the tests need (PostgreSQL server binaries,
# Chromium, a Korean font, openssl for throw-away keys, a mail server) and, on Debian and its kin, installs what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else return 1; fi
}

have_postgres() {
  command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}
have_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
have_smtp() { python3 -c "import aiosmtpd" 2>/dev/null || /usr/bin/python3 -c "import aiosmtpd" 2>/dev/null; }
have_font() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=ko 2>/dev/null | head -n 1)" ]; }

missing=()
have_postgres || missing+=(postgresql)
command -v psql >/dev/null || missing+=(postgresql-client)
have_chromium || missing+=(chromium)
command -v openssl >/dev/null || missing+=(openssl)
have_smtp || missing+=(python3-aiosmtpd)
have_font || missing+=(fontconfig fonts-nanum)

if [ "${#missing[@]}" -gt 0 ]; then
  echo "The tests need: ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "Install them with this system's package manager and run this script again." >&2
    exit 1
  fi
  if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; }; then
    echo "They could not be installed. As root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# axe-core looks at everything that people see, where it can be had: it is an npm package.
if [ -z "${AXE:-}" ] && command -v npm >/dev/null &&
  (cd "$work" && npm install --silent --no-audit --no-fund axe-core >/dev/null 2>&1); then
  AXE=$work/node_modules/axe-core/axe.min.js
fi
if [ -n "${AXE:-}" ]; then export AXE; else
  echo "accessibility is not looked at: axe-core cannot be had from npm, and AXE=…/axe.min.js is not set"
fi

# Reports as PDF are part of what is tested.
features=(--workspace --features seedtest/pdf)
# Without the examples, of which tests need none; that they compile is what the lints look at.
[ $# -gt 0 ] || set -- --lib --bins --tests
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run "${features[@]}" --profile "${NEXTEST_PROFILE:-default}" "$@"
else
  cargo test "${features[@]}" "$@"
fi
cargo test "${features[@]}" --doc --quiet

# Accessibility of reports; the tests have looked at that of the pages.
if [ -n "${AXE:-}" ]; then
  cargo run --quiet --package seedtest-report --example sample_report -- "$work/reports"
  scripts/axe.sh "$work"/reports/*/*.html
fi
