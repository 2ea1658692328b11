import Cluster
import Metrics
import Scheduling
import SimCore
import StepTime
import Workload

extension RunRule {
  /// Requests that come half as fast, to engines that take twice as long for everything: every time is doubled.
  ///
  /// It holds where all that takes time is scaled, and where nothing is rounded on the way: without copies, under
  /// policies without a time of their own, and without the host's part, whose seconds are rounded in each iteration.
  static let time = RunRule(
    name: "all times doubled",
    base: { plan in
      guard plan.fleet.isEmpty, plan.lenders.isEmpty, plan.deployments.allSatisfy(\.canBeSlowed),
        var plan = try plan.listed()
      else { return nil }
      for index in plan.deployments.indices {
        plan.deployments[index].cost = plan.deployments[index].cost.withoutHost(times: 1)
        plan.deployments[index].host = .usual
      }
      return plan
    }, isOwn: false,
    change: { plan in
      var slow = plan
      for index in slow.streams.indices {
        guard case .listed(let requests) = slow.streams[index].stream.arrivals else { return nil }
        slow.streams[index].stream.arrivals = .listed(
          requests.map { request in
            var request = request
            request.arrival = request.arrival.doubled
            request.deadline = request.deadline.map { $0 * 2 }
            return request
          })
      }
      for index in slow.deployments.indices {
        slow.deployments[index].cost = slow.deployments[index].cost.withoutHost(times: 2)
        slow.deployments[index].frontEnd = slow.deployments[index].frontEnd * 2
      }
      // Beyond what a stream may last there is no rule.
      guard slow.streams.allSatisfy({ $0.stream.problems().isEmpty }) else { return nil }
      slow.end = slow.end.doubled
      slow.warmUpEnd = slow.warmUpEnd.doubled
      return slow
    },
    expected: { _, rows in
      rows.map { row in
        var row = row
        row.arrival = row.arrival.doubled
        row.scheduled = row.scheduled.doubled
        row.firstToken = row.firstToken.doubled
        row.finished = row.finished.doubled
        row.deadline = row.deadline.doubled
        row.longestTokenGap = row.longestTokenGap * 2
        let spent = row.timeSpent
        row.timeSpent = TimeSplit(waiting: spent.waiting * 2, running: spent.running * 2, offGPU: spent.offGPU * 2)
        return row
      }
    })
}

extension SimTime {
  fileprivate var doubled: SimTime { self == .never ? self : SimTime(picoseconds: 2 * picoseconds) }
}

extension DeploymentPlan {
  fileprivate var canBeSlowed: Bool {
    let descriptor = policy.type.descriptor
    let hasTimes = descriptor.parameters.contains { parameter in
      switch policy.parameters[parameter.name] {
      case .duration: true
      // Slices of so many milliseconds.
      case .choice(let choice): choice == "milliseconds"
      default: false
      }
    }
    let made = policy.type.init(policy.parameters, limits: limits)
    let moves = descriptor.traits.contains(.pages) || RequestClass.allCases.contains(where: made.checkpoints)
    return !hasTimes && !moves && lockStep == nil && entrance.adapters == nil && !entrance.keepsPrefixes
  }
}

extension BoundStepCost {
  /// The same costs so many times over, made of what can be asked of them, less what the host does beside the kernels.
  fileprivate func withoutHost(times: Int) -> BoundStepCost {
    let tokens = 0...maxBatchedTokens
    let counts = 0...maxSequences
    func curve(_ first: DecodeAttentionPiece, _ piece: (Int64) -> DecodeAttentionPiece) -> DecodeAttentionCurve {
      var knots: [Int64] = []
      var slopes = [first.perToken * times]
      var last = first
      while last.contextLimit != .max {
        knots.append(last.contextLimit)
        last = piece(last.contextLimit + 1)
        slopes.append(last.perToken * times)
      }
      return DecodeAttentionCurve(start: first.fixed * times, knots: knots, slopes: slopes)
    }
    let alone = tokens.map { prefillAttention(chunk: $0, context: 0) }
    // What a cached token adds far from the first, where no sliding layer looks at it any more, and close to it.
    let far = 1 << 30
    let beyond = tokens.map {
      prefillAttention(chunk: $0, context: far + 1) - prefillAttention(chunk: $0, context: far)
    }
    let near = tokens.map { prefillAttention(chunk: $0, context: 1) - alone[$0] }
    let window = zip(near, beyond).map { $0 - $1 }
    let slides = window.contains { $0 != .zero }
    let mixed = MixedAttention(
      decode: counts.map { count in
        curve(mixedDecodeAttention(sequences: count, contextTokens: 0, chunkTokens: min(1, maxBatchedTokens))) {
          mixedDecodeAttention(sequences: count, contextTokens: $0, chunkTokens: min(1, maxBatchedTokens))
        }
      },
      perSequence: tokens.map { chunk in
        guard maxSequences > 0 else { return .zero }
        return
          (mixedDecodeAttention(sequences: 1, contextTokens: 0, chunkTokens: chunk).fixed
          - mixedDecodeAttention(sequences: 1, contextTokens: 0, chunkTokens: min(1, maxBatchedTokens)).fixed) * times
      })
    return BoundStepCost(
      linear: tokens.map { linear(tokens: $0, graph: false) * times },
      linearInGraph: tokens.map { linear(tokens: $0, graph: true) * times },
      sequences: counts.map { sequences($0) * times },
      chunkAlone: alone.map { $0 * times }, chunkPerContextToken: beyond.map { $0 * times },
      chunkPerWindowToken: slides ? window.map { $0 * times } : [],
      window: slides ? (windowTokens(alone, near, beyond) ?? 0) : 0,
      decode: counts.map { count in
        curve(decodeAttention(sequences: count, contextTokens: 0)) {
          decodeAttention(sequences: count, contextTokens: $0)
        }
      }, mixed: mixed, collectives: collectives.map { $0 * times }, rereads: rereads)
  }

  /// How many cached tokens a sliding layer looks at: beyond them the cost goes on by the other layers' slope alone.
  private func windowTokens(_ alone: [SimDuration], _ near: [SimDuration], _ beyond: [SimDuration]) -> Int? {
    guard let chunk = near.indices.last(where: { near[$0] != beyond[$0] }) else { return nil }
    let far = 1 << 30
    let excess = prefillAttention(chunk: chunk, context: far) - alone[chunk] - beyond[chunk] * far
    return Int(excess.picoseconds / (near[chunk] - beyond[chunk]).picoseconds)
  }
}
