import Metrics
import Scheduling
import SimCore
import TestSupport
import Testing

/// Aqua's time slices and what paging costs, followed by hand.
struct PagingPictures {
  /// Six blocks, two sequences that outgrow them. At step 6 both have 7 tokens and 3 blocks; A is first, and with a
  /// block for the next token 4 + 4 > 6, so B leaves. Six iterations later B, behind by six, comes back for A, and so
  /// on.
  @Test("aqua: slices of six; a second page-out moves what is new")
  func slices() throws {
    var world = SmallWorld(AquaPolicy.self, "A@0 4+14, B@0.5 4+14")
    world.blocks = 6
    world.peerBlocks = 20
    world.parameters = ["watermark": .number(0)]
    let story = try world.story()
    #expect(
      story.picture == """
        A |P-dddddddddddd~~~~~~d|
        B  |Pdddddd~~~~~~dddddd~d|
        """)
    // Out: B's 10 tokens in 3 blocks, A's 16 in 4; then B's 16, of which two full blocks have copies: 2 blocks.
    // Back: always everything, 3, 4 and 4 blocks.
    #expect(story.outcomes.map(\.pagedOutBytes) == [4, 5].map { $0 * 25_000_000 })
    #expect(story.outcomes.map(\.pagedInBytes) == [4, 7].map { $0 * 25_000_000 })
    // 21 iterations, 3 + (4 + 3) + (2 + 4) blocks before the last; one more and 4 blocks.
    #expect(story.outcomes.map(\.finished) == [21 + 1.6, 22 + 1.6 + 0.4].map(milliseconds))
    #expect(story.result.engines[0].blockedOnTransfer == .milliseconds(2))
  }

  /// A and B fill six blocks. C comes, needs two, and gets those of A, the longest on the GPU; its prompt runs alone.
  /// When it is done B goes on alone to the end of the slice, then A has the fewest tokens.
  private var crowd: SmallWorld {
    var world = SmallWorld(AquaPolicy.self, "A@0 8+8, B@0 8+8, C@1.5 8+3")
    world.blocks = 6
    world.peerBlocks = 20
    world.hostBlocks = 20
    world.parameters = ["watermark": .number(0)]
    return world
  }

  private let crowdPicture = """
    A |Pd~~~~~~dddddd|
    B |Pd-ddddd~~~~~~d|
    C   |Pdd|
    """

  @Test("aqua: arrivals come first, and the longest resident makes room")
  func arrivalsFirst() throws {
    let story = try crowd.story()
    #expect(story.picture == crowdPicture)
    #expect(story.outcomes[2].firstToken == milliseconds(3.3))
    #expect(story.outcomes.map(\.finished) == [14 + 0.3 + 0.7, 15 + 0.3 + 0.7 + 0.4, 5.3].map(milliseconds))
  }

  /// A's three blocks fill the lender; B's four go to the host, at 1 ms each.
  @Test("paging prefers the peer's memory and takes the host's when that is full")
  func tiers() throws {
    var world = crowd
    world.peerBlocks = 3
    let story = try world.story()
    #expect(story.picture == crowdPicture)
    #expect(
      story.result.paging == [
        PagingTotals(
          deployment: 0, tier: .peerGPU, link: "NVLink", pagedOutBytes: 75_000_000, pagedInBytes: 75_000_000),
        PagingTotals(
          deployment: 0, tier: .host, link: "PCIe", pagedOutBytes: 100_000_000, pagedInBytes: 100_000_000),
      ])
    #expect(story.outcomes.map(\.finished) == [14 + 0.3 + 4.3, 15 + 0.3 + 4.3 + 4, 5.3].map(milliseconds))
  }

  /// As in `slices`, but the lender has room for seven blocks: B's three and A's four. When B leaves again it holds
  /// four and finds no room beside its three, so all four go to the host, at 1 ms each, and the three are given up.
  @Test("aqua: a sequence whose copies cannot grow where they are leaves for the other tier")
  func fullPeer() throws {
    var world = SmallWorld(AquaPolicy.self, "A@0 4+14, B@0.5 4+14")
    world.blocks = 6
    world.peerBlocks = 7
    world.hostBlocks = 20
    world.parameters = ["watermark": .number(0)]
    let story = try world.story()
    #expect(
      story.picture == """
        A |P-dddddddddddd~~~~~~d|
        B  |Pdddddd~~~~~~dddddd~d|
        """)
    #expect(story.outcomes.map(\.pagedOutBytes) == [4, 7].map { $0 * 25_000_000 })
    #expect(story.outcomes.map(\.pagedInBytes) == [4, 7].map { $0 * 25_000_000 })
    // 3 blocks out; 4 out and 3 in; 4 out to the host and 4 in; at last 4 in from the host.
    #expect(story.outcomes.map(\.finished) == [21 + 0.3 + 0.7 + 4.4, 22 + 0.3 + 0.7 + 4.4 + 4].map(milliseconds))
  }

  /// A holds four blocks and B three of seven when C comes, which needs two. The lender has room for three: A, the
  /// longest on the GPU, cannot leave, so B does.
  @Test("aqua: one that finds no room stays, and the next makes room")
  func skipsVictims() throws {
    var world = SmallWorld(AquaPolicy.self, "A@0 12+6, B@0 8+6, C@1.5 8+2")
    world.blocks = 7
    world.peerBlocks = 3
    world.parameters = ["watermark": .number(0)]
    let story = try world.story()
    #expect(story.outcomes.map(\.pagedOutBytes) == [0, 3, 0].map { $0 * 25_000_000 })
    #expect(story.outcomes[2].firstToken == milliseconds(3.3))
  }

  /// A's and B's first blocks are the same. At 7 ms both want a fourth block and five of six are used; B, the last to
  /// come, leaves. Its three blocks are copied, two come free, and A goes on with the shared one. At 10.3 ms A is done;
  /// B finds both blocks of its prompt among the free ones, and only its third has to come back.
  @Test("a sequence that shares its prompt's start pages out whole, leaves what others hold, and finds it again")
  func sharedPrefix() throws {
    var world = SmallWorld(VLLMv0Policy.self, "A@0 8+9, B@1.5 8+9")
    world.blocks = 6
    world.peerBlocks = 20
    world.parameters = ["watermark": .number(0), "preemption": .choice("swap")]
    world.prefixes = ["A": [1, 2], "B": [1, 3]]
    let story = try world.story()
    #expect(story.outcomes.map(\.pagedOutBytes) == [0, 3].map { $0 * 25_000_000 })
    #expect(story.outcomes.map(\.pagedInBytes) == [0, 1].map { $0 * 25_000_000 })
    #expect(story.outcomes.map(\.finished) == [10.3, 10.4 + 4].map(milliseconds))
  }

  @Test("aqua with nowhere to page to batches first come, first served")
  func withoutTiers() throws {
    var world = crowd
    world.peerBlocks = 0
    world.hostBlocks = 0
    let story = try world.story()
    #expect(story.outcomes.allSatisfy { $0.status == .completed && $0.pagedOutBytes == 0 })
    #expect(story.outcomes[2].scheduled >= story.outcomes[0].finished)
  }

  /// Two blocks of 1.125 GB take 9 ms at 250 GB/s, an eighth of the lender's 2,000. Arriving bytes count once: steps
  /// there take 9/8. Leaving ones count twice: 10/8. The neighbour loses 9/9 ms and 9/5 ms of its 40.
  @Test("a neighbour on the lending GPU slows by exactly the traffic's share of its memory bandwidth")
  func interference() throws {
    var world = SmallWorld(VLLMv0Policy.self, "A@0 4+9, B@0 4+9, C@0.5 4+7")
    world.blocks = 6
    world.peerBlocks = 10
    world.parameters = ["watermark": .number(0), "preemption": .choice("swap")]
    world.blockBytes = 1_125_000_000
    world.server.arrivingInterference = 1
    world.server.leavingInterference = 2
    world.neighbour = "N@0 4+40"
    let story = try world.story(watchesNeighbour: true)
    // Out from 6 to 15 ms, four iterations, back from 19 to 28 ms, two more.
    let main = story.outcomes.filter { $0.deployment == 0 }
    #expect(main.map(\.finished) == [19, 19, 30].map(milliseconds))
    #expect(story.outcomes.first { $0.deployment == 1 }?.finished == milliseconds(42.8))
    let steps = zip(story.decided, story.decided.dropFirst()).map { $1 - $0 }
    let stretched = SimDuration.milliseconds(1.125)
    #expect(Array(steps[0..<6]) == Array(repeating: .milliseconds(1), count: 6))
    #expect(Array(steps[6..<14]) == Array(repeating: stretched, count: 8))
    #expect(Array(steps[14..<18]) == Array(repeating: .milliseconds(1), count: 4))
    #expect(Array(steps[18..<25]) == Array(repeating: .milliseconds(1.25), count: 7))
    // The last step of the fetch has 0.25 ms of it: 0.2 ms of work; the rest at full pace.
    #expect(steps[25] == .milliseconds(0.25 + 0.8))
  }

  @Test("without interference nobody notices")
  func noInterference() throws {
    var world = crowd
    world.neighbour = "N@0 4+40"
    #expect(try world.story().outcomes.first { $0.deployment == 1 }?.finished == milliseconds(40))
  }
}
