#!/usr/bin/env bash
# Writes web pages of what `import Spillway` promises, one module after the other, with the DocC of the Swift toolchain.
# Takes the folder for the pages; any web server can show them: python3 -m http.server --directory FOLDER
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 64; }
cd "$(dirname "$0")/.."
docc=$(command -v docc || true)
if [ -z "$docc" ]; then docc=$(dirname "$(readlink -f "$(command -v swift)")")/docc; fi
[ -x "$docc" ] || { echo "docc is missing; it comes with the Swift toolchain" >&2; exit 69; }

# `Spillway` itself declares nothing: it re-exports what it promises.
modules=$(sed -n 's/^@_exported import //p' Sources/Spillway/Spillway.swift)
[ -n "$modules" ] || { echo "Sources/Spillway/Spillway.swift re-exports no module" >&2; exit 1; }
swift package dump-symbol-graph --minimum-access-level public --skip-synthesized-members >/dev/null
graphs=$(find "$(swift build --show-bin-path)/.." -maxdepth 2 -type d -name symbolgraph | head -n 1)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archives=()
for module in $modules; do
  mkdir "$work/$module"
  # A module's own symbols, and what it adds to others.
  cp "$graphs/$module".symbols.json "$work/$module/"
  for extension in "$graphs/$module"@*.symbols.json; do [ ! -e "$extension" ] || cp "$extension" "$work/$module/"; done
  "$docc" convert --additional-symbol-graph-dir "$work/$module" --fallback-display-name "$module" \
    --fallback-bundle-identifier "spillway.$module" --output-path "$work/$module.doccarchive" >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; exit 1; }
  archives+=("$work/$module.doccarchive")
done
rm -rf "$1"
mkdir -p "$(dirname "$1")"
"$docc" merge "${archives[@]}" --synthesized-landing-page-name Spillway --output-path "$1"
pages=$(find "$1/data/documentation" -name '*.json' | wc -l)
[ "$pages" -gt 100 ] || { echo "only $pages pages came out" >&2; exit 1; }
echo "$pages pages of $(wc -w <<<"$modules") modules in $1"
