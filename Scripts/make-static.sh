#!/usr/bin/env bash
# Builds the program for machines without Swift or these libraries: make-static.sh prints where it is.
#
# Linked in are Swift's libraries, and GSL, SQLite, LibYAML and zlib, for which Debian's releases have different names.
# What is left are the C and C++ libraries of the system, of this machine's version or newer.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$PWD/.build-portable
archives=$scratch/archives

# A folder that has the archives alone, and descriptions that lead there, so that the linker finds no shared libraries.
mkdir -p "$archives"
for library in gsl gslcblas sqlite3 yaml z; do
  path=$(cc -print-file-name="lib$library.a")
  [ -f "$path" ] || { echo "make-static: there is no lib$library.a; Debian has it beside the headers" >&2 && exit 69; }
  ln -sf "$(realpath "$path")" "$archives/lib$library.a"
done
for library in gsl yaml-0.1 zlib; do
  sed "s|^libdir *=.*|libdir=$archives|" "$(pkg-config --variable=pcfiledir "$library")/$library.pc" >"$archives/$library.pc"
done
export PKG_CONFIG_PATH=$archives
Scripts/name-commit.sh
swift build -c release --scratch-path "$scratch" -Xswiftc -enforce-exclusivity=unchecked -Xswiftc -static-stdlib \
  -Xswiftc "-L$archives" --product spillway >&2
program=$scratch/release/spillway
others=$(ldd "$program" | sed -n 's/^[[:space:]]*\([^ ]*\).*/\1/p' | sed 's|.*/||' |
  grep -vE '^(linux-vdso|ld-linux-[a-z0-9-]*|lib(c|m|gcc_s|stdc\+\+))\.so' || true)
[ -z "$others" ] || { echo "make-static: it still needs" $others >&2 && exit 70; }
echo "$program"
