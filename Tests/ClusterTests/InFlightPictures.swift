import Metrics
import Scheduling
import SimCore
import Testing

/// TensorRT-LLM's scheduler, followed by hand.
struct InFlightPictures {
  @Test("tensorrt-llm: a prompt runs beside decode, whole or not at all")
  func mixes() throws {
    var world = SmallWorld(InFlightBatchingPolicy.self, "A@0 4+6, B@2.5 4+3")
    world.parameters = ["max_output_tokens": .integer(16)]
    #expect(
      try world.story().picture == """
        A |Pddddd|
        B    |Pdd|
        """)
    world.requests = "A@0 4+4, B@1.5 8+2"
    world.maxTokens = 8
    #expect(
      try world.story().picture == """
        A |Pddd|
        B   |..Pd|
        """)
    world.parameters = ["chunked_prefill": .boolean(true), "max_output_tokens": .integer(16)]
    #expect(
      try world.story().picture == """
        A |Pddd|
        B   |PPd|
        """)
  }

  /// Six blocks of four tokens. A is promised four: 4 + 12 tokens. B's promise of four does not fit beside it, though
  /// nothing but A's first blocks is in use; so B waits until A is gone, and nobody is dropped.
  @Test("tensorrt-llm: memory is promised for the whole answer, so nobody is evicted")
  func promises() throws {
    var world = SmallWorld(InFlightBatchingPolicy.self, "A@0 4+4, B@0.5 4+4")
    world.blocks = 6
    world.parameters = ["max_output_tokens": .integer(12)]
    let story = try world.story()
    #expect(
      story.picture == """
        A |Pddd|
        B  |...Pddd|
        """)
    #expect(story.outcomes.allSatisfy { $0.preemptions == 0 })
    world.parameters = ["max_output_tokens": .integer(4)]
    #expect(
      try world.story().picture == """
        A |Pddd|
        B  |Pddd|
        """)
  }

  /// While A decodes, B waits three iterations for company; C, which comes meanwhile, fills half the budget with it.
  @Test("tensorrt-llm: prompts wait for company, so many iterations or until there is enough")
  func waits() throws {
    var world = SmallWorld(InFlightBatchingPolicy.self, "A@0 4+9, B@0.5 4+2")
    world.parameters = [
      "batch_wait_iterations": .integer(3), "batch_wait_ratio": .number(0.5), "max_output_tokens": .integer(16),
    ]
    #expect(
      try world.story().picture == """
        A |Pdddddddd|
        B  |...Pd|
        """)
    world.requests = "A@0 4+9, B@0.5 4+2, C@1.5 4+2"
    world.maxTokens = 16
    #expect(
      try world.story().picture == """
        A |Pdddddddd|
        B  |.Pd|
        C   |Pd|
        """)
  }
}
