import Glibc

let usage = """
  usage: spillway-benchmarks [--quick | --large | --instructions] [--spillway FILE] [--scenario FILE] [--fleet FILE]
                             [--write FILE]

  Measures how much CPU time and memory the simulator takes for Scenarios/scale.yaml, and for each router with 1, 64 and
  1,000 engines, start-up included.

    --quick      ten thousand requests each, without targets, and whether two costs are still those of --ratios
    --large      ten million requests besides
    --instructions
                 instructions in place of time, which no other process disturbs; with valgrind and strip
    --spillway   the program; .build/release/spillway when left out
    --scenario   Scenarios/scale.yaml when left out
    --fleet      Scenarios/fleet-64.yaml when left out
    --limit      the loop in C; the one built beside this program when left out
    --ratios     costs as times the C loop's, by policy and rate; Results/benchmarks/ratios.csv when left out
    --growth     costs with many in a queue or closed loop as times those with few; Results/benchmarks/growth.csv
                 when left out
    --write      a Markdown file for the results, for example Results/benchmarks/laptop.md
  """

/// Shows how far the measurement is, on a terminal.
func show(_ text: String) { if isatty(STDERR_FILENO) == 1 { tell("\r\u{1b}[K" + text) } }

/// Writes to the error stream.
func tell(_ text: String) { _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) } }

func stop(_ message: String, _ code: Int32) -> Never {
  tell(message + "\n")
  exit(code)
}

var programs = Programs()
// Both programs of this package lie in one folder.
programs.limit = String(CommandLine.arguments[0].reversed().drop { $0 != "/" }.reversed()) + "limit"
var report: String?
var ratios = "Results/benchmarks/ratios.csv"
var growth = "Results/benchmarks/growth.csv"
var isQuick = false
var isLarge = false
var countsInstructions = false
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  func value() -> String {
    guard let value = arguments.popFirst() else { stop("'\(argument)' wants a file\n" + usage, 64) }
    return value
  }
  switch argument {
  case "--quick": isQuick = true
  case "--large": isLarge = true
  case "--instructions": countsInstructions = true
  case "--spillway": programs.spillway = value()
  case "--scenario": programs.scenario = value()
  case "--fleet": programs.fleetScenario = value()
  case "--limit": programs.limit = value()
  case "--ratios": ratios = value()
  case "--growth": growth = value()
  case "--write": report = value()
  case "--help", "-h":
    print(usage)
    exit(0)
  default: stop("unknown option '\(argument)'\n" + usage, 64)
  }
}

/// Prints a page, and keeps it where that was asked for.
func publish(_ title: String, _ text: String, in report: String?) {
  print(text, terminator: "")
  guard let report else { return }
  guard let file = fopen(report, "w") else {
    stop("\(report): cannot be written: \(String(cString: strerror(errno)))", 73)
  }
  fputs("# \(title)\n\n" + text, file)
  fclose(file)
}

if countsInstructions {
  do {
    publish(
      "How many instructions Spillway takes",
      "Written by `make bench` with `--instructions --write`: counted by valgrind on the optimised program.\n\n"
        + (try InstructionCount.page(programs)), in: report)
    exit(0)
  } catch {
    stop("\(error)", 1)
  }
}

var sizes = [10_000]
if !isQuick { sizes += [100_000, 1_000_000] }
if isLarge { sizes.append(10_000_000) }
let largest = isQuick ? 10_000 : 1_000_000
var points: [Case] = []
for rate in Case.rates {
  for requests in sizes { points.append(Case(policy: "vllm-v1", rate: rate, requests: requests)) }
}
// Enough for the C loop to be timed beside them.
if isQuick { for rate in Case.rates { points.append(Case(policy: "vllm-v1", rate: rate, requests: 300_000)) } }
for (tokens, rate) in Case.lengths where !isQuick || tokens != 256 {
  let requests = isQuick ? 10_000 : Case.requestsOfLengths
  points.append(Case(policy: "vllm-v1", rate: rate, requests: requests, outputTokens: tokens))
}
for policy in ["aqua", "conserve"] {
  for rate in Case.rates { points.append(Case(policy: policy, rate: rate, requests: largest)) }
}
for router in Case.routers {
  for replicas in Case.fleetSizes {
    points.append(.fleet(router, of: replicas, requests: isQuick ? 10_000 : 300_000))
  }
}
for requests in isQuick ? [10_000] : [100_000, 1_000_000] {
  for order in ["fcfs", "priority"] {
    points.append(Case(policy: "vllm-v1", rate: 200, requests: requests, crowd: .queue(order: order)))
  }
}
for users in isQuick ? [1_000] : [1_000, 100_000, 10_000_000] {
  points.append(Case(policy: "vllm-v1", rate: 0, requests: isQuick ? 10_000 : 100_000, crowd: .users(users)))
}
// The same load with enough memory and with too little.
for (policy, parameters) in Case.pressed {
  for blocks in [Case.Memory.ample, Case.Memory.scarce] {
    points.append(.pressed(policy, parameters, blocks: blocks, requests: isQuick ? 3_000 : 50_000))
  }
}
if !isQuick {
  // The fleet of 256 replicas, with a million requests.
  points.append(.fleet("power-of-two", of: 256, requests: 1_000_000))
}

