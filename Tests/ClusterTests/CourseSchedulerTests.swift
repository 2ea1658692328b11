import Metrics
import Scheduling
import SimCore
import Testing

/// The course's scheduler written down once more, as plainly as it can be: arrays, sorted anew where the rule says so,
/// one call after the other, a clock in milliseconds. It knows how long answers are only to end them.
private struct CourseScheduler {
  struct Request {
    var arrival: Double
    var prompt: Int
    var output: Int
    var number: Int
    /// Tokens in the cache, and tokens made.
    var kv = 0
    var generated = 0
    var firstToken = 0.0
    var finished = 0.0
  }

  var interval: Int
  var copiesForced: Bool
  var free: Int
  var watermark: Int
  var batchTokens: Int
  var maxSequences: Int
  private var clock = 0.0
  private var calls = 0
  private var waiting: [Request] = []
  private var running: [Request] = []
  private var swapped: [Request] = []
  private var done: [Request] = []
  /// What has to be copied before the iteration, milliseconds at one for a block.
  private var copying = 0.0

  static let blockSize = 4

  init(interval: Int, copiesForced: Bool, blocks: Int, watermark: Int, batchTokens: Int, maxSequences: Int) {
    self.interval = interval
    self.copiesForced = copiesForced
    self.free = blocks
    self.watermark = watermark
    self.batchTokens = batchTokens
    self.maxSequences = maxSequences
  }

  private func blocks(_ tokens: Int) -> Int { (tokens + Self.blockSize - 1) / Self.blockSize }

  private func precedes(_ a: Request, _ b: Request) -> Bool {
    (a.generated, a.number) < (b.generated, b.number)
  }

  private mutating func swapOut(_ victim: Request, charged: Bool) {
    free += blocks(victim.kv)
    if charged { copying += Double(blocks(victim.kv)) }
    swapped.append(victim)
  }

  /// The requests in order of number, with their times.
  mutating func serve(_ requests: [Request]) -> [Request] {
    var coming = requests[...]
    while !coming.isEmpty || !waiting.isEmpty || !running.isEmpty || !swapped.isEmpty {
      if waiting.isEmpty && running.isEmpty && swapped.isEmpty { clock = max(clock, coming.first!.arrival) }
      while coming.first.map({ $0.arrival <= clock }) ?? false { waiting.append(coming.removeFirst()) }
      call()
    }
    return done.sorted { $0.number < $1.number }
  }

  private mutating func call() {
    calls += 1
    copying = 0
    let isFairStep = calls % interval == 0
    var forced = 0
    if isFairStep {
      running.sort(by: precedes)
      if let head = waiting.first {
        while let worst = running.last, precedes(head, worst) {
          if free - blocks(head.prompt) >= watermark && running.count < maxSequences { break }
          swapOut(running.removeLast(), charged: copiesForced)
          forced += 1
        }
      } else if !running.isEmpty && !swapped.isEmpty {
        swapOut(running.removeLast(), charged: copiesForced)
        forced = 1
      }
    }
    var prompts: [Request] = []
    if isFairStep || swapped.isEmpty { prompts = admit() }
    if !prompts.isEmpty {
      swapped = isFairStep ? swapped.sorted(by: precedes) : swapped
      clock += copying + 1
      for var request in prompts {
        request.kv = request.prompt
        request.generated = 1
        request.firstToken = clock
        keep(request)
      }
      return
    }
    let out = makeRoom()
    if forced + out == 0 { bringBack() }
    if isFairStep { swapped.sort(by: precedes) }
    // A call that finds nobody to run takes no time.
    clock += copying + (running.isEmpty ? 0 : 1)
    let batch = running
    running = []
    for var request in batch {
      free -= blocks(request.kv + 1) - blocks(request.kv)
      request.kv += 1
      request.generated += 1
      keep(request)
    }
  }

  private mutating func admit() -> [Request] {
    var prompts: [Request] = []
    var tokens = batchTokens
    while let head = waiting.first, head.prompt <= tokens, running.count + prompts.count < maxSequences,
      free - blocks(head.prompt) >= watermark
    {
      tokens -= head.prompt
      free -= blocks(head.prompt)
      prompts.append(waiting.removeFirst())
    }
    return prompts
  }

  /// From the first on, everybody needs a block now and then; who finds none takes the place of the last.
  private mutating func makeRoom() -> Int {
    var queue = running
    var staying: [Request] = []
    var promised = 0
    var out = 0
    while !queue.isEmpty {
      let request = queue.removeFirst()
      let needed = blocks(request.kv + 1) - blocks(request.kv)
      var stays = true
      while stays, free - promised < needed {
        out += 1
        stays = !queue.isEmpty
        swapOut(queue.popLast() ?? request, charged: true)
      }
      if stays {
        promised += needed
        staying.append(request)
      }
    }
    running = staying
    return out
  }

