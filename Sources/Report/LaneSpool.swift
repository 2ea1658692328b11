/// Texts that grow side by side and are read one after the other: each lane's comes out whole.
///
/// They lie in one scratch file, in blocks; memory holds one block of each lane and where the others are.
struct LaneSpool {
  private struct Lane {
    var buffer: [UInt8] = []
    var blocks: [(offset: Int64, count: Int)] = []
  }

  private static let blockSize = 1 << 14
  private let file: ScratchFile
  private var lanes: [Lane] = []
  private var length: Int64 = 0
  /// The first failure; raised when the lanes are read.
  private var failure: OutputError?

  /// - Throws: `OutputError`.
  init(beside path: String) throws(OutputError) { file = try ScratchFile(beside: path) }

  mutating func append(_ text: String, to lane: Int) { append(to: lane) { $0.append(contentsOf: text.utf8) } }

  /// Lets a lane's next bytes be appended in place.
  mutating func append(to lane: Int, _ write: (inout [UInt8]) -> Void) {
    while lanes.count <= lane { lanes.append(Lane()) }
    write(&lanes[lane].buffer)
    if lanes[lane].buffer.count >= Self.blockSize { flush(lane) }
  }

  private mutating func flush(_ lane: Int) {
    let count = lanes[lane].buffer.count
    if failure == nil {
      do throws(OutputError) { try file.append(lanes[lane].buffer) } catch { failure = error }
    }
    lanes[lane].blocks.append((length, count))
    length += Int64(count)
    lanes[lane].buffer.removeAll(keepingCapacity: true)
  }

  /// Hands out everything, lane by lane; what was appended at once comes in one piece.
  ///
  /// - Throws: `OutputError`, also for what could not be kept earlier.
  func read(_ take: ([UInt8]) throws(OutputError) -> Void) throws(OutputError) {
    if let failure { throw failure }
    for lane in lanes {
      for block in lane.blocks { try take(try file.read(block.count, at: block.offset)) }
      if !lane.buffer.isEmpty { try take(lane.buffer) }
    }
  }
}
