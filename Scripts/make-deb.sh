#!/usr/bin/env bash
# Builds the Debian package: make-deb.sh FOLDER puts it there.
#
# The program with its libraries linked in, its manual page, completions for bash, zsh and fish, and scenarios to start
# with. What it needs of the system is found by dpkg-shlibdeps: the C and C++ libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m -- "${1:-dist}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v dpkg-shlibdeps >/dev/null || { echo "make-deb: dpkg-shlibdeps is missing; Debian has it in 'dpkg-dev'" >&2 && exit 69; }

program=$(Scripts/make-static.sh)
version=$(sed -n 's/.*static let version = "\(.*\)"$/\1/p' Sources/CommandLineTool/Version.swift)
machine=$(dpkg --print-architecture)
# The same commit gives the same package.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH
root=$work/root
share=$root/usr/share
documents=$share/doc/spillway

mkdir -p "$root/usr/bin" "$documents/examples" "$share/man/man1" "$share/bash-completion/completions" \
  "$share/zsh/vendor-completions" "$share/fish/vendor_completions.d"
strip -o "$root/usr/bin/spillway" "$program"
Scripts/make-manual.sh "$program" "$share/man/man1/spillway.1"
gzip -9n "$share/man/man1/spillway.1"
"$program" --generate-completion-script bash >"$share/bash-completion/completions/spillway"
"$program" --generate-completion-script zsh >"$share/zsh/vendor-completions/_spillway"
"$program" --generate-completion-script fish >"$share/fish/vendor_completions.d/spillway.fish"
cp Scenarios/*.yaml "$documents/examples"
gzip -9nc CHANGELOG.md >"$documents/NEWS.gz"
{
  echo "spillway ($version) unstable; urgency=medium"
  echo
  echo "  * Changes are in NEWS.gz."
  echo
  git log -1 --format=' -- Spillway <spillway@localhost>  %aD' 2>/dev/null || true
} | gzip -9nc >"$documents/changelog.gz"
{
  echo "Spillway is free software under the GNU General Public License, version 3 or (at your option) any later"
  echo "version, which is in /usr/share/common-licenses/GPL-3; the Apache licence, version 2, is beside it."
  echo
  cat NOTICES.md
} >"$documents/copyright"

mkdir "$work/debian" "$root/DEBIAN"
printf 'Source: spillway\n\nPackage: spillway\nArchitecture: any\n' >"$work/debian/control"
needs=$(cd "$work" && dpkg-shlibdeps -O -eroot/usr/bin/spillway | sed -n 's/^shlibs:Depends=//p')
cat >"$root/DEBIAN/control" <<END
Package: spillway
Version: $version
Architecture: $machine
Maintainer: Spillway <spillway@localhost>
Installed-Size: $(du -sk --apparent-size "$root/usr" | cut -f1)
Depends: $needs
Suggests: librsvg2-bin
Section: science
Priority: optional
Description: simulator of LLM-serving clusters
 Replays bursty request streams against calibrated models of GPU servers, with
 NVLink and PCIe, under several schedulers, and prints latency, throughput and
 paging, as tables, charts and pages.
 .
 Scenarios to start with are in /usr/share/doc/spillway/examples. Pictures as
 PNG are made by rsvg-convert, of librsvg2-bin.
END
find "$root" -type d -exec chmod 755 {} + && find "$root/usr/share" "$root/DEBIAN" -type f -exec chmod 644 {} +
mkdir -p "$out"
dpkg-deb --root-owner-group -Zxz --build "$root" "$out/spillway_${version}_$machine.deb" >/dev/null
ls -l "$out/spillway_${version}_$machine.deb"
