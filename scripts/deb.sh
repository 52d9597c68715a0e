#!/usr/bin/env bash
# Packs what scripts/release.sh built as a Debian package: binary, units, completions, manual pages. FOLDER has the
# binary of x86-64, DIST completions and manual pages, and gets the package.
#   scripts/deb.sh DIST VERSION FOLDER
set -euo pipefail
DIST=$1
VERSION=$2
BUILT=$3
ROOT=$DIST/deb
rm -rf "$ROOT"
install -D -m 755 "$BUILT/seedtest" "$ROOT/usr/bin/seedtest"
for unit in "$BUILT"/systemd/*; do
  install -D -m 644 "$unit" "$ROOT/usr/lib/systemd/system/$(basename "$unit")"
done
install -D -m 644 "$DIST/completions/seedtest.bash" "$ROOT/usr/share/bash-completion/completions/seedtest"
install -D -m 644 "$DIST/completions/_seedtest" "$ROOT/usr/share/zsh/vendor-completions/_seedtest"
install -D -m 644 "$DIST/completions/seedtest.fish" "$ROOT/usr/share/fish/vendor_completions.d/seedtest.fish"
for page in "$DIST"/man/*.1; do
  install -D -m 644 "$page" "$ROOT/usr/share/man/man1/$(basename "$page")"
done
find "$ROOT/usr/share/man" -name '*.1' -exec gzip -9n {} +
for licence in LICENSE-APACHE LICENSE-MIT; do
  install -D -m 644 "$BUILT/$licence" "$ROOT/usr/share/doc/seedtest/$licence"
done
mkdir -p "$ROOT/DEBIAN"
# A binary without a libc of its own needs that of the system, as new as the newest function it calls.
GLIBC=$(grep -aoE 'GLIBC_2\.[0-9]+' "$BUILT/seedtest" | sort -uV | tail -n 1 | cut -d _ -f 2 || true)
case $BUILT in *-gnu) DEPENDS="Depends: libc6 (>= ${GLIBC:-2.17})" ;; *) DEPENDS= ;; esac
# New units are read, and the service goes with its package; what it wrote in /var/lib/seedtest stays.
cat > "$ROOT/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
POSTINST
cat > "$ROOT/DEBIAN/prerm" <<'PRERM'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --now seedtest.service seedtest-daily.timer seedtest-weekly.timer seedtest-monthly.timer || true
fi
PRERM
chmod 755 "$ROOT/DEBIAN/postinst" "$ROOT/DEBIAN/prerm"
cat > "$ROOT/DEBIAN/control" <<CONTROL
Package: seedtest
Version: $VERSION
Architecture: amd64
Maintainer: The seedtest authors <seedtest@example.com>
Installed-Size: $(du -sk "$ROOT/usr" | cut -f 1)
Section: science
Priority: optional
${DEPENDS:+$DEPENDS
}Recommends: postgresql
Description: learning analytics in one binary
 Abilities, growth, KPIs, the risk of leaving and a weekly report from what
 students answered.
CONTROL
dpkg-deb --root-owner-group --build "$ROOT" "$DIST/seedtest_${VERSION}_amd64.deb"
rm -rf "$ROOT"
