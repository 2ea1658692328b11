import Hardware
import SimCore

/// The prices of one link, taken out of its description.
struct LinkPrices: Sendable, BitwiseCopyable {
  var writeBandwidth: Double
  var readBandwidth: Double
  var kernelBandwidth: Double
  var streamBandwidth: Double
  var issueSeconds: Double
  var readIssueSeconds: Double
  var latency: SimDuration
  var synchronise: SimDuration

  init(_ spec: LinkSpec) {
    writeBandwidth = spec.writeBandwidth.value
    readBandwidth = spec.readBandwidth.value
    kernelBandwidth = spec.kernelBandwidth.value
    streamBandwidth = spec.streamBandwidth.value
    issueSeconds = spec.issue.value
    readIssueSeconds = (spec.readIssue ?? spec.issue).value
    latency = SimDuration(seconds: spec.latency.value)
    synchronise = SimDuration(seconds: spec.synchronise.value)
  }
}

/// The prices of a server's links and of its GPUs' copy kernels.
struct ServerPrices: Sendable {
  var peer: LinkPrices
  var host: LinkPrices
  var network: LinkPrices
  /// Payload bytes per second of a gather or scatter kernel.
  var gatherRate: Double
  var kernelLaunch: SimDuration
  var gpuMemoryBandwidth: Double
  var leavingInterference: Double
  var arrivingInterference: Double
  var fromHostInterference: Double
  /// What a kernel that moves pages over a link adds to the time of whatever else its GPU computes, as a share.
  var kernelInterference: Double

  init(_ spec: ServerSpec) {
    host = LinkPrices(spec.hostLink)
    peer = LinkPrices(spec.peerLink ?? spec.hostLink)
    network = LinkPrices(spec.network?.link ?? spec.hostLink)
    gatherRate = spec.gpu.gatherRate.value
    kernelLaunch = SimDuration(seconds: spec.gpu.kernelLaunch.value)
    gpuMemoryBandwidth = spec.gpu.memoryBandwidth.value
    leavingInterference = spec.gpu.copyInterference.leaving.value
    arrivingInterference = spec.gpu.copyInterference.arriving.value
    fromHostInterference = spec.gpu.copyInterference.arrivingFromHost.value
    kernelInterference = spec.gpu.copyInterference.kernel.value
  }
}

/// Whether bytes leave a GPU's memory or arrive there, which disturb its kernels differently.
enum TrafficKind: Sendable, BitwiseCopyable {
  case leaving
  case arriving
  case arrivingFromHost
}

extension ServerPrices {
  func interference(of kind: TrafficKind) -> Double {
    switch kind {
    case .leaving: leavingInterference
    case .arriving: arrivingInterference
    case .arrivingFromHost: fromHostInterference
    }
  }
}

/// What a transfer costs besides waiting for others: fixed times before and after, and the fastest rate between.
///
/// Alone, a fragmented transfer of n bytes in c fragments takes c x issue + latency + n / bandwidth + synchronise.
/// The issuing time is not a phase of its own: copies already issued move while later ones are being issued, so it
/// is charged as a limit on the rate, n / (c x issue + n / bandwidth). Alone this gives exactly the sum above; under
/// contention, issuing overlaps waiting for the link.
struct TransferTiming: Sendable, BitwiseCopyable {
  /// A kernel collects the fragments into one buffer.
  var gather = SimDuration.zero
  /// From issuing the first copy to its first byte.
  var lead = SimDuration.zero
  /// Bytes per second.
  var rateLimit = 0.0
  /// A kernel distributes the buffer.
  var scatter = SimDuration.zero
  /// The host notices.
  var finish = SimDuration.zero
}

extension LinkMap {
  private func prices(of route: Route) -> LinkPrices {
    let server = servers[Int(route.pricingServer)].prices
    switch route.link {
    case .peer: return server.peer
    case .host: return server.host
    case .network: return server.network
    }
  }

  /// The fastest rate at which a route carries bytes, where its own link carries at most `bandwidth`.
  private func narrowest(of route: Route, _ bandwidth: Double) -> Double {
    var narrowest = bandwidth
    for index in 0..<Int(route.count) {
      narrowest = min(narrowest, capacities[Int(route.resources[index])] / route.weight(index))
    }
    return narrowest
  }

