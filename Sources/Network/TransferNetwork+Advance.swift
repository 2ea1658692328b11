import SimCore

extension TransferNetwork {
  /// Carries every transfer to `time`, and reports those that finish by then.
  ///
  /// Without a phase change by then this changes nothing.
  ///
  /// - Parameter completions: finished transfers are appended, by time and then by order of starting.
  public mutating func advance(to time: SimTime, into completions: inout ContiguousArray<TransferCompletion>) {
    while nextEnd <= time.picoseconds {
      now = nextEnd
      var divideAgain = false
      var anyDone = false
      for index in flows.indices where flows[index].phaseEnd == now {
        let wasMoving = flows[index].phase == .bytes
        if wasMoving { ledger.add(flows[index].totalBytes, flows[index].route) }
        flows[index].beginNextPhase(at: now)
        let moves = flows[index].skipEmptyPhases(at: now)
        if moves || wasMoving { divideAgain = true }
        if flows[index].phase == .done {
          anyDone = true
          completions.append(
            TransferCompletion(
              time: SimTime(picoseconds: now), flow: FlowID(number: flows[index].number), tag: flows[index].tag))
        }
      }
      if anyDone { flows.removeAll { $0.phase == .done } }
      if divideAgain { divide() }
      refresh()
    }
  }

  /// Divides the links anew and lets the flows whose rate changed go on from here at the new one.
  mutating func divide() {
    shares.divide(&flows, map.capacities, at: now)
    for index in flows.indices where flows[index].nextRate != flows[index].rate {
      flows[index].changeRate(at: now)
    }
    ledger.noteBusy(flows, at: now)
  }

  /// Brings what is derived from the flows up to date: the next change and the memory traffic.
  mutating func refresh() {
    nextEnd = .max
    for gpu in trafficGPUs {
      slowdowns.noteTraffic(gpu)
      traffic[Int(gpu)] = 0
      disturbance[Int(gpu)] = 0
      portOut[Int(gpu)] = 0
      portIn[Int(gpu)] = 0
      kernels[Int(gpu)] = 0
    }
    trafficGPUs.removeAll(keepingCapacity: true)
    for index in flows.indices {
      nextEnd = min(nextEnd, flows[index].phaseEnd)
      let flow = flows[index]
      switch flow.phase {
      case .gather: addKernelTraffic(flow.route.sourceGPU, flow.timing.gather, flow.totalBytes)
      case .scatter: addKernelTraffic(flow.route.destinationGPU, flow.timing.scatter, flow.totalBytes)
      case .bytes, .stream: addCopyTraffic(flow)
      case .lead, .finish, .done: break
      }
    }
  }

  /// Such a kernel reads and writes every byte.
  private mutating func addKernelTraffic(_ gpu: Int32, _ duration: SimDuration, _ bytes: Int64) {
    addTraffic(gpu, 2 * Double(bytes) / duration.seconds, .leaving)
  }

  private mutating func addCopyTraffic(_ flow: Flow) {
    addTraffic(flow.route.sourceGPU, flow.rate * flow.sourceTraffic, .leaving)
    // What a network card writes comes over PCIe like what the host sends (assumption: it disturbs kernels alike).
    let fromHost = flow.route.link == .network || (flow.route.link == .host && flow.route.sourceGPU < 0)
    addTraffic(flow.route.destinationGPU, flow.rate, fromHost ? TrafficKind.arrivingFromHost : .arriving)
    addTraffic(flow.route.destinationGPU, flow.rate * flow.scatterTraffic, .leaving)
    if flow.kernelGPU >= 0 && flow.rate > 0 { kernels[Int(flow.kernelGPU)] += 1 }
    if flow.route.link == .peer {
      portOut[Int(flow.route.sourceGPU)] += flow.rate
      portIn[Int(flow.route.destinationGPU)] += flow.rate
    }
  }

  private mutating func addTraffic(
    _ gpu: Int32, _ bytesPerSecond: Double, _ kind: TrafficKind
  ) {
    if gpu < 0 || bytesPerSecond == 0 { return }
    if traffic[Int(gpu)] == 0 {
      trafficGPUs.append(gpu)
      slowdowns.noteTraffic(gpu)
    }
    traffic[Int(gpu)] += bytesPerSecond
    let server = Int(map.gpus[Int(gpu)].server)
    disturbance[Int(gpu)] += bytesPerSecond * map.servers[server].prices.interference(of: kind)
  }
}

extension Flow {
  /// Steps to the phase after this one.
  mutating func beginNextPhase(at now: Int64) {
    switch phase {
    case .gather: begin(.lead, lasting: timing.lead, at: now)
    case .lead:
      phase = .bytes
      since = now
      rate = 0
      phaseEnd = .max
    case .bytes:
      rate = 0
      remaining = 0
      begin(.scatter, lasting: timing.scatter, at: now)
    case .scatter: begin(.finish, lasting: timing.finish, at: now)
    case .finish, .done, .stream: phase = .done
    }
  }

  private mutating func begin(_ next: FlowPhase, lasting duration: SimDuration, at now: Int64) {
    phase = next
    phaseEnd = now + duration.picoseconds
  }

  /// Passes through phases that take no time; true when bytes now start to move.
  mutating func skipEmptyPhases(at now: Int64) -> Bool {
    while phase != .bytes && phase != .done && phaseEnd == now { beginNextPhase(at: now) }
    return phase == .bytes
  }

  /// Accounts for what moved at the old rate and goes on at `nextRate`.
  mutating func changeRate(at now: Int64) {
    if phase == .bytes && phaseEnd <= now { return }
    remaining -= movedSince(now)
    since = now
    rate = nextRate
    if phase == .bytes {
      remaining = max(remaining, 0)
      phaseEnd = now + LinkMap.duration(ofBytes: remaining, at: rate).picoseconds
    }
  }
}
