import CZlib
import Glibc
import SimCore

/// Writes a trace in our own CSV format, plain or gzip.
///
/// The rows go to a temporary file in the same folder, which takes the place of the target in `finish()`; a writer
/// that is dropped before that leaves nothing behind.
public final class TraceWriter {
  public let path: String
  /// Rows written so far.
  public private(set) var rows = 0
  private let deadlines: Bool
  private let temporaryPath: String
  private var descriptor: Int32
  private var file: gzFile?
  private var buffer: [UInt8] = []
  private var isFinished = false
  private var isOurs = false
  private let namesBlocks: Bool
  private let prefixes: Bool

  /// - Parameters:
  ///   - deadlines: whether rows have a column for theirs.
  ///   - prefixes: whether rows have columns for their prefix and session.
  ///   - blockTokens: tokens of the blocks that prompts are made of, where rows name them.
  /// - Throws: when the folder can't be written.
  public init(
    _ path: String, gzip: Bool = false, deadlines: Bool = false, prefixes: Bool = false, blockTokens: Int? = nil
  ) throws(WorkloadError) {
    self.prefixes = prefixes
    namesBlocks = blockTokens != nil
    self.path = path
    self.deadlines = deadlines
    temporaryPath = "\(path).\(getpid()).partial"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw Self.unwritable(path, errno) }
    isOurs = true
    // "T" writes without compression or header; the file is one and the same code path either way.
    file = gzdopen(descriptor, gzip ? "wb6" : "wbT")
    if file == nil { throw Self.unwritable(path, ENOMEM) }
    descriptor = -1
    append("arrival_s,prompt_tokens,output_tokens,class,tenant,priority" + (deadlines ? ",deadline_s" : ""))
    if prefixes { append(",prefix_tokens,prefix_group,session,turn") }
    if let blockTokens { append("," + PromptBlocks.columnName(tokens: blockTokens)) }
    append("\n")
  }

  deinit {
    if let file { gzclose(file) }
    if descriptor >= 0 { close(descriptor) }
    if !isFinished, isOurs { unlink(temporaryPath) }
  }

  /// Adds a row; times are written with as many of the 12 digits as are needed.
  public func write(
    arrival: SimTime, promptTokens: Int32, outputTokens: Int32, requestClass: RequestClass, tenant: Int32,
    priority: Int32, deadline: SimDuration? = nil, prefix: PrefixColumns = PrefixColumns(), blocks: [Int] = []
  ) throws(WorkloadError) {
    append("\(Self.seconds(arrival)),\(promptTokens),\(outputTokens),\(requestClass.rawValue),\(tenant),\(priority)")
    if deadlines { append("," + (deadline.map { Self.seconds(SimTime.zero + $0) } ?? "")) }
    if prefixes {
      append(",\(prefix.tokens),\(prefix.group),\(prefix.session < 0 ? "" : "\(prefix.session)"),\(prefix.turn)")
    }
    if namesBlocks { append("," + blocks.map(String.init).joined(separator: " ")) }
    append("\n")
    rows += 1
    if buffer.count >= 65_536 { try flush() }
  }

  /// What a row says of how its prompt begins.
  public struct PrefixColumns: Sendable {
    public var tokens: Int32
    public var group: Int32
    /// -1 for none.
    public var session: Int32
    public var turn: Int32

    public init(tokens: Int32 = 0, group: Int32 = 0, session: Int32 = -1, turn: Int32 = 0) {
      self.tokens = tokens
      self.group = group
      self.session = session
      self.turn = turn
    }
  }

  /// Puts the finished file in the target's place.
  public func finish() throws(WorkloadError) {
    try flush()
    let closed = gzclose(file)
    file = nil
    if closed != Z_OK { throw Self.unwritable(path, errno) }
    if rename(temporaryPath, path) != 0 { throw Self.unwritable(path, errno) }
    isFinished = true
  }

  private func append(_ text: String) { buffer.append(contentsOf: text.utf8) }

  private func flush() throws(WorkloadError) {
    if buffer.isEmpty { return }
    let written = buffer.withUnsafeBytes { gzwrite(file, $0.baseAddress, UInt32($0.count)) }
    if written != buffer.count { throw Self.unwritable(path, errno) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Seconds with the digits that are needed, exact to the picosecond.
  public static func seconds(_ time: SimTime) -> String {
    let (whole, rest) = time.picoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000)
    if rest == 0 { return String(whole) }
    var digits = String(rest)
    digits = String(repeating: "0", count: 12 - digits.count) + digits
    while digits.last == "0" { digits.removeLast() }
    return "\(whole).\(digits)"
  }

  private static func unwritable(_ path: String, _ code: Int32) -> WorkloadError {
    WorkloadError(.unwritableFile, file: path, "can't write the file: \(String(cString: strerror(code)))")
  }
}
