#!/usr/bin/env bash
# Rewrites Sources/CCatalogue/catalogue.c from the files in Sources/CCatalogue/Data. Run it after adding or removing a
# file there; changing a file's contents needs nothing. With --check it writes nothing and fails when it would.
set -euo pipefail
cd "$(dirname "$0")/../Sources/CCatalogue"
case "${1:-}" in
  '') output=catalogue.c ;;
  --check) output=$(mktemp) && trap 'rm -f "$output"' EXIT ;;
  *) echo "usage: Scripts/embed-catalogue.sh [--check]" >&2; exit 64 ;;
esac
files=$(cd Data && find . -type f ! -name '.*' | sed 's|^\./||' | LC_ALL=C sort)
{
  echo '// Written by Scripts/embed-catalogue.sh.'
  echo '#include "catalogue.h"'
  echo '#pragma clang diagnostic ignored "-Wc23-extensions"'
  n=0
  for f in $files; do
    printf 'static const unsigned char file_%d[] = {\n#embed "Data/%s"\n};\n' "$n" "$f"
    n=$((n + 1))
  done
  echo 'static const spillway_file files[] = {'
  n=0
  for f in $files; do
    printf '  {"%s", file_%d, sizeof file_%d},\n' "$f" "$n" "$n"
    n=$((n + 1))
  done
  echo '};'
  echo 'size_t spillway_file_count(void) { return sizeof files / sizeof *files; }'
  echo 'spillway_file spillway_file_at(size_t index) { return files[index]; }'
} > "$output"
if [ "$output" != catalogue.c ] && ! cmp -s "$output" catalogue.c; then
  echo "Sources/CCatalogue/catalogue.c does not list the files in Data; run Scripts/embed-catalogue.sh" >&2
  exit 1
fi
