import Metrics
import Replica
import Scheduling
import SimCore

/// How a replica takes leave: no new requests come to it, and those it has are finished or go to other replicas.
///
/// The run moves them. An engine only lets go of its requests (`releaseRequests`), and leaves in `actions.migrations`
/// what each of them needs elsewhere. KV that travels keeps its blocks, in flight, until `kvLeft` says that it has
/// arrived.
extension Engine {
  /// What becomes of the requests of a replica that takes leave.
  enum Leave {
    /// They are finished here.
    case whenFinished
    /// They go to other replicas, with the KV of those that decode.
    case handingOver
    /// They go to other replicas and are recomputed there.
    case dropping
  }

  /// Whether its requests go to other replicas.
  var givesRequestsAway: Bool {
    switch leave {
    case nil, .whenFinished: false
    case .handingOver, .dropping: true
    }
  }

  /// The replica takes leave.
  ///
  /// - Parameter atOnce: the iteration under way is lost; else requests leave once it has ended.
  func takeLeave(_ way: Leave, atOnce: Bool, at now: SimTime) {
    bringUpToDate(to: now)
    leave = way
    guard way != .whenFinished else { return }
    if case .running(let segment) = mode {
      guard atOnce else { return cut(at: now) }
      totals.abortedIterations += 1
      totals.abortedWork += SimDuration(picoseconds: max(0, clock.work(at: now) - segment.start))
      retractChunks()
      askedToStop = nil
    }
    releaseRequests(at: now)
  }

  /// What has come to a replica that took leave meanwhile goes on to others: at once, or with all that it has at the
  /// end of the iteration under way.
  func passOn(at now: SimTime) {
    guard givesRequestsAway else { return }
    if case .running = mode { return }
    releaseRequests(at: now)
  }

  /// Lets go of every request but those whose KV is on its way between tiers; these leave when it has arrived.
  func releaseRequests(at now: SimTime) {
    state.now = now
    bringUpToDate(to: now)
    mode = .idle
    boundary = .never
    limit(to: .none, at: now)
    var leaving: [Int32] = []
    for slot in 0..<Int32(table.slotCount) {
      switch table[slot].phase {
      case .vacant, .pagingOut, .pagingIn, .arriving, .entering: break
      case .waiting, .prefilling, .decoding, .paused, .paged: leaving.append(slot)
      }
    }
    leaving.sort { table[$0].request < table[$1].request }
    for slot in leaving { release(slot) }
  }

  private func release(_ slot: Int32) {
    if table[slot].phase == .decoding {
      batch.remove(slot, in: table)
      leaveBatch(slot)
    }
    let sequence = table[slot]
    // The KV of all tokens but the last is there: the next iteration elsewhere makes the next token.
    let isWhole = sequence.generated > 0 && sequence.kv == sequence.promptTokens + sequence.generated - 1
    let travels = leave == .handingOver && isWhole && policy.resumes(sequence.requestClass)
    var migration = Migration(
      sequence: sequence, blockNames: ledger.names(of: slot), tokens: travels ? sequence.kv : 0, tier: .local,
      blocks: 0)
    checkpoints.waiting.remove(slot)
    if sequence.phase == .paged {
      offGPU -= 1
      if travels {
        (migration.tier, migration.blocks) = ledger.departCopies(slot)
      } else {
        releaseCopies(slot)
      }
    } else {
      if sequence.phase == .waiting {
        waitingRequests -= 1
        waitingBlocks -= awaitedBlocks(slot)
      }
      parkedTokens -= Int64(sequence.kv)
      releaseCopies(slot)
      if travels { migration.blocks = ledger.depart(slot) } else { ledger.release(slot) }
    }
    if !travels { giveUp(&migration) }
    if sequence.phase != .waiting || sequence.kv > 0 { migration.sequence.preemptions += 1 }
    outstanding -= 1
    ledger.close(slot)
    table.remove(slot)
    actions.migrations.append(migration)
  }

  /// The KV of a request that leaves is lost, and will be computed again.
  func giveUp(_ migration: inout Migration) {
    let tokens = migration.sequence.kv
    migration.tokens = 0
    guard tokens > 0 else { return }
    migration.sequence.recomputedTokens += tokens
    totals.preemptionsByRecompute += 1
    totals.recomputedTokens += Int64(tokens)
  }

  /// KV that left in `tier` has arrived elsewhere, or is not wanted there.
  func kvLeft(_ blocks: Int, in tier: MemoryTier, at now: SimTime) {
    bringUpToDate(to: now)
    ledger.departed(blocks, in: tier)
  }

  /// Stops for good once nothing is here any more; then no time passes for it.
  func stopIfEmpty(at now: SimTime) {
    guard leave != nil, outstanding == 0, ledger.isUnused else { return }
    if case .running = mode { return }
    bringUpToDate(to: now)
    mode = .stopped
    boundary = .never
  }

  /// What was on its way between tiers, or from another replica, will not arrive: its replica has stopped at once.
  func lost(_ cargo: ContiguousArray<CargoItem>, of kind: CargoKind, at now: SimTime) {
    bringUpToDate(to: now)
    for item in cargo {
      let index = Int(item.slot)
      switch kind {
      case .pageOut:
        ledger.abandonPageOut(item.slot)
        outboundShipments = 0
      case .fetch:
        ledger.missed(item.slot)
        inboundShipments = 0
      case .evacuation, .returning:
        ledger.abandonRelocation(item.slot)
        relocations = 0
      case .checkpoint:
        // Of these only an evicted sequence has waited for the copy.
        checkpoints.isBusy = false
        guard checkpoints.leaving.contains(item.slot) else { continue }
        checkpoints.leaving.remove(item.slot)
      case .storedPrefix, .adapter: preconditionFailure("replicas that fetch prefixes or adapters stay as they are")
      case .handOver: preconditionFailure("KV for another replica is not lost here")
      }
      table.slots[index].phase = .paged
      state.sequencesInTransfer -= 1
    }
  }
}
