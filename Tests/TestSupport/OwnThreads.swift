import Dispatch

/// Runs tasks on a thread of their own: for servers, which would otherwise answer only when the tests beside them,
/// which simulate on the threads of all tasks, let them. A serial queue has its thread whatever others are busy with; a
/// concurrent one shares as many as there are cores with all others.
public final class OwnThreads: TaskExecutor {
  private let queue = DispatchQueue(label: "spillway.tests")

  public init() {}

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