  /// A copy out of a background stream of gathered blocks: gathering one hides behind the copy before it, which is in
  /// the stream's bandwidth, and nobody waits for its end.
  func backgroundTiming(_ route: Route) -> TransferTiming {
    let prices = prices(of: route)
    return TransferTiming(lead: prices.latency, rateLimit: narrowest(of: route, prices.streamBandwidth))
  }

  /// - Parameters:
  ///   - fragmentBytes: of a contiguous piece; for `blockwise` of a block.
  ///   - pulled: the destination drives the copy, as when a GPU fetches from a peer.
  func timing(_ route: Route, bytes: Int64, fragmentBytes: Int64, mode: TransferMode, pulled: Bool) -> TransferTiming {
    let server = servers[Int(route.pricingServer)].prices
    let prices = prices(of: route)
    let reads = route.sourceGPU < 0 || (pulled && route.destinationGPU >= 0)
    var bandwidth = reads ? prices.readBandwidth : prices.writeBandwidth
    if mode == .kernel { bandwidth = prices.kernelBandwidth }
    bandwidth = narrowest(of: route, bandwidth)

    var timing = TransferTiming()
    timing.lead = prices.latency
    if route.crossesSpine { timing.lead += spineLatency }
    timing.finish = prices.synchronise
    timing.rateLimit = bandwidth
    let size = Double(bytes)
    var copies: Int64 = 1
    switch mode {
    case .fragmented:
      copies = (bytes - 1) / fragmentBytes + 1
    case .kernel:
      copies = 0
      timing.lead += server.kernelLaunch
    case .blockwise:
      let fixed = blockwiseSeconds(route, size, Double((bytes - 1) / fragmentBytes + 1), timing, pulled, reads)
      timing.rateLimit = size / (fixed + size / bandwidth)
      return timing
    case .coalesced, .gathered, .scattered:
      if mode.gathersAtSource, route.sourceGPU >= 0 { timing.gather = kernelTime(of: route.sourceGPU, size) }
      if mode.scattersAtDestination, route.destinationGPU >= 0 {
        timing.scatter = kernelTime(of: route.destinationGPU, size)
      }
    }
    if copies > 0 {
      timing.rateLimit =
        size / (Double(copies) * (reads ? prices.readIssueSeconds : prices.issueSeconds) + size / bandwidth)
    }
    return timing
  }

  /// What blocks that are moved one after the other cost beside their bytes on the link and the fixed times of the
  /// whole transfer: two copies each, a kernel where their pieces lie, and, where each is waited for before the next,
  /// the way of its first byte and the host's notice. Like the issue of fragments it is charged as a limit on the rate.
  private func blockwiseSeconds(
    _ route: Route, _ bytes: Double, _ blocks: Double, _ whole: TransferTiming, _ pulled: Bool, _ reads: Bool
  ) -> Double {
    let prices = prices(of: route)
    var seconds = 2 * blocks * (reads ? prices.readIssueSeconds : prices.issueSeconds)
    let gpu = pulled ? route.destinationGPU : route.sourceGPU
    if gpu >= 0 {
      let kernels = servers[Int(gpus[Int(gpu)].server)].prices
      seconds += blocks * kernels.kernelLaunch.seconds + bytes / kernels.gatherRate
    }
    // The first way and the last notice are the transfer's own.
    if pulled { seconds += (blocks - 1) * (whole.lead + whole.finish).seconds }
    return seconds
  }

  private func kernelTime(of gpu: Int32, _ bytes: Double) -> SimDuration {
    let prices = servers[Int(gpus[Int(gpu)].server)].prices
    return prices.kernelLaunch + SimDuration(seconds: bytes / prices.gatherRate)
  }

  /// The time to move bytes at a rate: whole picoseconds, rounded up; noise of the last bits is not rounded up.
  static func duration(ofBytes bytes: Double, at rate: Double) -> SimDuration {
    let exact = bytes * 1e12 / rate
    if !(exact < 0x1p62) { return SimDuration(picoseconds: 1 << 62) }
    return SimDuration(picoseconds: Int64((exact * (1 - 0x1p-50)).rounded(.up)))
  }
}
