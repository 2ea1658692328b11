import HardwareCatalogue
import Testing

/// What drivers, publishers and people call GPUs.
struct PublishedHardwareTests {
  @Test(
    "GPUs are found by what they are called",
    arguments: [
      ("NVIDIA H200", ["h200-sxm-141gb"]), ("H100", ["h100-sxm-80gb"]), ("h100_sxm", ["h100-sxm-80gb"]),
      ("NVIDIA A100-SXM4-80GB", ["a100-sxm-80gb"]), ("A100", ["a100-sxm-40gb", "a100-sxm-80gb"]),
      ("NVIDIA H100 PCIe", []), ("NVIDIA L40S", []),
      ("NVIDIA RTX PRO 6000 Blackwell Server Edition", ["rtx-pro-6000-96gb"]),
    ])
  func published(name: String, gpus: [String]) {
    #expect(HardwareCatalogue.gpuNames(published: name) == gpus)
  }

  @Test("a GPU in place of a server is answered with the servers that have it; a slip with the nearest name")
  func advice() {
    #expect(
      HardwareCatalogue.clause(forUnknownServer: "H100")
        == "; it is a GPU, which these servers have: dgx-h100, h100-pair, hgx-h100-8")
    #expect(HardwareCatalogue.clause(forUnknownServer: "hgx-h100-9") == "; did you mean 'hgx-h100-8'?")
    #expect(HardwareCatalogue.clause(forUnknownGPU: "A100") == "; did you mean 'a100-sxm-40gb' or 'a100-sxm-80gb'?")
    #expect(HardwareCatalogue.clause(forUnknownHardware: "H200") == "; did you mean 'h200-sxm-141gb'?")
    #expect(HardwareCatalogue.clause(forUnknownHardware: "hgx-h200-9") == "; did you mean 'hgx-h200-8'?")
  }
}
