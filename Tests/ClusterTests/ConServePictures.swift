import Metrics
import Scheduling
import SimCore
import Testing

/// ConServe, followed by hand.
struct ConServePictures {
  /// An iteration of one sequence takes 1.1 ms, with four safepoint checks of 10 us 1.14 ms when it is offline only.
  /// The third starts at 2.28 ms; B comes at 2.6 ms, when waiting for its end and a prefill would take 1.92 ms, more than
  /// the target. The next quarter ends at 2.28 + 2 x 0.285 = 2.85 ms. Both sequences together would take 1.2 ms, more
  /// than the 1.15 ms between tokens, so A pauses until B is done at 2.85 + 3 x 1.1 = 6.15 ms.
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

  /// Six blocks. At 6 ms A holds 13 tokens in four of them; copies of 12 are in host memory, so one block has to move.
  /// B needs three, finds two, and gets A's three clean ones at once. The dirty one takes 1 ms. B is done at 9 ms; A's
  /// four blocks come back in 4 ms, while nothing else is there to run.
  @Test("an online prompt takes the blocks of a checkpointed offline sequence, which is fetched back afterwards")
  func eviction() throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 8+8 offline, B@5.5 12+3")
    world.blocks = 6
    world.hostBlocks = 20
    world.parameters = ["safepoint_layers": .integer(0), "online_reserve": .number(0)]
    let story = try world.story()
    #expect(
      story.picture == """
        A |Pddddd>~~<dd|
        B       |Pdd|
        """)
    #expect(story.outcomes.map(\.finished) == [15, 9].map(milliseconds))
    #expect(story.outcomes[0].pagedOutBytes == 25_000_000)
    #expect(story.outcomes[0].pagedInBytes == 100_000_000)
    #expect(story.outcomes[0].recomputedTokens == 0)
    // A token is 6.25 MB: 8 of the prompt and 7 decoded, but for the last, which is never cached.
    #expect(story.result.engines[0].checkpointedBytes == 15 * 6_250_000)
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
