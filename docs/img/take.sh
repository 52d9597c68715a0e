#!/bin/sh
# Retakes the screenshots of this folder with Chromium.
#
#   docs/img/take.sh REPORT_DIR
#
# REPORT_DIR holds ko/ and en/, each with the pages and PDF files of `seedtest report --all --lang LANG --format
# html,pdf` over a demo, or pages as `cargo run -p seedtest-report --example sample_report -- REPORT_DIR` writes them.
# Shown are the first class and the first student with answers in the week, a strength, a topic to practise and a goal
# that is open; CLASS=FILE and STUDENT=FILE pick others. CHROMIUM names another browser; pdftoppm (poppler-utils) turns
# the print into an image. The two directories are of one database, with the roster of each language in turn.
set -eu

[ $# -eq 1 ] && [ -d "$1" ] || { echo "usage: docs/img/take.sh REPORT_DIR" >&2; exit 2; }
reports=$(cd "$1" && pwd)
images=$(cd "$(dirname "$0")" && pwd)
browser=${CHROMIUM:-chromium}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for tool in "$browser" pdftoppm; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install chromium poppler-utils fonts-nanum" >&2; exit 1; }
done

browse() {
  "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
    --allow-file-access-from-files --user-data-dir="$work/profile" "$@" >/dev/null 2>&1
}

# shot PAGE WIDTH HEIGHT IMAGE [SCHEME]: through a frame, because a window is at least 500 px wide.
shot() {
  scheme=1
  [ "${5:-light}" = dark ] && scheme=0
  printf '<!DOCTYPE html><meta name="color-scheme" content="light dark"><body style="margin:0"><iframe src="file://%s" style="width:%spx;height:%spx;border:0">' \
    "$1" "$2" "$3" > "$work/frame.html"
  browse --blink-settings=preferredColorScheme=$scheme --screenshot="$images/$4" \
    --window-size="$2,$3" "file://$work/frame.html"
}

class=${CLASS:-$(cd "$reports/ko" && ls class-*.html | head -n 1)}

# Whether a page has all that a report can say first: a strong topic, one to practise, and a goal that is open.
is_full() {
  tr '\n' ' ' < "$1" | grep -q 'id="well">.*class="meter".*id="practise">.*class="findings".*id="goalbox">.*class="big">10번' &&
    ! grep -q '주에는 푼 문제가 없어요' "$1"
}

full_student() {
  cd "$reports/ko" || return
  for page in student-*.html; do
    if is_full "$page"; then echo "$page"; return; fi
  done
  # Else one with answers in the week.
  grep -L '주에는 푼 문제가 없어요' student-*.html | head -n 1
}
student=${STUDENT:-$(full_student)}

for lang in ko en; do
  shot "$reports/$lang/$class" 1280 900 "class-$lang.png"
  shot "$reports/$lang/$student" 1280 1250 "student-$lang.png"
done
shot "$reports/en/$class" 390 1500 class-en-phone.png
shot "$reports/ko/$student" 390 1500 student-ko-phone.png
shot "$reports/ko/$class" 1280 900 class-ko-dark.png dark
shot "$reports/en/$student" 1280 1250 student-en-dark.png dark
shot "$reports/en/operator.html" 1280 1400 operator-en.png

browse --no-pdf-header-footer --print-to-pdf="$work/print.pdf" "file://$reports/ko/$student"
pdftoppm -f 1 -l 1 -r 75 -gray -png -singlefile "$work/print.pdf" "$images/student-ko-print"

# paper FILE IMAGE: the first page of a PDF file.
paper() {
  [ -f "$1" ] || { echo "left out: $1 is not there" >&2; return 0; }
  pdftoppm -f 1 -l 1 -r 80 -png -singlefile "$1" "$images/$2" 2>/dev/null
}
for lang in ko en; do
  paper "$reports/$lang/${student%.html}.pdf" "student-$lang-pdf"
  paper "$reports/$lang/${class%.html}.pdf" "class-$lang-pdf"
done
ls -l "$images"/*.png
