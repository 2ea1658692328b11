import Assembly
import Configuration

extension ScenarioResolver {
  /// The versions of serving stacks that an engine may run as: that which the keys name, or the newest of each stack
  /// that the policies run on; empty when the keys name one that is not known.
  func stackVersions(_ map: CheckedMap, under policies: [ResolvedPolicy]) -> [StackVersion] {
    if map.isWritten("stack") || map.isWritten("version") || map.isWritten("variant") {
      return writtenStack(map).map { [$0] } ?? []
    }
    var stacks: [ServingStack] = []
    for stack in policies.map({ StackLibrary.stack(forPolicy: $0.name) })
    where !stacks.contains(where: { $0.name == stack.name }) { stacks.append(stack) }
    return stacks.isEmpty ? [StackLibrary.standard.newest] : stacks.map(\.newest)
  }

  private func writtenStack(_ map: CheckedMap) -> StackVersion? {
    guard let stack = map.text("stack").flatMap(StackLibrary.stack(named:)) else {
      for key in ["version", "variant"] where map.isWritten(key) && !map.isWritten("stack") {
        error(
          map.position(of: key),
          "'\(key)' wants 'stack' beside it, one of: \(StackLibrary.names.joined(separator: ", "))")
      }
      return nil
    }
    if map.isWritten("version"), map.text("version") == nil { return nil }
    guard let version = map.text("version").map(stack.version) ?? stack.newest else {
      let known = stack.versions.map(\.number.description).joined(separator: ", ")
      error(
        map.position(of: "version"),
        "no version '\(map.text("version") ?? "")' of \(stack.title) is known; there are \(known), "
          + "each for those after it too"
      )
      return nil
    }
    if let variant = map.text("variant"), !version.variants.contains(where: { $0.name == variant }) {
      let known = version.variants.map(\.name).joined(separator: ", ")
      error(
        map.position(of: "variant"),
        "\(version.fullName) was not fitted '\(variant)'; "
          + (known.isEmpty ? "it has one variant" : "there is \(known)"))
    }
    if version.isBeyondFitted {
      diagnostics.warning(
        at: map.position(of: "version"),
        "\(version.fullName) is newer than what was fitted: it is charged what \(stack.title) \(version.number) is")
    }
    return version
  }
}
