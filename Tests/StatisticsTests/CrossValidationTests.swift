import Statistics
import Testing

/// Folds by group, and what they are for.
@Suite struct CrossValidationTests {
  @Test func aGroupStaysTogetherAndFoldsAreEven() {
    let groups = (0..<100).map { $0 / 7 }
    let folds = GroupedFolds(groups: groups, count: 5)
    #expect(folds.count == 5)
    for (row, group) in groups.enumerated() { #expect(folds.folds[row] == folds.folds[group * 7]) }
    let sizes = (0..<5).map { fold in folds.folds.count { $0 == fold } }
    #expect(sizes.allSatisfy { $0 >= 16 && $0 <= 23 }, "\(sizes)")
    #expect(folds == GroupedFolds(groups: groups, count: 5))
    #expect(GroupedFolds(groups: ["a", "a", "b"], count: 10).count == 2)
  }

  /// Every row its own group's mean: perfect in-sample, useless for a group that was not seen.
  @Test func memorisingDoesNotPay() {
    let groups = (0..<60).map { $0 / 10 }
    let values = groups.map { Double($0 * $0) }
    let folds = GroupedFolds(groups: groups, count: 6)
    let predicted = folds.predictions { learn in
      { row in
        #expect(!learn.contains { groups[$0] == groups[row] })
        return learn.reduce(0) { $0 + values[$1] } / Double(learn.count)
      }
    }
    #expect(abs(predicted[0] - (1 + 4 + 9 + 16 + 25) / 5.0) < 1e-12)
  }

  @Test func errorsPassThrough() {
    let folds = GroupedFolds(groups: [0, 1, 2], count: 3)
    #expect(throws: RegressionError.failed("x")) {
      try folds.predictions { (_: [Int]) throws(RegressionError) -> (Int) -> Double in throw .failed("x") }
    }
  }

  @Test func quantilesBetweenValues() {
    let quantiles = Quantiles([4, 1, 3, 2])
    #expect(quantiles(0) == 1 && quantiles(1) == 4 && quantiles(0.5) == 2.5 && abs(quantiles(0.9) - 3.7) < 1e-12)
    #expect(Quantiles([5])(0.3) == 5)
  }
}
