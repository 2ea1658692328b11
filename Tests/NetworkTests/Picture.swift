import Hardware
import SimCore
import TestSupport
import Testing

@testable import Network

/// One transfer of a picture such as `0>1 at 300`, `h>3 at 12.5`, `0>1 limit 40 at 40` or
/// `0>1: 600 from 0 until 3`.
///
/// Ends are GPU numbers, or `h` for the host (`h1` for the second server's). Rates are GB/s, amounts GB, times
/// seconds.
struct PicturedFlow {
  var source: Endpoint
  var destination: Endpoint
  var amount = 1.0
  var limit: Double?
  var start = 0.0
  var rate: Double?
  var end: Double?

  /// The flows of a picture, which are separated by `|`.
  static func all(in picture: String) -> [PicturedFlow] { picture.split(separator: "|").map { PicturedFlow($0) } }

  init(_ text: Substring) {
    var words = text.replacing(":", with: "").split(separator: " ")
    let ends = words.removeFirst().split(separator: ">")
    source = Self.endpoint(ends[0])
    destination = Self.endpoint(ends[1])
    if words.count % 2 == 1 { amount = Double(words.removeFirst())! }
    while !words.isEmpty {
      let word = words.removeFirst()
      let value = Double(words.removeFirst())!
      switch word {
      case "at": rate = value
      case "limit": limit = value
      case "from": start = value
      case "until": end = value
      default: preconditionFailure("a picture has no word '\(word)'")
      }
    }
  }

  static func endpoint(_ text: Substring) -> Endpoint {
    if text.first == "h" { return .hostMemory(server: Int(text.dropFirst()) ?? 0) }
    return .gpu(Int(text)!)
  }
}

extension TransferNetwork {
  init(_ toys: ToyServer...) { self.init(toys.map(\.spec)) }

  /// Starts a pictured flow: a transfer, or with a limit a stream.
  mutating func start(_ flow: PicturedFlow, tag: Int) -> FlowID {
    let time = SimTime(seconds: flow.start)
    if let limit = flow.limit {
      return startStream(from: flow.source, to: flow.destination, bytesPerSecond: limit * 1e9, at: time)
    }
    let bytes = Int64(flow.amount * 1e9)
    return start(
      from: flow.source, to: flow.destination, bytes: bytes, fragmentBytes: bytes, mode: .fragmented, at: time,
      tag: Int64(tag))
  }
}

/// Starts everything in the picture at once and compares each rate.
func expectRates(
  _ picture: String, on servers: ToyServer..., network joining: ClusterNetworkSpec = .oneSwitch,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var network = TransferNetwork(servers.map(\.spec), network: joining)
  let flows = PicturedFlow.all(in: picture)
  let ids = flows.enumerated().map { network.start($1, tag: $0) }
  for (flow, id) in zip(flows, ids) {
    let found = network.rate(of: id) / 1e9
    #expect(
      abs(found - flow.rate!) < 1e-9 * flow.rate!,
      "\(flow.source) > \(flow.destination): \(found) instead of \(flow.rate!) in \(picture)",
      sourceLocation: sourceLocation)
  }
  #expect(network.brokenLaw() == nil, sourceLocation: sourceLocation)
}

/// Starts each transfer at its `from` and compares the moment it ends with its `until`, to the picosecond.
func expectTimeline(_ picture: String, on servers: ToyServer..., sourceLocation: SourceLocation = #_sourceLocation) {
  var network = TransferNetwork(servers.map(\.spec))
  let flows = PicturedFlow.all(in: picture)
  var ends = [SimTime](repeating: .never, count: flows.count)
  var completions: ContiguousArray<TransferCompletion> = []
  for (tag, flow) in flows.enumerated().sorted(by: { $0.element.start < $1.element.start }) {
    network.advance(to: SimTime(seconds: flow.start), into: &completions)
    _ = network.start(flow, tag: tag)
    #expect(network.brokenLaw() == nil, sourceLocation: sourceLocation)
  }
  network.advance(to: SimTime(seconds: 1000), into: &completions)
  for completion in completions { ends[Int(completion.tag)] = completion.time }
  for (flow, end) in zip(flows, ends) {
    guard let expected = flow.end else { continue }
    #expect(
      abs((end - SimTime(seconds: expected)).picoseconds) <= 1,
      "\(flow.source) > \(flow.destination) ended at \(end.seconds) instead of \(expected) in \(picture)",
      sourceLocation: sourceLocation)
  }
}
