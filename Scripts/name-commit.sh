#!/usr/bin/env bash
# Writes down the commit that a build is made from, for `spillway --version`. It touches nothing when that is written.
set -euo pipefail
cd "$(dirname "$0")/.."
header=Sources/CBuild/commit.h
commit=$(git describe --always --abbrev=12 --exclude '*' --dirty 2>/dev/null || true)
line="#define SPILLWAY_COMMIT \"$commit\""
[ "$(cat "$header" 2>/dev/null)" != "$line" ] || exit 0
printf '%s\n' "$line" >"$header"
# The compiler told the builder of no header where there was none.
touch Sources/CBuild/build.c
