import StepTime
import Workload

extension StepTimeProfile {
  /// The profile that a person names: one of the catalogue, or a file, plain or gzip.
  ///
  /// - Throws: `WorkloadError` for a file that cannot be read, ``ProfileError`` for one that is no profile.
  public static func named(_ name: String) throws -> StepTimeProfile {
    if ProfileLibrary.names.contains(name) { return try ProfileLibrary.profile(named: name) }
    let text = String(decoding: try FileContents.bytes(path: name), as: UTF8.self)
    return try StepTimeProfile(text: text, file: name)
  }
}
