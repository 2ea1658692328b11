import Hardware
import HardwareCatalogue
import Testing

/// The hardware that comes with the package.
@Suite struct CatalogueTests {
  @Test func namesEverythingThatIsPromised() {
    #expect(
      HardwareCatalogue.gpuNames == [
        "a100-sxm-40gb", "a100-sxm-80gb", "h100-sxm-80gb", "h200-sxm-141gb", "rtx-4090-24gb", "rtx-pro-6000-96gb",
      ])
    #expect(
      HardwareCatalogue.serverNames == [
        "a100-pair", "dgx-a100-40gb", "dgx-a100-80gb", "dgx-h100", "h100-pair", "hgx-a100-8", "hgx-h100-8",
        "hgx-h200-8", "rtx-4090-single", "rtx-pro-6000-pair",
      ])
  }

  @Test(arguments: HardwareCatalogue.gpuNames) func everyGPUCanBeUsed(name: String) throws {
    let gpu = try #require(HardwareCatalogue.gpu(named: name))
    #expect(gpu.name == name)
    #expect(gpu.problems().isEmpty)
  }

  @Test(arguments: HardwareCatalogue.serverNames) func everyServerCanBeUsed(name: String) throws {
    let server = try #require(HardwareCatalogue.server(named: name))
    #expect(server.name == name)
    #expect(server.problems().isEmpty)
    // Every GPU of an eight-GPU server is taken to share its way to the host with one other, where it was not measured
    // that it does not.
    if server.gpuCount == 8, !server.pcieSwitches.isEmpty {
      #expect(server.pcieSwitches.flatMap(\.gpus) == Array(0..<8))
    }
  }

  @Test func everyNetworkAndCardCanBeUsed() throws {
    #expect(HardwareCatalogue.networkNames == ["dgx-superpod-h100", "meta-roce-24k"])
    #expect(
      HardwareCatalogue.cardNames == ["connectx-6-hdr-200g", "connectx-7-ndr-400g", "connectx-7-roce-200g-kv"])
    for name in HardwareCatalogue.networkNames {
      let network = try #require(HardwareCatalogue.network(named: name))
      #expect(network.name == name && network.problems().isEmpty)
    }
    for name in HardwareCatalogue.cardNames {
      let card = try #require(HardwareCatalogue.card(named: name))
      #expect(card.problems().isEmpty && !card.writeBandwidth.provenance.isAssumption)
    }
    #expect(HardwareCatalogue.network(named: "one-switch") == nil && HardwareCatalogue.card(named: "hdr") == nil)
  }

  @Test func valuesAreInBaseUnits() throws {
    let h100 = try #require(HardwareCatalogue.gpu(named: "h100-sxm-80gb"))
    #expect(h100.memoryBytes == 85_017_493_504)
    #expect(h100.memoryBandwidth.value == 3.35e12)
    #expect(h100.peakBF16.value == 989.5e12)
    #expect(h100.kernelLaunch.value == 5e-6)
    #expect(h100.kernelLaunch.provenance.isAssumption)
    #expect(h100.memoryBandwidth.provenance == .source("NVIDIA H100 Tensor Core GPU data sheet (2023), SXM"))
    let dgx = try #require(HardwareCatalogue.server(named: "dgx-a100-40gb"))
    #expect(dgx.gpu.name == "a100-sxm-40gb")
    #expect(dgx.host.memory.value == 1e12)
    #expect(dgx.host.sockets == 2)
    #expect(dgx.hostLink.bothDirectionsBandwidth?.value == 37.6e9)
    #expect(dgx.fabric == .nvswitch)
    let pair = try #require(HardwareCatalogue.server(named: "h100-pair"))
    #expect(pair.fabric == .bridgedPairs([GPUPair(0, 1)]))
    #expect(pair.pcieSwitches.isEmpty)
  }

  @Test func nobodyIsThere() {
    #expect(HardwareCatalogue.gpu(named: "b200") == nil)
    #expect(HardwareCatalogue.server(named: "../gpus/h100-sxm-80gb") == nil)
  }
}
