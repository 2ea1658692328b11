import Catalogue
import Hardware

/// What the simulator says of pages beside kernels and collectives, beside what was measured.
public struct SharingCheck: Hashable, Sendable {
  /// For example `all-reduce of 131072 B beside coalesced out`.
  public var name: String
  /// The load's time beside the pages over its time alone.
  public var measured: Double
  public var predicted: Double
  /// The pages' bytes per second alone, and how much of that was left beside the load.
  public var traffic: Double
  public var trafficLeft: Double

  /// Predicted over measured, less 1.
  public var error: Double { predicted / measured - 1 }

  /// The longest all-reduce that a serving engine does, of a chunk of 512 tokens of a 70B model: bytes.
  static let servingVector: Double = 8_388_608

  /// Every row of a profile's `@sharing`.
  ///
  /// - Parameters:
  ///   - document: without the section, none is compared.
  ///   - server: whose figures predict.
  /// - Throws: ``ProfileTextError`` for rows that are not readings.
  public static func all(
    of document: ProfileDocument, on server: ServerSpec
  ) throws(ProfileTextError) -> [SharingCheck] {
    let readings = try LinkReadings(document)
    return readings.sharing.map { row in
      SharingCheck(
        name: "\(row.name) beside \(row.mode) \(row.direction)", measured: row.stretch,
        predicted: row.predictedStretch(server), traffic: row.trafficAlone,
        trafficLeft: row.trafficBeside / row.trafficAlone)
    }
  }
}

extension LinkReadings {
  /// What a contiguous copy carries through the port at most, bytes per second.
  var sharedPort: Double? { sharing.filter { $0.mode == "copy" }.map(\.trafficAlone).max() }
}

extension LinkReadings.Sharing {
  /// With the way of the pages where more than one GPU pages.
  var name: String {
    let what = bytes.map { "\(load) of \(Int($0)) B" } ?? "\(load) on GPU \(gpu ?? 0)"
    if pages.count == 1 { return what }
    return bytes == nil ? what : "\(what) over \(SharingArrangement.text(group))"
  }

  /// As a run has it: iterations are stretched by the traffic in the memory of that of their GPUs which has most, by a
  /// kernel that moves pages on one of them, and, as far as they are collectives, by the load of the fullest port
  /// besides. Rates are means over gathering, copying and scattering.
  func predictedStretch(_ server: ServerSpec) -> Double {
    let interference = server.gpu.copyInterference
    let memory = group.map { disturbance(ofGPU: $0, interference) }.max() ?? 0
    var stretch = 1 + memory / server.gpu.memoryBandwidth.value
    if mode == "kernel", group.contains(where: { gpu in pages.contains { $0.pager == gpu } }) {
      stretch += interference.kernel.value
    }
    let isPaging = group.contains { gpu in pages.contains { $0.pager == gpu || $0.lender == gpu } }
    if load == "all-reduce", isPaging {
      let port = server.peerLink.map { max($0.writeBandwidth.value, $0.readBandwidth.value) } ?? .infinity
      stretch += interference.collective.value * min(1, trafficAlone / port)
    }
    return stretch
  }

  /// Bytes per second in a GPU's memory, each weighted by how much it stretches memory-bound work.
  private func disturbance(ofGPU gpu: Int, _ interference: CopyInterference) -> Double {
    pages.reduce(0) { sum, pair in
      let isOwn = pair.pager == gpu
      guard isOwn || pair.lender == gpu else { return sum }
      let arrives = isOwn == (direction == "back")
      var weight = (arrives ? interference.arriving : interference.leaving).value
      // Gathering or scattering reads and writes every byte once more.
      if mode == "coalesced" && isOwn { weight += 2 * interference.leaving.value }
      return sum + trafficAlone * weight
    }
  }
}
