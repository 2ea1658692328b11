#!/usr/bin/env bash
# Runs a command for so many seconds at most: Scripts/with-limit.sh SECONDS COMMAND [ARGUMENT...]
#
# Exits as the command does. One that takes longer is ended with all that it started, and the exit status is 124, as that
# of timeout(1), which would leave behind what has a process group of its own: the builder starts the tests in one. Before
# it ends them it says what was running and, where gdb is there, in which functions.
set -euo pipefail
[ $# -ge 2 ] || { echo 'with-limit: wants SECONDS COMMAND [ARGUMENT...]' >&2; exit 64; }
limit=$1
shift

# The process and all below it, parents first.
tree() {
  echo "$1"
  local child
  for child in $(ps -o pid= --ppid "$1" || true); do tree "$child"; done
}

"$@" </dev/null &
command=$!
trap 'kill $(tree "$command") 2>/dev/null' INT TERM

for ((second = 0; second < limit; second++)); do
  kill -0 "$command" 2>/dev/null || break
  sleep 1
done
if kill -0 "$command" 2>/dev/null; then
  processes=$(tree "$command")
  echo "error: not done after $limit s; these were running:"
  ps -o pid,stat,etime,time,args -p "$(echo $processes | tr ' ' ',')" | cut -c 1-200 || true
  if command -v gdb >/dev/null 2>&1; then
    for process in $processes; do
      case $(readlink "/proc/$process/exe" || true) in
        *.xctest | *spillway*)
          echo "threads of $process:"
          timeout 60 gdb -p "$process" -batch -ex 'set print frame-arguments none' -ex 'thread apply all backtrace 25' 2>/dev/null |
            grep -E '^(Thread|#)' | cut -c 1-160 || true
          ;;
      esac
    done
  fi
  kill -KILL $processes 2>/dev/null || true
  exit 124
fi
status=0
wait "$command" || status=$?
exit "$status"
