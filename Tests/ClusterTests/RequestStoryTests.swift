import Cluster
import Metrics
import Observing
import Report
import Scheduling
import SimCore
import Synchronization
import TestSupport
import Testing

/// A request's story is whole: what its time went into adds up to its latencies, to the picosecond, and to what results
/// say of it; and it is the same under both steppings.
struct RequestStoryTests {
  /// Tells several observers the same.
  private final class Several: RunObserver {
    let recorders: [StoryRecorder]
    init(_ recorders: [StoryRecorder]) { self.recorders = recorders }
    func observe(_ event: RunEvent) { for recorder in recorders { recorder.observe(event) } }
    func runEnded(at time: SimTime) { for recorder in recorders { recorder.runEnded(at: time) } }
  }

  /// The stories of every `stride`-th request.
  private static func stories(
    _ plan: ClusterPlan, _ policy: String, _ stepping: Stepping = .segment, stride: Int64 = 1
  ) throws -> (stories: [RequestStory], end: SimTime) {
    var plan = plan
    plan.stepping = stepping
    let kept = Mutex<[RequestOutcome]>([])
    let ids = Array(Swift.stride(from: Int64(0), to: 400, by: Int(stride)))
    let recorders = ids.map { StoryRecorder(of: $0) }
    let result = try Simulation.run(
      plan, provenance: RandomPlan.provenance, policy: policy,
      sink: { outcome in kept.withLock { $0.append(outcome) } },
      observer: Several(recorders))
    let outcomes = kept.withLock { $0 }.filter { $0.id % stride == 0 && $0.id < 400 }.sorted { $0.id < $1.id }
    return (outcomes.map { recorders[Int($0.id / stride)].story($0) }, result.simulatedEnd)
  }

  private static func check(_ story: RequestStory, end: SimTime, _ seed: UInt64) {
    let outcome = story.outcome
    let place: Comment = "seed \(seed), request \(outcome.id)"
    if outcome.status == .rejected {
      #expect(story.stays.isEmpty, place)
      return
    }
    var time = outcome.arrival
    for stay in story.stays {
      #expect(stay.start == time && stay.end > stay.start, place)
      #expect(stay.parts.allSatisfy { $0.time > .zero }, place)
      #expect(stay.parts.reduce(SimDuration.zero) { $0 + $1.time } == stay.duration, place)
      time = stay.end
    }
    #expect(time == (outcome.finished == .never ? end : outcome.finished), place)
    let totals = story.totals
    let before = totals.reduce(SimDuration.zero) { $0 + $1.toFirstToken }
    let after = totals.reduce(SimDuration.zero) { $0 + $1.after }
    if let latency = outcome.endToEndLatency { #expect(before + after == latency, place) }
    if let first = outcome.timeToFirstToken { #expect(before == first, place) }
    // The engine divides the same time in its own way.
    func spent(_ phases: Set<RequestPhase>) -> SimDuration {
      story.stays.filter { phases.contains($0.phase) }.reduce(SimDuration.zero) { $0 + $1.duration }
    }
    #expect(spent([.prefilling, .decoding, .paused]) == outcome.timeSpent.running, place)
    let away = spent([.pagingOut, .offGPU, .pagingIn])
    #expect(away + spent([.queued]) == outcome.timeSpent.offGPU + outcome.timeSpent.waiting, place)
    // Work is counted: each iteration of a decoding request makes a token, and the last of a prompt makes one.
    let made = story.stays.filter { $0.phase == .decoding }.reduce(0) { $0 + $1.iterations }
    #expect(made <= Int(outcome.generatedTokens), place)
    for move in story.moves { #expect(move.end >= move.start && move.requests >= 1, place) }
    if outcome.pagedOutBytes > 0 { #expect(story.moves.contains { $0.kind == .pageOut }, place) }
  }

  @Test(
    "parts add up exactly, under every policy", arguments: PolicyCatalogue.builtIn.all.map { $0.descriptor.name })
  func partsAddUp(policy: String) throws {
    let type = try #require(PolicyCatalogue.builtIn.all.first { $0.descriptor.name == policy })
    var count = 0
    for seed in Effort.seeds(4, from: 300) {
      let random = RandomPlan(seed: seed, policy: type)
      let (stories, end) = try Self.stories(random.plan, policy, stride: 9)
      for story in stories { Self.check(story, end: end, seed) }
      count += stories.count
    }
    #expect(count > 20)
  }

  @Test("both steppings tell the same story, on clusters and fleets", arguments: Effort.seeds(6, from: 40))
  func steppingsTellTheSame(seed: UInt64) throws {
    let (cluster, fleet) = (RandomPlan(seed: seed), RandomFleet(seed: seed))
    for (plan, policy) in [(cluster.plan, cluster.policyName), (fleet.plan, fleet.policyName)] {
      let (segments, end) = try Self.stories(plan, policy, stride: 11)
      let (iterations, _) = try Self.stories(plan, policy, .iteration, stride: 11)
      #expect(segments.count == iterations.count)
      for (a, b) in zip(segments, iterations) {
        #expect(a == b, "seed \(seed), request \(a.outcome.id)")
        Self.check(a, end: end, seed)
      }
    }
  }

  @Test(
    "words and JSON of any story come out, the table's last row holding the whole", arguments: [3, 9, 27] as [UInt64])
  func wordsComeOut(seed: UInt64) throws {
    let random = RandomPlan(seed: seed)
    let names = random.plan.deployments.map(\.name)
    let heading = StoryHeading(
      scenario: "s", alternative: Alternative(policy: random.policyName), seed: seed, replication: 0,
      deployments: names, choice: nil)
    for story in try Self.stories(random.plan, random.policyName, stride: 9).stories {
      let text = story.document(heading).markdown
      #expect(text.contains("request \(story.outcome.id)"))
      if story.outcome.status != .rejected { #expect(text.contains("| in all |") && text.contains("100.0 %")) }
      let json = RequestStory.json([(heading, story)], spillwayVersion: "v")
      #expect(json.contains("\"duration_ps\": \(story.duration.picoseconds)"))
    }
  }
}
