import Metrics
import Scheduling
import SimCore
import Testing

/// ConServe where an iteration is small or memory is full of begun prompts: it goes on.
struct ConServeProgressTests {
  @Test("a token budget smaller than the least chunk still serves everyone", arguments: [1, 4, 15])
  func smallBudget(_ tokens: Int) throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 20+3 offline, B@30 20+3, C@31 20+3 offline")
    world.maxTokens = tokens
    world.maxSequences = 1
    world.hostBlocks = 20
    #expect(try world.story().outcomes.allSatisfy { $0.status == .completed })
  }

  /// A decodes in iterations of at least 1.2 ms, more than the target, so B and C go on in the least chunks of 16 tokens,
  /// side by side. When A is done B has 80 of its 100 tokens and C 68, in 37 of 40 blocks: neither can go on, so C, the
  /// last, gives its blocks back.
  @Test("of prompts that fill memory together the last gives way")
  func promptsBegunTogether() throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 4+6, B@0.5 100+2, C@0.6 100+2")
    world.blocks = 40
    world.perSequence = .milliseconds(0.1)
    world.parameters = ["tbt_target": .duration(.milliseconds(1.05))]
    let story = try world.story()
    #expect(story.outcomes.allSatisfy { $0.status == .completed })
    #expect(story.outcomes.map(\.preemptions) == [0, 0, 1])
    #expect(story.outcomes[1].finished < story.outcomes[2].firstToken)
  }
}