  private mutating func bringBack() {
    var promised = running.reduce(0) { $0 + blocks($1.kv + 1) - blocks($1.kv) }
    while let next = swapped.first, running.count < maxSequences,
      free - promised - blocks(next.kv) - 1 >= watermark
    {
      copying += Double(blocks(next.kv))
      free -= blocks(next.kv)
      promised += 1
      running.append(swapped.removeFirst())
    }
  }

  private mutating func keep(_ request: Request) {
    var request = request
    if request.generated < request.output { return running.append(request) }
    request.finished = clock
    free += blocks(request.kv)
    done.append(request)
  }
}

/// `cfs-step` against the rule written down a second time, on random bursts.
struct CourseSchedulerTests {
  @Test("first and last tokens come when the plainly written rule says, to the picosecond", arguments: 0..<40)
  func agreesWithTheRule(batch: Int) throws {
    var swaps: Int64 = 0
    for seed in UInt64(batch * 5)..<UInt64(batch * 5 + 5) {
      var random = RandomStream(seed: seed, replication: 0, purpose: "course scheduler")
      let count = 3 + random.below(25)
      let longest = 4 + random.below(40)
      var arrival = 0.0
      var requests: [CourseScheduler.Request] = []
      for number in 0..<count {
        arrival += Double(random.below(16)) * 0.25
        requests.append(
          CourseScheduler.Request(
            arrival: arrival, prompt: 1 + random.below(longest), output: 1 + random.below(40), number: number))
      }
      let blocks = (longest + 40) / 4 + 4 + random.below(30)
      let interval = 1 + random.below(12)
      let copiesForced = random.below(2) == 0
      let maxSequences = 2 + random.below(10)
      let watermark = Int((0.03 * Double(blocks)).rounded(.up))
      var course = CourseScheduler(
        interval: interval, copiesForced: copiesForced, blocks: blocks, watermark: watermark, batchTokens: 64,
        maxSequences: maxSequences)
      let expected = course.serve(requests)

      var world = SmallWorld(
        CFSStepPolicy.self,
        requests.map { "R@\($0.arrival) \($0.prompt)+\($0.output)" }.joined(separator: ", "))
      world.blocks = blocks
      world.hostBlocks = 10_000
      world.maxSequences = maxSequences
      world.parameters = [
        "interval": .integer(interval), "forced_swap_out": .choice(copiesForced ? "charged" : "free"),
        "watermark": .number(0.03),
      ]
      let story = try world.story()
      let note = "seed \(seed), interval \(interval), copies \(copiesForced)"
      #expect(story.outcomes.map(\.firstToken) == expected.map { milliseconds($0.firstToken) }, "\(note)")
      #expect(story.outcomes.map(\.finished) == expected.map { milliseconds($0.finished) }, "\(note)")
      swaps += story.result.engines[0].preemptionsBySwap
    }
    #expect(swaps > 0, "nothing was swapped, so nothing was tried")
  }

  /// Six blocks. A and B fill them; C waits from 1.5 ms on. The fourth call is the first fair step: B, as far as A but
  /// later, leaves for C, whose prompt runs alone. At the eighth nobody waits, so A, the last, leaves; nobody is left
  /// to run, and the next call, at once, lets B in, who has made fewer tokens. At the twelfth both have made six, and A
  /// is first.
  private func crowd(_ forced: String) throws -> SmallWorld.Story {
    var world = SmallWorld(CFSStepPolicy.self, "A@0 8+8, B@0 8+8, C@1.5 4+3")
    world.blocks = 6
    world.hostBlocks = 20
    world.parameters = [
      "interval": .integer(4), "forced_swap_out": .choice(forced), "watermark": .number(0),
    ]
    return try world.story()
  }

  @Test("a fair step makes way for the first waiting prompt; before it nothing does")
  func fairStep() throws {
    let story = try crowd("charged")
    #expect(
      story.picture == """
        A |Pdd-ddd~~~dd|
        B |Pdd~~~~ddd~~dd|
        C   |.Pdd|
        """)
  }

  @Test("a swap-out without a copy moves nothing and takes no time; the fetch is charged all the same")
  func withoutCopies() throws {
    let charged = try crowd("charged")
    let free = try crowd("free")
    #expect(free.picture == charged.picture)
    #expect(charged.outcomes[1].pagedOutBytes == 175_000_000)
    #expect(free.outcomes[1].pagedOutBytes == 0)
    #expect(free.outcomes[1].pagedInBytes == 175_000_000)
    #expect(charged.outcomes[2].firstToken - free.outcomes[2].firstToken == .milliseconds(3))
  }
}
