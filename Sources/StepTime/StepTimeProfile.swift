import Catalogue

/// Measured kernel times of one kind of GPU.
public struct StepTimeProfile: Sendable {
  /// The profile's name, for example `h100-sxm-80gb`.
  public let name: String
  /// The rates of the GPU it was measured on.
  public let rates: GPURates
  /// Where the numbers come from, as the file's header says.
  public let source: String
  /// Matrix products by operand format.
  let matrices: [MatrixType: MatrixTimes]
  let prefill: PrefillTimes
  let decode: DecodeTimes
  /// Mixtures with 16-bit weights, `nil` where none was measured.
  let experts: ExpertTimes?
  /// Mixtures with 8-bit weights, `nil` where none was measured.
  let expertsIn8Bits: ExpertTimes?
  let collectives: CollectiveTimes
  /// Serving engines whose costs were fitted on this GPU; often none.
  public let engines: [EngineCosts]
}

/// The profiles there are.
public enum ProfileLibrary {
  /// Names of the embedded profiles, in order.
  public static var names: [String] {
    Catalogue.paths(under: "profiles").filter { $0.hasSuffix(".csv") }
      .map { String($0.dropFirst("profiles/".count).dropLast(".csv".count)) }.sorted()
  }

  /// An embedded profile.
  ///
  /// - Throws: ``ProfileError`` when there is none of that name.
  public static func profile(named name: String) throws(ProfileError) -> StepTimeProfile {
    try read.value(for: name) { () throws(ProfileError) in try profile(reading: name) }
  }

  private static let read = Memo<String, StepTimeProfile>()

  private static func profile(reading name: String) throws(ProfileError) -> StepTimeProfile {
    guard let text = Catalogue.text("profiles/\(name).csv") else {
      throw ProfileError(
        file: name, line: nil, message: "no such profile; there are \(names.joined(separator: ", "))")
    }
    return try StepTimeProfile(text: text, file: "\(name).csv")
  }

  /// The embedded profile that describes a GPU: the one of its name, or else of its kind (`a100` in `a100-sxm-40gb`);
  /// `nil` when its kind was not measured.
  public static func profile(forGPU gpu: String) throws(ProfileError) -> StepTimeProfile? {
    guard let name = profileName(forGPU: gpu) else { return nil }
    return try profile(named: name)
  }

  /// The name of the profile that describes a GPU, without reading it.
  public static func profileName(forGPU gpu: String) -> String? {
    if names.contains(gpu) { return gpu }
    let kind = gpu.prefix { $0 != "-" }
    return names.first { $0.prefix { $0 != "-" } == kind }
  }
}

/// What is wrong with a profile file, and where.
public struct ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
  public let file: String
  /// Counted from 1, `nil` when the file as a whole is at fault.
  public let line: Int?
  public let message: String

  /// - Parameter line: counted from 1.
  public init(file: String, line: Int? = nil, message: String) {
    self.file = file
    self.line = line
    self.message = message
  }

  public var description: String {
    line.map { "\(file):\($0): error: \(message)" } ?? "\(file): error: \(message)"
  }
}
