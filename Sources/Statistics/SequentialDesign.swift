/// When an experiment that may stop early is looked at, and how sure each look must be.
///
/// Looking again and again at a 95 % interval, until it says something, is wrong more often than in 5 % of experiments.
/// So the error is spent: the looks are fixed beforehand, and each gets an equal part of it. By Bonferroni's inequality
/// the chance that any look is wrong is then at most the whole, however the looks depend on each other and whenever one
/// stops. Equal parts for equal looks are Pocock's choice (Biometrika 64, 1977), spending beforehand is Lan and DeMets'
/// (Biometrika 70, 1983); their boundaries use the looks' correlation under normality and are a little less strict.
public struct SequentialDesign: Sendable, Hashable {
  /// How many replications there are at each look, rising.
  public let looks: [Int]
  /// What holds of all looks together, for example 0.95.
  public let confidence: Double

  /// Looks at `first` replications, then at twice as many, and so on up to `limit`.
  ///
  /// - Parameters:
  ///   - first: at least 1; no more than `limit` are made.
  ///   - limit: the most replications, at least 1.
  public init(first: Int, limit: Int, confidence: Double = 0.95) {
    precondition(first >= 1 && limit >= 1 && confidence > 0 && confidence < 1)
    var looks = [min(first, limit)]
    while let last = looks.last, last < limit { looks.append(min(2 * last, limit)) }
    self.looks = looks
    self.confidence = confidence
  }

  /// The confidence of each look's intervals.
  public var confidencePerLook: Double { 1 - (1 - confidence) / Double(looks.count) }
}
