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

  /// A decodes in iterations of at least 1.1 ms, more than the target, so B goes on in the smallest chunks of 16
  /// tokens and C in none. B's 25 blocks are promised to it with the first chunk, so that C, which needs as many of
  /// 40, does not begin before B is done.
  @Test("prompts that are cut short do not fill memory together")
  func promptsDoNotBeginTogether() throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 4+6, B@0.5 100+2, C@0.6 100+2")
    world.blocks = 40
    world.perSequence = .milliseconds(0.1)
    world.parameters = ["tbt_target": .duration(.milliseconds(1.05))]
    let story = try world.story()
    #expect(story.outcomes.allSatisfy { $0.status == .completed })
    #expect(story.outcomes.map(\.preemptions) == [0, 0, 0])
    #expect(story.outcomes[1].finished <= story.outcomes[2].scheduled)
  }

  /// Two offline prompts were begun, of which neither can go on, because an online answer grew into the blocks
  /// promised to them; once it is done, nothing else can run.
  @Test("of offline prompts that hold memory together the last gives way", arguments: 10...18)
  func offlinePromptsTogether(blocks: Int) throws {
    var world = SmallWorld(ConServePolicy.self, "A@0 4+20, B@0.5 32+2 offline, C@0.6 32+2 offline, D@9 20+8")
    world.blocks = blocks
    world.hostBlocks = 40
    world.perSequence = .milliseconds(0.1)
    world.parameters = ["tbt_target": .duration(.milliseconds(1.3)), "online_reserve": .number(0)]
    #expect(try world.story().outcomes.allSatisfy { $0.status == .completed })
  }
}
