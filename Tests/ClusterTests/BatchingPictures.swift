import Metrics
import Scheduling
import SimCore
import Testing

/// vLLM's two schedulers, followed by hand.
struct BatchingPictures {
  @Test("vllm-v0: a prompt runs alone, and decode stalls for it")
  func v0StallsDecode() throws {
    let story = try SmallWorld(VLLMv0Policy.self, "A@0 4+6, B@2.5 4+3").story()
    #expect(
      story.picture == """
        A |Pdd-ddd|
        B    |Pdd|
        """)
    #expect(story.outcomes.map(\.finished) == [7, 6].map(milliseconds))
  }

  @Test("vllm-v1: the same prompt runs beside decode")
  func v1Mixes() throws {
    let story = try SmallWorld(VLLMv1Policy.self, "A@0 4+6, B@2.5 4+3").story()
    #expect(
      story.picture == """
        A |Pddddd|
        B    |Pdd|
        """)
    #expect(story.outcomes.map(\.firstToken) == [1, 4].map(milliseconds))
    #expect(story.outcomes.map(\.finished) == [6, 6].map(milliseconds))
  }

  /// One of eight tokens goes to A's decode: B's prompt of 20 goes in chunks of 7, 7 and 6.
  @Test("vllm-v1: a prompt is cut to what the token budget leaves")
  func v1Chunks() throws {
    var world = SmallWorld(VLLMv1Policy.self, "A@0 4+6, B@1.5 20+2")
    world.maxTokens = 8
    #expect(
      try world.story().picture == """
        A |Pddddd|
        B   |PPPd|
        """)
    world.parameters = ["long_prefill_token_threshold": .integer(5)]
    #expect(
      try world.story().picture == """
        A |Pddddd|
        B   |PPPPd|
        """)
    // Uncut, a prompt longer than an iteration has to be cut all the same; a shorter one waits for a whole budget.
    world.parameters = ["chunked_prefill": .boolean(false)]
    world.requests = "A@0 4+4, B@1.5 8+2"
    #expect(
      try world.story().picture == """
        A |Pddd|
        B   |..Pd|
        """)
  }

  /// Six blocks. After four tokens each A and B start their third block; C, the newest, gives its two up, with 7 tokens
  /// in them, and waits before D. It prefills 4 + 4 tokens, all that an iteration takes, and so gets its last token.
  @Test("vllm-v1: the newest is dropped, waits at the head of the queue and is prefilled again")
  func v1Drops() throws {
    var world = SmallWorld(VLLMv1Policy.self, "A@0 4+9, B@0 4+9, C@0.5 4+5, D@5.5 4+2")
    world.blocks = 6
    world.maxTokens = 8
    let story = try world.story()
    #expect(
      story.picture == """
        A |Pdddddddd|
        B |Pdddddddd|
        C  |Pddd....P|
        D       |....Pd|
        """)
    #expect(story.outcomes.map(\.preemptions) == [0, 0, 1, 0])
    #expect(story.outcomes[2].recomputedTokens == 7)
    #expect(story.result.engines[0].recomputedTokens == 7)
    #expect(story.outcomes[2].firstToken == milliseconds(2))
    #expect(story.outcomes[2].finished == milliseconds(10))
  }

  /// Six blocks, all full after four tokens each. The newest goes, with 8 tokens in two blocks.
  @Test("vllm-v0: memory pressure makes the newest start over, or wait in host memory")
  func v0RecomputeAndSwap() throws {
    var world = SmallWorld(VLLMv0Policy.self, "A@0 4+9, B@0 4+9, C@0.5 4+7")
    world.blocks = 6
    world.parameters = ["watermark": .number(0)]
    let recompute = try world.story()
    #expect(
      recompute.picture == """
        A |P-dddddddd|
        B |P-dddddddd|
        C  |Pdddd....Pd|
        """)
    #expect(recompute.outcomes.map(\.finished) == [10, 10, 12].map(milliseconds))
    #expect(recompute.outcomes[2].recomputedTokens == 8)

    world.parameters["preemption"] = .choice("swap")
    world.hostBlocks = 10
    let swap = try world.story()
    #expect(
      swap.picture == """
        A |P-dddddddd|
        B |P-dddddddd|
        C  |Pdddd~~~~dd|
        """)
    // Two blocks take 2 ms each way, and everything waits for them.
    #expect(swap.outcomes.map(\.finished) == [12, 12, 16].map(milliseconds))
    #expect(swap.outcomes[2].recomputedTokens == 0)
    #expect(swap.outcomes[2].pagedOutBytes == 50_000_000)
    #expect(swap.outcomes[2].pagedInBytes == 50_000_000)
    #expect(
      swap.result.paging == [
        PagingTotals(
          deployment: 0, tier: .host, link: "PCIe", pagedOutBytes: 50_000_000, pagedInBytes: 50_000_000)
      ])

    // Host memory for one block is not enough for two: recompute after all.
    world.hostBlocks = 1
    #expect(try world.story().picture == recompute.picture)
  }

  @Test("vllm-v0 with chunked prefill decodes beside a prompt")
  func v0Chunks() throws {
    var world = SmallWorld(VLLMv0Policy.self, "A@0 4+6, B@1.5 20+2")
    world.maxTokens = 8
    world.parameters = ["chunked_prefill": .boolean(true)]
    #expect(
      try world.story().picture == """
        A |Pddddd|
        B   |PPPd|
        """)
  }

  @Test("by priority the most urgent is admitted first")
  func urgentFirst() throws {
    var world = SmallWorld(VLLMv1Policy.self, "A@0 4+3, B@0.5 4+2, C@0.6 4+2 urgent")
    world.maxSequences = 1
    #expect(
      try world.story().picture == """
        A |Pdd|
        B  |..Pd|
        C  |....Pd|
        """)
    world.parameters = ["order": .choice("priority")]
    #expect(
      try world.story().picture == """
        A |Pdd|
        B  |....Pd|
        C  |..Pd|
        """)
  }

  /// Five blocks: after four tokens each, one of two has to go.
  @Test("by priority the least urgent is dropped, else the newest")
  func leastUrgentDropped() throws {
    var world = SmallWorld(VLLMv1Policy.self, "A@0 4+9, B@0 4+9 urgent")
    world.blocks = 5
    #expect(
      try world.story().picture == """
        A |Pdddddddd|
        B |Pdddd....Pddd|
        """)
    world.parameters = ["order": .choice("priority")]
    #expect(
      try world.story().picture == """
        A |Pdddd....Pddd|
        B |Pdddddddd|
        """)
  }

  /// Five blocks. After four tokens each, A takes the last one and B finds none; of the two, A was admitted first.
  @Test("by priority, of sequences that came together the first admitted is dropped")
  func firstOfEqualsDropped() throws {
    var world = SmallWorld(VLLMv1Policy.self, "A@0 4+9, B@0 4+9")
    world.blocks = 5
    world.parameters = ["order": .choice("priority")]
    #expect(
      try world.story().picture == """
        A |Pdddd....Pddd|
        B |Pdddddddd|
        """)
  }

  /// Eight blocks, all in use when B needs another: it is the least urgent itself and goes. C, admitted after it, was
  /// not looked at any more and sits that iteration out.
  @Test("by priority, who comes after a sequence that drops itself waits for the next iteration")
  func heldBackAfterDrop() throws {
    var world = SmallWorld(VLLMv1Policy.self, "A@0 6+9 urgent, B@0 4+9, C@1.5 7+6 urgent")
    world.blocks = 8
    world.parameters = ["order": .choice("priority")]
    #expect(
      try world.story().picture == """
        A |Pdddddddd|
        B |Pdddd....Pddd|
        C   |Pdd-ddd|
        """)
  }

  /// Four blocks, prompts a token at a time. In the end A and C are both prefilled again, with two full blocks each. A
  /// finds no third, is the first of equals itself and goes; nobody was looked at before it, so vLLM runs an iteration
  /// of nothing and plans again at once: C goes on.
  @Test("by priority, a prompt that drops itself before anybody else is looked at does not stop the others")
  func othersGoOnAfterDrop() throws {
    var world = SmallWorld(VLLMv1Policy.self, "A@0 4+6, B@0 4+6, C@0 4+6, D@0 4+6")
    world.blocks = 4
    world.parameters = ["order": .choice("priority"), "long_prefill_token_threshold": .integer(1)]
    #expect(
      try world.story().picture == """
        A |PPPP.....PPPPPddd.PPPPPPPP.PPPPPPPPP|
        B |PPPP.....PPPPPdddd|
        C |PPPPdddd..........PPPPPPPPP|
        D |PPPPddddd|
        """)
  }

  @Test("vllm-v0 by priority: a running sequence makes way for a more urgent one")
  func urgentPreempts() throws {
    var world = SmallWorld(VLLMv0Policy.self, "A@0 4+4, B@1.5 4+2 urgent")
    world.maxSequences = 1
    world.parameters = ["order": .choice("priority")]
    #expect(
      try world.story().picture == """
        A |Pd..Pd|
        B   |Pd|
        """)
  }
}

/// A time written in milliseconds.
func milliseconds(_ count: Double) -> SimTime { .zero + SimDuration.milliseconds(count) }
