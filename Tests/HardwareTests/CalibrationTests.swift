import Catalogue
import Hardware
import HardwareCatalogue
import Network
import SimCore
import Testing

/// The catalogue's links against what was measured on such servers.
@Suite struct CalibrationTests {
  private func network(_ name: String) throws -> TransferNetwork {
    TransferNetwork([try #require(HardwareCatalogue.server(named: name))])
  }

  private func isWithin(_ found: Double, _ share: Double, of expected: Double) -> Bool {
    abs(found / expected - 1) <= share
  }

  /// Aqua's figures for synchronised NVLink copies on A100.
  @Test(arguments: [(4_000_000, 50e9), (64_000_000, 200e9)], ["a100-pair", "dgx-a100-80gb"])
  func synchronisedCopiesOverNVLink(copy: (bytes: Int, bytesPerSecond: Double), server: String) throws {
    let bytes = Int64(copy.bytes)
    let time = try network(server).uncontendedDuration(
      from: .gpu(0), to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .fragmented)
    let rate = Double(bytes) / time.seconds
    #expect(isWithin(rate, 0.1, of: copy.bytesPerSecond), "\(rate / 1e9) GB/s")
  }

  /// ConServe's checkpoints: 2048 tokens of Llama-3.1-8B, 131,072 bytes each, within one iteration.
  @Test func checkpointsStreamToTheHost() throws {
    let server = try #require(HardwareCatalogue.server(named: "dgx-h100"))
    var network = TransferNetwork([server])
    let stream = network.startStream(
      from: .gpu(0), to: .host, bytesPerSecond: server.hostLink.streamBandwidth.value, at: .zero)
    let bytes = 2048.0 * 131_072
    #expect(isWithin(network.rate(of: stream), 0.1, of: 37e9))
    #expect(bytes / network.rate(of: stream) < 7.3e-3)
    #expect(bytes / server.gpu.gatherRate.value + server.gpu.kernelLaunch.value < 0.5e-3)
  }

  /// nvbandwidth and the vLLM blog: one direction against both, GB/s for one of two.
  @Test(arguments: [("dgx-a100-80gb", 26.0, 18.8), ("dgx-h100", 50, 41.7)])
  func pcieBothWays(server: String, alone: Double, together: Double) throws {
    var network = try network(server)
    let down = network.startStream(from: .host, to: .gpu(0), bytesPerSecond: 1e12, at: .zero)
    #expect(isWithin(network.rate(of: down), 0.01, of: alone * 1e9))
    let up = network.startStream(from: .gpu(0), to: .host, bytesPerSecond: 1e12, at: .zero)
    #expect(isWithin(network.rate(of: down), 0.01, of: together * 1e9))
    #expect(isWithin(network.rate(of: up), 0.01, of: together * 1e9))
  }

  /// Copying a paged cache one 8 to 32 KiB fragment at a time reaches about 2 to 6 GB/s.
  @Test(arguments: [(8 << 10, 2e9), (32 << 10, 6e9)], ["dgx-a100-80gb", "dgx-h100"])
  func fragmentsAreSlow(fragment: (bytes: Int, bytesPerSecond: Double), server: String) throws {
    let bytes = Int64(fragment.bytes) * 20_000
    let time = try network(server).uncontendedDuration(
      from: .gpu(0), to: .host, bytes: bytes, fragmentBytes: Int64(fragment.bytes), mode: .fragmented)
    let rate = Double(bytes) / time.seconds
    #expect(isWithin(rate, 0.2, of: fragment.bytesPerSecond), "\(rate / 1e9) GB/s")
  }

  /// Mooncake's KV transfers between two servers of eight GPUs, a card of 200 Gb/s beside each: one transfer of all
  /// GPUs.
  @Test func kvTransfersBetweenServers() throws {
    let text = try #require(Catalogue.text("hardware/measurements/mooncake-h800-kv-transfers.csv"))
    var server = try #require(HardwareCatalogue.server(named: "hgx-h100-8"))
    server.network?.link = try #require(HardwareCatalogue.card(named: "connectx-7-roce-200g-kv"))
    let rows = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.dropFirst()
    #expect(rows.count == 9)
    for row in rows {
      let fields = row.split(separator: ",").compactMap { Double($0) }
      var network = TransferNetwork([server, server])
      let bytes = Int64(fields[1]) / 8
      for gpu in 0..<8 {
        network.start(
          from: .gpu(gpu), to: .gpu(8 + gpu), bytes: bytes, fragmentBytes: bytes, mode: .fragmented, at: .zero)
      }
      var completions: ContiguousArray<TransferCompletion> = []
      network.advance(to: SimTime(seconds: 1), into: &completions)
      let end = try #require(completions.last).time.seconds
      #expect(isWithin(end, 0.08, of: fields[2] / 1e3), "\(fields[0]) tokens: \(end * 1e3) ms")
    }
  }

  /// Readings of Scripts/measure-links.cu on two H200; the bare driver needs no serving engine to notice a copy.
  @Test(arguments: [
    (Endpoint.gpu(0), Endpoint.gpu(1), 1 << 30, 1, 396.2, false), (.gpu(0), .gpu(1), 64_000_000, 1, 378.2, false),
    (.gpu(0), .gpu(1), 4_000_000, 1, 230.2, false), (.gpu(1), .gpu(0), 64_000_000, 1, 372.0, true),
    (.gpu(1), .gpu(0), 4_000_000, 1, 201.2, true), (.host, .gpu(0), 64_000_000, 1, 55.2, false),
    (.gpu(0), .host, 4_000_000, 1, 50.2, false), (.host, .gpu(0), 1 << 20, 1, 39.8, false),
    (.host, .gpu(0), 4000 * 8192, 4000, 3.17, false), (.gpu(0), .host, 4000 * 32_768, 4000, 11.0, false),
    (.gpu(0), .gpu(1), 4000 * 8192, 4000, 3.43, false), (.gpu(1), .gpu(0), 4000 * 32_768, 4000, 4.83, true),
  ])
  func readingsOnH200(
    from source: Endpoint, to destination: Endpoint, bytes: Int, fragments: Int, gigabytesPerSecond: Double,
    pulled: Bool
  ) throws {
    var server = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    server.peerLink?.synchronise.value = 0
    server.hostLink.synchronise.value = 0
    let time = TransferNetwork([server]).uncontendedDuration(
      from: source, to: destination, bytes: Int64(bytes), fragmentBytes: Int64(bytes / fragments), mode: .fragmented,
      pulled: pulled)
    let rate = Double(bytes) / time.seconds
    #expect(isWithin(rate, 0.1, of: gigabytesPerSecond * 1e9), "\(rate / 1e9) GB/s")
  }

  /// Points of Vidur's send/recv tables, which are times on the device: without the host's synchronising.
  @Test(arguments: [
    ("dgx-a100-80gb", 4.0, 168.0), ("dgx-a100-80gb", 16, 258), ("dgx-h100", 1, 105), ("dgx-h100", 4, 221),
    ("dgx-h100", 16, 317), ("dgx-h100", 64, 348),
  ])
  func kernelCopiesOnTheDevice(server: String, mebibytes: Double, gigabytesPerSecond: Double) throws {
    let spec = try #require(HardwareCatalogue.server(named: server))
    let link = try #require(spec.peerLink)
    let bytes = Int64(mebibytes * 1_048_576)
    let time = TransferNetwork([spec]).uncontendedDuration(
      from: .gpu(0), to: .gpu(1), bytes: bytes, fragmentBytes: bytes, mode: .kernel)
    // The fitted latency already holds the launch.
    let onDevice = time.seconds - link.synchronise.value - spec.gpu.kernelLaunch.value
    #expect(isWithin(Double(bytes) / onDevice, 0.12, of: gigabytesPerSecond * 1e9))
  }

  @Test func eightGPUsReadingTheHostGetFarLessThanEightTimesOne() throws {
    for server in HardwareCatalogue.serverNames {
      var network = try network(server)
      guard network.gpuCount == 8 else { continue }
      let first = network.startStream(from: .host, to: .gpu(0), bytesPerSecond: 1e12, at: .zero)
      let alone = network.rate(of: first)
      let streams =
        [first] + (1..<8).map { network.startStream(from: .host, to: .gpu($0), bytesPerSecond: 1e12, at: .zero) }
      let together = streams.map { network.rate(of: $0) }.reduce(0, +)
      #expect(together <= 4.01 * alone, "\(server)")
      #expect(together >= 2 * alone, "\(server)")
    }
  }
}
