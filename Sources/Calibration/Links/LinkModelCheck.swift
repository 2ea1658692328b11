import Catalogue
import Hardware
import Network
import SimCore
import TextIO

/// What the transfer model says of copies that shared links, beside what was measured.
public struct LinkModelCheck: Hashable, Sendable {
  /// One flow of a pattern.
  public struct Flow: Hashable, Sendable {
    /// For example `host` or `gpu3`.
    public var from: String
    public var to: String
    public var bytes: Double
    /// Seconds from the common start.
    public var measured: Double
    public var predicted: Double

    /// Predicted over measured, less 1.
    public var error: Double { predicted / measured - 1 }
  }

  public var pattern: String
  public var flows: [Flow]

  /// Bytes of all flows over the time until the last has ended.
  public var measuredRate: Double { bytes / (flows.map(\.measured).max() ?? 1) }
  public var predictedRate: Double { bytes / (flows.map(\.predicted).max() ?? 1) }
  private var bytes: Double { flows.reduce(0) { $0 + $1.bytes } }
  /// How far the model's rate of the whole pattern is from the measured one, as a share of it.
  public var error: Double { predictedRate / measuredRate - 1 }

  /// Every pattern of a profile.
  ///
  /// - Parameters:
  ///   - document: with `@contention`.
  ///   - server: whose links are asked; patterns with GPUs that it does not have are left out.
  /// - Throws: ``ProfileTextError`` for rows that are not readings.
  public static func all(
    of document: ProfileDocument, on server: ServerSpec
  ) throws(ProfileTextError) -> [LinkModelCheck] {
    // Times are the GPU's own: no host has to notice anything.
    var server = server
    server.peerLink?.synchronise.value = 0
    server.hostLink.synchronise.value = 0
    var checks: [LinkModelCheck] = []
    var pending: [Reading] = []
    func flush() {
      if let check = LinkModelCheck(pending, server) { checks.append(check) }
      pending = []
    }
    for row in try document.rows(of: "contention", columns: ContentionMeasurements.columns) {
      let reading = try Reading(row)
      if pending.last.map({ $0.pattern != reading.pattern }) ?? false { flush() }
      pending.append(reading)
    }
    flush()
    return checks
  }

  private struct Reading {
    let pattern: String
    let from: String
    let to: String
    let source: Endpoint
    let target: Endpoint
    let pulled: Bool
    let bytes: Double
    let seconds: Double

    init(_ row: ProfileTable.Row) throws(ProfileTextError) {
      pattern = row.text("pattern")
      from = row.text("from")
      to = row.text("to")
      func endpoint(_ column: String) throws(ProfileTextError) -> Endpoint {
        let text = row.text(column)
        if text == "host" { return .host }
        guard text.hasPrefix("gpu"), let number = Int(text.dropFirst(3)), number >= 0 else {
          throw row.error("'\(column)' wants 'host' or a GPU such as 'gpu0', found '\(Printable.excerpt(text))'")
        }
        return .gpu(number)
      }
      source = try endpoint("from")
      target = try endpoint("to")
      if source == target { throw row.error("a copy from '\(from)' to itself") }
      pulled = "gpu" + row.text("driver") == to
      bytes = try row.number("bytes")
      seconds = try row.number("seconds")
      if bytes < 1 || seconds <= 0 { throw row.error("'bytes' and 'seconds' must be more than zero") }
      if bytes > 1e15 || seconds > 1e6 { throw row.error("no copy moves \(bytes) bytes in \(seconds) seconds") }
    }

    func fits(_ network: TransferNetwork) -> Bool {
      for endpoint in [source, target] {
        if case .gpu(let number) = endpoint, number >= network.gpuCount { return false }
      }
      return network.connects(source, target)
    }
  }

  private init?(_ readings: [Reading], _ server: ServerSpec) {
    var network = TransferNetwork([server])
    guard let first = readings.first, readings.allSatisfy({ $0.fits(network) }) else { return nil }
    for (index, reading) in readings.enumerated() {
      let bytes = Int64(reading.bytes)
      network.start(
        from: reading.source, to: reading.target, bytes: bytes, fragmentBytes: bytes, mode: .fragmented,
        pulled: reading.pulled, at: .zero, tag: Int64(index))
    }
    var ends = [Double](repeating: 0, count: readings.count)
    var completions: ContiguousArray<TransferCompletion> = []
    while network.nextChange < .never { network.advance(to: network.nextChange, into: &completions) }
    for completion in completions { ends[Int(completion.tag)] = completion.time.seconds }
    pattern = first.pattern
    flows = readings.indices.map {
      Flow(
        from: readings[$0].from, to: readings[$0].to, bytes: readings[$0].bytes, measured: readings[$0].seconds,
        predicted: ends[$0])
    }
  }
}
