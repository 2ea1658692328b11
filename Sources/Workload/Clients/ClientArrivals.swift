import SimCore

/// The requests of a population of clients, merged in order of time.
///
/// Each client is a renewal process on its own integrated rate, in equilibrium when it begins: a window whose rate is r
/// expects r requests a second from its first moment, however bursty it is (Cox, *Renewal Theory*, 1962, 2.2 and 5.1).
/// A gap that is under way when a window ends goes on in the next with what is left of it, in units of the mean gap.
struct ClientArrivals: Sendable {
  /// One client's way through its windows.
  private struct Walk: Sendable {
    var client: Int
    var gaps: RandomStream
    var lengths: RandomStream
    var window = 0
    /// Seconds of the tables at which it is.
    var now: Double

    /// Goes on by a part of a mean gap; nil when the windows end before.
    mutating func advance(by units: Double, in population: ClientPopulation, until end: Double) -> Double? {
      let windows = population.clients[client].windows
      var left = units
      while window < windows.count {
        let current = windows[window]
        now = max(now, current.start)
        let last = min(current.end, end)
        let rate = current.rate * population.rateScale
        let room = max(0, last - now) * rate
        if left < room {
          now += left / rate
          return now
        }
        left -= room
        if current.end >= end { return nil }
        window += 1
      }
      return nil
    }
  }

  private let population: ClientPopulation
  private let end: Double
  private var walks: ContiguousArray<Walk> = []
  private var board: EventBoard

  /// - Parameter random: the random stream for a purpose.
  init(_ population: ClientPopulation, random: (_ purpose: String) -> RandomStream) {
    self.population = population
    end = population.to?.seconds ?? .infinity
    for (index, client) in population.clients.enumerated() {
      var joining = random("clients/join/\(client.number)")
      if population.share < 1, joining.uniform() >= population.share { continue }
      walks.append(
        Walk(
          client: index, gaps: random("clients/gaps/\(client.number)"),
          lengths: random("clients/lengths/\(client.number)"), now: population.from.seconds))
    }
    board = EventBoard(slots: max(1, walks.count))
    for slot in walks.indices { move(slot, isFirst: true) }
  }

  /// When the next request comes, since the stream's start; `.never` after the last.
  var nextTime: SimTime { board.earliest.time }

  /// Hands over whose request comes next, with its lengths where there are any.
  mutating func take() -> (client: Int32, prompt: Int32?, output: Int32?) {
    let slot = board.earliest.slot
    let client = population.clients[walks[slot].client]
    var prompt: Int32?
    var output: Int32?
    if !client.lengths.isEmpty {
      let time = walks[slot].now
      let table = client.lengths.last { $0.start <= time } ?? client.lengths[0]
      prompt = Self.draw(table.prompt, &walks[slot].lengths)
      output = Self.draw(table.output, &walks[slot].lengths)
    }
    move(slot, isFirst: false)
    return (client.number, prompt, output)
  }

  private mutating func move(_ slot: Int, isFirst: Bool) {
    let windows = population.clients[walks[slot].client].windows
    var walk = walks[slot]
    // The distribution is that of the window in which the gap begins.
    while walk.window < windows.count, windows[walk.window].end <= walk.now { walk.window += 1 }
    var time: Double?
    if walk.window < windows.count {
      let units = windows[walk.window].gaps.draw(&walk.gaps, isRest: isFirst)
      time = walk.advance(by: units, in: population, until: end)
    }
    walks[slot] = walk
    // Whole nanoseconds, as of every arrival process.
    let nanoseconds = time.map { (($0 - population.from.seconds) * 1e9).rounded() }
    if let nanoseconds, nanoseconds < ArrivalSampler.horizonSeconds * 1e9 {
      board.set(slot, to: SimTime(picoseconds: max(0, Int64(nanoseconds)) * 1000))
    } else {
      board.set(slot, to: .never)
    }
  }

  private static func draw(_ quantiles: [Double], _ stream: inout RandomStream) -> Int32 {
    let place = stream.uniform() * Double(quantiles.count - 1)
    let index = min(quantiles.count - 2, Int(place))
    let value = quantiles[index] + (quantiles[index + 1] - quantiles[index]) * (place - Double(index))
    return Int32(min(Double(LengthDistribution.largest), max(1, value.rounded())))
  }
}

extension ClientPopulation.Gaps {
  /// A gap of mean 1; or what is left of the one that a moment falls into that is chosen at random: a uniform share of
  /// a gap drawn with a probability in proportion to its length.
  fileprivate func draw(_ stream: inout RandomStream, isRest: Bool) -> Double {
    switch self {
    case .gamma(let shape):
      if !isRest { return stream.gamma(shape: shape, scale: 1 / shape) }
      return stream.gamma(shape: shape + 1, scale: 1 / shape) * stream.uniform()
    case .weibull(let shape):
      let scale = 1 / gammaFunction(1 + 1 / shape)
      if !isRest { return stream.weibull(shape: shape, scale: scale) }
      return scale * power(stream.gamma(shape: 1 + 1 / shape, scale: 1), 1 / shape) * stream.uniform()
    }
  }
}
