#!/bin/sh
# Looks for faults of accessibility in report pages with axe-core in Chromium: WCAG 2.1 A and AA,
# light and dark. axe-core comes from npm: where it cannot be had, nothing is looked at and the exit code is 3.
#
#   scripts/axe.sh PAGE.html…
#
# CHROMIUM names another browser; AXE is the path of axe.min.js where it is installed already.
# Exit code 1 when a page has a violation.
set -eu

[ $# -ge 1 ] || { echo "usage: scripts/axe.sh PAGE.html…" >&2; exit 2; }
browser=${CHROMIUM:-chromium}
command -v "$browser" >/dev/null || { echo "$browser is missing: apt-get install chromium" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -z "${AXE:-}" ]; then
  command -v npm >/dev/null || { echo "npm is missing: apt-get install npm, or set AXE" >&2; exit 2; }
  (cd "$work" && npm install --silent --no-audit --no-fund axe-core >/dev/null 2>&1) ||
    { echo "axe-core could not be fetched from npm: set AXE to the path of axe.min.js" >&2; exit 3; }
  AXE=$work/node_modules/axe-core/axe.min.js
fi
cp "$AXE" "$work/axe.min.js"

# Every fold is opened: what is hidden is not looked at.
cat > "$work/run.js" <<'JS'
document.querySelectorAll("details").forEach(function (details) { details.open = true; });
axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] }).then(function (found) {
  var lines = found.violations.map(function (fault) {
    var where = fault.nodes.slice(0, 3).map(function (node) { return node.target.join(" "); });
    return fault.id + " (" + fault.nodes.length + "): " + fault.help + " at " + where.join("; ");
  });
  var result = document.createElement("pre");
  result.id = "axe-result";
  result.textContent = ["passes " + found.passes.length].concat(lines).join("\n");
  document.body.append(result);
});
JS

# What axe finds in a page, a line each after the number of rules that hold; nothing where the browser gave up.
look() {
  # shellcheck disable=SC2086
  "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --allow-file-access-from-files --virtual-time-budget=30000 --window-size=1280,900 $2 \
    --user-data-dir="$work/profile" --dump-dom "file://$1" 2>/dev/null > "$work/dom.html" || true
  sed -n '/<pre id="axe-result">/,/<\/pre>/p' "$work/dom.html" | sed 's/<[^>]*>//g'
}

status=0
for page in "$@"; do
  copy=$work/$(basename "$page")
  sed 's|</body>|<script src="axe.min.js"></script><script src="run.js"></script></body>|' "$page" > "$copy"
  for scheme in light dark; do
    flag=""
    [ "$scheme" = dark ] && flag="--blink-settings=preferredColorScheme=0"
    result=$(look "$copy" "$flag")
    # A browser on a busy machine may give up once.
    [ -n "$result" ] || result=$(look "$copy" "$flag")
    [ -n "$result" ] || { echo "$page ($scheme): the browser gave no result"; status=1; continue; }
    echo "$page ($scheme): $result"
    [ "$(printf '%s\n' "$result" | wc -l)" -eq 1 ] || status=1
  done
done
exit $status
