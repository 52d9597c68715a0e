#!/bin/sh
# Retakes the screenshots of this folder with Chromium.
#
#   docs/img/take.sh REPORT_DIR
#
# REPORT_DIR holds ko/ and en/, each with index.html and the reports of the students, as
# `cargo run -p seedtest-report --example sample_report -- REPORT_DIR` writes them. The
# report of the last student with a chart is the one that is shown; STUDENT=FILE picks
# another. CHROMIUM names another browser; pdftoppm (poppler-utils) turns the print into an image.
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

# shot PAGE WIDTH HEIGHT IMAGE: through a frame, because a window is at least 500 px wide.
shot() {
  printf '<!DOCTYPE html><body style="margin:0"><iframe src="file://%s" style="width:%spx;height:%spx;border:0">' \
    "$1" "$2" "$3" > "$work/frame.html"
  browse --screenshot="$images/$4" --window-size="$2,$3" "file://$work/frame.html"
}

student=${STUDENT:-$(cd "$reports/ko" && grep -l '<polyline' student-*.html | sort | tail -n 1)}

shot "$reports/ko/$student" 1200 1560 student-ko.png
shot "$reports/en/$student" 1200 1560 student-en.png
shot "$reports/ko/$student" 390 1500 student-ko-phone.png
shot "$reports/ko/index.html" 1200 1560 class-ko.png
shot "$reports/en/index.html" 390 1500 class-en-phone.png

browse --no-pdf-header-footer --print-to-pdf="$work/print.pdf" "file://$reports/ko/$student"
pdftoppm -f 2 -l 2 -r 75 -gray -png -singlefile "$work/print.pdf" "$images/student-ko-print"
ls -l "$images"/*.png
