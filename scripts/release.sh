#!/usr/bin/env bash
# What a release is: stripped binaries, their checksums, a list of what is in them (SBOM), shell completions,
# manual pages and a Debian package, in target/dist. Cross-compiles with zig (PyPI's ziglang), so that the
# binaries run on systems older than the one they are built on.
#   scripts/release.sh [TARGET…]     default: Linux on x86-64 and aarch64, without a libc of the system
set -euo pipefail
cd "$(dirname "$0")/.."
VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
DIST=target/dist
TOOLS=target/release-tools
[ $# -gt 0 ] || set -- x86_64-unknown-linux-musl aarch64-unknown-linux-musl
mkdir -p "$DIST"

step() { printf '\n== %s\n' "$*"; }

step "tools"
if [ ! -x "$TOOLS/bin/cargo-zigbuild" ]; then
  python3 -m venv "$TOOLS"
  "$TOOLS/bin/pip" install --quiet ziglang cargo-zigbuild
fi
export PATH="$PWD/$TOOLS/bin:$PATH"

built=()
for target in "$@"; do
  step "binary for $target"
  # The standard library of a target comes with rustup; a machine that cannot fetch it builds the others.
  # A glibc target may name the oldest glibc: x86_64-unknown-linux-gnu.2.17.
  if ! rustc --print target-libdir --target "${target%%.*}" 2>/dev/null | xargs test -d \
    && ! rustup target add "${target%%.*}" 2>/dev/null; then
    echo "left out: no standard library for $target here; \`rustup target add ${target%%.*}\` fetches it" >&2
    continue
  fi
  cargo zigbuild --release --locked --bin seedtest --target "$target"
  name=seedtest-$VERSION-${target%%.*}
  mkdir -p "$DIST/$name"
  cp "target/${target%%.*}/release/seedtest" README.md LICENSE-APACHE LICENSE-MIT CHANGELOG.md "$DIST/$name/"
  cp -r deploy/systemd "$DIST/$name/"
  tar -C "$DIST" -czf "$DIST/$name.tar.gz" "$name"
  built+=("$DIST/$name")
done
[ "${#built[@]}" -gt 0 ] || { echo "nothing was built" >&2; exit 1; }

step "completions and manual pages"
cargo run --quiet --release --locked --package seedtest-xtask -- pages "$DIST"

step "Debian package"
if [ -d "$DIST/seedtest-$VERSION-x86_64-unknown-linux-musl" ] || [ -d "$DIST/seedtest-$VERSION-x86_64-unknown-linux-gnu" ]; then
  scripts/deb.sh "$DIST" "$VERSION"
fi

step "what is in it"
cargo metadata --format-version 1 --locked --filter-platform x86_64-unknown-linux-gnu \
  | python3 scripts/sbom.py "$VERSION" > "$DIST/seedtest-$VERSION.cdx.json"

step "checksums"
(cd "$DIST" && sha256sum -- *.tar.gz *.cdx.json $(ls -- *.deb 2>/dev/null) > SHA256SUMS && cat SHA256SUMS)
