import Hardware
import SimCore
import TestSupport

@testable import Network

/// Networks and transfers drawn at random, for laws that must hold on all of them.
struct RandomNetwork {
  var random: RandomStream
  var servers: [ServerSpec] = []
  var network = ClusterNetworkSpec.oneSwitch

  init(seed: UInt64) {
    random = RandomStream(seed: seed, replication: 0, purpose: "network")
    let cards = random.below(3)
    for _ in 0...random.below(4) { servers.append(server(cards: cards)) }
    if random.below(2) == 0 {
      network = toyNetwork(
        random.below(2) == 0 ? .rails : .topOfRack, serversPerLeaf: random.below(2) == 0 ? nil : 1 + random.below(2),
        oversubscription: 0.5 + 3 * random.uniform(), spineLatency: 1e-6 * Double(random.below(3)))
    }
  }

  private mutating func server(cards: Int) -> ServerSpec {
    var toy = ToyServer(gpus: 2 * (1 + random.below(4)))
    switch random.below(3) {
    case 0: toy.fabric = .none
    case 1: toy.fabric = .bridgedPairs((0..<toy.gpus / 2).map { GPUPair(2 * $0, 2 * $0 + 1) })
    default: toy.fabric = .nvswitch
    }
    toy.port = 50 + 400 * random.uniform()
    toy.lane = 10 + 50 * random.uniform()
    toy.bothWays = random.below(2) == 0 ? nil : toy.lane * (1 + random.uniform())
    if random.below(2) == 0 { toy.switches = (0..<toy.gpus / 2).map { [2 * $0, 2 * $0 + 1] } }
    toy.upstream = 10 + 50 * random.uniform()
    toy.hostMemory = 20 + 300 * random.uniform()
    toy.gpuMemory = 100 + 2000 * random.uniform()
    toy.cards = cards
    toy.gpuDirect = random.below(3) > 0
    toy.card = 20 + 60 * random.uniform()
    toy.latency = random.below(2) == 0 ? 0 : 1e-5 * random.uniform()
    toy.issue = 1e-6 * Double(random.below(3))
    toy.synchronise = random.below(2) == 0 ? 0 : 5e-5 * random.uniform()
    toy.kernelLaunch = random.below(2) == 0 ? 0 : 5e-6
    return toy.spec
  }

  /// Something to do at a time; times never go back.
  enum Action {
    case start(Endpoint, Endpoint, bytes: Int64, fragmentBytes: Int64, TransferMode)
    case stream(Endpoint, Endpoint, bytesPerSecond: Double)
    case update(Int64, bytesPerSecond: Double)
    case stop(Int64)
  }

  mutating func actions(_ count: Int) -> [(time: SimTime, action: Action)] {
    let network = made
    var time = SimTime.zero
    var list: [(time: SimTime, action: Action)] = []
    var streams: [Int64] = []
    var started: Int64 = 0
    while list.count < count {
      if random.below(3) > 0 { time += SimDuration(seconds: 2e-4 * random.uniform()) }
      let source = endpoint(network)
      let destination = endpoint(network)
      guard network.connects(source, destination) else { continue }
      switch random.below(10) {
      case 0:
        list.append((time, .stream(source, destination, bytesPerSecond: 40e9 * random.uniform())))
        streams.append(started)
        started += 1
      case 1 where !streams.isEmpty:
        let bytesPerSecond = random.below(4) == 0 ? 0 : 60e9 * random.uniform()
        list.append((time, .update(streams[random.below(streams.count)], bytesPerSecond: bytesPerSecond)))
      case 2 where !streams.isEmpty:
        list.append((time, .stop(streams.remove(at: random.below(streams.count)))))
      default:
        let bytes = Int64(1 + random.below(1 << (1 + random.below(25))))
        let mode = TransferMode.allCases[random.below(TransferMode.allCases.count)]
        list.append(
          (time, .start(source, destination, bytes: bytes, fragmentBytes: Int64(1 + random.below(1 << 18)), mode)))
        started += 1
      }
    }
    return list
  }

  /// The network, with nothing under way.
  var made: TransferNetwork { TransferNetwork(servers, network: network) }

  private mutating func endpoint(_ network: TransferNetwork) -> Endpoint {
    if random.below(4) == 0 { return .hostMemory(server: random.below(network.serverCount)) }
    return .gpu(random.below(network.gpuCount))
  }
}

extension TransferNetwork {
  mutating func perform(_ action: RandomNetwork.Action, at time: SimTime, tag: Int64) {
    switch action {
    case .start(let source, let destination, let bytes, let fragmentBytes, let mode):
      start(
        from: source, to: destination, bytes: bytes, fragmentBytes: fragmentBytes, mode: mode, at: time, tag: tag)
    case .stream(let source, let destination, let bytesPerSecond):
      startStream(from: source, to: destination, bytesPerSecond: bytesPerSecond, at: time)
    case .update(let number, let bytesPerSecond):
      updateStream(FlowID(number: number), bytesPerSecond: bytesPerSecond, at: time)
    case .stop(let number): stop(FlowID(number: number), at: time)
    }
  }
}
