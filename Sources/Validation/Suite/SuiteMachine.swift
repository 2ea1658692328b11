import Hardware
import HardwareCatalogue
import StepTime

/// A GPU, the server it sits in and the kernel tables that describe it.
public struct SuiteMachine: Sendable {
  /// The GPU's name in results, for example `H100`.
  public let label: String
  public let server: ServerSpec
  /// Device memory, bytes.
  public let memory: Int64
  /// The kind of GPU whose kernel tables describe it: `h200`.
  public let tables: String

  /// What stands for each GPU of the catalogue: its name in results, a server and whose kernel tables describe it.
  private static let known: [String: (label: String, server: String, tables: String)] = [
    "a100-sxm-40gb": ("A100-40GB", "dgx-a100-40gb", "a100"), "a100-sxm-80gb": ("A100-80GB", "hgx-a100-8", "a100"),
    "h100-sxm-80gb": ("H100", "hgx-h100-8", "h100"), "h200-sxm-141gb": ("H200", "hgx-h200-8", "h200"),
  ]

  /// The machine of a published GPU name; `nil` when the catalogue has nothing like it.
  ///
  /// InferenceX's `a100_sxm` is the module with 80 GB; elsewhere an A100 without more is the one with 40 GB.
  public static func find(_ published: String) -> SuiteMachine? {
    let name = published.lowercased()
    let words = name.split { !$0.isLetter && !$0.isNumber }
    let isGraceHopper = words.contains("gh200") && words.allSatisfy { !$0.hasSuffix("gb") || $0 == "96gb" }
    let meant = isGraceHopper ? "h200" : name == "a100_sxm" ? "a100-80gb" : name
    guard let gpu = HardwareCatalogue.gpuName(published: meant), let entry = known[gpu],
      var server = HardwareCatalogue.server(named: entry.server)
    else { return nil }
    if isGraceHopper { server = graceHopper(server) }
    return SuiteMachine(
      label: isGraceHopper ? "GH200" : entry.label, server: server,
      memory: server.gpu.memoryBytes, tables: entry.tables)
  }

  /// The GH200 with 96 GB of HBM3: an H100's arithmetic at 4.0 TB/s (NVIDIA GH200 data sheet). Its tables are those of
  /// the H200, scaled; only single GPUs are simulated, so the server's links do not matter.
  private static func graceHopper(_ server: ServerSpec) -> ServerSpec {
    var server = server
    server.gpu.name = "gh200-96gb"
    server.gpu.memoryBandwidth.value = 4.0e12
    server.gpu.memory.value = 96e9
    return server
  }
}
