import Hardware
import StepTime

extension StepTimeProfile {
  /// Kernel times of a server: those of the profile that its description names, unless it has none, or else those of the
  /// catalogue for its kind of GPU; nil when neither has any.
  public static func of(_ server: ServerSpec) throws(ProfileError) -> StepTimeProfile? {
    if let file = server.profile, let measured = try measured(text: file.text, file: file.path) { return measured }
    return try ProfileLibrary.profile(forGPU: server.gpu.name)
  }
}
