import Metrics

/// How a study's points are arranged: which keys tell them apart, and whether they fill a grid.
struct StudyLayout {
  struct VariedKey {
    /// The path of the key, cut to what tells it from the others.
    var title: String
    /// Its index in the settings of a point.
    var setting: Int
    /// Its values in the order in which they come, as YAML.
    var values: [String]
  }

  /// The keys, without those that only follow another.
  let keys: [VariedKey]
  /// Whether every value of each key comes with every value of the others, and there are at least two keys.
  let isGrid: Bool

  init(_ points: [StudyResult.Point]) {
    var kept: [VariedKey] = []
    for (index, setting) in (points.first?.settings ?? []).enumerated() {
      let texts = points.map { Self.text($0.settings[index]) }
      let values = Self.distinct(texts)
      if values.count < 2 { continue }
      let follows = kept.contains { other in
        let pairs = zip(points, texts).map { Self.text($0.settings[other.setting]) + "\u{0}" + $1 }
        return other.values.count == values.count && Self.distinct(pairs).count == values.count
      }
      if !follows { kept.append(VariedKey(title: setting.key, setting: index, values: values)) }
    }
    keys = zip(kept, Alternatives.short(kept.map(\.title))).map { key, short in
      VariedKey(title: short, setting: key.setting, values: key.values)
    }
    isGrid = kept.count > 1 && kept.reduce(1) { $0 * $1.values.count } == points.count
  }

  /// A key's value at a point, as YAML.
  func value(_ key: VariedKey, at point: StudyResult.Point) -> String { Self.text(point.settings[key.setting]) }

  private static func text(_ setting: Setting) -> String { setting.text ?? "none" }

  private static func distinct(_ texts: [String]) -> [String] {
    texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
