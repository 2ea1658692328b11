import Hardware
import StepTime

extension StepTimeProfile {
  /// Kernel times of a server: those of the profile that its description names, unless it has none; or else those that
  /// a stack's costs go with; or else those of the catalogue for its kind of GPU; nil when there are none.
  public static func of(_ server: ServerSpec, stack: StackVersion? = nil) throws(ProfileError) -> StepTimeProfile? {
    if let file = server.profile, let measured = try measured(text: file.text, file: file.path) { return measured }
    if let name = stack?.profileName(forGPU: server.gpu.name) { return try ProfileLibrary.profile(named: name) }
    return try ProfileLibrary.profile(forGPU: server.gpu.name)
  }
}
