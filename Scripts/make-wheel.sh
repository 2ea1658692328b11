#!/usr/bin/env bash
# Builds the Python package with the program inside: make-wheel.sh FOLDER puts the wheel there.
#
# Swift's libraries are linked into the program; GSL, SQLite, LibYAML and zlib lie beside it in the wheel. It needs only the
# C and C++ libraries of the system, of this machine's version or newer, which the wheel's tag says.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m -- "${1:-dist}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$out"
swift build -c release --scratch-path .build-wheel -Xswiftc -enforce-exclusivity=unchecked -Xswiftc -static-stdlib \
  -Xlinker -rpath -Xlinker '$ORIGIN/../lib' --product spillway

cp -R Python/pyproject.toml Python/setup.py Python/README.md Python/spillway "$work"
mkdir -p "$work/spillway/bin" "$work/spillway/lib"
strip -o "$work/spillway/bin/spillway" .build-wheel/release/spillway
ldd .build-wheel/release/spillway | while read -r name _ path _; do
  case $name in
    libgsl* | libsqlite3* | libyaml* | libz.*) cp -L "$path" "$work/spillway/lib/$name" ;;
  esac
done
[ "$(ls "$work/spillway/lib" | wc -l)" -eq 5 ] || { echo 'make-wheel: a library is missing' >&2 && exit 70; }
libc=$(ldd --version | sed -n '1s/.* \([0-9]*\)\.\([0-9]*\)$/\1_\2/p')
python3 -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work/dist" "$work" \
  --config-settings="--build-option=--plat-name=manylinux_${libc}_$(uname -m)"
cp "$work"/dist/*.whl "$out"
ls -l "$out"/spillway-*.whl
