/// A figure that the simulator is meant to reach, and what was measured.
struct Target {
  var text: String
  var isMet: Bool

  var line: String { (isMet ? "met      " : "NOT met  ") + text }
}

extension Target {
  static func all(_ readings: [Reading], startUp: Double) -> [Target] {
    let single = readings.filter { $0.point.fleet == nil && $0.point.crowd == nil && $0.point.memory == nil }
    return limits(single) + speed(single) + flatness(single, startUp: startUp) + memory(single) + routers(readings)
      + pressures(readings)
  }

  /// What a preemption or page-out may cost above the same load with enough memory, in microseconds.
  static let mostForPreemption = 5.0

  /// A policy's readings with scarce memory, each with what its load costs where there is enough.
  static func underPressure(_ readings: [Reading]) -> [(scarce: Reading, ample: Reading)] {
    readings.compactMap { scarce in
      guard let memory = scarce.point.memory, memory.blocks == Case.Memory.scarce else { return nil }
      let twin = readings.first {
        $0.point.policy == scarce.point.policy && $0.point.memory?.parameters == memory.parameters
          && $0.point.memory?.blocks == Case.Memory.ample && $0.completed == scarce.completed
      }
      return twin.map { (scarce, $0) }
    }
  }

  /// Microseconds of a preemption or page-out; nil where there were none.
  static func perPreemption(_ pair: (scarce: Reading, ample: Reading)) -> Double? {
    pair.scarce.preemptions == 0
      ? nil : (pair.scarce.cpuSeconds - pair.ample.cpuSeconds) * 1e6 / Double(pair.scarce.preemptions)
  }

  private static func pressures(_ readings: [Reading]) -> [Target] {
    underPressure(readings).map { pair in
      let cost = perPreemption(pair)
      return Target(
        text: "\(pair.scarce.point.name): a preemption or page-out at most \(decimals(mostForPreemption, 0)) us; "
          + (cost.map { "\(decimals($0, 1)) us, \(grouped(pair.scarce.preemptions)) of them" } ?? "there were none"),
        isMet: cost.map { $0 <= mostForPreemption } ?? false)
    }
  }

  /// Cost per request, start-up taken off, with the most in a queue and the most users as times that with the fewest,
  /// by what the crowd is.
  static func growth(_ readings: [Reading], startUp: Double) -> [(crowd: String, times: Double)] {
    let own = readings.filter { $0.point.crowd != nil }
    var names: [String] = []
    for reading in own where !names.contains(reading.point.name) { names.append(reading.point.name) }
    return names.compactMap { name in
      let costs = own.filter { $0.point.name == name }.map { ($0.cpuSeconds - startUp) / Double($0.completed) * 1e6 }
      guard costs.count > 1, let first = costs.first, let last = costs.last, first > 0 else { return nil }
      return (name, last / first)
    }
  }

  /// What a request may cost more with the largest crowd, whatever was committed.
  static let mostGrowth = 2.5

  /// Growth against what was committed, `crowd,times` in each line. A larger crowd does not fit the processor's caches,
  /// so that its requests cost more even where their number of steps is the same; what would be wrong is growth of
  /// another order, which the committed figure shows.
  ///
  /// - Throws: when the file has no line for something that was measured.
  static func crowds(_ readings: [Reading], startUp: Double, from path: String) throws(MeasurementError) -> [Target] {
    let lines = contents(path).split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    var targets: [Target] = []
    for (crowd, times) in growth(readings, startUp: startUp) {
      guard let line = lines.first(where: { $0.count == 2 && $0[0] == crowd }), let committed = Double(line[1]) else {
        throw MeasurementError(description: "\(path): no line 'crowd,times' of \(crowd)")
      }
      let most = min(mostGrowth, slowing * committed)
      targets.append(
        Target(
          text: "\(crowd), the most of them against the fewest: cost per request at most \(decimals(most, 2)) times; "
            + decimals(times, 2), isMet: times <= most))
    }
    return targets
  }

  /// Costs as times the C loop's: at most 4 for vLLM's scheduler, 6 for the others, where nothing is preempted.
  private static func limits(_ readings: [Reading]) -> [Target] {
    let most = readings.map(\.completed).max() ?? 0
    return readings.filter { $0.completed == most }.compactMap { reading in
      guard let ratio = reading.timesLimit else { return nil }
      return timesLimit(reading.point, ratio)
    }
  }

  /// At most 4 times the C loop for vLLM's scheduler, 6 for the others.
  static func timesLimit(_ point: Case, _ ratio: Double) -> Target {
    let wanted = point.policy == "vllm-v1" ? 4.0 : 6.0
    return Target(
      text: "\(point.name): at most \(decimals(wanted, 0)) times the C loop; \(decimals(ratio, 1))",
      isMet: ratio <= wanted)
  }

  /// Figures that should be the same, within a fifth.
  static func withinFifth(_ what: String, _ figures: [Double], places: Int, unit: String = "") -> Target {
    let (least, most) = (figures.min() ?? 0, figures.max() ?? 0)
    return Target(
      text: "\(what) within 20 %; from \(decimals(least, places)) to \(decimals(most, places))\(unit)",
      isMet: least > 0 && most <= 1.2 * least)
  }

  /// The same for costs of `Case.lengths` as times the C loop's; nil unless all of these were measured.
  static func overLengths(_ times: [Double]) -> Target? {
    let tokens = Case.lengths.map(\.tokens)
    guard times.count == tokens.count, let short = tokens.min(), let long = tokens.max() else { return nil }
    return withinFifth(
      "vllm-v1, \(grouped(short)) to \(grouped(long)) output tokens: cost per request as times the C loop's", times,
      places: 1)
  }

