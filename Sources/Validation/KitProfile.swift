import Hardware

/// Step times from the kernel times that a kit brings along.
enum KitProfile {
  /// Binds an experiment with the profile in its own folder, in the layout of LLMServingSim.
  ///
  /// - Throws: `KitError` when there is none, or it lacks what the model needs.
  static func bind(
    _ experiment: MeasuredExperiment, folder: String, server: ServerSpec?
  ) throws -> BoundExperiment {
    throw KitError(
      file: folder,
      "the profile of LLMServingSim in this folder cannot be used; give one with '--profile' and '--server'")
  }
}
