#!/usr/bin/env bash
# Ray for real: a cluster of two nodes on this machine, one of which is killed in the middle of a sweep.
#
#   test.sh SPILLWAY [VENV]    the program; where Ray is installed, a folder that is made when it is not there
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
spillway=$(realpath -- "$1")
venv=${2:-$(mktemp -d)/venv}
if [ ! -x "$venv/bin/spillway-ray" ]; then
  python3 -c 'import sys; sys.exit(not (3, 9) <= sys.version_info < (3, 14))' 2>/dev/null \
    || { echo 'skipped: Ray needs Python 3.9 to 3.13' && exit 0; }
  python3 -m venv "$venv" || { echo 'skipped: Python has no venv (Debian: python3-venv)' && exit 0; }
  # From a copy: the build leaves its own files beside what it builds.
  copy=$(mktemp -d)
  cp -R "$here/pyproject.toml" "$here/spillway_ray" "$copy"
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$copy"
  rm -rf "$copy"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/../test-scenario.sh" "$work/sweep.yaml"
"$spillway" sweep "$work/sweep.yaml" --store "$work/alone.sqlite" --quiet >/dev/null
export RAY_AUTH_MODE=disabled RAY_USAGE_STATS_ENABLED=0 PYTHONWARNINGS=ignore
timeout 200 "$venv/bin/python" "$here/test_cluster.py" "$spillway" "$work" >"$work/log" 2>&1 \
  || { cat "$work/log" && exit 1; }
alone=$("$spillway" store digest "$work/alone.sqlite")
merged=$("$spillway" store digest "$work/merged.sqlite")
[ "$merged" = "$alone" ] || { echo "the merged store is $merged, a single machine's is $alone" && exit 1; }
echo "Ray: two nodes, one killed: the merged store is that of a single machine ($merged)"
