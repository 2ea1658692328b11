#!/usr/bin/env bash
# Remakes Results/gallery: one picture of every kind of chart, from scenarios and recordings of the repository.
# usage: Scripts/make-gallery.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/.."
spillway=$(realpath "${1:?usage: Scripts/make-gallery.sh PROGRAM}")
gallery=Results/gallery
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$gallery"
find "$gallery" -name '*.svg' -delete

"$spillway" run Scenarios/quickstart-burst.yaml --no-store --quiet --plot "$work/run" >"$work/run.txt"
"$spillway" sweep Scenarios/sweeps/batch-limits.yaml --store "$work/store.sqlite" --quiet --plot "$work/sweep" \
  --pareto p99_ttft_ms,output_throughput >"$work/sweep.txt"
"$spillway" fit Kits/vllm-h200/llama3-8b-A.json.gz --plot "$gallery/fit-errors.svg" >"$work/fit.txt"
"$spillway" validate Kits/vllm-h200 --experiment B_saturation --plot "$gallery/validation.svg" >"$work/validate.txt" ||
  [ $? -eq 1 ]
"$spillway" why Scenarios/quickstart-burst.yaml --worst e2e --policy turns-peer --quiet >"$gallery/why.txt"
for name in latencies arrivals over-time; do cp "$work/run/$name.svg" "$gallery/$name.svg"; done
cp "$work/sweep/along-workload.rate.svg" "$gallery/sweep-lines.svg"
cp "$work"/sweep/map-workload.rate-*max_num_batched_tokens.svg "$gallery/sweep-map.svg"
cp "$work/sweep/pareto.svg" "$gallery/pareto.svg"
