import TextIO

/// Where something was written: a place in a file, or an argument of the command line.
public enum Position: Hashable, Sendable, CustomStringConvertible {
  /// Line and column count from 1; columns count Unicode scalars.
  case file(String, line: Int, column: Int)
  /// The argument, for example `--set workload.rate`.
  case argument(String)

  public var description: String {
    switch self {
    case .file(let name, let line, let column): "\(name):\(line):\(column)"
    case .argument(let text): text
    }
  }
}

/// One mistake, or one remark, about what a person wrote.
public struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
  /// Whether what was written can be used.
  public enum Severity: String, Sendable {
    case error
    case warning
  }

  public var severity: Severity
  public var position: Position
  /// What was found and what was expected, in one sentence without a full stop.
  public var message: String
  /// Whether what was written is right, but names a file that cannot be read.
  public var isUnreadableFile = false

  public init(_ severity: Severity, at position: Position, _ message: String) {
    self.severity = severity
    self.position = position
    self.message = message
  }

  /// `Scenarios/burst.yaml:14:9: error: MESSAGE`, on one line and without control characters.
  public var description: String { Printable.line("\(position): \(severity.rawValue): \(message)") }
}

/// Collects every diagnostic about a document, so that all mistakes are reported at once.
public final class Diagnostics {
  /// How many are kept; a file with more mistakes is not helped by a longer list.
  public static let limit = 200

  private var collected: [Diagnostic] = []
  private var seen: Set<Diagnostic> = []
  private var dropped = 0
  /// How many errors were reported, repeats included.
  private(set) var errorCount = 0
  /// Whether any error was reported.
  public private(set) var hasErrors = false

  public init() {}

  /// Adds an error, unless the same one was reported already.
  public func error(at position: Position, _ message: String) { add(Diagnostic(.error, at: position, message)) }

  /// Adds an error at the place that names a file which cannot be read.
  public func unreadable(at position: Position, _ message: String) {
    var diagnostic = Diagnostic(.error, at: position, message)
    diagnostic.isUnreadableFile = true
    add(diagnostic)
  }

  /// Adds a warning, unless the same one was reported already.
  public func warning(at position: Position, _ message: String) { add(Diagnostic(.warning, at: position, message)) }

  /// Adds a diagnostic, unless the same one was reported already.
  public func add(_ diagnostic: Diagnostic) {
    if diagnostic.severity == .error {
      hasErrors = true
      errorCount += 1
    }
    guard seen.insert(diagnostic).inserted else { return }
    if collected.count < Self.limit { collected.append(diagnostic) } else { dropped += 1 }
  }

  /// All of them: by file in order of first mention, then by line and column, then those about arguments.
  public var all: [Diagnostic] {
    var files: [String] = []
    for diagnostic in collected {
      if case .file(let name, _, _) = diagnostic.position, !files.contains(name) { files.append(name) }
    }
    func rank(_ diagnostic: Diagnostic) -> (Int, Int, Int) {
      switch diagnostic.position {
      case .file(let name, let line, let column): (files.firstIndex(of: name) ?? 0, line, column)
      case .argument: (files.count, 0, 0)
      }
    }
    var sorted = collected.enumerated().sorted {
      let (a, b) = (rank($0.element), rank($1.element))
      return a == b ? $0.offset < $1.offset : a < b
    }.map(\.element)
    if dropped > 0, let last = sorted.last {
      sorted.append(Diagnostic(.warning, at: last.position, "\(dropped) more diagnostics are not shown"))
    }
    return sorted
  }

  /// The errors alone, in the order of `all`.
  public var errors: [Diagnostic] { all.filter { $0.severity == .error } }

  /// The warnings alone, in the order of `all`.
  public var warnings: [Diagnostic] { all.filter { $0.severity == .warning } }
}
