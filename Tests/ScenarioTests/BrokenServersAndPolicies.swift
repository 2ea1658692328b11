import HardwareCatalogue

let brokenServersAndPolicies: [BrokenScenario] = [
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "server: hgx-h100-9",
    "f.yaml:1:9: error: unknown server 'hgx-h100-9'; did you mean 'hgx-h100-8'?"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "server: H100",
    "f.yaml:1:9: error: unknown server 'H100'; it is a GPU, which these servers have: dgx-h100, h100-pair, hgx-h100-8"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "server: tpu",
    "f.yaml:1:9: error: unknown server 'tpu'; known servers: "
      + HardwareCatalogue.serverNames.joined(separator: ", ")),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8\n", "",
    "f.yaml:1:1: error: the file lacks the key 'server': the server, or 'servers': a list of them"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "server: hgx-h100-8\nservers: [hgx-h100-8]",
    "f.yaml:2:10: error: 'server' and 'servers' exclude each other"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "servers: []",
    "f.yaml:1:10: error: 'servers' wants at least one item"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "servers: [{like: hgx-h100-8, count: 300, gpus: 1024}]",
    "f.yaml:1:10: error: 'servers' have 307200 GPUs in all; at most 262144 are simulated"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "server: {like: hgx-h100-8, gpus: 0}",
    "f.yaml:1:34: error: 'gpus' must be between 1 and 1024, found 0"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "server: {like: hgx-h100, gpuz: 2}",
    "f.yaml:1:16: error: unknown server 'hgx-h100'; did you mean 'dgx-h100'?",
    "f.yaml:1:26: error: unknown key 'gpuz' in 'server'; did you mean 'gpu'?"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: [vllm-v2]",
    "f.yaml:2:12: error: unknown policy 'vllm-v2'; did you mean 'vllm-v1'?"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: []",
    "f.yaml:4:5: error: 'deployments[0]' has no policy: name some in 'policies' at the top, or give "
      + "it a 'policy' (known: vllm-v1, aqua, conserve)"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]\n", "",
    "f.yaml:3:5: error: 'deployments[0]' has no policy: name some in 'policies' at the top, or give "
      + "it a 'policy' (known: vllm-v1, aqua, conserve)"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: vllm-v1",
    "f.yaml:2:11: error: 'policies' wants a list of policy names or mappings, found 'vllm-v1'"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: [vllm-v1, vllm-v1]",
    "f.yaml:2:21: error: two policies are called 'vllm-v1'; give one of them another 'label'"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: [{name: conserve, safepoint_layers: 0}]",
    "f.yaml:2:47: error: 'safepoint_layers' must be between 1 and 128, found 0"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: [{name: conserve, safepoint_layer: 2}]",
    "f.yaml:2:29: error: unknown key 'safepoint_layer' in 'policies[0]'; did you mean "
      + "'safepoint_layers'?"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: [{name: conserve, target: 50}]",
    "f.yaml:2:37: error: 'target' wants a duration such as '10 min' or '250 ms', found '50'; a unit "
      + "is missing: did you mean '50 s'?"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: [{name: conserve, checkpoint: yes}]",
    "f.yaml:2:41: error: 'checkpoint' wants true or false, found 'yes'; write true"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: [{name: vllm-v1, order: fifo}]",
    "f.yaml:2:35: error: unknown order 'fifo'; known orders: fcfs, priority"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: [{slice: 4}]",
    "f.yaml:2:12: error: 'policies[0]' lacks the key 'name', one of: vllm-v1, aqua, conserve"),
  BrokenScenario(
    smallScenario, "policies: [vllm-v1]", "policies: [{name: aqua, paging: {destination: peer}}]",
    "f.yaml:2:12: error: 'aqua' pages to peers, but no deployment has a 'lend' that NVLink reaches"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "server: hgx-h100-8\nduration: 1 min\nwarmup: 1 min",
    "f.yaml:3:9: error: 'warmup' (1 min) must be less than 'duration' (1 min)"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "server: hgx-h100-8\nduration: 0 s\nseed: -4",
    "f.yaml:2:11: error: 'duration' must be more than 0 s and at most 50 d, found 0 s",
    "f.yaml:3:7: error: 'seed' must be at least 0, found -4"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "server: hgx-h100-8\nduration: 200 d",
    "f.yaml:2:11: error: 'duration' wants a duration such as '10 min' or '250 ms', found '200 d'; "
      + "simulated time ends after 106 days"),
  BrokenScenario(
    smallScenario, "server: hgx-h100-8", "server: hgx-h100-8\nautoscaling: true\nreplicatoins: 3",
    "f.yaml:2:1: error: 'autoscaling' is not modelled; replicas come and go when 'fleet' says so; nothing "
      + "follows the load",
    "f.yaml:3:1: error: unknown key 'replicatoins' in the file; did you mean 'replications'?"),
]