  /// How much dearer a request may have become, against the C loop, than what is committed.
  static let slowing = 1.5

  /// Costs against those that were committed, `policy,rate,times` in each line.
  ///
  /// - Throws: when the file cannot be read, or none of its rows was measured.
  static func ratios(_ readings: [Reading], from path: String) throws(MeasurementError) -> [Target] {
    let lines = contents(path).split(separator: "\n").dropFirst()
    let targets = lines.compactMap { line -> Target? in
      let fields = line.split(separator: ",")
      guard fields.count == 3, let rate = Double(fields[1]), let committed = Double(fields[2]) else { return nil }
      let own = readings.filter {
        $0.point.policy == fields[0] && $0.point.rate == rate && $0.point.outputTokens == 256 && $0.timesLimit != nil
      }
      guard let ratio = own.compactMap(\.timesLimit).min() else { return nil }
      return Target(
        text: "\(fields[0]) at \(plain(rate))/s: at most \(decimals(slowing, 1)) times the committed "
          + "\(decimals(committed, 1)) times the C loop; \(decimals(ratio, 1))",
        isMet: ratio <= slowing * committed)
    }
    if targets.isEmpty {
      throw MeasurementError(description: "\(path): no line 'policy,rate,times' of what was measured")
    }
    return targets
  }

  /// A router may cost 2.5 times as much for each request with a thousand engines as with one, which is what any choice
  /// costs: engines no longer fit the processor's caches, and the board of events has ten levels.
  private static func routers(_ readings: [Reading]) -> [Target] {
    var names: [String] = []
    for reading in readings {
      if let router = reading.point.fleet?.router, !names.contains(router) { names.append(router) }
    }
    return names.compactMap { name in
      let own = readings.filter { $0.point.fleet?.router == name }
      guard let few = own.min(by: { $0.point.fleet!.replicas < $1.point.fleet!.replicas }),
        let many = own.max(by: { $0.point.fleet!.replicas < $1.point.fleet!.replicas }),
        let engines = many.point.fleet?.replicas, engines > (few.point.fleet?.replicas ?? 0)
      else { return nil }
      let ratio = many.microsecondsPerRequest / few.microsecondsPerRequest
      return Target(
        text: "\(name), 1 to \(grouped(engines)) engines: cost per request at most 2.5 times; \(decimals(ratio, 2))",
        isMet: ratio <= 2.5)
    }
  }

  /// Requests per CPU second, start-up included, with the most requests that were measured.
  private static func speed(_ readings: [Reading]) -> [Target] {
    var targets: [Target] = []
    for policy in ["vllm-v1", "aqua", "conserve"] {
      let wanted = policy == "vllm-v1" ? 200_000.0 : 50_000.0
      for rate in Case.rates {
        let own = readings.filter { $0.point.policy == policy && $0.point.rate == rate && $0.point.outputTokens == 256 }
        guard let most = own.max(by: { $0.completed < $1.completed }) else { continue }
        targets.append(
          Target(
            text: "\(policy) at \(plain(rate))/s: at least \(grouped(Int(wanted))) requests per CPU second; "
              + grouped(Int(most.requestsPerSecond)),
            isMet: most.requestsPerSecond >= wanted))
      }
    }
    return targets
  }

  /// Cost per request, start-up taken off, within a fifth from the fewest requests to the most, and lengths of answers.
  private static func flatness(_ readings: [Reading], startUp: Double) -> [Target] {
    func cost(_ reading: Reading) -> Double { (reading.cpuSeconds - startUp) / Double(reading.completed) * 1e6 }
    var targets: [Target] = []
    for rate in Case.rates {
      let own = readings.filter {
        $0.point.policy == "vllm-v1" && $0.point.rate == rate && $0.point.outputTokens == 256
      }
      guard own.count > 1, let least = own.map(\.completed).min(), let most = own.map(\.completed).max()
      else { continue }
      targets.append(
        withinFifth(
          "vllm-v1 at \(plain(rate))/s, \(grouped(least)) to \(grouped(most)) requests: cost per request",
          own.map(cost), places: 2, unit: " us"))
    }
    return targets + (lengths(readings, startUp: startUp).map { [$0] } ?? [])
  }

  /// Cost per request as times the C loop's for answers of the same length, start-up taken off, within a fifth from
  /// short answers to long ones, at the rates of `Case.lengths`.
  private static func lengths(_ readings: [Reading], startUp: Double) -> Target? {
    let own = readings.filter { reading in
      reading.point.policy == "vllm-v1" && reading.completed == Case.requestsOfLengths
        && Case.lengths.contains { $0 == (reading.point.outputTokens, reading.point.rate) }
    }
    let times = own.compactMap { reading in reading.limitSeconds.map { (reading.cpuSeconds - startUp) / $0 } }
    return overLengths(times)
  }

  private static func memory(_ readings: [Reading]) -> [Target] {
    guard let largest = readings.max(by: { $0.completed < $1.completed }) else { return [] }
    return [
      Target(
        text: "\(grouped(largest.completed)) requests, none of them in a long queue: less than 300 MB resident; "
          + "\(decimals(Double(largest.peakBytes) / 1e6, 1)) MB",
        isMet: largest.peakBytes < 300_000_000)
    ]
  }
}
