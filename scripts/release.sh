#!/usr/bin/env bash
# What a release is: stripped binaries, their checksums, a list of what is in them (SBOM), shell completions,
# manual pages and a Debian package, in target/packages, and the image of x86-64 tried. Cross-compiles with zig
# (PyPI's ziglang), so that the binaries run on systems older than the one they are built on.
#   scripts/release.sh [TARGET…]          default: Linux on x86-64 and aarch64, without a libc of the system;
#                                         where none for x86-64 can be built, this machine's with glibc 2.17
#   scripts/release.sh --binary FILE      builds nothing and packs this one: tries every other step
set -euo pipefail
cd "$(dirname "$0")/.."
VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
DIST=${DIST:-target/packages}
TOOLS=${TOOLS:-target/release-tools}
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
  PATH=$(realpath "$TOOLS")/bin:$PATH
  export PATH
}

# How the standard library of a target comes: `ready` (rustup has it or fetches it), `sources` (it is built with the
# rest: `rustup component add rust-src`, or a package of the distribution), or `none`.
standard_library() {
  local sysroot
  sysroot=$(rustc --print sysroot)
  if compgen -G "$sysroot/lib/rustlib/$1/lib/libstd-*.rlib" >/dev/null \
    || timeout 120 rustup target add "$1" >/dev/null 2>&1; then
    echo ready
  elif [ -f "$sysroot/lib/rustlib/src/rust/library/Cargo.lock" ]; then
    echo sources
  else
    echo none
  fi
}

# A glibc target may name the oldest glibc: x86_64-unknown-linux-gnu.2.17.
left=()
build() {
  step "binary for $1"
  local triple=${1%%.*} flags=()
  case $(standard_library "$triple") in
    none)
      left+=("$1: no standard library for $triple here; \`rustup target add $triple\` fetches it, \`rustup component add rust-src\` its sources")
      echo "left out: ${left[-1]}" >&2
      return
      ;;
    sources)
      echo "with the standard library from its sources"
      # Stable cargo builds it, too, where it is told that this is meant. What a program of musl begins and ends with
      # comes from zig: beside a standard library of one's own there is none.
      export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C link-self-contained=no -C relocation-model=static"
      flags=(-Z build-std=std,panic_abort)
      ;;
  esac
  cargo zigbuild --profile dist --locked --bin seedtest --features seedtest/pdf --target "$1" "${flags[@]}"
  unset RUSTC_BOOTSTRAP RUSTFLAGS
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
  if [ $given -eq 0 ] && [[ "${built[*]}" != *x86_64* ]]; then
    echo "none for x86-64 can be built here without a libc: one for this machine that needs glibc 2.17 or newer" >&2
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
  left+=("image: it needs the binary for x86_64-unknown-linux-musl")
  echo "left out: ${left[-1]}" >&2
fi

step "archives"
for folder in "${built[@]}"; do
  cp -r "$DIST/completions" "$DIST/man" "$folder/"
  # The same files give the same bytes: an archive tells nothing of who made it or when.
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$DIST" -cf - "$(basename "$folder")" \
    | gzip -9n > "$folder.tar.gz"
done

step "Debian package"
made=()
for folder in "${built[@]}"; do
  made+=("$(basename "$folder").tar.gz")
done
for folder in "${built[@]}"; do
  [[ $folder == *x86_64* ]] || continue
  if command -v dpkg-deb >/dev/null; then
    scripts/deb.sh "$DIST" "$VERSION" "$folder"
    made+=("seedtest_${VERSION}_amd64.deb")
  else
    left+=("Debian package: no dpkg-deb on this machine")
    echo "left out: ${left[-1]}" >&2
  fi
  break
done

step "what is in it"
cargo metadata --format-version 1 --locked --features seedtest/pdf --filter-platform x86_64-unknown-linux-gnu \
  | python3 scripts/sbom.py "$VERSION" > "$DIST/seedtest-$VERSION.cdx.json"

step "checksums"
cd "$DIST"
sha256sum -- "${made[@]}" "seedtest-$VERSION.cdx.json" > SHA256SUMS
cat SHA256SUMS
sha256sum --check --quiet SHA256SUMS

if [ "${#left[@]}" -gt 0 ]; then
  step "left out"
  printf '%s\n' "${left[@]}"
fi
