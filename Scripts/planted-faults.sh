#!/usr/bin/env bash
# Plants four faults in a copy of the sources, one at a time, and says how long the harness takes to find each: a policy
# that peeks at output lengths, a ledger and a histogram that are off by one, a reader that drops a row. One of them not
# found within ten minutes is a failure. With RECORD=FOLDER the times go into FOLDER/fuzz/planted.csv, which the page of
# the harness shows.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=.build-planted
mkdir -p "$copy"
git ls-files -z -- Package.swift Package.resolved Sources Tests Examples | tar --null -T - -cf - | tar -xf - -C "$copy"
patch --quiet -p1 -d "$copy" <Scripts/planted-faults.patch
# Not optimised: most of the time goes into the build.
swift build --quiet --package-path "$copy" --scratch-path "$copy/.build" --product spillway-fuzz
program=$copy/.build/debug/spillway-fuzz

status=0
table='fault,day,part,seconds,seed,said'
for fault in peek ledger histogram row; do
  start=$SECONDS
  # A row is lost in reading, the others in running.
  part=scenarios
  [ "$fault" != row ] || part=inputs
  found=$(SPILLWAY_PLANTED=$fault timeout 600 "$program" --part "$part" --seconds 600 --seed "${SEED:-1}" \
    --stop-at-first --failures "$copy/failures" | grep -m 1 '^BROKEN' || true)
  seconds=$((SECONDS - start))
  if [ -n "$found" ]; then
    echo "$fault: found after $seconds s: ${found:0:160}"
    seed=$(sed 's/.*, seed \([0-9]*\): .*/\1/' <<<"$found")
    table+=$'\n'"$fault,$(date +%F),$part,$seconds,$seed,$(sed 's/[^:]*: //' <<<"${found:0:160}")"
  else
    echo "$fault: not found"
    status=1
    table+=$'\n'"$fault,$(date +%F),$part,not within $seconds,,"
  fi
done
[ -z "${RECORD:-}" ] || echo "$table" >"$RECORD/fuzz/planted.csv"
exit "$status"
