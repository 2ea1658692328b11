import SimCore

/// What blocks the prompts of a stream are made of, as its trace numbers them: equal numbers stand for equal tokens,
/// all before them included, so that prompts that begin alike begin with the same numbers (Mooncake's `hash_ids`).
public struct PromptBlocks: Sendable, Hashable {
  /// Tokens of a block.
  public var tokens: Int
  /// Of each request, in order of arrival: its prompt's length, and its blocks from the prompt's start.
  public var requests: [Request]

  public struct Request: Sendable, Hashable {
    public var promptTokens: Int
    public var blocks: [Int]

    public init(promptTokens: Int, blocks: [Int]) {
      self.promptTokens = promptTokens
      self.blocks = blocks
    }
  }

  /// The sizes of blocks that can be.
  public static let sizes = 1...1_048_576
  /// Tokens of a block in Mooncake's public traces.
  public static let mooncakeTokens = 512

  public init(tokens: Int, requests: [Request]) {
    self.tokens = tokens
    self.requests = requests
  }

  /// The same prompts in the full blocks of an engine, numbered from 0.
  ///
  /// - Parameters:
  ///   - size: tokens of the engine's block.
  ///   - numbers: the numbers given so far, so that several streams can be numbered together.
  /// - Returns: nil when neither size is a multiple of the other.
  public func blocks(of size: Int, numberedBy numbers: inout [Int: Int]) -> [[Int]]? {
    guard size % tokens == 0 || tokens % size == 0 else { return nil }
    // Of blocks that one of the engine's holds the last stands for all; one that holds several is split.
    let held = max(1, size / tokens)
    let parts = max(1, tokens / size)
    return requests.map { request in
      (0..<request.promptTokens / size).prefix { ($0 + 1) * held <= request.blocks.count * parts }.map { index in
        let block = request.blocks[parts > 1 ? index / parts : (index + 1) * held - 1]
        let number = numbers[block] ?? numbers.count
        numbers[block] = number
        return number * parts + index % parts
      }
    }
  }
}

extension PromptBlocks {
  private static let column: StaticString = "hash_ids"
  /// What LLMServingSim's workloads call it.
  private static let sixteenTokens: StaticString = "prefix_block_ids_16tok"

  /// Whether a column or key of a trace says what blocks a prompt is made of: `hash_ids`, or `hash_ids_16` where each
  /// stands for 16 tokens.
  static func isColumn(_ name: FieldText) -> Bool {
    if name.equals(column) { return true }
    return suffix(name).map { sizes.contains($0) } ?? false
  }

  /// Tokens that each number of a column stands for.
  static func tokens(ofColumn name: FieldText) -> Int { suffix(name) ?? mooncakeTokens }

  /// The name of the column for blocks of so many tokens.
  static func columnName(tokens: Int) -> String { "\(column)_\(tokens)" }

  /// The number behind `hash_ids_`.
  private static func suffix(_ name: FieldText) -> Int? {
    if name.equals(sixteenTokens) { return 16 }
    let length = column.utf8CodeUnitCount
    guard name.bytes.count > length + 1, name.bytes[length] == UInt8(ascii: "_"),
      FieldText(name.bytes, 0..<length).equals(column)
    else { return nil }
    return FieldText(name.bytes, length + 1..<name.bytes.count).integer.flatMap { Int(exactly: $0) }
  }

  /// Whole numbers from 0 apart by blanks or commas, within brackets or not; nil for anything else.
  static func parse(_ text: FieldText) -> [Int]? {
    var field = text.trimmed
    let isList = field.bytes.first == UInt8(ascii: "[")
    if isList {
      guard field.bytes.last == UInt8(ascii: "]"), field.bytes.count > 1 else { return nil }
      field = FieldText(field.bytes, 1..<field.bytes.count - 1)
    }
    var numbers: [Int] = []
    var number: Int?
    for byte in field.bytes {
      let digit = byte &- 0x30
      if digit < 10 {
        let (shifted, tooLarge) = (number ?? 0).multipliedReportingOverflow(by: 10)
        let (sum, overflows) = shifted.addingReportingOverflow(Int(digit))
        if tooLarge || overflows { return nil }
        number = sum
      } else if byte == 0x20 || byte == 0x09 || isList && byte == 0x2c {
        if let number { numbers.append(number) }
        number = nil
      } else {
        return nil
      }
    }
    if let number { numbers.append(number) }
    return numbers
  }
}

extension WorkloadStream {
  /// Whether the stream says which of its prompts begin alike: by a shared prefix, by sessions, or by columns of its
  /// trace, of which only the beginning is read.
  ///
  /// - Throws: what reading the trace throws.
  public func namesPrefixes(seed: UInt64) throws(WorkloadError) -> Bool {
    if sharedPrefix != nil || conversations != nil { return true }
    guard case .trace = arrivals else { return false }
    let source = try RequestSource(self, number: 0, seed: seed, replication: 0)
    return source.blockTokens != nil || source.mayNamePrefixes
  }

  /// The blocks of the prompts that the stream's trace names; nil without a trace, or where it names none.
  ///
  /// Reads the trace to its end.
  ///
  /// - Throws: what reading the trace throws.
  public func promptBlocks(seed: UInt64, replication: Int) throws(WorkloadError) -> PromptBlocks? {
    guard case .trace = arrivals else { return nil }
    let source = try RequestSource(self, number: 0, seed: seed, replication: replication, keepsBlocks: true)
    guard source.traceReport?.blockColumn != nil, let tokens = source.blockTokens else { return nil }
    var requests: [PromptBlocks.Request] = []
    while source.nextTime != .never {
      let request = try source.take()
      requests.append(PromptBlocks.Request(promptTokens: Int(request.promptTokens), blocks: source.takenBlocks))
    }
    return PromptBlocks(tokens: tokens, requests: requests)
  }
}
