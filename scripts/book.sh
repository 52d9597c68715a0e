#!/usr/bin/env bash
# Makes a book of docs/ with mdBook, in target/book or the directory that is named. Links that leave docs/ lead to the
# repository.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v mdbook >/dev/null; then
  echo "mdbook is not here: cargo install mdbook, or a released binary of it in the PATH" >&2
  exit 1
fi

out=$(realpath -m "${1:-target/book}")
repository=$(sed -n 's/^git-repository-url = "\(.*\)"$/\1/p' docs/book.toml)

pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
cp -R docs/. "$pages"
# What is at the root of the repository is `../X` from docs/ and `../../X` from a folder below it.
find "$pages" -maxdepth 1 -name '*.md' \
  -exec sed -i -E "s#\]\(\.\./([^)]+)\)#](${repository}/blob/main/\1)#g" {} +
find "$pages" -mindepth 2 -maxdepth 2 -name '*.md' \
  -exec sed -i -E "s#\]\(\.\./\.\./([^)]+)\)#](${repository}/blob/main/\1)#g" {} +
# The front page of a folder is its index in a book.
find "$pages" -name '*.md' ! -name SUMMARY.md -exec sed -i -E 's#\]\(([^):]*/)README\.md#](\1index.html#g' {} +

mdbook build "$pages" --dest-dir "$out"
echo "open $out/index.html"
