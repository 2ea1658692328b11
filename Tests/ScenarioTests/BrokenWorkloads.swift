let brokenWorkloads: [BrokenScenario] = [
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: fast",
    "f.yaml:7:9: error: 'rate' wants a number of requests per second, found 'fast'"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: -1/s",
    "f.yaml:7:9: error: 'rate' must be more than 0/s and at most 1000000/s, found -1/s"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: 0/s",
    "f.yaml:7:9: error: 'rate' must be more than 0/s and at most 1000000/s, found 0/s"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: 4",
    "f.yaml:7:9: error: 'rate' wants a number of requests per second, found '4'; a unit is missing: "
      + "did you mean '4/s'?"),
  BrokenScenario(
    smallScenario, "  rate: 4/s\n", "",
    "f.yaml:7:3: error: 'workload' lacks the key 'rate', which arrivals 'poisson' want, for example "
      + "'rate: 4/s'"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rte: 4/s",
    "f.yaml:7:3: error: unknown key 'rte' in 'workload'; did you mean 'rate'?"),
  BrokenScenario(
    smallScenario, "  requests: 1000\n", "",
    "f.yaml:7:3: error: 'workload' never ends; give it 'requests' or 'duration', or the scenario a "
      + "'duration'"),
  BrokenScenario(
    smallScenario, "requests: 1000", "requests: 1.5",
    "f.yaml:8:13: error: 'requests' wants a whole number, found '1.5'"),
  BrokenScenario(
    smallScenario, "requests: 1000", "requests: 1_000",
    "f.yaml:8:13: error: 'requests' wants a whole number, found '1_000'; write the number without "
      + "separators: 1000"),
  BrokenScenario(
    smallScenario, "requests: 1000", "requests: 010",
    "f.yaml:8:13: error: 'requests' wants a whole number, found '010'; YAML 1.1 reads a leading zero "
      + "as octal; drop the zero"),
  BrokenScenario(
    smallScenario, "  prompt_tokens: 1024\n", "",
    "f.yaml:7:3: error: 'workload' lacks the key 'prompt_tokens' (a whole number, or a "
      + "distribution), or 'lengths'"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024", "prompt_tokens: 0",
    "f.yaml:9:18: error: 'prompt_tokens' must be between 1 and 1000000000, found 0"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024", "prompt_tokens: 1k",
    "f.yaml:9:18: error: 'prompt_tokens' wants a whole number, found '1k'; write 1000"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024", "prompt_tokens: {distribution: lognormal, mean: 5}",
    "f.yaml:9:18: error: 'lognormal' wants 'mean' and 'cv', or 'median' and 'p90', or 'mu' and "
      + "'sigma', two keys in all"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024", "prompt_tokens: {distribution: normal, mean: 5}",
    "f.yaml:9:33: error: unknown distribution 'normal'; known distributions: fixed, uniform, "
      + "lognormal, gamma, zipf, quantiles, sample"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024", "prompt_tokens: {distribution: uniform, low: 9, high: 5}",
    "f.yaml:9:56: error: 'high': the highest length, 5, is below the lowest, 9"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024", "prompt_tokens: {distribution: sample, file: nowhere.csv}",
    "f.yaml:9:47: error: 'nowhere.csv': can't read the file: No such file or directory"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024",
    "prompt_tokens: {distribution: quantiles, points: [{p: 0.5, tokens: 9}, {p: 1, tokens: 5}]}",
    "f.yaml:9:57: error: 'p': the first point is at p = 0, found 0.5",
    "f.yaml:9:89: error: 'tokens': lengths don't decrease, found 5 after 9"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024", "lengths: {file: pairs.csv}",
    "f.yaml:9:19: error: 'pairs.csv': can't read the file: No such file or directory",
    "f.yaml:10:18: error: 'output_tokens' and 'lengths' exclude each other"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024\n  output_tokens: 256", "lengths: {catalogue: arxiv-summarisation}",
    "f.yaml:9:24: error: unknown set of lengths 'arxiv-summarisation'; did you mean 'arxiv-summarization'?"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024\n  output_tokens: 256",
    "lengths: {file: pairs.csv, catalogue: mlperf-mixtral-8x7b}",
    "f.yaml:9:41: error: 'file' and 'catalogue' exclude each other"),
  BrokenScenario(
    smallScenario, "prompt_tokens: 1024\n  output_tokens: 256", "lengths: {}",
    "f.yaml:9:12: error: 'workload.lengths' lacks the key 'file', or 'catalogue'"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "arrivals: {process: on-off, on_rate: 4/s, on: 1 min}",
    "f.yaml:7:13: error: 'workload.arrivals' lacks the key 'off_time' (a duration such as '10 min' or "
      + "'250 ms'): Length of an off period, or its mean."),
  BrokenScenario(
    smallScenario, "rate: 4/s", "arrivals: {process: on-off, on_rate: 4/s, on: 1 us, off_time: 60 d, off: 1 min}",
    "f.yaml:7:49: error: 'on_time' must be between 1 ms and 50 d, found 1 us",
    "f.yaml:7:65: error: 'off_time' must be between 1 ms and 50 d, found 60 d",
    "f.yaml:7:71: error: 'off' is the former name of 'off_time', which is there too"),
  BrokenScenario(
    smallScenario, "rate: 4/s",
    "rate: 4/s\n  arrivals: {process: on-off, on_rate: 4/s, on_time: 1 min, off_time: 1 min}",
    "f.yaml:7:9: error: 'rate' has no meaning for arrivals 'on-off'; it has 'on_rate' and 'off_rate'"),
  BrokenScenario(
    smallScenario, "rate: 4/s",
    "arrivals: {process: piecewise, steps: [{from: 1 s, rate: 1/s}, {from: 1 s, rate: 2/s}]}",
    "f.yaml:7:49: error: 'from': the first step starts at 0 s, found 1 s",
    "f.yaml:7:73: error: 'from': steps come in order of time, found 1 s after 1 s"),
  BrokenScenario(
    smallScenario, "rate: 4/s",
    "rate: 4/s\n  arrivals: {process: bursts, bursts: [{start: 1 min, duration: 2 min, rate: 9/s}, "
      + "{start: 2 min, duration: 1 s, rate: 1/s}]}",
    "f.yaml:8:84: error: 'bursts[1]': the burst starts at 120 s, inside the one that starts at 60 s; "
      + "bursts may not overlap"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: 4/s\n  arrivals: {process: gamma}",
    "f.yaml:8:13: error: 'workload.arrivals' lacks the key 'cv' (a number): Coefficient of "
      + "variation; more than 1 is burstier."),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: 4/s\n  arrivals: {process: weibull}",
    "f.yaml:8:13: error: 'workload.arrivals' wants a 'shape' or a 'cv'"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: 4/s\n  arrivals: uniform",
    "f.yaml:8:13: error: unknown arrival process 'uniform'; known arrival processes: poisson, gamma, "
      + "weibull, on-off, bursts, piecewise, constant, closed-loop, pool, batch, clients"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "arrivals: {process: closed-loop, users: 0, think_time: 5}",
    "f.yaml:7:43: error: 'users' must be between 1 and 10000000, found 0",
    "f.yaml:7:58: error: 'think_time' wants a duration such as '10 min' or '250 ms', found '5'; a "
      + "unit is missing: did you mean '5 s'?"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "arrivals: {process: closed-loop, users: 3, spread: 5 s}",
    "f.yaml:7:54: error: 'spread' belongs to 'first_requests: spread'"),
  BrokenScenario(
    smallScenario, "  rate: 4/s\n  requests: 1000", "  arrivals: batch",
    "f.yaml:7:3: error: 'workload' lacks the key 'requests', which arrivals 'batch' want"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: 4/s\n  trace: {file: t.csv, to: 5 s, from: 6 s}\n  arrivals: poisson",
    "f.yaml:7:9: error: 'rate' has no meaning for arrivals 'trace'; use 'rate_scale' in 'trace'",
    "f.yaml:8:17: error: 't.csv' cannot be read: No such file or directory",
    "f.yaml:8:28: error: 'to': the window ends at 5 s, not after its start at 6 s",
    "f.yaml:9:13: error: 'arrivals' and 'trace' exclude each other"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: 4/s\n  deployment: caht",
    "f.yaml:8:15: error: unknown deployment 'caht'; did you mean 'chat'?"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: 4/s\n  class: urgent",
    "f.yaml:8:10: error: unknown class 'urgent'; known classes: online, offline"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: 4/s\n  slo: {ttft: 1, tpto: 100 ms}",
    "f.yaml:8:15: error: 'ttft' wants a duration such as '10 min' or '250 ms', found '1'; a unit is "
      + "missing: did you mean '1 s'?",
    "f.yaml:8:18: error: unknown key 'tpto' in 'workload.slo'; did you mean 'tpot'?"),
  BrokenScenario(
    smallScenario, "rate: 4/s", "rate: 4/s\n  components: [{weight: 0, prompt_tokens: 5, output_tokens: 5}]",
    "f.yaml:8:25: error: 'weight' must be more than 0, found 0",
    "f.yaml:10:18: error: 'prompt_tokens' belongs into each of the 'components'",
    "f.yaml:11:18: error: 'output_tokens' belongs into each of the 'components'"),
  BrokenScenario(
    fullScenario, "    deployment: small\n", "",
    "f.yaml:44:5: error: 'workload[2]' lacks the key 'deployment', one of: chat, small, other"),
  BrokenScenario(
    fullScenario, "- name: batch", "- name: users",
    "f.yaml:36:11: error: two streams are called 'users'"),
  BrokenScenario(
    smallScenario, "workload:\n", "duration: 1 min\nworkload:\n  start: 2 min\n",
    "f.yaml:8:10: error: 'start' (2 min) must be before the scenario's 'duration' (1 min)"),
  BrokenScenario(
    smallScenario, "workload:\n", "drain: 30 s\nworkload:\n",
    "f.yaml:6:8: error: 'drain' counts from when arrivals stop, which is not known before the run: the stream "
      + "'requests' has no 'duration'; give it one, or the scenario"),
  BrokenScenario(
    fullScenario, "slo: {ttft: 1 s, tpot: 100 ms}",
    "slo: {ttft: 1 s, tpot: 100 ms}\n  - {name: more, deployment: chat, rate: 1/s, prompt_tokens: 1, "
      + "output_tokens: 1}",
    "f.yaml:36:5: error: 'more' and 'users' send online requests to one deployment and must have the "
      + "same 'slo'"),
]
