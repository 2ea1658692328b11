#!/usr/bin/env bash
# Writes the manual page of a program: make-manual.sh PROGRAM FILE.1
#
# What swift-argument-parser makes manual pages with is a tool in its own package, built there.
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath -- "${1:?usage: Scripts/make-manual.sh PROGRAM FILE.1}")
page=$(realpath -m -- "${2:?usage: Scripts/make-manual.sh PROGRAM FILE.1}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

parser=
for checkouts in .build-portable/checkouts .build/checkouts; do
  if [ -d "$checkouts/swift-argument-parser" ]; then parser=$checkouts/swift-argument-parser && break; fi
done
[ -n "$parser" ] || { echo 'make-manual: build the program first; its libraries are not here' >&2 && exit 66; }
swift build --package-path "$parser" --scratch-path "$PWD/.build-manual" --product generate-manual >&2
# Months are written in the language of the page, and the day is that of the commit.
date=$(git log -1 --format=%cs 2>/dev/null || date +%F)
.build-manual/debug/generate-manual "$program" --output-directory "$work" --date "$date" >&2
cp "$work"/*.1 "$page"
