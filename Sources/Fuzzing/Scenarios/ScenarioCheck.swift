import Cluster
import Configuration
import Experiments
import Metrics
import Scenario
import Scheduling
import SimCore
import Workload

/// What came of a scenario.
public enum ScenarioOutcome: Sendable {
  /// Refused, with these messages.
  case refused([String])
  /// Ran; every law held, among them rules of how changed runs compare with it.
  case ran(requests: Int64, rules: [String])
  /// Would have run longer than a case may.
  case tooLong
  /// A law is broken, in words.
  case broken(String)
}

/// Runs a scenario in every way that must not matter, and holds what comes out against laws.
public struct ScenarioCheck: Sendable {
  /// Requests of each stream at most.
  static let mostRequests = 40
  /// Tokens of a request at most: cases are many, and stepping by iteration visits every token.
  static let mostTokens = 4_000

  let policies: PolicyCatalogue
  let metrics: [String]
  /// A case's at most, all of its runs together.
  let seconds: Double

  /// - Parameters:
  ///   - policies: those that scenarios may name.
  ///   - metrics: the keys of results.
  ///   - seconds: of a case at most, all of its runs together.
  public init(policies: PolicyCatalogue, metrics: [String], seconds: Double = 5) {
    self.policies = policies
    self.metrics = metrics
    self.seconds = seconds
  }

  public func outcome(of text: String) async -> ScenarioOutcome {
    let diagnostics = Diagnostics()
    guard let study = study(text, diagnostics) else {
      let messages = diagnostics.all.map(\.description)
      return messages.isEmpty ? .broken("refused without a word") : .refused(messages)
    }
    guard let scenario = study.scenarios.first else { return .broken("no scenario and no message") }
    // What is written out with every default means the same.
    let again = Diagnostics()
    guard let canonical = self.study(scenario.canonicalText, again)?.scenarios.first else {
      return .broken("its canonical text is refused: \(again.errors.first?.description ?? "")")
    }
    if canonical.digest != scenario.digest { return .broken("its canonical text has another digest") }
    guard let small = Self.small(scenario) else { return .tooLong }
    do {
      return try await runs(small)
    } catch let error as UnplannableScenarios {
      return .refused(error.problems.map(\.problem))
    } catch let error as WorkloadError {
      // A trace is read while it is run; what is wrong with it is told then.
      return .refused([error.description])
    } catch let error as RunTooLong {
      return .refused(["\(error)"])
    } catch is StoppedRuns {
      return .tooLong
    } catch is CancellationError {
      return .tooLong
    } catch {
      return .broken("\(error)")
    }
  }

  /// Whether a text is a scenario.
  func accepts(_ text: String) -> Bool { study(text, Diagnostics()) != nil }

  private func study(_ text: String, _ diagnostics: Diagnostics) -> Study? {
    guard let document = Document(text: text, name: CaseFiles.document, into: diagnostics) else { return nil }
    return ScenarioReader.study(document, policies: policies, metrics: metrics, into: diagnostics)
  }

  /// The scenario with few and short requests; nil where that cannot be had.
  private static func small(_ scenario: ResolvedScenario) -> ResolvedScenario? {
    var small = scenario
    small.replications = 1
    small.duration = min(scenario.duration ?? .seconds(20), .seconds(20))
    small.warmUp = min(scenario.warmUp, .seconds(2))
    for index in small.streams.indices {
      let workload = small.streams[index].workload
      if case .closedLoop(let loop) = workload.arrivals, loop.users > 1_000 { return nil }
      small.streams[index].workload.requestLimit = min(workload.requestLimit ?? mostRequests, mostRequests)
      for component in workload.components.indices {
        // Recorded lengths are those of small files.
        guard case .independent(var prompt, var output) = workload.components[component].lengths else { continue }
        prompt.maximum = min(prompt.maximum ?? mostTokens, mostTokens)
        prompt.minimum = prompt.minimum.map { min($0, mostTokens) }
        output.maximum = min(output.maximum ?? mostTokens / 4, mostTokens / 4)
        output.minimum = output.minimum.map { min($0, mostTokens / 4) }
        small.streams[index].workload.components[component].lengths = .independent(prompt: prompt, output: output)
      }
      if !small.streams[index].workload.problems().isEmpty { return nil }
    }
    return small
  }

  private func runs(_ scenario: ResolvedScenario) async throws -> ScenarioOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    let stop = StopRequest()
    let deadline = Deadline(stop, until: start + .seconds(seconds))
    let plans = SharedPlans()
    func make(
      _ stepping: Stepping, width: Int, checks: Bool, of other: ResolvedScenario? = nil
    ) async throws -> (results: [RunResult], rows: Recount, batch: RunBatch) {
      let rows = Recount()
      let batch = try RunBatch(
        [Study([other ?? scenario])], stepping: stepping, checksInvariants: checks, spillwayVersion: "fuzz",
        plans: plans)
      let results = try await batch.results(
        width: width, outcome: { run, outcome in rows.add(outcome, run: run) },
        progress: deadline, stop: stop)
      // How long a run took in real time is the one thing that may differ.
      return (results[0].map { result in with(result) { $0.wallSeconds = 0 } }, rows, batch)
    }
    let (plain, rows, batch) = try await make(.segment, width: 1, checks: true)
    for (run, result) in plain.enumerated() {
      if let difference = rows.difference(from: result, run: run) { return .broken("\(result.policy): \(difference)") }
    }
    let again = try await make(.segment, width: 2, checks: false).results
    for (one, other) in zip(plain, again) where one != other {
      return .broken("\(one.policy): side by side, or without recounting, it is not the same")
    }
    let stepped = try await make(.iteration, width: 1, checks: false).results
    for (one, other) in zip(plain, stepped) where one.fingerprint != other.fingerprint || one != other {
      return .broken("\(one.policy): both steppings differ")
    }
    // What has not happened yet changes nothing that has.
    for change in FutureChange.all {
      guard let other = change.applied(to: scenario, rows) else { continue }
      let changed = try await make(.segment, width: 1, checks: false, of: other).rows
      for (run, result) in plain.enumerated() {
        if let difference = change.difference(rows, changed, of: result, run: run) {
          return .broken("\(result.policy): \(difference)")
        }
      }
    }
    let rules = try RuleCheck(
      runs: batch.runs.map(\.run), rows: { Array(rows.rows(run: $0).values) },
      isCancelled: {
        deadline.goesOn()
        return stop.isRequested
      }
    ).outcome(chosen: scenario.digest.utf8.reduce(0) { $0 + Int($1) })
    if let problem = rules.problem { return .broken(problem) }
    return .ran(requests: plain.reduce(0) { $0 + $1.injected }, rules: rules.applied)
  }
}

private func with<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
  var changed = value
  change(&changed)
  return changed
}

/// Stops a case that takes too long.
private final class Deadline: RunProgress {
  private let stop: StopRequest
  private let end: ContinuousClock.Instant

  init(_ stop: StopRequest, until end: ContinuousClock.Instant) {
    self.stop = stop
    self.end = end
  }

  func requestLeft() {}
  func runFinished(requests: Int) {}
  func goesOn() { if ContinuousClock().now > end { stop.request() } }
}
