/// What stands below a value, and what a bare name in place of a mapping means: for keys that are set from outside.
extension ValueKind {
  /// The key that a bare name stands for where a mapping may be written too: `process` of `arrivals: poisson`, `like`
  /// of `server: hgx-h100-8`; nil for a text that is no such name.
  func key(ofBareName text: String) -> String? {
    switch self {
    case .tagged(let tag, _, _): return tag
    case .either(let kinds):
      for kind in kinds {
        if case .mapping(let section) = kind, section.key("like") != nil { return "like" }
        if case .tagged(let tag, _, let sections) = kind, sections.contains(where: { $0.name == text }) { return tag }
      }
      return nil
    default: return nil
    }
  }

  /// What stands behind a key of a mapping of this kind; nil where it has no such key.
  func value(of key: String) -> ValueKind? {
    switch self {
    case .mapping(let section): section.key(key)?.kind
    case .tagged(_, _, let sections): sections.lazy.compactMap { $0.key(key)?.kind }.first
    case .either(let kinds): kinds.lazy.compactMap { $0.value(of: key) }.first
    default: nil
    }
  }

  /// What an item of a list of this kind is; nil where it is no list.
  var item: ValueKind? {
    switch self {
    case .list(let item, _): item
    case .either(let kinds): kinds.lazy.compactMap(\.item).first
    default: nil
    }
  }
}
