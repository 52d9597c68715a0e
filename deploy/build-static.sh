#!/usr/bin/env bash
# The binary of the image: linked statically, so that it needs nothing of the base. The Dockerfile calls this,
# and so does deploy/image.py, where there is no Docker.
#   deploy/build-static.sh OUT
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=$1
TARGET=$(uname -m)-unknown-linux-musl
rustup target add "$TARGET" 2>/dev/null || rustc --print target-libdir --target "$TARGET" | xargs test -d
if ! command -v musl-gcc >/dev/null; then
  apt-get update -q && apt-get install -y -q --no-install-recommends musl-tools
fi
cargo build --profile dist --locked --bin seedtest --features seedtest/pdf --target "$TARGET"
mkdir -p "$OUT"
cp "${CARGO_TARGET_DIR:-target}/$TARGET/dist/seedtest" "$OUT/"
