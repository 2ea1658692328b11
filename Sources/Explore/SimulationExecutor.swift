import Dispatch

/// Makes runs on threads of their own. A run holds its thread for as long as it takes; on the threads of all other
/// tasks it would keep a server from noticing that nobody waits for it any more.
final class SimulationExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "spillway.explore", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
