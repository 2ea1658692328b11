import Glibc

/// How many instructions a request takes, counted by valgrind: the same number on a busy machine and on a quiet one,
/// and nearly the same on any, where CPU time is neither.
///
/// Each figure is the difference between many requests and few, so that start-up is not in it.
struct InstructionCount {
  static let few = 5_000
  static let many = 20_000

  /// Copies without debugging information, which valgrind reads and may stumble over.
  private let programs: Programs
  private let scratch: String

  private init(of given: Programs) {
    scratch = "/tmp/spillway-benchmarks-\(getpid())"
    var copies = given
    copies.spillway = scratch + "/spillway"
    copies.limit = scratch + "/limit"
    programs = copies
  }

  /// - Throws: `MeasurementError`, also when there is no strip.
  private func makeCopies(of given: Programs) throws(MeasurementError) {
    guard mkdir(scratch, 0o700) == 0 else { throw MeasurementError(description: "\(scratch): cannot be made") }
    _ = try measure(["strip", "-o", programs.spillway, given.spillway])
    _ = try measure(["strip", "-o", programs.limit, given.limit])
  }

  private func removeCopies() {
    for path in [programs.spillway, programs.limit] { unlink(path) }
    rmdir(scratch)
  }

  /// The instructions of a process, and what it printed.
  private func count(_ arguments: [String]) throws(MeasurementError) -> (instructions: Int, output: String) {
    let counter = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", "--log-fd=1"]
    let output = try measure(counter + arguments).output
    guard let start = output.firstRange(of: "refs:"),
      let count = Int(output[start.upperBound...].prefix { $0 != "\n" }.filter(\.isNumber))
    else { throw MeasurementError(description: "valgrind did not say how many instructions it counted") }
    return (count, output)
  }

  /// Of a whole run with one request.
  func startUp() throws(MeasurementError) -> Int {
    try count(Case(policy: "vllm-v1", rate: 4, requests: 1).arguments(programs)).instructions
  }

  /// What a request of a case takes; preemptions, where there are any, are by the request too.
  func perRequest(of given: Case) throws(MeasurementError) -> (instructions: Double, preemptions: Double) {
    var few = given
    var many = given
    few.requests = Self.few
    many.requests = Self.many
    let (first, second) = (try count(few.arguments(programs)), try count(many.arguments(programs)))
    let more = Double(Self.many - Self.few)
    let preemptions = Case.preemptions(in: second.output) - Case.preemptions(in: first.output)
    return (Double(second.instructions - first.instructions) / more, Double(preemptions) / more)
  }

  /// The same of the C loop.
  func perRequestOfLimit(rate: Double, outputTokens: Int) throws(MeasurementError) -> Double {
    func run(_ requests: Int) throws(MeasurementError) -> Int {
      try count([programs.limit, "\(requests)", plain(rate), "\(outputTokens)"]).instructions
    }
    return Double(try run(Self.many) - run(Self.few)) / Double(Self.many - Self.few)
  }
}

extension InstructionCount {
  /// All figures as a page, with what was aimed at.
  static func page(_ programs: Programs) throws(MeasurementError) -> String {
    let counter = InstructionCount(of: programs)
    defer { counter.removeCopies() }
    try counter.makeCopies(of: programs)
    show("start-up")
    let startUp = try counter.startUp()
    var targets: [Target] = []
    var rows: [[String]] = []
    var byLength: [Double] = []
    let plainCases =
      ["vllm-v1", "aqua", "conserve"].flatMap { policy in
        Case.rates.map { Case(policy: policy, rate: $0, requests: 1) }
      }
      + Case.lengths.filter { $0.tokens != 256 }
      .map { Case(policy: "vllm-v1", rate: $0.rate, requests: 1, outputTokens: $0.tokens) }
    for one in plainCases {
      show(one.name)
      let own = try counter.perRequest(of: one).instructions
      let loop = try counter.perRequestOfLimit(rate: one.rate, outputTokens: one.outputTokens)
      rows.append([
        one.policy, plain(one.rate) + "/s", grouped(one.outputTokens), grouped(Int(own.rounded())),
        grouped(Int(loop.rounded())), decimals(own / loop, 1),
      ])
      if one.outputTokens == 256 { targets.append(Target.timesLimit(one, own / loop)) }
      if one.policy == "vllm-v1", Case.lengths.contains(where: { $0 == (one.outputTokens, one.rate) }) {
        byLength.append(own / loop)
      }
    }
    if let target = Target.overLengths(byLength) { targets.append(target) }
    var routerRows: [[String]] = []
    for router in Case.routers {
      var costs: [Double] = []
      for replicas in Case.fleetSizes {
        let one = Case.fleet(router, of: replicas, requests: 1)
        show(one.name)
        costs.append(try counter.perRequest(of: one).instructions)
      }
      routerRows.append([router] + costs.map { grouped(Int($0.rounded())) })
      targets.append(.withinFifth("\(router), 1 to 1,000 engines: instructions of a request", costs, places: 0))
    }
    var pressureRows: [[String]] = []
    for (policy, parameters) in Case.pressed {
      func one(_ blocks: Int) -> Case { .pressed(policy, parameters, blocks: blocks, requests: 1) }
      let name = one(Case.Memory.ample).name
      show(name)
      let ample = try counter.perRequest(of: one(Case.Memory.ample))
      let scarce = try counter.perRequest(of: one(Case.Memory.scarce))
      pressureRows.append([
        name, grouped(Int(ample.instructions.rounded())), grouped(Int(scarce.instructions.rounded())),
        decimals(scarce.preemptions, 2),
        grouped(Int(((scarce.instructions - ample.instructions) / max(scarce.preemptions, 1e-9)).rounded())),
      ])
    }
    show("")
    var text = "Start-up, with one request: \(decimals(Double(startUp) / 1e6, 1)) million instructions. "
    text += "Other figures are the difference between runs of\n\(grouped(many)) requests and of \(grouped(few)), "
    text += "by the request: what both have, such as their start and their end, is in none.\n"
    text += "The C loop (Benchmarks/Sources/limit) does the least that this work takes.\n\n"
    text += table(
      ["policy", "rate", "output tokens", "instructions per request", "of the C loop", "times"], rows)
    text += "\n\nRouters, vllm-v1 on engines of one GPU, each at 4/s; instructions per request by the number of "
    text += "engines:\n\n"
    text += table(["router"] + Case.fleetSizes.map(grouped), routerRows)
    text += "\n\nMemory for every request, and for too few; 1,024 output tokens at 4/s; instructions per request:\n\n"
    text += table(
      ["policy", "with enough", "with too little", "preemptions per request", "instructions per preemption"],
      pressureRows)
    text += "\n\nTargets:\n\n"
    for target in targets { text += "    \(target.line)\n" }
    return text
  }
}
