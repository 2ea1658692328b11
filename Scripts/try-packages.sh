#!/usr/bin/env bash
# Installs the packages of a folder in bare Debian systems, and runs the quickstart there: try-packages.sh FOLDER [RELEASE...]
#
# Each release is tried in a root of its own made by debootstrap, with nothing but Debian's essential packages and apt:
# the .deb with what it depends on, in another copy the wheel in a virtual environment. What is printed is a table for
# Results/packages.md. Wants root, debootstrap, and a package server that apt and pip reach.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(realpath -- "${1:?usage: Scripts/try-packages.sh FOLDER [RELEASE...]}")
shift
releases=("${@:-bookworm}")
[ $# -gt 0 ] || releases=(bookworm trixie)
[ "$(id -u)" -eq 0 ] || { echo 'try-packages: wants to be root, for debootstrap and chroot' >&2 && exit 77; }
command -v debootstrap >/dev/null || { echo 'try-packages: debootstrap is missing' >&2 && exit 69; }
package=$(find "$folder" -name 'spillway_*.deb' | sort -V | tail -n 1)
wheel=$(find "$folder" -name 'spillway-*.whl' | sort -V | tail -n 1)
[ -f "$package" ] && [ -f "$wheel" ] || { echo "try-packages: $folder has no .deb, or no wheel" >&2 && exit 66; }

kept=$PWD/.build-packages
work=$(mktemp -d)
mkdir -p "$kept"
trap 'rm -rf --one-file-system "$work"' EXIT

# Runs a command in a root, with the processes and settings of pip that it needs, and no others of this machine.
inside() {
  local root=$1 settings=()
  shift
  for name in PIP_INDEX_URL http_proxy https_proxy no_proxy; do
    if [ -n "${!name:-}" ]; then settings+=("$name=${!name}"); fi
  done
  if [ -n "${PIP_CERT:-}" ]; then settings+=(PIP_CERT=/etc/pip-certificates.pem); fi
  unshare --mount --pid --fork bash -c 'mount -t proc proc "$0/proc" && exec "$@"' "$root" \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "${settings[@]}" \
    chroot "$root" "$@"
}

# A fresh copy of a release.
unpack() {
  local release=$1 root=$2
  if [ ! -f "$kept/$release.tar" ]; then
    debootstrap --variant=minbase "$release" "$kept/$release" >"$kept/$release.log"
    tar --one-file-system -C "$kept/$release" -cf "$kept/$release.tar" .
    rm -rf --one-file-system "${kept:?}/$release"
  fi
  mkdir "$root" && tar -C "$root" -xf "$kept/$release.tar"
  if [ -n "${PIP_CERT:-}" ]; then install -m 644 "$PIP_CERT" "$root/etc/pip-certificates.pem"; fi
}

quickstart='run --short --no-store --quiet --color never'
examples=/usr/share/doc/spillway/examples

try_deb() {
  local root=$work/$1-deb before after
  unpack "$1" "$root"
  cp "$package" "$root/tmp/spillway.deb"
  before=$(inside "$root" dpkg-query -W -f '${Package}\n' | wc -l)
  inside "$root" sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends /tmp/spillway.deb' >&2
  after=$(inside "$root" dpkg-query -W -f '${Package}\n' | wc -l)
  inside "$root" su -s /bin/sh nobody -c "cd $examples && spillway $quickstart quickstart-*.yaml" >"$work/$1.deb"
  inside "$root" test -s /usr/share/man/man1/spillway.1.gz -a -s /usr/share/bash-completion/completions/spillway
  echo "| Debian $(cat "$root/etc/debian_version") | \`.deb\` | $((after - before - 1)) | $(inside "$root" spillway --version) |"
  inside "$root" apt-get purge -y -qq spillway >&2
  # Nothing stays behind.
  [ -z "$(find "$root/usr" "$root/etc" -name '*spillway*')" ]
}

try_wheel() {
  local root=$work/$1-wheel
  unpack "$1" "$root"
  cp "$wheel" "$root/tmp"
  inside "$root" sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv' >&2
  cp Scenarios/quickstart-*.yaml "$root/tmp"
  inside "$root" sh -c "python3 -m venv /opt/try && /opt/try/bin/pip install --quiet --disable-pip-version-check /tmp/*.whl" >&2
  inside "$root" su -s /bin/sh nobody -c "cd /tmp && /opt/try/bin/spillway $quickstart quickstart-*.yaml" >"$work/$1.wheel"
  inside "$root" su -s /bin/sh nobody -c "cd /tmp && /opt/try/bin/python -c '
import spillway
runs = spillway.run(\"quickstart-burst.yaml\")
assert set(runs.policy) == {\"batching\", \"turns-host\", \"turns-peer\"}, runs.policy
assert runs.p99_ttft_ms.notna().all()'" >&2
  echo "| Debian $(cat "$root/etc/debian_version") | wheel, $(inside "$root" python3 --version) |" \
    "$(inside "$root" /opt/try/bin/pip list --format freeze --disable-pip-version-check | grep -vcE '^(pip|setuptools|spillway)=')" \
    "| $(inside "$root" /opt/try/bin/spillway --version) |"
}

echo '| System | Installed | Packages beside it | `spillway --version` |'
echo '| --- | --- | ---: | --- |'
for release in "${releases[@]}"; do
  try_deb "$release"
  try_wheel "$release"
done
# Everywhere the same figures, to the last digit shown.
first=$work/${releases[0]}.deb
[ "$(grep -c '^  TTFT' "$first")" -ge 2 ] || { echo 'try-packages: the quickstart printed no table' >&2 && exit 1; }
for release in "${releases[@]}"; do
  for kind in deb wheel; do
    cmp "$first" "$work/$release.$kind" || { echo "try-packages: $release, $kind: other figures" >&2 && exit 1; }
  done
done
echo
echo "SHA-256 of what the quickstart printed, everywhere: $(sha256sum "$first" | cut -c1-16)"
