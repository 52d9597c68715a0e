#!/bin/sh
# Builds the R package, checks it with `R CMD check`, and runs its tests and the code of its vignette.
#
#     scripts/r.sh              # SEEDTEST is the binary; without it one is built
#
# It needs R with jsonlite; tests use testthat, lme4, survival and generics where they are installed
# (Debian: apt-get install r-base-core r-cran-jsonlite r-cran-testthat r-cran-lme4 r-cran-survival
# r-cran-generics r-cran-curl). Nothing else of seedtest needs R.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${SEEDTEST:-}" ]; then
  cargo build --release
  SEEDTEST=target/release/seedtest
fi
SEEDTEST=$(command -v "$SEEDTEST")
SEEDTEST=$(realpath "$SEEDTEST")
export SEEDTEST
package=$PWD/r/seedtestr
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# A vignette becomes a PDF where there is LaTeX; its code is run below in either case.
build=
check=
if ! command -v pdflatex > /dev/null; then
  build=--no-build-vignettes
  check="--no-build-vignettes --ignore-vignettes"
fi
cd "$dir"
# Words of options, on purpose.
# shellcheck disable=SC2086
R CMD build $build "$package"
# Suggested packages may be absent; the tests say what they skip.
# shellcheck disable=SC2086
_R_CHECK_FORCE_SUGGESTS_=false R CMD check --no-manual $check seedtestr_*.tar.gz
grep -a '^\[ FAIL' seedtestr.Rcheck/tests/testthat.Rout | tail -n 1

sed 's/SweaveOpts{eval=FALSE}/SweaveOpts{eval=TRUE}/' "$package/vignettes/from-mirt-and-lme4.Rnw" > vignette.Rnw
R CMD Stangle vignette.Rnw > stangle.log 2>&1
R_LIBS=$dir/seedtestr.Rcheck Rscript vignette.R > vignette.log 2>&1 || { cat vignette.log; exit 1; }
echo "the code of the vignette runs"
grep '^Status:' seedtestr.Rcheck/00check.log
