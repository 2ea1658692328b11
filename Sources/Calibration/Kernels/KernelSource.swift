import Catalogue

/// A CUDA source file that the program carries, to be compiled on the machine that is measured.
struct KernelSource {
  /// Its name in `Sources/CCatalogue/Data/kernels`.
  let name: String

  /// Fills memory with numbers, and the kernel that does nothing.
  static let filling = KernelSource(name: "filling.cu")
  static let decode = KernelSource(name: "decode.cu")
  static let prefill = KernelSource(name: "prefill.cu")
  /// For GPUs of compute capability 9.0 alone.
  static let prefillHopper = KernelSource(name: "prefill-hopper.cu")
  static let links = KernelSource(name: "links.cu")

  static let all = [filling, decode, prefill, prefillHopper, links]

  var text: String { Self.text("kernels/" + name) }

  /// What the sources include.
  static let headers = Catalogue.paths(under: "kernels").filter { $0.hasSuffix(".cuh") }.map {
    (name: String($0.dropFirst("kernels/".count)), text: text($0))
  }

  /// Numbers of a head and tokens of a page, which the kernels must know when they are compiled.
  static let options = ["-DWIDTH=\(AttentionWork.width)", "-DPAGE=\(AttentionWork.page)"]

  private static func text(_ path: String) -> String {
    guard let text = Catalogue.text(path) else { preconditionFailure("\(path) is not in the program") }
    return text
  }
}
