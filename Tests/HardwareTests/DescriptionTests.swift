import Configuration
import Hardware
import HardwareCatalogue
import Testing

/// Hardware described by a user: what is understood, and what is said about mistakes.
@Suite struct DescriptionTests {
  private func read(_ text: String) -> (server: ServerSpec?, errors: [String]) {
    let diagnostics = Diagnostics()
    let server = Document(text: text, name: "my.yaml", into: diagnostics).flatMap {
      HardwareCatalogue.readServer($0, into: diagnostics)
    }
    return (server, diagnostics.all.map(\.description))
  }

  @Test func aServerLikeAnotherWritesOnlyWhatDiffers() throws {
    let (server, errors) = read(
      """
      name: half
      like: hgx-h100-8
      gpus: 4
      host_link:
        latency: 25 us
      """)
    #expect(errors == [])
    let half = try #require(server)
    let whole = try #require(HardwareCatalogue.server(named: "hgx-h100-8"))
    #expect(half.gpuCount == 4)
    #expect(half.gpu == whole.gpu)
    #expect(half.pcieSwitches == Array(whole.pcieSwitches.prefix(2)))
    #expect(half.hostLink.latency == Figure(25e-6, .source("my.yaml:5:12")))
    #expect(half.hostLink.writeBandwidth == whole.hostLink.writeBandwidth)
    #expect(half.peerLink == whole.peerLink)
  }

  @Test func aServerCanBeWrittenWhole() throws {
    let (server, errors) = read(
      """
      name: workstation
      gpu:
        like: a100-sxm-80gb
        name: half-memory
        memory: {value: 40 GB, assumption: "Half is taken."}
      gpus: 2
      fabric: none
      host_link:
        write_bandwidth: 12 GB/s
        latency: 10 us
        issue: 4 us
        synchronise: 40 us
      pcie_switches:
        - {gpus: [0, 1], upstream_bandwidth: 24 GB/s}
      host: {sockets: 1, memory: 256 GiB, memory_bandwidth: 100 GB/s}
      """)
    #expect(errors == [])
    let workstation = try #require(server)
    #expect(workstation.gpu.memory == Figure(40e9, .assumption("Half is taken.")))
    #expect(workstation.gpu.memoryBandwidth.value == 2039e9)
    #expect(workstation.peerLink == nil)
    #expect(workstation.hostLink.readBandwidth.value == 12e9)
    #expect(workstation.hostLink.readBandwidth.provenance.isAssumption)
    #expect(workstation.hostLink.bothDirectionsBandwidth == nil)
    #expect(workstation.network == nil)
    #expect(
      workstation.pcieSwitches == [
        PCIeSwitch(gpus: [0, 1], upstreamBandwidth: Figure(24e9, .source("my.yaml:14:40")))
      ])
  }

  @Test func everyMistakeIsReportedAtItsPlace() {
    let (server, errors) = read(
      """
      like: hgx-h100-8
      gpu: h100-sxm-80
      gpus: eight
      peer_link:
        latncy: 5 us
        issue: 4 s
        synchronise: {value: 50 us}
      host_link:
        write_bandwidth: fast
        kernel_bandwidth: {value: 10 GB/s, source: here, assumption: there}
      """)
    #expect(server == nil)
    #expect(errors.count == 7)
    for (start, end) in [
      ("my.yaml:2:6: error: unknown GPU 'h100-sxm-80'", "did you mean 'h100-sxm-80gb'?"),
      ("my.yaml:3:7: error: 'gpus' ", "'eight'"),
      ("my.yaml:5:3: error: unknown key 'latncy' in 'peer_link'", "did you mean 'latency'?"),
      ("my.yaml:6:10: error: 'issue' must ", "found 4 s"),
      ("my.yaml:7:16: error: 'synchronise' wants a 'source' or an 'assumption' beside its 'value'", ""),
      ("my.yaml:9:20: error: 'write_bandwidth' ", "'fast'"),
      ("my.yaml:10:21: error: 'kernel_bandwidth' has both a 'source' and an 'assumption'; keep one", ""),
    ] {
      #expect(errors.contains { $0.hasPrefix(start) && $0.hasSuffix(end) }, "\(start) ... \(end) in \(errors)")
    }
  }

  @Test func whatIsMissingIsNamed() {
    let (server, errors) = read("name: bare\nfabric: nvswitch\nhost: {sockets: 2}\n")
    #expect(server == nil)
    for key in ["gpu", "gpus", "peer_link", "host_link", "memory", "memory_bandwidth"] {
      #expect(errors.contains { $0.contains("lacks the key '\(key)'") }, "\(key) in \(errors)")
    }
  }

  @Test(arguments: [
    ("pairs: [[0, 1]]", "my.yaml:2:8: error: 'pairs' belongs to fabric 'bridged-pairs'"),
    ("fabric: bridged-pairs", "my.yaml:1:1: error: the file lacks the key 'pairs'"),
    ("fabric: bridged-pairs\npairs: [[0, 1], [1, 2]]", "my.yaml:2:9: error: 'fabric' puts GPU 1 in two pairs"),
    ("fabric: bridged-pairs\npairs: [[0, 8]]", "my.yaml:2:9: error: 'fabric' names GPU 8; this server has GPUs 0 to 7"),
    ("fabric: bridged-pairs\npairs: [[3, 3]]", "my.yaml:2:9: error: 'fabric' joins GPU 3 to itself"),
    (
      "fabric: bridged-pairs\npairs: [[0, 1, 2]]", "my.yaml:3:9: error: 'pairs' wants lists of two GPU numbers, found 3"
    ),
    (
      "pcie_switches: [{gpus: [0, 9], upstream_bandwidth: 1 GB/s}]",
      "my.yaml:2:24: error: 'pcie_switches[0].gpus' names GPU 9; this server has GPUs 0 to 7"
    ),
    (
      "host_link: {both_directions_bandwidth: 40 GB/s}",
      "my.yaml:2:40: error: 'host_link.both_directions_bandwidth' must be at least one direction's"
    ),
    ("like: hgx-h10-8", "my.yaml:1:7: error: unknown server 'hgx-h10-8'; did you mean 'hgx-h100-8'?"),
    ("gpus: 0", "my.yaml:2:7: error: 'gpus' must be between 1 and 1024, found 0"),
    ("nvlinks: 4", "my.yaml:2:1: error: unknown key 'nvlinks' in the file"),
  ])
  func oneMistakeOneMessage(lines: String, message: String) {
    let text = lines.hasPrefix("like") ? lines : "like: hgx-h100-8\n\(lines)"
    let (server, errors) = read(text)
    #expect(server == nil)
    #expect(errors.count == 1)
    #expect(errors.first?.hasPrefix(message) == true, "\(errors)")
  }

  @Test func valuesThatOnlyCodeCanSetAreCheckedToo() throws {
    var server = try #require(HardwareCatalogue.server(named: "dgx-a100-80gb"))
    server.hostLink.latency.value = -1
    server.gpu.memoryBandwidth.value = .nan
    server.peerLink = nil
    server.pcieSwitches[1].gpus = [0, 3]
    #expect(
      server.problems().map(\.field) == [
        "gpu.memory_bandwidth", "peer_link", "host_link.latency", "pcie_switches[1].gpus",
      ])
  }
}
