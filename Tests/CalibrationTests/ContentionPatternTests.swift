import Calibration
import Testing

struct ContentionPatternTests {
  @Test(arguments: 1...8) func patternsNameGPUsThatThereAre(_ gpus: Int) {
    let patterns = ContentionPattern.all(gpus: gpus, peers: true)
    #expect(Set(patterns.map(\.name)).count == patterns.count)
    for pattern in patterns {
      #expect(!pattern.flows.isEmpty)
      for flow in pattern.flows {
        #expect(flow.from != flow.to, "\(pattern.name)")
        #expect([flow.from, flow.to, flow.driver].allSatisfy { $0.map { (0..<gpus).contains($0) } ?? true })
        #expect(flow.driver == flow.from || flow.driver == flow.to)
      }
    }
  }

  @Test func moreGPUsMeanMorePatterns() {
    func names(_ gpus: Int) -> Set<String> { Set(ContentionPattern.all(gpus: gpus, peers: true).map(\.name)) }
    #expect(names(1).isDisjoint(with: ["one_pair", "host_to_2"]))
    #expect(names(2).isSuperset(of: ["one_pair", "one_pair_both_ways", "host_to_2", "host_both_ways_2"]))
    #expect(names(3).isSuperset(of: ["two_into_one", "one_into_two", "two_from_one", "host_to_3"]))
    #expect(names(4).isSuperset(of: ["disjoint_pairs", "all_into_one", "host_to_pair_2_3", "host_to_4"]))
    #expect(names(8).isSuperset(of: ["host_to_8", "8_to_host", "ring"]))
    let pairs = ContentionPattern.all(gpus: 8, peers: true).first { $0.name == "disjoint_pairs" }
    #expect(pairs?.flows.count == 4)
  }

  @Test func withoutPeerAccessOnlyTheHostIsShared() {
    #expect(ContentionPattern.all(gpus: 4, peers: false).allSatisfy { $0.flows.allSatisfy(\.isHost) })
  }
}
