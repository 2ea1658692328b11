import Network
import Observing
import SimCore

/// Hands a run's events to its observer. Iterations and waits come from engines in pieces of whatever length they were
/// booked in; pieces that go on from one another are joined, so that both steppings show the same.
struct ObservedEvents {
  private let observer: any RunObserver
  /// For each engine, the iterations or the wait that may still go on.
  private var open: [RunEvent?] = []
  private var links: LinkWatch

  init(_ observer: any RunObserver, network: TransferNetwork) {
    self.observer = observer
    links = LinkWatch(network)
  }

  mutating func take(_ event: RunEvent) {
    guard let engine = event.engine else { return observer.observe(event) }
    while open.count <= engine { open.append(nil) }
    switch event {
    case .iterations(let run):
      if case .iterations(var before) = open[engine], before.extend(with: run) {
        open[engine] = .iterations(before)
        return
      }
    case .blocked(let wait):
      if case .blocked(var before) = open[engine], before.end == wait.start {
        before.end = wait.end
        open[engine] = .blocked(before)
        return
      }
    case .replica, .phase, .transferBegan, .transferEnded, .levels, .limit, .link: return observer.observe(event)
    }
    close(engine)
    open[engine] = event
  }

  /// The rates on the links may have changed.
  mutating func look(at network: TransferNetwork, _ now: SimTime) {
    links.look(at: network, now) { observer.observe(.link($0)) }
  }

  /// The run is over.
  mutating func finish() {
    for engine in open.indices { close(engine) }
    links.show { observer.observe(.link($0)) }
  }

  private mutating func close(_ engine: Int) {
    if let event = open[engine] { observer.observe(event) }
    open[engine] = nil
  }
}

/// What each link carries, told once for each moment: only the last of the changes of a moment lasts.
private struct LinkWatch {
  private let links: [NetworkLink]
  private var shown: [Double]
  private var latest: [Double]
  private var time = SimTime.zero

  init(_ network: TransferNetwork) {
    links = network.links
    shown = Array(repeating: 0, count: links.count)
    latest = shown
  }

  mutating func look(at network: TransferNetwork, _ now: SimTime, _ tell: (LinkRate) -> Void) {
    if now > time { show(tell) }
    time = now
    network.rates(over: links, into: &latest)
  }

  mutating func show(_ tell: (LinkRate) -> Void) {
    for index in links.indices where latest[index] != shown[index] {
      shown[index] = latest[index]
      tell(LinkRate(link: links[index].name, bytesPerSecond: latest[index], time: time))
    }
  }
}
