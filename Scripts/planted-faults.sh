#!/usr/bin/env bash
# Plants four faults in a copy of the sources, one at a time, and says how long the harness takes to find each: a policy
# that peeks at output lengths, a ledger and a histogram that are off by one, a reader that drops a row. One of them not
# found within ten minutes is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=.build-planted
mkdir -p "$copy"
git ls-files -z -- Package.swift Package.resolved Sources Tests | tar --null -T - -cf - | tar -xf - -C "$copy"
patch --quiet -p1 -d "$copy" <Scripts/planted-faults.patch
swift build --quiet --package-path "$copy" --scratch-path "$copy/.build" -c release \
  -Xswiftc -enforce-exclusivity=unchecked --product spillway-fuzz
program=$copy/.build/release/spillway-fuzz

status=0
for fault in peek ledger histogram row; do
  start=$SECONDS
  # A row is lost in reading, the others in running.
  part=scenarios
  [ "$fault" != row ] || part=inputs
  found=$(SPILLWAY_PLANTED=$fault timeout 600 "$program" --part "$part" --seconds 600 --seed "${SEED:-1}" \
    --stop-at-first --failures "$copy/failures" | grep -m 1 '^BROKEN' || true)
  if [ -n "$found" ]; then
    echo "$fault: found after $((SECONDS - start)) s: ${found:0:160}"
  else
    echo "$fault: not found"
    status=1
  fi
done
exit "$status"
