import Foundation
import Report
import Synchronization
import TextIO

/// Where a command writes, and what it may assume about who reads it.
public struct Console: Sendable {
  /// Takes results; throws when they cannot be written.
  let writeOutput: @Sendable (String) throws(OutputError) -> Void
  /// Takes progress, warnings and errors.
  let writeError: @Sendable (String) -> Void
  /// Whether results go to a terminal.
  public var outputIsTerminal: Bool
  /// Whether progress goes to a terminal that can move its cursor.
  public var errorIsTerminal: Bool
  /// The columns of the terminal; 100 when results do not go to one.
  public var width: Int
  /// The columns of the terminal that progress goes to.
  var errorWidth = Console.defaultWidth
  /// Whether the surroundings ask for text without colour (`NO_COLOR`, `TERM=dumb`).
  public var refusesColour: Bool

  static let widthWithoutTerminal = 100

  public init(
    output: @escaping @Sendable (String) throws(OutputError) -> Void, error: @escaping @Sendable (String) -> Void,
    outputIsTerminal: Bool = false, errorIsTerminal: Bool = false, width: Int = Console.defaultWidth,
    refusesColour: Bool = false
  ) {
    writeOutput = output
    writeError = error
    self.outputIsTerminal = outputIsTerminal
    self.errorIsTerminal = errorIsTerminal
    self.width = width
    self.refusesColour = refusesColour
  }

  /// The width of tables that no terminal shows.
  public static var defaultWidth: Int { widthWithoutTerminal }

  /// Writes results, their control characters escaped.
  ///
  /// - Throws: `OutputError` when nobody can take them.
  func output(_ text: StyledText, _ style: TextStyle = .plain) throws(OutputError) {
    try writeOutput(text.rendered(style))
  }

  func output(_ text: String) throws(OutputError) { try output(StyledText(text)) }

  /// Writes the lines of a text to the error stream.
  func errors(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) { error(String(line)) }
  }

  /// Writes one line to the error stream, its control characters escaped, and its middle left out where it is so long
  /// that a file's content must be in it.
  func error(_ line: String) {
    let ends = (beginning: 3_000, end: 500)
    let scalars = line.unicodeScalars
    guard scalars.count > ends.beginning + ends.end else { return writeError(Printable.line(line) + "\n") }
    let kept = [scalars.prefix(ends.beginning), scalars.suffix(ends.end)].map { Printable.line(String($0)) }
    writeError(kept.joined(separator: " … ") + "\n")
  }
}

extension Console {
  /// Standard output and standard error of this process.
  public static var system: Console {
    func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    let isDumb = environment("TERM") == "dumb"
    let outputIsTerminal = isatty(STDOUT_FILENO) == 1
    var console = Console(
      output: { (text: String) throws(OutputError) in try write(text, to: STDOUT_FILENO) },
      error: { text in try? write(text, to: STDERR_FILENO) },
      outputIsTerminal: outputIsTerminal, errorIsTerminal: isatty(STDERR_FILENO) == 1 && !isDumb,
      width: outputIsTerminal ? terminalWidth(STDOUT_FILENO) : defaultWidth,
      refusesColour: isDumb || environment("NO_COLOR").map { !$0.isEmpty } ?? false)
    console.errorWidth = terminalWidth(STDERR_FILENO)
    return console
  }

  private static func write(_ text: String, to descriptor: Int32) throws(OutputError) {
    var bytes = ContiguousArray(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress!, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw OutputError(path: "standard output", reason: String(cString: strerror(errno)))
      }
      bytes = bytes.dropFirst(count)
    }
  }

  private static func terminalWidth(_ descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return defaultWidth }
    return max(40, Int(size.ws_col))
  }
}

/// Keeps what a command writes, for tests and for programs that call commands.
public final class CapturedConsole: Sendable {
  private let texts = Mutex((output: "", error: ""))

  public init() {}

  public var console: Console {
    Console(
      output: { (text: String) throws(OutputError) in self.texts.withLock { $0.output += text } },
      error: { text in self.texts.withLock { $0.error += text } })
  }

  public var output: String { texts.withLock { $0.output } }
  public var error: String { texts.withLock { $0.error } }
}
