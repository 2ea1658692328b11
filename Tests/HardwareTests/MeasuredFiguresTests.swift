import Calibration
import Foundation
import Hardware
import HardwareCatalogue
import ProfileText
import Reading
import Testing

/// The profiles that 'spillway calibrate' wrote on real machines, and what the catalogue makes of them.
struct MeasuredFiguresTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Results/calibration")

  static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
    .filter { $0.hasSuffix(".csv") }.sorted()

  private static func profile(_ file: String) throws -> ProfileDocument {
    let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    return try ProfileDocument(text: text, file: file)
  }

  private func server(_ text: String) throws -> ServerSpec {
    let diagnostics = Diagnostics()
    let document = Document(text: text, name: "test.yaml", into: diagnostics)
    let server = document.flatMap { HardwareCatalogue.readServer($0, into: diagnostics) }
    #expect(diagnostics.all.isEmpty, "\(diagnostics.all)")
    return try #require(server)
  }

  @Test func thereAreProfiles() { #expect(Self.files.contains("h200-1.csv") && Self.files.contains("h200-2.csv")) }

  @Test(arguments: files) func nothingFailedOnRealMachines(_ file: String) throws {
    #expect(try Self.profile(file).sections(named: "failed").isEmpty)
  }

  /// Whoever distrusts a fit makes it again from the rows of the file.
  @Test(arguments: files) func fitsFollowFromTheReadings(_ file: String) throws {
    let profile = try Self.profile(file)
    let again = try LinkFits.figures(of: profile, memoryBandwidth: 4.8e12)
    let written = try FittedFigure.all(in: profile)
    #expect(again.map(\.name) == written.map(\.name))
    for (new, old) in zip(again, written) {
      #expect(abs(new.value - old.value) <= 1e-3 * abs(old.value), "\(new.name)")
    }
  }

  /// The figures that the catalogue's server took from the profile are the profile's, rounded to three digits.
  @Test func theCatalogueHasTheFittedFigures() throws {
    let fits = try FittedFigure.all(in: Self.profile("h200-2.csv"))
    let server = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    let peer = try #require(server.peerLink)
    let host = server.hostLink
    let figures: [(String, Figure?)] = [
      ("peer_link.write_bandwidth", peer.writeBandwidth), ("peer_link.read_bandwidth", peer.readBandwidth),
      ("peer_link.kernel_bandwidth", peer.kernelBandwidth), ("peer_link.latency", peer.latency),
      ("peer_link.issue", peer.issue), ("peer_link.read_issue", peer.readIssue),
      ("host_link.write_bandwidth", host.writeBandwidth), ("host_link.read_bandwidth", host.readBandwidth),
      ("host_link.kernel_bandwidth", host.kernelBandwidth), ("host_link.latency", host.latency),
      ("host_link.both_directions_bandwidth", host.bothDirectionsBandwidth), ("host_link.issue", host.issue),
      ("host.memory_bandwidth", server.host.memoryBandwidth), ("gpu.gather_rate", server.gpu.gatherRate),
      ("gpu.copy_interference_leaving", server.gpu.copyInterference.leaving),
      ("gpu.copy_interference_arriving", server.gpu.copyInterference.arriving),
      ("gpu.copy_interference_from_host", server.gpu.copyInterference.arrivingFromHost),
    ]
    for (name, figure) in figures {
      let fit = try #require(fits.first { $0.name == name }, "\(name)")
      let value = try #require(figure?.value, "\(name)")
      #expect(abs(value / fit.value - 1) < 5e-3, "\(name): \(value) in the catalogue, \(fit.value) fitted")
      #expect(figure?.provenance.text.contains("Results/calibration/h200-2.csv") == true, "\(name)")
    }
    let named = Set(figures.map(\.0))
    let used = fits.map(\.name).filter { $0.hasPrefix("peer_link") || $0.hasPrefix("host") || $0.hasPrefix("gpu") }
    #expect(Set(used).isSubset(of: named), "a fitted figure that the catalogue does not have")
    #expect(server.pcieSwitches.isEmpty == !fits.contains { $0.name.hasPrefix("pcie_switch[") })
  }

  /// NVLink and PCIe of the H100 board are the same.
  @Test func theH100BoardHasTheSameLinks() throws {
    let h200 = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    let h100 = try #require(HardwareCatalogue.server(named: "hgx-h100-8"))
    #expect(h100.peerLink == h200.peerLink && h100.hostLink == h200.hostLink)
    #expect(h100.gpu.name == "h100-sxm-80gb" && h100.host.memory != h200.host.memory)
    #expect(h100.network != h200.network)
  }

  /// Each pattern's rate within a tenth, by the catalogue's server and by one that names the profile.
  @Test(arguments: files, ["like: hgx-h200-8", "like: hgx-h200-8\nprofile: FILE"])
  func theLinkModelAgreesWithMeasuredContention(_ file: String, _ description: String) throws {
    let path = Self.folder.appendingPathComponent(file).path
    let server = try server(description.replacingOccurrences(of: "FILE", with: path))
    let checks = try LinkModelCheck.all(of: Self.profile(file), on: server)
    #expect(checks.count >= 3)
    for check in checks {
      #expect(abs(check.error) < 0.1, "\(check.pattern): \(check.error)")
      for flow in check.flows {
        #expect(abs(flow.error) < 0.2, "\(check.pattern), \(flow.from) to \(flow.to): \(flow.error)")
      }
    }
  }
}
