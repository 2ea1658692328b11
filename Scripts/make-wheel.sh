#!/usr/bin/env bash
# Builds the Python package with the program inside: make-wheel.sh FOLDER puts the wheel there.
#
# The program has its libraries linked in. The wheel's tag says which C library it needs, by the newest of its symbols.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m -- "${1:-dist}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

program=$(Scripts/make-static.sh)
cp -R Python/pyproject.toml Python/setup.py Python/README.md Python/spillway LICENSE NOTICES.md "$work"
mkdir -p "$work/spillway/bin" "$out"
strip -o "$work/spillway/bin/spillway" "$program"
libc=$(objdump -T "$program" | grep -o 'GLIBC_[0-9.]*' | sort -uV | sed -n '$s/GLIBC_\([0-9]*\)\.\([0-9]*\).*/\1_\2/p')
python3 -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work/dist" "$work" \
  --config-settings="--build-option=--plat-name=manylinux_${libc}_$(uname -m)"
cp "$work"/dist/*.whl "$out"
ls -l "$out"/spillway-*.whl
