import Configuration
import Hardware

extension HardwareCatalogue {
  /// The catalogue's names of the GPUs that a driver, a publisher or a person calls so: `h200-sxm-141gb` for
  /// `NVIDIA H200`, both A100 for `A100`. Empty for GPUs that the catalogue lacks.
  ///
  /// A size in the name (`A100-SXM4-80GB`) leaves those whose memory is closest to it.
  public static func gpuNames(published name: String) -> [String] {
    if gpuNames.contains(name) { return [name] }
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
    // A PCIe or NVL card is another machine than the SXM module of its name.
    let others: Set<Substring> = ["pcie", "nvl", "mig"]
    if words.contains(where: others.contains) { return [] }
    let ofKind = gpuNames.filter { name in kind(of: name).allSatisfy(words.contains) }
    let stated = words.compactMap { $0.hasSuffix("gb") ? Double($0.dropLast(2)) : nil }.first
    guard let memory = stated.map({ $0 * 1e9 }) else { return ofKind }
    return closest(to: memory, among: ofKind).map { [$0] } ?? []
  }

  /// The one GPU meant by a published name: among several, that whose memory is closest to `memory`, bytes; else the
  /// first. `nil` for GPUs that the catalogue lacks.
  public static func gpuName(published name: String, memory: Int64? = nil) -> String? {
    let names = gpuNames(published: name)
    guard let memory else { return names.first }
    return closest(to: Double(memory), among: names)
  }

  /// The words of a catalogue's name that everybody says: `h200` of `h200-sxm-141gb`.
  private static func kind(of name: String) -> [Substring] {
    name.split(separator: "-").filter { $0 != "sxm" && !$0.hasSuffix("gb") }
  }

  /// Whether a name can mean a bare GPU, and no server like `hgx-h100-9`.
  private static func saysOnlyGPU(_ name: String) -> Bool {
    let said: Set<Substring> = ["nvidia", "geforce", "gpu", "sxm", "sxm4", "sxm5", "hbm2", "hbm2e", "hbm3", "hbm3e"]
    let kinds = Set(gpuNames.flatMap { kind(of: $0) })
    return name.lowercased().split { !$0.isLetter && !$0.isNumber }
      .allSatisfy { kinds.contains($0) || said.contains($0) || $0.hasSuffix("gb") }
  }

  private static func closest(to memory: Double, among names: [String]) -> String? {
    func distance(_ name: String) -> Double { abs((gpu(named: name)?.memory.value ?? .infinity) - memory) }
    return names.min { distance($0) < distance($1) }
  }

  /// Continues `unknown server 'NAME'`: the servers with the GPU that the name may mean, or the nearest name.
  public static func clause(forUnknownServer name: String) -> String {
    let gpus = saysOnlyGPU(name) ? gpuNames(published: name) : []
    let servers = serverNames.filter { server(named: $0).map { gpus.contains($0.gpu.name) } ?? false }
    if servers.isEmpty { return NearestName.clause(for: name, among: serverNames, plural: "servers") }
    return "; it is a GPU, which these servers have: \(servers.joined(separator: ", "))"
  }

  /// Continues `unknown GPU 'NAME'` likewise.
  public static func clause(forUnknownGPU name: String) -> String {
    let near = gpuNames(published: name).map { "'\($0)'" }
    if near.isEmpty { return NearestName.clause(for: name, among: gpuNames, plural: "GPUs") }
    return "; did you mean \(near.joined(separator: " or "))?"
  }

  /// Continues `unknown GPU, server or network 'NAME'` likewise.
  public static func clause(forUnknownHardware name: String) -> String {
    if saysOnlyGPU(name), !gpuNames(published: name).isEmpty { return clause(forUnknownGPU: name) }
    return NearestName.clause(
      for: name, among: serverNames + gpuNames + networkNames + cardNames, plural: "GPUs, servers and networks")
  }
}
