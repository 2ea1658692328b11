import Configuration
import SimCore

/// Values that a key may have, by its kind: mostly inside its bounds, and often at them.
struct RandomValues {
  var random: RandomStream
  /// Names that mean something, by the key they stand under: models, servers, deployments.
  let names: [String: [String]]

  init(seed: UInt64, names: [String: [String]]) {
    random = RandomStream(seed: seed, replication: 0, purpose: "fuzz")
    self.names = names
  }

  mutating func below(_ count: Int) -> Int { random.below(max(1, count)) }
  mutating func happens(_ share: Double) -> Bool { random.uniform() < share }
  mutating func one<Value>(of values: [Value]) -> Value? { values.isEmpty ? nil : values[below(values.count)] }

  /// - Parameter depth: how many mappings may still be nested.
  mutating func value(of kind: ValueKind, for key: String, depth: Int = 3) -> YAMLTree? {
    switch kind {
    case .text, .identifier: return one(of: names[key] ?? []).map { .scalar($0) }
    case .choice(_, let choices): return one(of: choices).map { .scalar("'\($0)'") }
    case .boolean: return .scalar(happens(0.5) ? "true" : "false")
    case .integer(let bounds): return .scalar("\(integer(bounds))")
    case .number(let bounds): return .scalar("\(number(bounds, usual: 1))")
    case .fraction(let bounds): return .scalar("\(number(bounds, usual: 0.3))")
    case .bytes(let bounds): return .scalar("'\(integer(bounds, usual: 1 << 30)) B'")
    case .duration(let bounds):
      let picoseconds = Bounds<Double>(
        minimum: bounds.minimum.map { Double($0.picoseconds) / 1e9 }, excludesMinimum: bounds.excludesMinimum,
        maximum: bounds.maximum.map { Double($0.picoseconds) / 1e9 })
      return .scalar("'\(Quantity.plain(number(picoseconds, usual: 500))) ms'")
    case .rate(let bounds, _): return .scalar("'\(Quantity.plain(number(bounds, usual: 5)))/s'")
    case .bandwidth(let bounds): return .scalar("'\(Quantity.plain(number(bounds, usual: 5e10) / 1e9)) GB/s'")
    case .floatingPointRate(let bounds):
      return .scalar("'\(Quantity.plain(number(bounds, usual: 5e14) / 1e12)) TFLOP/s'")
    case .list(let item, let atLeast):
      let values = (0..<max(atLeast, 1 + below(2))).compactMap { _ in value(of: item, for: key, depth: depth) }
      return values.count >= atLeast ? .list(values) : nil
    case .mapping(let section): return depth > 0 ? mapping(section, depth: depth - 1) : nil
    case .tagged(let tag, _, let sections):
      guard depth > 0, let section = one(of: sections), case .mapping(let entries)? = mapping(section, depth: depth - 1)
      else { return nil }
      return .mapping([(tag, .scalar("'\(section.name)'"))] + entries)
    case .either(let kinds): return one(of: kinds).flatMap { value(of: $0, for: key, depth: depth) }
    }
  }

  /// What a section must have, and now and then what it may have.
  mutating func mapping(_ section: Section, depth: Int) -> YAMLTree? {
    var entries: [(key: String, value: YAMLTree)] = []
    for key in section.keys {
      let isRequired = key.presence == .required
      guard isRequired || happens(0.25) else { continue }
      if let value = value(of: key.kind, for: key.name, depth: depth) {
        entries.append((key.name, value))
      } else if isRequired {
        return nil
      }
    }
    return .mapping(entries)
  }

  private mutating func integer(_ bounds: Bounds<Int>, usual: Int = 8) -> Int {
    let least = (bounds.minimum ?? 0) + (bounds.excludesMinimum ? 1 : 0)
    let most = max(least, bounds.maximum ?? least + 1_000_000)
    if happens(0.2) { return least }
    if happens(0.05) { return most }
    // Small numbers and powers of two, where schedulers have their corners.
    let size = happens(0.5) ? below(2 * usual + 1) : usual << below(8)
    return min(most, max(least, size))
  }

  private mutating func number(_ bounds: Bounds<Double>, usual: Double) -> Double {
    let least = bounds.minimum ?? 0
    let most = bounds.maximum ?? max(1, least) * 1e6
    if happens(0.1), !bounds.excludesMinimum { return least }
    if happens(0.05) { return most }
    var value = usual * [0.01, 0.1, 0.5, 1, 1, 2, 5, 20][below(8)] * (0.5 + random.uniform())
    value = min(most, max(least, value))
    if bounds.excludesMinimum, value <= least { value = least + (most - least) * 0.01 }
    return value
  }
}
