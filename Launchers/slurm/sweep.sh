#!/usr/bin/env bash
# A sweep as a Slurm job array, with tasks that were lost submitted again, and the parts merged at the end.
#
#   sweep.sh SCENARIO STORE [--tasks N] [--tries N] [--sbatch 'OPTIONS'] [-- OPTIONS OF 'spillway sweep']
#
# SPILLWAY names the program; `spillway` when it is not set.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
usage() {
  echo "usage: sweep.sh SCENARIO STORE [--tasks N] [--tries N] [--sbatch 'OPTIONS'] [-- OPTIONS OF 'spillway sweep']" >&2
  exit 64
}
fail() {
  echo "sweep.sh: $1" >&2
  exit "${2:-1}"
}

[ $# -ge 2 ] || usage
scenario=$(realpath -- "$1")
store=$(realpath -m -- "$2")
shift 2
tasks=16
tries=3
sbatch_options=()
while [ $# -gt 0 ]; do
  case $1 in
    --tasks | --tries | --sbatch) [ $# -ge 2 ] || usage ;;
  esac
  case $1 in
    --tasks) tasks=$2 && shift 2 ;;
    --tries) tries=$2 && shift 2 ;;
    --sbatch) read -ra sbatch_options <<<"$2" && shift 2 ;;
    --) shift && break ;;
    *) usage ;;
  esac
done
for number in "$tasks" "$tries"; do
  [[ $number =~ ^[1-9][0-9]{0,4}$ ]] || fail "'$number' is no number of tasks or tries" 64
done
[ -r "$scenario" ] || fail "$scenario cannot be read" 66
spillway=$(command -v "${SPILLWAY:-spillway}") || fail "no program '${SPILLWAY:-spillway}': SPILLWAY names it" 69
spillway=$(realpath -- "$spillway")
command -v sbatch >/dev/null || fail "there is no Slurm here: 'sbatch' is missing" 69

parts="$store.parts"
mkdir -p "$parts"
# A shard is one of so many: parts of another division are of no use.
if [ -e "$parts/tasks" ] && [ "$(cat "$parts/tasks")" != "$tasks" ]; then
  fail "$parts holds $(cat "$parts/tasks") shards: go on with --tasks $(cat "$parts/tasks"), or remove the folder" 64
fi
echo "$tasks" >"$parts/tasks"
# Each task looks again at what its part lacks: the scenario may have changed since.
rm -f "$parts"/*.done

for ((try = 1; try <= tries; try++)); do
  missing=()
  for ((task = 0; task < tasks; task++)); do
    [ -e "$parts/part-$task.done" ] || missing+=("$task")
  done
  [ ${#missing[@]} -gt 0 ] || break
  list=$(IFS=, && echo "${missing[*]}")
  if [ "$try" -eq 1 ]; then
    echo "submitting $tasks tasks" >&2
  else
    echo "submitting ${#missing[@]} lost tasks again ($list), try $try of $tries" >&2
  fi
  SPILLWAY=$spillway SPILLWAY_SCENARIO=$scenario SPILLWAY_TASKS=$tasks SPILLWAY_PARTS=$parts \
    sbatch --quiet --wait --export=ALL --array="$list" --output="$parts/task-%a.log" "${sbatch_options[@]}" \
    "$here/sweep.sbatch" "$@" || true
done

lost=()
for ((task = 0; task < tasks; task++)); do
  [ -e "$parts/part-$task.done" ] || lost+=("$task")
done
if [ ${#lost[@]} -gt 0 ]; then
  tail -n 3 "$parts/task-${lost[0]}.log" >&2 || true
  fail "the tasks ${lost[*]} were not done in $tries tries; their output is in $parts, and the same command goes on"
fi
"$spillway" store merge "$store" "$parts"/part-*.sqlite >&2
# Everything is there; this shows it.
exec "$spillway" sweep "$scenario" --store "$store" --quiet "$@"
