/// The value that an alternative has for one of the scenario's keys in which alternatives differ.
public struct Setting: Sendable, Hashable {
  /// The key's path, for example `deployments.chat.tensor_parallel`.
  public var key: String
  /// The value as YAML on one line; nil where the alternative has no such key.
  public var text: String?
  /// The value in base units (seconds, bytes, per second, a share of 1); nil for what is no number.
  public var number: Double?

  public init(key: String, text: String?, number: Double?) {
    self.key = key
    self.text = text
    self.number = number
  }
}

/// A variant of a scenario, as results name it: the scenario with some of its keys changed.
public struct VariantLabel: Sendable, Hashable {
  public var name: String
  /// Every key that this variant or one beside it changes, in the order in which they were first named.
  public var settings: [Setting]

  public init(name: String, settings: [Setting]) {
    self.name = name
    self.settings = settings
  }
}

/// One of the things that are compared: a policy, in a variant of the scenario where there are several.
public struct Alternative: Sendable, Hashable {
  /// What results call the policy.
  public var policy: String
  /// nil for a scenario without variants.
  public var variant: VariantLabel?

  public init(policy: String, variant: VariantLabel? = nil) {
    self.policy = policy
    self.variant = variant
  }

  /// The value of a varied key; nil for one that its variant does not have.
  public func setting(_ key: String) -> Setting? { variant?.settings.first { $0.key == key } }

  /// Whether it is the same policy in the same variant.
  public static func == (a: Self, b: Self) -> Bool { a.policy == b.policy && a.variant?.name == b.variant?.name }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(policy)
    hasher.combine(variant?.name)
  }
}

/// What is compared, in order: policies, variants of a scenario, or each policy in each variant.
///
/// The one place that says what alternatives are called and which of them a name means; tables, CSV, JSON, the store
/// and expectations go by it.
public struct Alternatives: Sendable, Hashable {
  public let all: [Alternative]
  /// What each is called: the policy, the variant, or `POLICY, VARIANT`, as far as that tells them apart.
  public let labels: [String]
  /// The keys in which variants differ.
  public let keys: [String]

  public init(_ all: [Alternative]) {
    self.all = all
    let hasVariants = Set(all.map { $0.variant?.name }).count > 1
    let hasPolicies = Set(all.map(\.policy)).count > 1
    labels = all.map { alternative in
      guard hasVariants, let variant = alternative.variant?.name else { return alternative.policy }
      return hasPolicies ? "\(alternative.policy), \(variant)" : variant
    }
    keys = Self.keys(of: all)
  }

  /// The keys in which variants differ, in the order in which they are first met.
  public static func keys(of all: some Sequence<Alternative>) -> [String] {
    var keys: [String] = []
    for alternative in all {
      for setting in alternative.variant?.settings ?? [] where !keys.contains(setting.key) { keys.append(setting.key) }
    }
    return keys
  }

  /// Those that a name means: the one with this label, or else those of this policy, or else those of this variant.
  public func indices(named name: String) -> [Int] {
    if let index = labels.firstIndex(of: name) { return [index] }
    let ofPolicy = all.indices.filter { all[$0].policy == name }
    return ofPolicy.isEmpty ? all.indices.filter { all[$0].variant?.name == name } : ofPolicy
  }

  /// For each alternative the one that it is divided by, when a name says what the baseline is; nil where there is
  /// none.
  ///
  /// A label is the baseline of all. A policy is that of the alternatives in the same variant, a variant that of the
  /// same policy.
  public func bases(named name: String) -> [Int?] {
    let named = indices(named: name)
    if named.count == 1 { return all.map { _ in named[0] } }
    let isPolicy = named.allSatisfy { all[$0].policy == name }
    func shared(_ alternative: Alternative) -> String? { isPolicy ? alternative.variant?.name : alternative.policy }
    let first = Dictionary(named.map { (shared(all[$0]), $0) }) { first, _ in first }
    return all.map { first[shared($0)] }
  }

  /// Every name that means at least one of them.
  public var names: [String] {
    var seen: Set<String> = []
    return (labels + all.map(\.policy) + all.compactMap { $0.variant?.name }).filter { seen.insert($0).inserted }
  }

  /// The value of a key in one of them.
  public func setting(_ key: String, of index: Int) -> Setting? { all[index].setting(key) }

  /// What the column of a key is called in CSV and stores: its path, for keys at the top behind `scenario.`, since
  /// figures have names of one word.
  public static func columnName(_ key: String) -> String {
    key.contains(".") || key.contains("[") ? key : "scenario." + key
  }

  /// Keys cut to the last parts of their paths, as many as tell them apart, for headings.
  public static func short(_ keys: [String]) -> [String] {
    let parts = keys.map { $0.split(separator: ".") }
    return parts.indices.map { index in
      for count in 1...max(1, parts[index].count) {
        let end = parts[index].suffix(count)
        let isAlone = parts.indices.allSatisfy { $0 == index || parts[$0].suffix(count) != end }
        if isAlone || count == parts[index].count { return end.joined(separator: ".") }
      }
      return keys[index]
    }
  }
}
