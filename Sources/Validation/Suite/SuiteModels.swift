import Models

/// The catalogue's models by the names that publishers use.
enum SuiteModels {
  /// The architecture of a published model with its linear layers stored as `weights`, or why there is none.
  ///
  /// A checkpoint that differs from the catalogue's in its context or in how its weights are stored is taken for it:
  /// points state lengths and precision themselves.
  static func find(_ published: String, weights: NumberType?) -> Result<ModelArchitecture, SuiteObstacle> {
    // MLPerf's benchmark of GPT-J, not the model.
    if published.lowercased().hasPrefix("gptj") { return .failure(SuiteObstacle("beam search is not modelled")) }
    do {
      guard let known = try ModelCatalogue.published(published) else {
        return .failure(SuiteObstacle("the model '\(published)' is not in the catalogue"))
      }
      let model = try ModelCatalogue.model(named: known.entry)
      return .success(weights.map { model.storingWeights(as: $0) } ?? model)
    } catch let unmodelled as UnmodelledModelError {
      return .failure(SuiteObstacle(unmodelled.reason))
    } catch {
      return .failure(SuiteObstacle("\(error)"))
    }
  }
}

/// Why a point cannot be simulated, in a few words.
struct SuiteObstacle: Error, Sendable {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
