import Dispatch

/// Makes runs on threads of their own. A run holds its thread for as long as it takes; on the threads of all other
/// tasks it would keep a server from noticing that nobody waits for it any more, and the command from seeing Ctrl-C.
final class SimulationExecutor: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // A serial queue gets a thread whatever others are busy with. A concurrent one would share the threads of all
    // tasks, which are no more than there are cores.
    DispatchQueue(label: "spillway.explore").async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
