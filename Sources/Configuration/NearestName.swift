/// Finding the name that was probably meant.
public enum NearestName {
  /// The candidate closest to `name`, or `nil` when none is close enough to be a slip of the fingers.
  ///
  /// Distance counts insertions, deletions, replacements and swaps of neighbours, ignoring case and the difference
  /// between `-`, `_` and space; ties go to the earlier candidate. Where none is that close, it is the singular or
  /// plural of the name, or what the name begins: `policy` for `policies` is three letters apart.
  public static func of(_ name: String, among candidates: [String]) -> String? {
    let wanted = folded(name)
    guard !wanted.isEmpty, wanted.count <= 100 else { return nil }
    let allowed = max(1, wanted.count / 3)
    var best: (distance: Int, name: String)?
    for candidate in candidates {
      let other = folded(candidate)
      guard abs(other.count - wanted.count) <= allowed else { continue }
      let distance = editDistance(wanted, other)
      if distance <= allowed, distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    if best == nil, wanted.count >= 3 {
      return candidates.first { singular(folded($0)) == singular(wanted) }
        ?? candidates.first { folded($0).starts(with: wanted) }
        ?? candidates.first { wanted.starts(with: folded($0) + [UInt8(ascii: "_")]) }
    }
    return best?.name
  }

  /// `; did you mean 'NAME'?`, or the list of what is known when nothing is close.
  public static func clause(for name: String, among candidates: [String], plural: String) -> String {
    if let near = of(name, among: candidates) { return "; did you mean '\(near)'?" }
    if candidates.isEmpty { return "; there are no \(plural)" }
    var known: [String] = []
    for candidate in candidates where !known.contains(candidate) { known.append(candidate) }
    let shown = known.prefix(40).joined(separator: ", ")
    return "; known \(plural): \(shown)" + (known.count > 40 ? ", ..." : "")
  }

  private static func folded(_ text: String) -> [UInt8] {
    text.lowercased().utf8.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: " ") ? UInt8(ascii: "_") : $0 }
  }

  /// The name without the end that makes it a plural.
  private static func singular(_ name: [UInt8]) -> [UInt8] {
    if name.count > 4, name.suffix(3).elementsEqual("ies".utf8) { return name.dropLast(3) + "y".utf8 }
    return name.count > 3 && name.last == UInt8(ascii: "s") ? name.dropLast() : name
  }

  /// Optimal string alignment distance.
  static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    var current = previous
    for i in 0..<a.count {
      current[0] = i + 1
      for j in 0..<b.count {
        var cost = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforePrevious[j - 1] + 1) }
        current[j + 1] = cost
      }
      (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[b.count]
  }
}
