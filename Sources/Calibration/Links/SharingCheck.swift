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
  var name: String {
    if let bytes { return "\(load) of \(Int(bytes)) B" }
    return "\(load) on GPU \(gpu ?? 0)"
  }

  /// As a run has it: iterations are stretched by the traffic in the GPU's memory and, as far as they are collectives,
  /// by the load of its ports. Rates are means over gathering, copying and scattering.
  fileprivate func predictedStretch(_ server: ServerSpec) -> Double {
    let interference = server.gpu.copyInterference
    if load == "all-reduce" {
      let port = server.peerLink.map { max($0.writeBandwidth.value, $0.readBandwidth.value) } ?? .infinity
      return 1 + interference.collective.value * min(1, trafficAlone / port)
    }
    let isOwn = gpu == 0
    let arrives = isOwn == (direction == "back")
    var disturbance = trafficAlone * (arrives ? interference.arriving.value : interference.leaving.value)
    // Gathering or scattering reads and writes every byte once more.
    if mode == "coalesced" && isOwn { disturbance += 2 * trafficAlone * interference.leaving.value }
    return 1 + disturbance / server.gpu.memoryBandwidth.value
  }
}
