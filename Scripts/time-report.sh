#!/usr/bin/env bash
# How large the report of a sweep of 200 points is, and when a headless Chromium has it ready to be used:
# time-report.sh PROGRAM
set -euo pipefail
cd "$(dirname "$0")/.."
program=$(realpath -- "${1:?usage: Scripts/time-report.sh PROGRAM}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/sweep.yaml" <<'END'
name: two-hundred
description: How far do batch sizes carry a growing load?
server: hgx-h100-8
replications: 3
policies: [vllm-v1]
deployments: [{name: chat, model: llama-3.1-8b}]
workload:
  rate: 8/s
  requests: 200
  prompt_tokens: 300
  output_tokens: {distribution: uniform, low: 20, high: 200}
  slo: {ttft: 1 s, tpot: 50 ms}
sweep:
  grid:
    workload.rate: {from: 2/s, to: 40/s, points: 20}
    deployments.chat.engine.max_num_seqs: [2, 4, 8, 16, 32, 48, 64, 96, 128, 256]
END
"$program" report "$work/sweep.yaml" --sweep --store "$work/store.sqlite" --output "$work/page.html" --quiet \
  --pareto p99_ttft_ms,output_throughput >"$work/said.txt"
echo "$(stat -c %s "$work/page.html") bytes"
# The last thing that the page's own script does is to say that it is ready; then the first chart has to come to life.
probe="<script>addEventListener('load', async () => {
  const live = () => document.querySelector('.charts button');
  const ready = document.documentElement.dataset.ready;
  document.querySelector('.charts figure').scrollIntoView();
  while (!live()) await new Promise((done) => setTimeout(done, 5));
  console.log('ready: ' + ready + ', interactive after ' + Math.round(performance.now()) + ' ms;');
});</script></body>"
python3 - "$work/page.html" "$probe" <<'END'
import pathlib, sys
path = pathlib.Path(sys.argv[1])
path.write_text(path.read_text().replace("</body>", sys.argv[2]))
END
for turn in 1 2 3 4 5; do
  timeout 60 chromium --headless=new --no-sandbox --disable-gpu --window-size=1600,1000 --user-data-dir="$work/profile" \
    --enable-logging=stderr "file://$work/page.html" >/dev/null 2>"$work/log" &
  for wait in $(seq 600); do
    if said=$(grep -o 'ready: [^;]*' "$work/log"); then break; fi
    sleep 0.1
  done
  echo "$said"
  kill %% && wait %% 2>/dev/null || true
done
