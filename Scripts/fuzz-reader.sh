#!/usr/bin/env bash
# Lets libFuzzer try one reader: fuzz-reader.sh READER SECONDS, with the program that 'make libfuzzer' has built. Inputs
# that reached new code stay in .build-libfuzzer/READER, where the next run begins; one that broke something is written
# beside it, and ends the run. With RECORD=FOLDER what was tried is added to FOLDER/fuzz/libfuzzer.csv, which the page of
# the harness shows.
set -euo pipefail
cd "$(dirname "$0")/.."

reader=$1 seconds=$2
folder=.build-libfuzzer
log=$folder/$reader.log
mkdir -p "$folder/$reader"
# What to begin with, beside what earlier runs found.
case $reader in
  trace)
    seeds=$folder/seeds
    mkdir -p "$seeds"
    printf 'arrival_s,prompt_tokens,output_tokens,class,priority\n0,40,3,online,0\n0.5,80,5,offline,1\n' >"$seeds/own.csv"
    printf 'TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9799600,374,44\n' >"$seeds/azure.csv"
    printf 'Timestamp,Model,Request tokens,Response tokens\n5,ChatGPT,472,18\n' >"$seeds/burstgpt.csv"
    printf '{"timestamp": 27482, "input_length": 600, "output_length": 5, "hash_ids": [46, 1]}\n' >"$seeds/mooncake.jsonl"
    printf 'arrival_s,prompt_tokens,output_tokens,hash_ids_16\n0,48,4,1 2 3\n' >"$seeds/blocks.csv"
    ;;
  yaml) seeds=Scenarios ;;
  json) seeds=Sources/CCatalogue/Data/models ;;
  profile) seeds=Sources/CCatalogue/Data/profiles ;;
  *) seeds= ;;
esac
status=0
READER=$reader SWIFT_BACKTRACE=enable=no "$folder/release/spillway-libfuzzer" -timeout=20 -rss_limit_mb=4096 \
  -max_total_time="$seconds" -print_final_stats=1 -max_len=20000 -artifact_prefix="$folder/$reader-" \
  "$folder/$reader" ${seeds:+"$seeds"} \
  >"$log" 2>&1 || status=$?
inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
broken=0
[ "$status" -eq 0 ] || broken=1
echo "$reader: ${inputs:-no} inputs in $seconds s at most, ${edges:-0} edges reached, $broken broke something ($log)"
if [ -n "${RECORD:-}" ]; then
  table=$RECORD/fuzz/libfuzzer.csv
  [ -f "$table" ] || echo 'reader,day,seconds,inputs,edges,broken' >"$table"
  echo "$reader,$(date +%F),$seconds,${inputs:-0},${edges:-0},$broken" >>"$table"
fi
exit "$status"
