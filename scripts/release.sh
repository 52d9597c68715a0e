#!/usr/bin/env bash
# What a release is: stripped binaries, their checksums, a list of what is in them (SBOM), shell completions,
# manual pages and a Debian package, in target/packages, and the image of x86-64 tried. Cross-compiles with zig
# (PyPI's ziglang), so that the binaries run on systems older than the one they are built on.
#   scripts/release.sh [TARGET…]          default: Linux on x86-64 and aarch64, without a libc of the system;
#                                         where their standard libraries cannot be had, this machine's with glibc 2.17
#   scripts/release.sh --binary FILE      builds nothing and packs this one: tries every other step
set -euo pipefail
cd "$(dirname "$0")/.."
VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
DIST=${DIST:-target/packages}
TOOLS=target/release-tools
HOST=$(rustc -vV | sed -n 's/^host: //p')
READY=
if [ "${1:-}" = --binary ]; then
  READY=${2:?--binary needs a file}
  shift 2
fi
mkdir -p "$DIST"

step() { printf '\n== %s\n' "$*"; }

# The files of one target: pack TARGET BINARY
built=()
pack() {
  local name=seedtest-$VERSION-${1%%.*}
  rm -rf "${DIST:?}/$name"
  mkdir -p "$DIST/$name"
  install -m 755 "$2" "$DIST/$name/seedtest"
  cp README.md LICENSE-APACHE LICENSE-MIT CHANGELOG.md "$DIST/$name/"
  cp -r deploy/systemd "$DIST/$name/"
  built+=("$DIST/$name")
}

tools() {
  step "tools"
  if [ ! -x "$TOOLS/bin/cargo-zigbuild" ]; then
    python3 -m venv "$TOOLS"
    "$TOOLS/bin/pip" install --quiet ziglang cargo-zigbuild
  fi
  export PATH="$PWD/$TOOLS/bin:$PATH"
}

# A glibc target may name the oldest glibc: x86_64-unknown-linux-gnu.2.17.
build() {
  step "binary for $1"
  local triple=${1%%.*}
  # The standard library of a target comes with rustup; a machine that cannot fetch it builds the others.
  if ! rustc --print target-libdir --target "$triple" 2>/dev/null | xargs test -d \
    && ! timeout 120 rustup target add "$triple" 2>/dev/null; then
    echo "left out: no standard library for $triple here; \`rustup target add $triple\` fetches it" >&2
    return
  fi
  cargo zigbuild --profile dist --locked --bin seedtest --features seedtest/pdf --target "$1"
  pack "$1" "${CARGO_TARGET_DIR:-target}/$triple/dist/seedtest"
}

if [ -n "$READY" ]; then
  step "binary $READY, as it is"
  pack "$HOST" "$READY"
else
  tools
  given=$#
  [ $given -gt 0 ] || set -- x86_64-unknown-linux-musl aarch64-unknown-linux-musl
  for target in "$@"; do build "$target"; done
  if [ "${#built[@]}" -eq 0 ] && [ $given -eq 0 ]; then
    echo "none of them can be built here: one for this machine that needs glibc 2.17 or newer" >&2
    build "$HOST.2.17"
  fi
fi
[ "${#built[@]}" -gt 0 ] || { echo "nothing was built" >&2; exit 1; }

# A program of its own, as tests have it: a second time in the profile above would take as long as the first.
step "completions and manual pages"
cargo run --quiet --locked --package seedtest-xtask -- pages "$DIST"

step "image"
MUSL=$DIST/seedtest-$VERSION-x86_64-unknown-linux-musl
if [ -x "$MUSL/seedtest" ]; then
  rm -rf "${DIST:?}/image"
  python3 deploy/image.py "$DIST/image" --binary "$MUSL/seedtest"
  rm -rf "${DIST:?}/image"
else
  echo "left out: it needs the binary for x86_64-unknown-linux-musl"
fi

step "archives"
for folder in "${built[@]}"; do
  cp -r "$DIST/completions" "$DIST/man" "$folder/"
  # The same files give the same bytes: an archive tells nothing of who made it or when.
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$DIST" -cf - "$(basename "$folder")" \
    | gzip -9n > "$folder.tar.gz"
done

step "Debian package"
if compgen -G "$DIST/seedtest-$VERSION-x86_64-unknown-linux-*/seedtest" >/dev/null; then
  scripts/deb.sh "$DIST" "$VERSION"
fi

step "what is in it"
cargo metadata --format-version 1 --locked --features seedtest/pdf --filter-platform x86_64-unknown-linux-gnu \
  | python3 scripts/sbom.py "$VERSION" > "$DIST/seedtest-$VERSION.cdx.json"

step "checksums"
cd "$DIST"
sha256sum -- *.tar.gz *.cdx.json $(ls -- *.deb 2>/dev/null) > SHA256SUMS
cat SHA256SUMS
sha256sum --check --quiet SHA256SUMS
