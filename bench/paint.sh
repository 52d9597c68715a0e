#!/bin/sh
# How long Chromium takes until a page is painted, and how many screens of a phone (390 × 844) come before
# its table of students.
#
#   bench/paint.sh PAGE.html…
#
# CHROMIUM names another browser. The time is that of the entry "first-contentful-paint", from the start of
# the navigation; the largest of five runs is printed. Run it on an idle machine.
set -eu

[ $# -ge 1 ] || { echo "usage: bench/paint.sh PAGE.html…" >&2; exit 2; }
browser=${CHROMIUM:-chromium}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The browser writes the page down as soon as it is loaded; a frame that is loaded again and again holds that
# up until the page is painted.
cat > "$work/measure.js" <<'JS'
document.addEventListener("DOMContentLoaded", function () {
  var frame = document.createElement("iframe");
  var rounds = 0;
  frame.hidden = true;
  frame.onload = function () {
    var paint = performance.getEntriesByName("first-contentful-paint")[0];
    rounds += 1;
    if (!paint && rounds < 5000) {
      frame.srcdoc = String(rounds);
      return;
    }
    var result = document.createElement("pre");
    result.id = "paint";
    result.textContent = paint ? paint.startTime.toFixed(0) : "0";
    frame.remove();
    document.body.append(result);
  };
  frame.srcdoc = "0";
  document.body.append(frame);
});
JS

measure() {
  "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --allow-file-access-from-files --user-data-dir="$work/profile" --window-size="$2" --dump-dom \
    "file://$1" 2>/dev/null | sed -n 's|.*<pre id="paint">\([^<]*\)</pre>.*|\1|p'
}

for page in "$@"; do
  copy=$work/$(basename "$page")
  sed 's|</head>|<script src="measure.js"></script></head>|' "$page" > "$copy"
  longest=0
  for _ in 1 2 3 4 5; do
    time=$(measure "$copy" 1280,900 | cut -d ' ' -f 1)
    [ "${time:-0}" -gt "$longest" ] && longest=$time
  done
  # A window is at least 500 px wide, so the phone is a frame.
  cat > "$work/frame.html" <<HTML
<!DOCTYPE html><body style="margin:0"><script>
function look(frame) {
  var table = frame.contentDocument.getElementById("students");
  var result = document.createElement("pre");
  result.id = "paint";
  result.textContent = "0 " + (table ? (table.getBoundingClientRect().top / 844).toFixed(1) : "no");
  document.body.append(result);
}
</script><iframe src="$(basename "$page")" style="width:390px;height:844px;border:0" onload="look(this)"></iframe>
HTML
  screens=$(measure "$work/frame.html" 500,900 | cut -d ' ' -f 2)
  echo "$page: painted after $longest ms, $screens screens of a phone before the table"
done
