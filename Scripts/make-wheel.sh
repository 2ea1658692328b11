#!/usr/bin/env bash
# Builds the Python package with the program inside: make-wheel.sh FOLDER puts the wheel there.
#
# The program is linked with Swift's libraries, GSL, SQLite, LibYAML and zlib inside, so that it needs none of them where
# it runs: only the C and C++ libraries of the system, of this machine's version or newer, which the wheel's tag says.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m -- "${1:-dist}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A folder that has only archives, looked through first: the linker then takes those. It has to be an option of the
# compiler, whose own folders would come before the linker's.
libraries=$PWD/.build-wheel/archives
mkdir -p "$libraries" "$out"
for name in gsl gslcblas sqlite3 yaml z; do
  archive=$(cc -print-file-name="lib$name.a")
  [ -e "$archive" ] || { echo "make-wheel: lib$name.a is missing" >&2 && exit 69; }
  ln -sf "$(realpath "$archive")" "$libraries/lib$name.a"
done
swift build -c release --scratch-path .build-wheel -Xswiftc -enforce-exclusivity=unchecked -Xswiftc -static-stdlib \
  -Xswiftc "-L$libraries" --product spillway

cp -R Python/pyproject.toml Python/setup.py Python/README.md Python/spillway "$work"
mkdir -p "$work/spillway/bin"
strip -o "$work/spillway/bin/spillway" .build-wheel/release/spillway
for name in gsl sqlite3 yaml libz; do
  if ldd "$work/spillway/bin/spillway" | grep -q "lib$name\|$name\.so"; then
    echo "make-wheel: the program still needs $name from outside" >&2
    exit 70
  fi
done
libc=$(ldd --version | sed -n '1s/.* \([0-9]*\)\.\([0-9]*\)$/\1_\2/p')
python3 -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work/dist" "$work" \
  --config-settings="--build-option=--plat-name=manylinux_${libc}_$(uname -m)"
cp "$work"/dist/*.whl "$out"
ls -l "$out"/spillway-*.whl
