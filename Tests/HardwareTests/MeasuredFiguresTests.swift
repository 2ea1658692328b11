import Calibration
import Catalogue
import Configuration
import Foundation
import Hardware
import HardwareCatalogue
import Network
import SimCore
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

  @Test func thereAreProfiles() { #expect(Self.files.contains("h200-1.csv") && Self.files.contains("h200-4.csv")) }

  @Test(arguments: files) func nothingFailedOnRealMachines(_ file: String) throws {
    #expect(try Self.profile(file).sections(named: "failed").isEmpty)
  }

  /// Whoever distrusts a fit makes it again from the rows of the file.
  @Test(arguments: files) func fitsFollowFromTheReadings(_ file: String) throws {
    let profile = try Self.profile(file)
    let bandwidth = try #require(profile.sections(named: "device").first?.header.last.flatMap { Double($0) })
    let again = try LinkFits.figures(of: profile, memoryBandwidth: bandwidth)
    let written = try FittedFigure.all(in: profile)
    #expect(again.map(\.name) == written.map(\.name))
    for (new, old) in zip(again, written) {
      #expect(abs(new.value - old.value) <= 1e-3 * abs(old.value), "\(new.name)")
    }
  }

  /// The figures that the catalogue's server took from the profile are the profile's, rounded to three digits.
  @Test func theCatalogueHasTheFittedFigures() throws {
    let fits = try FittedFigure.all(in: Self.profile("h200-4.csv"))
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
      ("host.memory_bandwidth", server.host.memoryBandwidth),
      ("host.memory_write_bandwidth", server.host.memoryWriteBandwidth),
      ("peer_link.stream_bandwidth", peer.streamBandwidth), ("host_link.stream_bandwidth", host.streamBandwidth),
      ("gpu.gather_rate", server.gpu.gatherRate),
      ("gpu.copy_interference_leaving", server.gpu.copyInterference.leaving),
      ("gpu.copy_interference_arriving", server.gpu.copyInterference.arriving),
      ("gpu.copy_interference_from_host", server.gpu.copyInterference.arrivingFromHost),
    ]
    for (name, figure) in figures {
      let fit = try #require(fits.first { $0.name == name }, "\(name)")
      let value = try #require(figure?.value, "\(name)")
      #expect(abs(value / fit.value - 1) < 5e-3, "\(name): \(value) in the catalogue, \(fit.value) fitted")
      #expect(figure?.provenance.text.contains("Results/calibration/h200-4.csv") == true, "\(name)")
    }
    let named = Set(figures.map(\.0))
    let used = fits.map(\.name).filter { $0.hasPrefix("peer_link") || $0.hasPrefix("host") || $0.hasPrefix("gpu") }
    #expect(Set(used).isSubset(of: named), "a fitted figure that the catalogue does not have")
    #expect(server.pcieSwitches.isEmpty == !fits.contains { $0.name.hasPrefix("pcie_switch[") })
  }

  /// What collectives take beside copies is the fit's, and explains the readings it was fitted to.
  @Test func collectivesBesideCopiesAreThoseMeasured() throws {
    let profile = try Self.profile("h200-2-sharing.csv")
    let fit = try #require(try FittedFigure.all(in: profile).first { $0.name == "gpu.copy_interference_collective" })
    let server = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    let figure = server.gpu.copyInterference.collective
    #expect(abs(figure.value / fit.value - 1) < 5e-3)
    #expect(figure.provenance.text.contains("h200-2-sharing.csv"))
    let checks = try SharingCheck.all(of: profile, on: server)
    #expect(checks.count == 48)
    // All but collectives beside a kernel that moves pages on their own GPU; vectors of 64 MiB are none of serving.
    let close = checks.filter {
      !($0.name.contains("all-reduce") && $0.name.contains("kernel")) && !$0.name.contains("67108864")
    }
    #expect(close.count == 34 && close.allSatisfy { abs($0.error) < 0.1 }, "\(close.map(\.error))")
    // They wait for multiprocessors that the kernel holds, the shorter they are the longer.
    let besideKernels = checks.filter { $0.name.contains("all-reduce") && $0.name.contains("kernel") }
    #expect(besideKernels.allSatisfy { $0.error < -0.15 })
    let taken = try #require(try FittedFigure.all(in: profile).first { $0.name == "gpu.copy_interference_kernel" })
    #expect(abs(server.gpu.copyInterference.kernel.value / taken.value - 1) < 5e-3)
  }

  /// Figures of two GPUs against a measurement of four, to which nothing was fitted: what holds, and what does not.
  @Test func lendersBesideFetchesAreAsPredicted() throws {
    let server = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    let checks = try SharingCheck.all(of: try Self.profile("h200-4-sharing.csv"), on: server)
    #expect(checks.count == 160)
    let reading = checks.filter { $0.name.hasPrefix("reading") }
    #expect(reading.count == 32 && reading.allSatisfy { abs($0.error) < 0.1 }, "\(reading.map(\.error))")
    let lenders = checks.filter { $0.name.contains("over 0 1 beside") && !$0.name.contains("67108864") }
    let fetched = lenders.filter { $0.name.hasSuffix("back") && !$0.name.contains("kernel") }
    #expect(fetched.count == 9 && fetched.allSatisfy { abs($0.error) < 0.06 }, "\(fetched.map(\.error))")
    // Pages that arrive hold collectives up less than those that leave, which one figure for both cannot say.
    let sent = lenders.filter { $0.name.hasSuffix("copy out") }
    #expect(sent.count == 3 && sent.allSatisfy { $0.error > 0.25 && $0.measured < 1.6 })
  }

  /// Writing to host memory takes more of it than reading.
  @Test func hostMemoryIsSharedByWhatReadsAndWritesTakeOfIt() throws {
    var server = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    server.host.memoryBandwidth.value = 90e9
    server.host.memoryWriteBandwidth = Figure(60e9, .source("a test"))
    func rates(_ flows: [(Endpoint, Endpoint)]) -> [Double] {
      var network = TransferNetwork([server])
      let ids = flows.map {
        network.startStream(from: $0.0, to: $0.1, bytesPerSecond: 1e12, mode: .coalesced, at: .zero)
      }
      #expect(network.brokenLaw() == nil)
      return ids.map { network.rate(of: $0) }
    }
    let reads = rates([(.host, .gpu(0)), (.host, .gpu(1))])
    #expect(reads.allSatisfy { abs($0 - 45e9) < 1 })
    let writes = rates([(.gpu(0), .host), (.gpu(1), .host)])
    #expect(writes.allSatisfy { abs($0 - 30e9) < 1 })
    // Equal shares of bytes: r / 90 + r / 60 = 1.
    let mixed = rates([(.host, .gpu(0)), (.gpu(1), .host)])
    #expect(mixed.allSatisfy { abs($0 - 36e9) < 1 })
    server.host.memoryWriteBandwidth = nil
    #expect(rates([(.host, .gpu(0)), (.gpu(1), .host)]).allSatisfy { abs($0 - 45e9) < 1 })
  }

  @Test func theH100HasItsOwnFigures() throws {
    let fits = try FittedFigure.all(in: Self.profile("h100-1.csv"))
    let gpu = try #require(HardwareCatalogue.gpu(named: "h100-sxm-80gb"))
    for (name, figure) in [
      ("gpu.gather_rate", gpu.gatherRate), ("gpu.copy_interference_leaving", gpu.copyInterference.leaving),
      ("gpu.copy_interference_from_host", gpu.copyInterference.arrivingFromHost),
    ] {
      let fit = try #require(fits.first { $0.name == name })
      #expect(abs(figure.value / fit.value - 1) < 5e-3, "\(name)")
      #expect(figure.provenance.text.contains("Results/calibration/h100-1.csv"))
    }
  }

  /// NVLink and PCIe of the H100 board are the same.
  @Test func theH100BoardHasTheSameLinks() throws {
    let h200 = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    let h100 = try #require(HardwareCatalogue.server(named: "hgx-h100-8"))
    #expect(h100.peerLink == h200.peerLink && h100.hostLink == h200.hostLink)
    #expect(h100.gpu.name == "h100-sxm-80gb" && h100.host.memory != h200.host.memory)
    #expect(h100.network != h200.network)
  }

  /// Each pattern's bytes over the time until its last copy has ended are within a tenth: by a server that names the
  /// profile, and by the catalogue's of the file that it was made of.
  @Test(
    arguments: files.filter { !$0.hasSuffix("-sharing.csv") }.map { file in
      (file, "like: hgx-\(file.prefix(4))-8\nprofile: FILE")
    } + [("h200-4.csv", "like: hgx-h200-8")])
  func theLinkModelAgreesWithMeasuredContention(_ file: String, _ description: String) throws {
    let path = Self.folder.appendingPathComponent(file).path
    let server = try server(description.replacingOccurrences(of: "FILE", with: path))
    let checks = try LinkModelCheck.all(of: Self.profile(file), on: server)
    #expect(checks.count >= 3)
    for check in checks {
      // One GPU's copies to two peers, which its copy engine takes one after the other: the model lets them share, and
      // where they do not share the same port all the way that makes a difference.
      if check.pattern == "two_into_one_and_one_elsewhere" {
        #expect(check.error > 0.1, "copy engines that take turns are modelled now: \(check.error)")
        continue
      }
      #expect(abs(check.error) < 0.1, "\(check.pattern): \(check.error)")
    }
  }
}
