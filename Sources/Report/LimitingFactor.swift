import Metrics
import SimCore
import Statistics

/// What held a deployment back under a policy, judged from where its time went.
///
/// The rule, over fractions of simulated time averaged over replicas and replications: the longest of the waits (for
/// KV memory, batch slots, token budget, transfers) names the limit when it is at least `waitThreshold`; else
/// compute does when iterations ran at least `busyThreshold` of the time and the slowest hundredth of requests waited
/// in the queue for at least `queueThreshold` of the mean end-to-end latency; else nothing did: an engine that always
/// has something to decode is busy, and may have room for much more. The thresholds are choices of this report, not
/// measurements.
public enum LimitingFactor: Sendable, Hashable {
  case kvMemory
  case batchSlots
  case tokenBudget
  case transfers
  case compute
  case nothing

  static let waitThreshold = 0.05
  static let busyThreshold = 0.9
  static let queueThreshold = 0.1

  /// - Parameters:
  ///   - memoryWait: like the other waits a fraction of time, 0 … 1, as `DeploymentTotals` has it.
  ///   - queueShare: the 99th percentile of queue time over the mean end-to-end latency.
  public init(
    memoryWait: Double, slotWait: Double, tokenBudgetWait: Double, blocked: Double, busy: Double, queueShare: Double
  ) {
    let waits: [(Double, LimitingFactor)] = [
      (memoryWait, .kvMemory), (blocked, .transfers), (slotWait, .batchSlots), (tokenBudgetWait, .tokenBudget),
    ]
    var longest = waits[0]
    for wait in waits.dropFirst() where wait.0 > longest.0 { longest = wait }
    if longest.0 >= Self.waitThreshold {
      self = longest.1
    } else {
      self = busy >= Self.busyThreshold && queueShare >= Self.queueThreshold ? .compute : .nothing
    }
  }
}

/// The sentence under the table that says what limited an alternative.
enum LimitSentence {
  /// The sentence for one deployment, its figures with intervals when replicated.
  static func text(_ results: ResultSet, column: Int, group: Int) -> String {
    func fraction(_ name: String) -> Summary? {
      MetricKey.named(name).flatMap { results.summary($0, of: column, group: group) }
    }
    func percent(_ summary: Summary?) -> String {
      guard let summary else { return "an unknown part" }
      return TableNumber.text(summary.mean, halfWidth: summary.interval?.halfWidth, scale: TableNumber.percent)
    }
    func duration(_ summary: Summary?) -> String {
      guard let summary else { return "an unknown time" }
      return TableNumber.text(
        summary.mean, halfWidth: summary.interval?.halfWidth,
        scale: TableNumber.time(greatestMilliseconds: summary.mean))
    }
    let memory = fraction("memory_wait_fraction")
    let slots = fraction("slot_wait_fraction")
    let budget = fraction("token_budget_wait_fraction")
    let blocked = fraction("transfer_blocked_fraction")
    let busy = fraction("gpu_busy_fraction")
    let idle = fraction("idle_fraction")
    let queue = fraction("p99_queue_ms")
    let stay = fraction("mean_e2el_ms")
    let queueShare = (stay?.mean ?? 0) > 0 ? (queue?.mean ?? 0) / (stay?.mean ?? 1) : 0
    let factor = LimitingFactor(
      memoryWait: memory?.mean ?? 0, slotWait: slots?.mean ?? 0, tokenBudgetWait: budget?.mean ?? 0,
      blocked: blocked?.mean ?? 0, busy: busy?.mean ?? 0, queueShare: queueShare)
    let iterating = "iterating \(percent(busy)) of the time"
    let reason: String
    switch factor {
    case .kvMemory:
      reason =
        "KV memory: the first request in the queue did not fit for \(percent(memory)) of the time; \(iterating)"
        + promise(results, column: column, group: group)
    case .batchSlots:
      reason = "batch size: every sequence slot was taken for \(percent(slots)) of the time; \(iterating)"
    case .tokenBudget:
      reason =
        "token budget: the iteration had no tokens left for the queue for \(percent(budget)) of the time; \(iterating)"
    case .transfers:
      reason = "paging: the GPU waited for transfers for \(percent(blocked)) of the time; \(iterating)"
    case .compute:
      reason = "compute: \(iterating), and requests queued for other reasons than memory or slots"
    case .nothing:
      let waits = queue.map { _ in "99 % of requests were taken up within \(duration(queue))" }
      reason = "nothing: \(waits ?? "no request was taken up"); \(iterating), without requests " + percent(idle)
    }
    return reason + busiestLink(results, column: column)
  }

  /// What the policy keeps free for requests that run, where it promises them more than they hold.
  private static func promise(_ results: ResultSet, column: Int, group: Int) -> String {
    guard let run = results.columns[column].runs.first else { return "" }
    return run.deployments[Int(run.groups[group].deployment)].promise.map { "; \($0)" } ?? ""
  }

  /// Names the link that was busy for most of the time, when that is worth saying.
  private static func busiestLink(_ results: ResultSet, column: Int) -> String {
    let runs = results.columns[column].runs
    guard let first = runs.first else { return "" }
    var best: (name: String, summary: Summary)?
    for link in first.links {
      let fractions: [Double?] = runs.map { run in
        guard let own = run.links.first(where: { $0.name == link.name }), run.simulatedEnd > .zero else { return nil }
        return own.busy.seconds / run.simulatedEnd.seconds
      }
      guard let summary = Summary(fractions, confidence: results.confidence), summary.mean >= 0.5 else { continue }
      if best.map({ summary.mean > $0.summary.mean }) ?? true { best = (link.name, summary) }
    }
    guard let best else { return "" }
    let text = TableNumber.text(
      best.summary.mean, halfWidth: best.summary.interval?.halfWidth, scale: TableNumber.percent)
    return "; link \(best.name) in use \(text)"
  }
}
