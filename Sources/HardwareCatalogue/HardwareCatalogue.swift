import Catalogue
import Configuration
import Hardware

/// GPUs, servers and networks by name, and as described in a file.
///
/// The catalogue's own files and descriptions in a scenario have the same keys. A description may say `like: NAME` and
/// then write only what differs.
public enum HardwareCatalogue {
  /// The kind of a key whose value is a server: a name of the catalogue, or a description.
  public static let serverKind = ValueKind.either([.identifier, .mapping(HardwareSections.server)])
  /// The same in a list of servers, where one entry can stand for several servers alike.
  public static let countedServerKind = ValueKind.either([.identifier, .mapping(HardwareSections.countedServer)])
  /// The kind of a key whose value is a GPU: a name of the catalogue, or a description.
  public static let gpuKind = ValueKind.either([.identifier, .mapping(HardwareSections.gpu)])

  /// The names of the GPUs, in order.
  public static var gpuNames: [String] { names(in: "hardware/gpus") }
  /// The names of the servers, in order.
  public static var serverNames: [String] { names(in: "hardware/servers") }

  /// A GPU of the catalogue, `nil` when there is none of that name.
  public static func gpu(named name: String) -> GPUSpec? {
    gpus.value(for: name) {
      entry("hardware/gpus/\(name).yaml", HardwareSections.gpu).flatMap { gpu(described: $0, into: Diagnostics()) }
    }
  }

  private static let gpus = Memo<String, GPUSpec?>()

  /// A server of the catalogue, `nil` when there is none of that name.
  public static func server(named name: String) -> ServerSpec? {
    servers.value(for: name) {
      entry("hardware/servers/\(name).yaml", HardwareSections.server).flatMap {
        server(described: $0, into: Diagnostics())
      }
    }
  }

  private static let servers = Memo<String, ServerSpec?>()

  /// The GPU that a checked value of `gpuKind` names or describes; `nil` after reporting why there is none.
  public static func gpu(_ value: CheckedValue, into diagnostics: Diagnostics) -> GPUSpec? {
    if let map = value.map { return gpu(described: map, into: diagnostics) }
    guard let name = value.text else { return nil }
    return lookUp(
      name, at: value.position, noun: "GPU", names: gpuNames, find: { gpu(named: $0) }, diagnostics)
  }

  /// The server that a checked value of `serverKind` names or describes; `nil` after reporting why there is none.
  ///
  /// - Parameter locate: makes a path that stands in the description one from the working directory.
  public static func server(
    _ value: CheckedValue, into diagnostics: Diagnostics, locate: (String) -> String = { $0 }
  ) -> ServerSpec? {
    if let map = value.map { return server(described: map, into: diagnostics, locate: locate) }
    guard let name = value.text else { return nil }
    return lookUp(
      name, at: value.position, noun: "server", names: serverNames, find: { server(named: $0) }, diagnostics)
  }

  /// The GPU that a document describes; `nil` after reporting every mistake.
  public static func readGPU(_ document: Document, into diagnostics: Diagnostics) -> GPUSpec? {
    whole(document, HardwareSections.gpu, diagnostics, gpu(described:into:))
  }

  /// The server that a document describes; `nil` after reporting every mistake.
  public static func readServer(_ document: Document, into diagnostics: Diagnostics) -> ServerSpec? {
    whole(document, HardwareSections.server, diagnostics) { server(described: $0, into: $1) }
  }

  /// What a document describes, unless there is any mistake in it.
  private static func whole<Spec>(
    _ document: Document, _ section: Section, _ diagnostics: Diagnostics,
    _ describe: (CheckedMap, Diagnostics) -> Spec?
  ) -> Spec? {
    let own = Diagnostics()
    let spec = section.check(document, into: own).flatMap { describe($0, own) }
    for diagnostic in own.all { diagnostics.add(diagnostic) }
    return own.hasErrors ? nil : spec
  }

  private static func gpu(described map: CheckedMap, into diagnostics: Diagnostics) -> GPUSpec? {
    var base: GPUSpec?
    if let like = map["like"], let name = like.text {
      base = lookUp(
        name, at: like.position, noun: "GPU", names: gpuNames, find: { gpu(named: $0) }, diagnostics)
      if base == nil { return nil }
    } else if map.isWritten("like") {
      return nil
    }
    guard let spec = GPUSpec.read(map, base: base, diagnostics) else { return nil }
    for problem in spec.problems() {
      diagnostics.error(at: map.position, "\(map.subject): '\(problem.field)' \(problem.message)")
    }
    return spec.problems().isEmpty ? spec : nil
  }

  private static func server(
    described map: CheckedMap, into diagnostics: Diagnostics, locate: (String) -> String = { $0 }
  ) -> ServerSpec? {
    var base: ServerSpec?
    if let like = map["like"], let name = like.text {
      base = lookUp(
        name, at: like.position, noun: "server", names: serverNames, find: { server(named: $0) }, diagnostics)
      if base == nil { return nil }
    } else if map.isWritten("like") {
      return nil
    }
    return withoutActuallyEscaping(locate) {
      ServerReader(map: map, base: base, diagnostics: diagnostics, locate: $0).read()
    }
  }

  static func lookUp<Spec>(
    _ name: String, at position: Position, noun: String, names: [String], find: (String) -> Spec?,
    _ diagnostics: Diagnostics
  ) -> Spec? {
    if names.contains(name) { return find(name) }
    let clause =
      switch noun {
      case "GPU": clause(forUnknownGPU: name)
      case "server": clause(forUnknownServer: name)
      default: NearestName.clause(for: name, among: names, plural: "\(noun)s")
      }
    diagnostics.error(at: position, "unknown \(noun) '\(name)'\(clause)")
    return nil
  }

  static func names(in folder: String) -> [String] {
    Catalogue.paths(under: folder).compactMap { path in
      path.hasSuffix(".yaml") ? String(path.dropFirst(folder.count + 1).dropLast(5)) : nil
    }
  }

  static func entry(_ path: String, _ section: Section) -> CheckedMap? {
    guard let text = Catalogue.text(path) else { return nil }
    let diagnostics = Diagnostics()
    return Document(text: text, name: path, into: diagnostics).flatMap { section.check($0, into: diagnostics) }
  }
}
