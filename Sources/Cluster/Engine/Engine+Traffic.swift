import Network
import Replica
import SimCore
import StepTime

/// What copies on its GPUs do to an engine's iterations: they take memory bandwidth, and room in the NVLink ports that
/// collectives of a tensor-parallel replica go through.
extension Engine {
  /// Traffic on its GPUs has changed.
  func setTraffic(_ new: GPUTraffic, at now: SimTime) {
    guard new != traffic else { return }
    bringUpToDate(to: now)
    traffic = new
    if stretch != clock.stretch { setStretch(stretch, at: now) }
  }

  /// Whether copies use the memory or the ports of one of its GPUs.
  var isBesideCopies: Bool { traffic.slowdown > 1024 || traffic.portLoad > 0 }

  /// By how much iterations are stretched now: by what memory-bound work is, and by the collectives' share of the
  /// iteration as these are.
  private var stretch: Int64 {
    var slowdown = Int64(traffic.slowdown)
    if collectiveShare > 0 {
      slowdown += Int64((plan.portSharing * Double(traffic.portLoad) * Double(collectiveShare) / 1024).rounded())
    }
    return (slowdown * WorkClock.denominator + 512) / 1024
  }

  /// Notes what share collectives have in the iteration that begins, and goes on at the pace that follows.
  ///
  /// The share is that of the first iteration of an unchanged batch, and of each with prompts, so that it is the same
  /// however many iterations one event stands for. Contexts that grow make it a little too large until the batch
  /// changes.
  ///
  /// - Parameter work: where the work clock stands.
  func noteCollectives(tokens: Int, hasChunks: Bool, of first: SimDuration, from work: Int64, at now: SimTime) {
    let times = cost.collectives
    guard !times.isEmpty, plan.portSharing > 0, !runsInLockStep else { return }
    if !hasChunks && collectiveBatch == batchChanges { return }
    collectiveBatch = hasChunks ? -1 : batchChanges
    collectiveShare = times[min(tokens, times.count - 1)].picoseconds * 1024 / first.picoseconds
    if stretch != clock.stretch { clock.setStretch(stretch, at: now, showing: work) }
  }
}
