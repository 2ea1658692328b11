import SimCore
import Testing

@testable import Metrics

/// The lists from which totals are summed, written and stored leave nothing out.
struct CounterListTests {
  @Test func everyPropertyOfAnEngineIsListed() {
    var totals = EngineTotals()
    for (index, counter) in EngineCounter.all.enumerated() { counter.set(Int128(index + 1), in: &totals) }
    let identity: Set = ["deployment", "replica"]
    var seen: Set<String> = []
    for child in Mirror(reflecting: totals).children where !identity.contains(child.label ?? "") {
      // Each was set to a number of its own; one that no counter reaches still says 0.
      #expect(!"\(child.value)".isEmpty && seen.insert("\(child.value)").inserted, "\(child.label ?? "")")
    }
    #expect(Mirror(reflecting: totals).children.count == EngineCounter.all.count + identity.count)
    #expect(Set(EngineCounter.all.map(\.name)).count == EngineCounter.all.count)
  }

  @Test func everyPropertyOfAGroupIsListed() {
    var group = GroupCollector(deployment: 0, requestClass: .online)
    for (index, counter) in GroupCounter.all.enumerated() { group[keyPath: counter.path] = Int64(index + 1) }
    for kind in LatencyKind.allCases { group[keyPath: kind.histogram].add(.seconds(1)) }
    let children = Mirror(reflecting: group).children
    let counts = children.compactMap { $0.value as? Int64 }
    #expect(counts.sorted() == (1...GroupCounter.all.count).map { Int64($0) })
    let histograms = children.compactMap { $0.value as? LatencyHistogram }
    #expect(histograms.count == LatencyKind.allCases.count && histograms.allSatisfy { $0.count == 1 })
  }

  @Test func valuesOutOfRangeAreNotSet() throws {
    var totals = EngineTotals()
    for counter in EngineCounter.all {
      if case .integral = counter.storage { continue }
      #expect(!counter.set(Int128(1) << 64, in: &totals), "\(counter.name)")
    }
    #expect(totals == EngineTotals())
  }
}
