import SimCore

/// Hands a run's events to its observer. Iterations come from engines in pieces of whatever length they were booked in;
/// pieces that go on from one another are joined, so that both steppings show the same.
struct ObservedEvents {
  private let observer: any RunObserver
  /// For each engine, the iterations that may still go on.
  private var open: [IterationRun?] = []

  init(_ observer: any RunObserver) { self.observer = observer }

  mutating func take(_ event: RunEvent) {
    let engine = event.engine
    while open.count <= engine { open.append(nil) }
    guard case .iterations(let run) = event else { return observer.observe(event) }
    if open[engine]?.extend(with: run) == true { return }
    close(engine)
    open[engine] = run
  }

  /// The run is over.
  mutating func finish() {
    for engine in open.indices { close(engine) }
  }

  private mutating func close(_ engine: Int) {
    if let run = open[engine] { observer.observe(.iterations(run)) }
    open[engine] = nil
  }
}
