import Configuration
import Hardware
import HardwareCatalogue
import Testing

/// Listings of hardware.
@Suite struct RowTests {
  @Test func everyKeyHasItsRow() throws {
    let server = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    let gpuKeys = HardwareSections.gpu.keys.map(\.name).filter { $0 != "like" }
    #expect(HardwareCatalogue.rows(of: server.gpu).map(\.field) == gpuKeys)
    let rows = HardwareCatalogue.rows(of: server).map(\.field)
    for key in HardwareSections.server.keys.map(\.name)
    where !["like", "pairs", "profile", "pcie_switches"].contains(key) {
      #expect(rows.contains { $0 == key || $0.hasPrefix(key + ".") || $0.hasPrefix(key + "[") }, "\(key)")
    }
    for link in ["peer_link", "host_link", "network.link"] {
      for key in HardwareSections.link.keys.map(\.name)
      where !["read_issue", "both_directions_bandwidth"].contains(key) {
        #expect(rows.contains("\(link).\(key)"))
      }
    }
    #expect(rows.contains("peer_link.read_issue"))
    #expect(rows.contains("host_link.both_directions_bandwidth"))
  }

  /// A listing, written as a file, describes the same hardware.
  @Test(arguments: HardwareCatalogue.gpuNames) func rowsReadBackAsTheSameValues(name: String) throws {
    let gpu = try #require(HardwareCatalogue.gpu(named: name))
    let rows = HardwareCatalogue.rows(of: gpu)
    let diagnostics = Diagnostics()
    let text = rows.map { "\($0.field): \($0.value)" }.joined(separator: "\n")
    let document = try #require(Document(text: text, name: "listing.yaml", into: diagnostics))
    let back = try #require(HardwareCatalogue.readGPU(document, into: diagnostics), "\(diagnostics.all)")
    #expect(HardwareCatalogue.rows(of: back).map(\.value) == rows.map(\.value))
    #expect(back.memory.value == gpu.memory.value)
    #expect(back.gatherRate.value == gpu.gatherRate.value)
  }

  @Test func figuresCarryTheirOrigin() throws {
    let server = try #require(HardwareCatalogue.server(named: "dgx-a100-80gb"))
    let rows = HardwareCatalogue.rows(of: server)
    let row = try #require(rows.first { $0.field == "host_link.read_bandwidth" })
    #expect(row.value == "26 GB/s")
    #expect(row.provenance?.text.contains("nvbandwidth") == true)
    for row in rows where row.provenance == nil {
      #expect(
        ["name", "gpu", "gpus", "fabric", "host.sockets", "network.cards", "network.gpu_direct"].contains(row.field)
          || row.field.hasSuffix("].gpus"))
    }
  }
}
