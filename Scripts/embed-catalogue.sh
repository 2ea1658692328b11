#!/usr/bin/env bash
# Rewrites Sources/CCatalogue/catalogue.c from the files in Sources/CCatalogue/Data. Run it after adding, removing or
# changing a file there: the digests of the files are in it. With --check it writes nothing and fails when it would.
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
  echo '#include <string.h>'
  echo '#pragma clang diagnostic ignored "-Wc23-extensions"'
  n=0
  for f in $files; do
    printf 'static const unsigned char file_%d[] = {\n#embed "Data/%s"\n};\n' "$n" "$f"
    n=$((n + 1))
  done
  echo 'static const spillway_file files[] = {'
  n=0
  for f in $files; do
    printf '  {"%s", file_%d, sizeof file_%d,\n   "%s"},\n' "$f" "$n" "$n" "$(sha256sum <"Data/$f" | cut -c1-64)"
    n=$((n + 1))
  done
  echo '};'
  echo 'size_t spillway_file_count(void) { return sizeof files / sizeof *files; }'
  echo 'spillway_file spillway_file_at(size_t index) { return files[index]; }'
  echo 'const spillway_file *spillway_file_named(const char *path) {'
  echo '  for (size_t i = 0; i < sizeof files / sizeof *files; i++) if (!strcmp(files[i].path, path)) return &files[i];'
  echo '  return NULL;'
  echo '}'
} > "$output"
if [ "$output" != catalogue.c ] && ! cmp -s "$output" catalogue.c; then
  echo "Sources/CCatalogue/catalogue.c does not have the files in Data as they are; run Scripts/embed-catalogue.sh" >&2
  exit 1
fi
