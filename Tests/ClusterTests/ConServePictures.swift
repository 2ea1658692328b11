import Metrics
import Scheduling
import SimCore
import Testing

/// ConServe, followed by hand.
struct ConServePictures {
  /// An iteration of one sequence takes 1.1 ms, with four safepoint checks of 10 us 1.14 ms when it is offline only.
  /// The third starts at 2.28 ms; B comes at 2.6 ms, when waiting for its end and a prefill would take 1.92 ms, more
  /// than the target. The next quarter ends at 2.28 + 2 x 0.285 = 2.85 ms. Both sequences together would take 1.2 ms,
  /// more than the 1.15 ms between tokens, so A pauses until B is done at 2.85 + 3 x 1.1 = 6.15 ms.
  private var burst: SmallWorld {
    var world = SmallWorld(ConServePolicy.self, "A@0 4+5 offline, B@2.6 4+3")
    world.perSequence = .milliseconds(0.1)
    world.hostBlocks = 20
    world.parameters = [
      "ttft_target": .duration(.milliseconds(1.5)), "tbt_target": .duration(.milliseconds(1.15)),
      "safepoint_layers": .integer(2),
    ]
    return world
  }

  @Test("an online arrival ends offline work at the next safepoint, to the picosecond, and pauses it")
  func safepoint() throws {
    let story = try burst.story()
    #expect(
      story.picture == """
        A |Pdx---ddd|
        B    |Pdd|
        """)
    #expect(story.outcomes[1].scheduled.picoseconds == 2_850_000_000)
    #expect(story.outcomes[1].firstToken.picoseconds == 3_950_000_000)
    #expect(story.outcomes[1].finished.picoseconds == 6_150_000_000)
    #expect(story.outcomes[0].finished.picoseconds == 6_150_000_000 + 3 * 1_140_000_000)
    #expect(story.result.engines[0].abortedIterations == 1)
    #expect(story.result.engines[0].abortedWork.picoseconds == 570_000_000)
  }

  @Test("with time enough the iteration runs to its end")
  func noNeedToAbort() throws {
    var world = burst
    world.parameters["ttft_target"] = .duration(.milliseconds(2))
    let story = try world.story()
    #expect(
      story.picture == """
        A |Pdd---dd|
        B    |Pdd|
        """)
    #expect(story.outcomes[1].scheduled.picoseconds == 3_420_000_000)
    #expect(story.result.engines[0].abortedIterations == 0)
  }

  @Test("without a bound on latency offline work goes on beside online work")
  func unbounded() throws {
    var world = burst
    world.parameters["latency_bound"] = .boolean(false)
    world.parameters["ttft_target"] = .duration(.milliseconds(2))
    #expect(
      try world.story().picture == """
        A |Pdddd|
        B    |Pdd|
        """)
  }

  /// Six blocks. A's prompt, 8 tokens, is copied from 1 to 3 ms, what it has decoded by the fourth iteration, 4
  /// tokens, from 5 to 6 ms. Then A holds 13 tokens in four blocks. B needs three, finds two, and gets all of A's at
  /// once; copies of 12 tokens stay. B is done at 9 ms; A's three blocks come back in 3 ms, while nothing else is
  /// there to run. Its 13th token is processed again, together with the last one made, in the iteration that gives the
  /// seventh.
  @Test("an online prompt takes the blocks of a checkpointed offline sequence, which is fetched back afterwards")
  func eviction() throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 8+8 offline, B@5.5 12+3")
    world.blocks = 6
    world.hostBlocks = 20
    world.parameters = ["safepoint_layers": .integer(0), "online_reserve": .number(0)]
    let story = try world.story()
    #expect(
      story.picture == """
        A |Pddddd>~~<Pd|
        B       |Pdd|
        """)
    #expect(story.outcomes.map(\.finished) == [14, 9].map(milliseconds))
    #expect(story.outcomes[0].pagedOutBytes == 0)
    #expect(story.outcomes[0].pagedInBytes == 75_000_000)
    #expect(story.outcomes[0].recomputedTokens == 1)
    // A token is 6.25 MB: 12 until it is evicted, the 2 of its second prompt, and not the last, which is never cached.
    #expect(story.result.engines[0].checkpointedBytes == 14 * 6_250_000)
    #expect(story.result.bytesToHost == 14 * 6_250_000)
  }

  /// B comes while the copy of A's first 16 tokens is under way, from 1 to 5 ms. A goes at 3 ms and keeps what had been
  /// gathered; its blocks are free at once, but it is fetched only when B is done at 6 ms.
  @Test("a copy under way is kept by the sequence that it was gathered from")
  func evictionDuringCopy() throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 16+4 offline, B@2.5 12+3")
    world.blocks = 6
    world.hostBlocks = 20
    world.parameters = ["safepoint_layers": .integer(0), "online_reserve": .number(0)]
    let story = try world.story()
    #expect(
      story.picture == """
        A |Pdd>>~<P|
        B    |Pdd|
        """)
    #expect(story.outcomes[0].recomputedTokens == 2)
    #expect(story.outcomes[0].pagedInBytes == 100_000_000)
    #expect(story.outcomes.map(\.finished) == [11, 6].map(milliseconds))
  }

  /// An iteration takes 1.02 ms with its two checks. A's 100 MB begin to move after the first and A is done after the
  /// third, when 2.04 ms' worth have moved; nobody needs the others.
  @Test("copies of a finished request stop")
  func copiesStop() throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 16+3 offline, B@20 4+1")
    world.hostBlocks = 20
    let story = try world.story()
    let reported = story.result.engines[0].checkpointedBytes
    #expect(abs(reported - 51_000_000) <= 1)
    #expect(story.result.bytesToHost == reported)
  }

  /// Without copies all of A's blocks would have to move first: it is dropped and starts over.
  @Test("without checkpoints the offline sequence is recomputed")
  func withoutCheckpoints() throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 8+8 offline, B@5.5 12+3")
    world.blocks = 6
    world.hostBlocks = 20
    world.parameters = [
      "safepoint_layers": .integer(0), "online_reserve": .number(0), "checkpoint": .boolean(false),
    ]
    let story = try world.story()
    #expect(
      story.picture == """
        A |Pddddd...Pd|
        B       |Pdd|
        """)
    #expect(story.outcomes[0].recomputedTokens == 13)
    #expect(story.result.paging.isEmpty)
  }
}

extension RunResult {
  /// What all GPUs' links to the host carried.
  var bytesToHost: Int64 { links.reduce(0) { $1.name == "pcieToHost" ? $0 + $1.bytes : $0 } }
}
