let brokenExpectations: [BrokenScenario] = [
  BrokenScenario(
    fullScenario, "metric: request_throughput, deployment: other, above: 0.1/s",
    "metric: request_thruput, deployment: other, above: 0.1/s",
    "f.yaml:58:14: error: unknown metric 'request_thruput'; did you mean 'request_throughput'?"),
  BrokenScenario(
    fullScenario, "metric: request_throughput, deployment: other, above: 0.1/s",
    "metric: request_throughput, above: 0.1/s",
    "f.yaml:58:5: error: 'expect[2]' lacks the key 'deployment', one of: chat, small, other"),
  BrokenScenario(
    fullScenario, "metric: request_throughput, deployment: other, above: 0.1/s",
    "metric: request_throughput, deployment: small, above: 0.1/s",
    "f.yaml:58:5: error: 'expect[2]' lacks the key 'class', one of: online, offline"),
  BrokenScenario(
    fullScenario, "metric: request_throughput, deployment: other, above: 0.1/s",
    "metric: request_throughput, deployment: other, class: offline, above: 0.1/s",
    "f.yaml:58:60: error: no stream sends offline requests there"),
  BrokenScenario(
    fullScenario, "metric: request_throughput, deployment: other, above: 0.1/s",
    "metric: mean_ttft_ms, deployment: other, above: 100",
    "f.yaml:58:54: error: 'above' wants a duration such as '2 s', for 'mean_ttft_ms', found '100'"),
  BrokenScenario(
    fullScenario, "metric: request_throughput, deployment: other, above: 0.1/s",
    "metric: mean_ttft_ms, deployment: other",
    "f.yaml:58:5: error: 'expect[2]' lacks a bound: give it 'below', 'above', or both"),
  BrokenScenario(
    fullScenario, "metric: request_throughput, deployment: other, above: 0.1/s",
    "metric: mean_ttft_ms, deployment: other, above: 2 s, below: 1 s",
    "f.yaml:58:54: error: 'above' must be less than 'below'"),
  BrokenScenario(
    fullScenario, "policy: aqua-peer, below", "policy: aqua, below",
    "f.yaml:56:68: error: 'aqua' is not one of the scenario's policies; did you mean 'aqua-peer'?"),
  BrokenScenario(
    fullScenario, "ratio: [aqua-peer, vllm-v1], below: 0.2", "ratio: [aqua-peer], below: 0.2",
    "f.yaml:57:67: error: 'ratio' wants at least 2 items"),
  BrokenScenario(
    fullScenario, "ratio: [aqua-peer, vllm-v1], below: 0.2", "ratio: [aqua-peer, vllm-v1], below: 2 s",
    "f.yaml:57:96: error: 'below' of a ratio wants a number, found '2 s'"),
]