do {
  let startUp = try Case(policy: "vllm-v1", rate: 4, requests: 1).reading(programs)
  var readings: [Reading] = []
  for (index, point) in points.enumerated() {
    show("\(index + 1) of \(points.count): \(point.name), \(grouped(point.requests)) requests")
    readings.append(try point.reading(programs))
  }
  show("")
  let single = readings.filter { $0.point.fleet == nil && $0.point.crowd == nil && $0.point.memory == nil }
  let rows = single.map { reading in
    [
      reading.point.policy, "\(plain(reading.point.rate))/s", grouped(reading.point.outputTokens),
      grouped(reading.completed), decimals(reading.cpuSeconds, 3), grouped(Int(reading.requestsPerSecond)),
      decimals(reading.microsecondsPerRequest, 2), decimals(reading.microsecondsPerToken, 4),
      reading.timesLimit.map { decimals($0, 1) } ?? "", decimals(Double(reading.peakBytes) / 1e6, 1),
    ]
  }
  var text = "Written by `make bench` with `--write`.\n\n\(machine())\n\n"
  text += "Start-up, with one request: \(decimals(startUp.cpuSeconds * 1e3, 0)) ms of CPU time. It is in every row.\n"
  text += "The C loop (Benchmarks/Sources/limit) does the least that this work takes, in the same session.\n\n"
  text += table(
    [
      "policy", "rate", "output tokens", "requests", "CPU s", "requests per CPU s", "us per request",
      "us per output token", "times the C loop", "peak MB",
    ], rows)
  text += "\n\nRouters, vllm-v1 on engines of one GPU, each at 4/s:\n\n"
  text += table(
    ["router", "engines", "requests", "CPU s", "requests per CPU s", "us per request", "peak MB"],
    readings.compactMap { reading in
      reading.point.fleet.map { fleet in
        [
          fleet.router, grouped(fleet.replicas), grouped(reading.completed), decimals(reading.cpuSeconds, 3),
          grouped(Int(reading.requestsPerSecond)), decimals(reading.microsecondsPerRequest, 2),
          decimals(Double(reading.peakBytes) / 1e6, 1),
        ]
      }
    })
  text += "\n\nCrowds, vllm-v1 on one engine that is never idle:\n\n"
  text += table(
    ["what", "users", "requests", "CPU s", "us per request", "peak MB"],
    readings.compactMap { reading in
      reading.point.crowd.map { crowd in
        var users = ""
        if case .users(let count) = crowd { users = grouped(count) }
        return [
          crowd.name, users, grouped(reading.completed), decimals(reading.cpuSeconds, 3),
          decimals(reading.microsecondsPerRequest, 2), decimals(Double(reading.peakBytes) / 1e6, 1),
        ]
      }
    })
  text += "\n\nMemory for every request, and for too few; 1,024 output tokens at 4/s:\n\n"
  text += table(
    ["policy", "requests", "CPU s with enough", "CPU s with too little", "preemptions", "us of one"],
    Target.underPressure(readings).map { pair in
      [
        pair.scarce.point.name, grouped(pair.scarce.completed), decimals(pair.ample.cpuSeconds, 3),
        decimals(pair.scarce.cpuSeconds, 3), grouped(pair.scarce.preemptions),
        Target.perPreemption(pair).map { decimals($0, 1) } ?? "",
      ]
    })
  text += "\n"
  let slower = try Target.ratios(readings, from: ratios)
  for target in slower where isQuick { text += "\n    \(target.line)\n" }
  if !isQuick {
    text += "\nTargets (one core; start-up is taken off where a cost is to be within 20 % and for crowds, and included "
    text += "elsewhere):\n\n"
    let crowds = try Target.crowds(readings, startUp: startUp.cpuSeconds, from: growth)
    for target in Target.all(readings, startUp: startUp.cpuSeconds) + crowds { text += "    \(target.line)\n" }
  }
  publish("How fast Spillway is", text, in: report)
  if isQuick, slower.contains(where: { !$0.isMet }) { exit(1) }
} catch {
  stop("\(error)", 1)
}
