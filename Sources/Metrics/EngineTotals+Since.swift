import SimCore

extension EngineTotals {
  /// What was added after `earlier`, the same replica's totals at an earlier time; peaks and capacities are of the whole run.
  public func since(_ earlier: EngineTotals) -> EngineTotals {
    var rest = self
    rest.elapsed -= earlier.elapsed
    rest.busy -= earlier.busy
    rest.idle -= earlier.idle
    rest.blockedOnTransfer -= earlier.blockedOnTransfer
    rest.headWaitedForMemory -= earlier.headWaitedForMemory
    rest.headWaitedForSlots -= earlier.headWaitedForSlots
    rest.headWaitedForTokenBudget -= earlier.headWaitedForTokenBudget
    rest.iterations -= earlier.iterations
    rest.decodeTokens -= earlier.decodeTokens
    rest.prefillTokens -= earlier.prefillTokens
    rest.preemptionsByRecompute -= earlier.preemptionsByRecompute
    rest.preemptionsBySwap -= earlier.preemptionsBySwap
    rest.recomputedTokens -= earlier.recomputedTokens
    rest.abortedIterations -= earlier.abortedIterations
    rest.abortedWork -= earlier.abortedWork
    rest.checkpointedBytes -= earlier.checkpointedBytes
    rest.handedOver -= earlier.handedOver
    rest.handedOverBytes -= earlier.handedOverBytes
    rest.requeued -= earlier.requeued
    rest.kvTokenTime -= earlier.kvTokenTime
    rest.requestTime -= earlier.requestTime
    return rest
  }
}
