import Catalogue
import Configuration
import Scheduling
import SimCore
import StepTime

/// The serving stacks that the catalogue knows: a file each below `stacks`.
public enum StackLibrary {
  private static let folder = "stacks/"
  private static let ending = ".yaml"

  /// Their names: those of their files, so that naming them reads none.
  public static let names: [String] = Catalogue.paths(under: "stacks").map {
    String($0.dropFirst(folder.count).dropLast(ending.count))
  }

  /// All of them, by name.
  public static var all: [ServingStack] { names.map(read) }

  /// The same, read one by one as they are asked for, the standard one first. The type is spelt out because callers'
  /// `map` and `flatMap` would read all of them behind `some Sequence`.
  static var allFromStandard: LazyMapSequence<[String], ServingStack> {
    ([standardName] + names.filter { $0 != standardName }).lazy.map(read)
  }

  public static func stack(named name: String) -> ServingStack? { names.contains(name) ? read(name) : nil }

  /// What was read, by name: most scenarios need one.
  private static let known = Memo<String, ServingStack>()

  /// - Precondition: the embedded file is sound; the tests read every one.
  private static func read(_ name: String) -> ServingStack {
    known.value(for: name) {
      let path = folder + name + ending
      guard let text = Catalogue.text(path) else { preconditionFailure("no embedded file \(path)") }
      do {
        let stack = try ServingStack(yaml: text, file: path)
        precondition(stack.name == name, "\(path) calls its stack '\(stack.name)'")
        return stack
      } catch {
        preconditionFailure("\(path): \(error)")
      }
    }
  }

  /// What a deployment runs on that does not say, under a policy: the stack whose scheduler that is, if it is no
  /// version's of the standard one; the standard one for all others.
  public static func stack(forPolicy policy: String) -> ServingStack {
    func has(_ stack: ServingStack) -> Bool { stack.versions.contains { $0.policy == policy } }
    return has(standard) ? standard : all.first { $0.newest.policy == policy } ?? standard
  }

  /// What a deployment runs on that does not say, under most policies.
  public static var standard: ServingStack {
    guard let stack = stack(named: standardName) else {
      preconditionFailure("the catalogue has no stack '\(standardName)'")
    }
    return stack
  }

  private static let standardName = "vllm"
}

extension ServingStack {
  /// Reads a stack's file.
  ///
  /// - Throws: `StackError` with every mistake; `ProfileError` for costs that are not there or damaged.
  init(yaml text: String, file: String) throws {
    let diagnostics = Diagnostics()
    guard let document = Document(bytes: Array(text.utf8), name: file, into: diagnostics),
      let map = StackSections.stack.check(document, into: diagnostics), !diagnostics.hasErrors,
      let name = map.text("name"), let title = map.text("title")
    else { throw StackError(problems: diagnostics.all.map(\.description)) }
    let eager = map.map("eager").flatMap { eager -> EagerLaunch? in
      guard let time = eager.duration("launch_per_layer"), let source = eager.text("source") else { return nil }
      return EagerLaunch(perLayer: time.seconds, source: source)
    }
    self.init(
      name: name, title: title,
      versions: try map.list("versions").compactMap(\.map).map { try StackVersion($0, of: name, title, eager) })
    for (older, newer) in zip(versions, versions.dropFirst()) where !(older.number < newer.number) {
      throw StackError(problems: ["\(file): error: version \(newer.number) comes after \(older.number)"])
    }
  }
}

extension StackVersion {
  fileprivate init(_ map: CheckedMap, of stack: String, _ title: String, _ eager: EagerLaunch?) throws {
    self.stack = stack
    self.title = title
    asked = map.text("version") ?? ""
    number = VersionNumber(asked)
    date = map.text("date") ?? ""
    policy = map.text("policy") ?? ""
    parameters = [:]
    if let given = map.map("parameters") {
      for key in given.section.keys {
        if given[key.name] != nil, !StackSections.mayDecide(key.name, of: policy) {
          throw StackError(problems: ["\(given.position): error: '\(key.name)' is no parameter of '\(policy)'"])
        }
        switch given[key.name]?.content {
        case .boolean(let value): parameters[key.name] = .boolean(value)
        case .number(let value): parameters[key.name] = .number(value)
        default: break
        }
      }
    }
    costs = try EngineLibrary.costs(named: map.text("costs") ?? "")
    groupedHeadCosts = try map.text("grouped_heads").map { try EngineLibrary.costs(named: $0) }
    variants = []
    if let given = map.map("variants") {
      for key in given.section.keys {
        if let file = given.text(key.name) { variants.append((key.name, try EngineLibrary.costs(named: file))) }
      }
    }
    self.eager = eager
    kernels = map.list("kernels").compactMap(\.text)
    kernelSource = map.text("kernels_source") ?? ""
    limits = map.list("limits").compactMap(\.map).map(LimitRule.init)
    memory = StackMemory(
      share: map.number("gpu_memory_utilization") ?? 1, shareOfFree: map.number("free_gpu_memory_fraction") ?? 1,
      reservedSequences: map.integer("reserved_sequences"), source: map.text("memory_source") ?? "")
    if let given = map.map("reserve") { memory.reserve = MemoryReserve(given) }
    graphsPerSequence = map.integer("graphs_per_sequence")
    cachesPrefixes = map.boolean("prefix_caching") ?? false
    schedulesAsynchronously = map.boolean("async_scheduling") ?? false
    fittedAheadOn = map["async_fitted_on"]?.list.map { $0.compactMap(\.text) }
  }
}

extension MemoryReserve {
  fileprivate init(_ map: CheckedMap) {
    func bytes(_ key: String) -> Int64 { Int64(map.bytes(key) ?? 0) }
    self.init(
      context: bytes("context"), tensorParallel: bytes("tensor_parallel"), graph: bytes("per_graph"),
      graphLayer: bytes("per_graph_and_layer"), source: map.text("source") ?? "")
  }
}

extension LimitRule {
  fileprivate init(_ map: CheckedMap) {
    let range = (map.integer("at_least") ?? 1)...(map.integer("at_most") ?? 1)
    self.init(
      memoryAtLeast: Int64(map.bytes("memory_at_least") ?? 0), exception: map.text("except"),
      tokens: map.integer("max_num_batched_tokens").map { .fixed($0) } ?? .longestSequence(range),
      maxSequences: map.integer("max_num_seqs") ?? 1, source: map.text("why") ?? "")
  }
}

/// What is wrong with a stack's file, every mistake.
public struct StackError: Error, Sendable, Hashable, CustomStringConvertible {
  public var problems: [String]

  public var description: String { problems.joined(separator: "\n") }
}
