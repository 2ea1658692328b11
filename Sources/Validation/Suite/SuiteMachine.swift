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

  /// Published names of GPUs, in lower case and without what says nothing, and what stands for them.
  private static let known: [String: (label: String, server: String, tables: String)] = [
    "h100_sxm": ("H100", "hgx-h100-8", "h100"), "h100": ("H100", "hgx-h100-8", "h100"),
    "h100-80gb": ("H100", "hgx-h100-8", "h100"),
    "h200_sxm": ("H200", "hgx-h200-8", "h200"), "h200": ("H200", "hgx-h200-8", "h200"),
    "h200-141gb": ("H200", "hgx-h200-8", "h200"),
    "a100_sxm": ("A100-80GB", "hgx-a100-8", "a100"), "a100-80gb": ("A100-80GB", "hgx-a100-8", "a100"),
    "a100": ("A100-40GB", "dgx-a100-40gb", "a100"),
    "a100-40gb": ("A100-40GB", "dgx-a100-40gb", "a100"),
    "gh200": ("GH200", "hgx-h200-8", "h200"), "gh200-96gb": ("GH200", "hgx-h200-8", "h200"),
  ]

  /// The machine of a published GPU name; `nil` when the catalogue has nothing like it.
  public static func find(_ published: String) -> SuiteMachine? {
    var name = published.lowercased()
    if name.hasPrefix("nvidia ") { name.removeFirst("nvidia ".count) }
    if name.hasSuffix(" gpu") { name.removeLast(" gpu".count) }
    guard let entry = known[name], var server = HardwareCatalogue.server(named: entry.server) else { return nil }
    if entry.label == "GH200" { server = graceHopper(server) }
    return SuiteMachine(
      label: entry.label, server: server,
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
