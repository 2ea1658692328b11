import Configuration
import Scenario

/// Finds what of a scenario can be moved: those of the usual keys that it has.
struct ControlReader {
  /// Every key of the scenario, defaults included.
  let keys: CheckedMap
  /// Keys that variants of the file change themselves, as their paths are written there.
  var taken: Set<String> = []

  /// A control for a key of a mapping; nil where the mapping has no such key, or no single value there.
  ///
  /// - Parameters:
  ///   - path: of the mapping.
  ///   - label: the key in words, when left out.
  func control(
    _ name: String, of map: CheckedMap?, at path: String, label: String? = nil, form: Control.Form? = nil
  ) -> Control? {
    guard let map, let key = map.section.key(name), let value = map[name] else { return nil }
    let own = path.isEmpty ? name : "\(path).\(name)"
    guard !taken.contains(own), value.map == nil, value.list == nil else { return nil }
    return Control(
      path: own, label: label ?? name.replacing("_", with: " "), help: key.help, text: value.yaml,
      form: form ?? Self.form(of: value, kind: key.kind))
  }

  func controls(_ names: [String], of map: CheckedMap?, at path: String, prefix: String = "") -> [Control] {
    names.compactMap { name in
      control(name, of: map, at: path, label: prefix + (Self.words[name] ?? name.replacing("_", with: " ")))
    }
  }

  /// Keys whose own names say too little beside a slider.
  private static let words = [
    "ttft": "TTFT", "tpot": "TPOT", "e2el": "end to end", "max_num_batched_tokens": "batched tokens",
    "max_num_seqs": "sequences", "gpu_memory_utilization": "GPU memory used", "kv_blocks": "KV blocks",
  ]

  /// How a value is moved: as its kind says.
  static func form(of value: CheckedValue, kind: ValueKind) -> Control.Form {
    let text = value.yaml
    switch kind {
    case .choice(_, let names): return .choice(names)
    case .boolean: return .choice(["true", "false"])
    case .integer(let bounds):
      let least = bounds.minimum.map(Double.init)
      let slider = Slider.around(text, least: least, greatest: bounds.maximum.map(Double.init), isWhole: true)
      return slider.map { .slider($0) } ?? .field
    case .fraction(let bounds):
      return Slider.between(bounds.minimum ?? 0, bounds.maximum ?? 1, text).map { .slider($0) } ?? .field
    case .number(let bounds):
      return Slider.around(text, least: bounds.minimum, greatest: bounds.maximum).map { .slider($0) } ?? .field
    case .duration, .rate, .bytes, .bandwidth, .floatingPointRate:
      return Slider.around(text).map { .slider($0) } ?? .field
    case .either(let kinds):
      let forms = kinds.filter { $0.isKind(of: value) }.map { form(of: value, kind: $0) }
      return forms.first ?? .field
    default: return .field
    }
  }

  /// The items of a list of mappings with their paths; of a mapping in place of a list the only one. Items are named
  /// where names tell them apart, and numbered elsewhere.
  func items(_ key: String) -> [(map: CheckedMap, path: String, name: String?)] {
    guard let value = keys[key] else { return [] }
    if let map = value.map { return [(map, key, nil)] }
    let maps = (value.list ?? []).compactMap(\.map)
    let names = maps.map { $0.section.key("name") == nil ? nil : $0.text("name") }
    return maps.enumerated().map { index, map in
      guard let name = names[index], names.count(where: { $0 == name }) == 1, !name.contains(".") else {
        return (map, "\(key)[\(index)]", names[index])
      }
      return (map, "\(key).\(name)", name)
    }
  }
}

extension ValueKind {
  /// Whether a checked value is one of this kind.
  fileprivate func isKind(of value: CheckedValue) -> Bool {
    switch (self, value.content) {
    case (.integer, .integer), (.number, .number), (.fraction, .fraction), (.bytes, .bytes), (.duration, .duration),
      (.rate, .rate), (.bandwidth, .bandwidth), (.floatingPointRate, .floatingPointRate), (.boolean, .boolean):
      true
    case (.choice(_, let names), .text(let text)): names.contains(text)
    default: false
    }
  }
}
