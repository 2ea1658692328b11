import Catalogue
import Configuration
import Hardware
import TextIO

extension HardwareCatalogue {
  /// The first server of the catalogue with the GPU that a profile was measured on, with the profile's figures; `nil`
  /// when there is none.
  ///
  /// - Throws: ``ProfileTextError``.
  public static func server(measuredBy document: ProfileDocument) throws(ProfileTextError) -> ServerSpec? {
    guard let gpu = document.sections(named: "device").first?.header.first else { return nil }
    let named = serverNames.lazy.compactMap { server(named: $0) }.first { $0.gpu.name == gpu }
    return try named?.measured(by: document, path: document.file, text: document.description) { _ in false }
  }
}

extension ServerSpec {
  /// This server with the figures that a profile's `@fit` rows have, except those that are written in its description.
  ///
  /// - Parameters:
  ///   - isWritten: whether a field, for example `peer_link.latency`, is written where it stands above the profile.
  /// - Throws: ``ProfileTextError``.
  func measured(
    by document: ProfileDocument, path: String, text: String, isWritten: (String) -> Bool
  ) throws(ProfileTextError) -> ServerSpec {
    var spec = self
    var fields: [String] = []
    var sharing: [PCIeSwitch] = []
    var examined = false
    for row in try document.rows(of: "fit", columns: ["figure", "value"]) {
      let name = row.text("figure")
      let value = try row.number("value")
      // A kernel that copies do not slow down can come out a little faster beside them.
      let isNoise = value < 0 && name.contains("interference")
      if value < 0, !isNoise {
        throw row.error("'\(name)' must not be negative, found '\(Printable.excerpt(row.text("value")))'")
      }
      let figure = Figure(max(value, 0), .source("\(path):\(row.line)"))
      if let gpus = Self.sharingGPUs(name) {
        examined = true
        if !gpus.isEmpty { sharing.append(PCIeSwitch(gpus: gpus, upstreamBandwidth: figure)) }
      } else if !isWritten(name), spec.set(name, figure) {
        fields.append(name)
      }
    }
    if examined, !isWritten("pcie_switches") {
      spec.pcieSwitches = sharing.filter { $0.gpus.allSatisfy { $0 < gpuCount } }
      fields.append("pcie_switches")
    }
    if isWritten("host.memory_write_bandwidth") { spec.host.memoryWriteBandwidth = host.memoryWriteBandwidth }
    spec.profile = MeasuredProfile(path: path, text: text, fields: fields)
    return spec
  }

  /// The GPUs that `pcie_switch[0 1].upstream_bandwidth` names; none for the row that says how many were examined.
  private static func sharingGPUs(_ name: String) -> [Int]? {
    guard name.hasPrefix("pcie_switch") else { return nil }
    guard let open = name.firstIndex(of: "["), let close = name.firstIndex(of: "]"), open < close else { return [] }
    return name[name.index(after: open)..<close].split(separator: " ").compactMap { Int($0) }
  }

  /// Sets a field by its name; false for a field that this server does not have.
  private mutating func set(_ name: String, _ figure: Figure) -> Bool {
    let parts = name.split(separator: ".", maxSplits: 1)
    guard parts.count == 2 else { return false }
    switch parts[0] {
    case "peer_link":
      guard var link = peerLink, link.set(String(parts[1]), figure) else { return false }
      peerLink = link
      return true
    case "host_link": return hostLink.set(String(parts[1]), figure)
    case "gpu": return gpu.set(String(parts[1]), figure)
    case "host":
      switch parts[1] {
      case "memory_bandwidth":
        // The base's figure for writes belongs to the base's for both; the profile's own follows, if it has one.
        host.memoryBandwidth = figure
        host.memoryWriteBandwidth = nil
      case "memory_write_bandwidth": host.memoryWriteBandwidth = figure
      default: return false
      }
      return true
    default: return false
    }
  }
}

extension LinkSpec {
  fileprivate mutating func set(_ field: String, _ figure: Figure) -> Bool {
    switch field {
    case "write_bandwidth": writeBandwidth = figure
    case "read_bandwidth": readBandwidth = figure
    case "kernel_bandwidth": kernelBandwidth = figure
    case "both_directions_bandwidth": bothDirectionsBandwidth = figure
    case "stream_bandwidth": streamBandwidth = figure
    case "latency": latency = figure
    case "issue": issue = figure
    case "read_issue": readIssue = figure
    case "synchronise": synchronise = figure
    default: return false
    }
    return true
  }
}

extension GPUSpec {
  fileprivate mutating func set(_ field: String, _ figure: Figure) -> Bool {
    switch field {
    case "gather_rate": gatherRate = figure
    case "kernel_launch": kernelLaunch = figure
    case "copy_engines": copyEngines = figure
    case "copy_interference_leaving": copyInterference.leaving = figure
    case "copy_interference_arriving": copyInterference.arriving = figure
    case "copy_interference_from_host": copyInterference.arrivingFromHost = figure
    case "copy_interference_collective": copyInterference.collective = figure
    case "copy_interference_kernel": copyInterference.kernel = figure
    default: return false
    }
    return true
  }
}
