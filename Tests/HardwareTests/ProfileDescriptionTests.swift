import Configuration
import Foundation
import Hardware
import HardwareCatalogue
import Testing

/// A server that names a profile takes its figures from it.
struct ProfileDescriptionTests {
  private static let profile = """
    # source: a test
    @device,h200-sxm-141gb,1e15,2e15,4.8e12
    @fit,figure,value,unit,low,high,median_error,worst_error,points,from
    peer_link.write_bandwidth,390e9,B/s,389e9,391e9,0,0,9,x
    peer_link.latency,3e-6,s,,,0,0,9,x
    host_link.latency,4e-6,s,,,0,0,9,x
    gpu.gather_rate,1.9e12,B/s,,,0,0,9,x
    gpu.copy_interference_leaving,0.9,,,,0,0,9,x
    host.memory_bandwidth,200e9,B/s,,,0,0,9,x
    product_interference_leaving,0.2,,,,0,0,9,x
    pcie_switch[0 1].upstream_bandwidth,52e9,B/s,,,0,0,2,x
    pcie_switch.pairs_examined,6,,,,0,0,6,x
    """

  private func read(_ profile: String?, _ text: String) throws -> (server: ServerSpec?, errors: [String], path: String)
  {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    if let profile { try profile.write(toFile: path, atomically: true, encoding: .utf8) }
    let diagnostics = Diagnostics()
    let document = Document(
      text: text.replacingOccurrences(of: "FILE", with: path), name: "my.yaml", into: diagnostics)
    let server = document.flatMap { HardwareCatalogue.readServer($0, into: diagnostics) }
    return (server, diagnostics.all.map(\.description), path)
  }

  @Test func measuredFiguresReplaceThoseOfTheCatalogue() throws {
    let (found, errors, path) = try read(Self.profile, "like: hgx-h200-8\nprofile: FILE")
    #expect(errors == [])
    let server = try #require(found)
    #expect(server.peerLink?.writeBandwidth == Figure(390e9, .source("\(path):4")))
    #expect(server.hostLink.latency.value == 4e-6 && server.gpu.gatherRate.value == 1.9e12)
    #expect(server.gpu.copyInterference.leaving.value == 0.9 && server.host.memoryBandwidth.value == 200e9)
    #expect(server.pcieSwitches.map(\.gpus) == [[0, 1]] && server.pcieSwitches[0].upstreamBandwidth.value == 52e9)
    #expect(server.host.memoryWriteBandwidth == nil, "the catalogue's goes with the catalogue's figure for both")
    let measured = try #require(server.profile)
    #expect(measured.path == path && measured.text == Self.profile)
    #expect(!measured.fields.contains("product_interference_leaving"), "what a server does not have is left out")
    #expect(measured.fields.contains("pcie_switches") && measured.fields.count == 7)
    let catalogue = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    #expect(server.hostLink.issue == catalogue.hostLink.issue, "what was not measured stays")
  }

  @Test func whatIsWrittenStandsAboveTheProfile() throws {
    let (found, errors, _) = try read(
      Self.profile,
      """
      like: hgx-h200-8
      profile: FILE
      pcie_switches: []
      peer_link: {latency: 9 us}
      host: {memory_write_bandwidth: 150 GB/s}
      gpu: {like: h200-sxm-141gb, gather_rate: 1 TB/s}
      """)
    #expect(errors == [])
    let server = try #require(found)
    #expect(server.peerLink?.latency.value == 9e-6 && server.peerLink?.writeBandwidth.value == 390e9)
    #expect(server.gpu.gatherRate.value == 1e12 && server.gpu.copyInterference.leaving.value == 0.9)
    #expect(server.pcieSwitches.isEmpty)
    #expect(server.host.memoryBandwidth.value == 200e9 && server.host.memoryWriteBandwidth?.value == 150e9)
  }

  @Test func gpusThatShareNothingNeedNoSwitches() throws {
    let text = Self.profile.split(separator: "\n").filter { !$0.hasPrefix("pcie_switch[") }.joined(separator: "\n")
    let (server, errors, _) = try read(text, "like: hgx-h200-8\nprofile: FILE")
    #expect(errors == [] && server?.pcieSwitches.isEmpty == true)
  }

  @Test func aProfileOfAnotherKindOfGPUIsRefused() throws {
    let (server, errors, _) = try read(Self.profile, "like: hgx-h100-8\nprofile: FILE")
    #expect(server == nil)
    #expect(
      errors == [
        "my.yaml:2:10: error: 'profile' was measured on 'h200-sxm-141gb', the server's GPU is 'h100-sxm-80gb'"
      ])
  }

  @Test func mistakesInAProfileNameItsLine() throws {
    for (wrong, message) in [
      ("390e9", "'value' wants a number, found 'fast'"), ("3e-6", "'value' wants a number, found 'fast'"),
    ] {
      let text = Self.profile.replacingOccurrences(of: "," + wrong + ",", with: ",fast,")
      let (server, errors, path) = try read(text, "like: hgx-h200-8\nprofile: FILE")
      let line = wrong == "390e9" ? 4 : 5
      #expect(server == nil)
      #expect(errors == ["my.yaml:2:10: error: 'profile' cannot be used: \(path):\(line): error: \(message)"])
    }
  }

  @Test func aNegativeFigureIsRefused() throws {
    let (server, errors, _) = try read(
      Self.profile.replacingOccurrences(of: ",3e-6,", with: ",-3e-6,"), "like: hgx-h200-8\nprofile: FILE")
    #expect(server == nil && errors.first?.contains("'peer_link.latency' must not be negative, found '-3e-6'") == true)
  }

  @Test func aMissingProfileIsNamed() throws {
    let (server, errors, path) = try read(nil, "like: hgx-h200-8\nprofile: FILE")
    #expect(server == nil && errors.count == 1)
    #expect(
      errors.first?.contains("'profile' names '\(path)', which cannot be read: No such file") == true, "\(errors)")
  }
}
