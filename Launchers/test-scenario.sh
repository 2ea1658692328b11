#!/usr/bin/env bash
# Writes the sweep that launchers are tested with: twelve points, three runs each.
cat >"$1" <<'YAML'
name: launchers
replications: 3
duration: 60 s
server: hgx-h100-8
policies: [vllm-v1]
deployments:
  - {name: chat, model: llama-3.1-8b}
workload:
  rate: 8/s
  prompt_tokens: {distribution: lognormal, mean: 1000, cv: 0.8, maximum: 8000}
  output_tokens: {distribution: lognormal, mean: 200, cv: 0.8, maximum: 2000}
sweep:
  grid:
    workload.rate: [8/s, 10/s, 12/s, 14/s]
    deployments.chat.engine.max_num_seqs: [64, 128, 256]
YAML
