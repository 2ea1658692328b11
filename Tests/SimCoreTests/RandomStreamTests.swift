import SimCore
import Testing

struct RandomStreamTests {
  /// Computed in whole numbers of any size, with a program of its own, from the recurrence in Blackman and Vigna,
  /// "Scrambled linear pseudorandom number generators", ACM TOMS 47, 2021, figure 4, from the state 1, 2, 3, 4.
  @Test("the generator is xoshiro256++")
  func generator() {
    var stream = RandomStream(seed: 0, replication: 0, purpose: "")
    stream.words = (1, 2, 3, 4)
    let expected: [UInt64] = [
      41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386, 9_228_616_714_210_784_205,
      9_973_669_472_204_895_162, 14_011_001_112_246_962_877, 12_406_186_145_184_390_807,
      15_849_039_046_786_891_736, 10_450_023_813_501_588_000,
    ]
    #expect((0..<10).map { _ in stream.next() } == expected)
  }

  /// The same program, seeding by SplitMix64 and FNV-1a. A change here changes every run of every scenario.
  @Test(
    "seeds give the streams they always gave",
    arguments: [
      (0, 0, "", [0x0c7f_2d40_2f63_95f3, 0xc5fc_b993_c809_0c7d, 0x1a91_cff5_be3c_1595]),
      (42, 0, "arrivals/chat", [0x8be4_cb0a_70d9_6fd8, 0xe710_a924_2589_4b5c, 0xf402_3c4f_5cbf_4747]),
      (42, 3, "arrivals/chat", [0x725f_afd0_131f_4f08, 0xd852_de82_484f_c5c7, 0x99a2_b472_adb8_8359]),
      (42, 0, "lengths/chat", [0xc554_f92b_e021_aebe, 0xd435_166a_3640_fe93, 0x8188_e8ec_2b81_00b8]),
    ] as [(UInt64, Int, String, [UInt64])])
  func seeding(seed: UInt64, replication: Int, purpose: String, expected: [UInt64]) {
    var stream = RandomStream(seed: seed, replication: replication, purpose: purpose)
    #expect((0..<3).map { _ in stream.next() } == expected)
  }

  @Test("equal seeds give equal streams, and every part of the seed counts")
  func derivation() {
    func start(_ seed: UInt64, _ replication: Int, _ purpose: String) -> [UInt64] {
      var stream = RandomStream(seed: seed, replication: replication, purpose: purpose)
      return (0..<4).map { _ in stream.next() }
    }
    #expect(start(7, 1, "arrivals") == start(7, 1, "arrivals"))
    var seen: Set<[UInt64]> = []
    var count = 0
    for seed in UInt64(0)..<8 {
      for replication in 0..<8 {
        for purpose in ["arrivals/a", "arrivals/b", "lengths/a", "routing/a", "", "a"] {
          seen.insert(start(seed, replication, purpose))
          count += 1
        }
      }
    }
    #expect(seen.count == count)
  }

  /// From the 0.05 % to the 99.95 % quantile of chi-square with 99 degrees of freedom: too even is suspicious as well.
  private static let likely = 59.1...152.0

  /// Pearson's statistic over cells that should be equally likely.
  private func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  }

  @Test("uniform numbers fill the unit interval evenly")
  func uniformity() {
    var stream = RandomStream(seed: 3, replication: 0, purpose: "uniformity")
    var counts = [Int](repeating: 0, count: 100)
    for _ in 0..<100_000 {
      let value = stream.uniform()
      #expect(value >= 0 && value < 1)
      counts[Int(value * 100)] += 1
    }
    #expect(Self.likely.contains(chiSquare(counts)))
  }

  @Test("whole numbers below a bound are equally likely", arguments: [2, 3, 7, 10, 64])
  func bounded(bound: Int) {
    var stream = RandomStream(seed: 5, replication: bound, purpose: "bounded")
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<20_000 { counts[stream.below(bound)] += 1 }
    // Wilson and Hilferty's approximation of the 99.9 % quantile.
    let freedom = Double(bound - 1)
    let root = 1 - 2 / (9 * freedom) + 3.0902 * (2 / (9 * freedom)).squareRoot()
    #expect(chiSquare(counts) < freedom * root * root * root)
  }

  @Test(
    "streams of neighbouring purposes, replications and seeds are independent",
    arguments: [(1, 0, "arrivals/b"), (1, 1, "arrivals/a"), (2, 0, "arrivals/a"), (1, 0, "lengths/a")]
      as [(
        UInt64, Int, String
      )])
  func independence(seed: UInt64, replication: Int, purpose: String) {
    var one = RandomStream(seed: 1, replication: 0, purpose: "arrivals/a")
    var other = RandomStream(seed: seed, replication: replication, purpose: purpose)
    var cells = [Int](repeating: 0, count: 100)
    for _ in 0..<50_000 { cells[Int(one.uniform() * 10) * 10 + Int(other.uniform() * 10)] += 1 }
    #expect(Self.likely.contains(chiSquare(cells)))
  }

  @Test("a copy of a stream repeats it")
  func copies() {
    var stream = RandomStream(seed: 9, replication: 2, purpose: "copy")
    _ = stream.next()
    var copy = stream
    #expect((0..<10).map { _ in stream.next() } == (0..<10).map { _ in copy.next() })
  }

  @Test("a bound of nothing is refused")
  func refusesEmptyBound() async {
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 1, replication: 0, purpose: "")
      _ = stream.below(0)
    }
  }
}
