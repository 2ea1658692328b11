#!/usr/bin/env bash
# Sees to it that Spillway can be built here: checks Swift and git, installs the system libraries that are missing.
# Running it again does nothing. It says what it installs before it does.
set -euo pipefail

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

command -v git >/dev/null 2>&1 || fail "git is missing; the Swift package manager needs it to fetch libraries"
command -v swift >/dev/null 2>&1 || fail "Swift is missing; Spillway needs 6.1 or later: https://www.swift.org/install/linux/"
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1)
[ -n "$version" ] || fail "cannot read the version that 'swift --version' prints"
major=${version%%.*}
minor=${version#*.}
if [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 1 ]; }; then
  fail "Swift $version is here; Spillway needs 6.1 or later: https://www.swift.org/install/linux/"
fi

# A Debian package and how to tell that what it brings is here.
missing=()
command -v pkg-config >/dev/null 2>&1 || missing+=(pkg-config)
has() { command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$1"; }
has gsl || missing+=(libgsl-dev)
has sqlite3 || missing+=(libsqlite3-dev)
has zlib || missing+=(zlib1g-dev)
has yaml-0.1 || missing+=(libyaml-dev)
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  fail "these libraries are missing (Debian's names): ${missing[*]}" \
    "there is no apt-get here; install GSL, LibYAML, SQLite and zlib with their headers, and pkg-config, then try again"
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || fail "as root, run: apt-get install ${missing[*]}"
  as_root=(sudo)
fi
printf 'setup: installing %s with apt-get\n' "${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install() { "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; }
install 2>/dev/null || { "${as_root[@]}" apt-get update -qq && install; } || fail "apt-get could not install them"
