/// The resources that one transfer uses, each at the transfer's rate.
struct Route: Sendable, BitwiseCopyable {
  var resources = SIMD16<Int32>(repeating: -1)
  var count: Int32 = 0
  /// The steps that take more than 1 of their resource for each byte, and how much; at most one at each end.
  var heavySteps = SIMD2<Int32>(repeating: -1)
  var heavyWeights = SIMD2<Double>(repeating: 1)
  /// Which of the server's price lists applies, and which server's.
  var link = RouteLink.host
  var pricingServer: Int32 = 0
  /// Between servers, whether the bytes go from one leaf switch to another.
  var crossesSpine = false
  /// The GPUs at the ends, −1 for a host.
  var sourceGPU: Int32 = -1
  var destinationGPU: Int32 = -1

  mutating func append(_ resource: Int32) {
    if resource < 0 { return }
    resources[Int(count)] = resource
    count += 1
  }

  /// Appends a resource of which each byte takes `weight`.
  mutating func append(_ resource: Int32, weight: Double) {
    if weight != 1 {
      let end = heavySteps[0] < 0 ? 0 : 1
      heavySteps[end] = count
      heavyWeights[end] = weight
    }
    append(resource)
  }

  func weight(_ step: Int) -> Double {
    if Int32(step) == heavySteps[0] { return heavyWeights[0] }
    return Int32(step) == heavySteps[1] ? heavyWeights[1] : 1
  }
}

/// The kind of link that decides what a transfer costs.
enum RouteLink: Sendable, BitwiseCopyable {
  case peer
  case host
  case network
}

extension LinkMap {
  func server(of endpoint: Endpoint) -> Int {
    switch endpoint {
    case .gpu(let gpu):
      precondition(gpus.indices.contains(gpu), "there is no GPU \(gpu) in this network")
      return Int(gpus[gpu].server)
    case .hostMemory(let server):
      precondition(servers.indices.contains(server), "there is no server \(server) in this network")
      return server
    }
  }

  /// The path between two endpoints, `nil` when nothing joins them.
  func route(from source: Endpoint, to destination: Endpoint) -> Route? {
    if source == destination { return nil }
    let sender = server(of: source)
    let receiver = server(of: destination)
    if sender != receiver { return routeBetweenServers(source, sender, destination, receiver) }
    var route = Route()
    route.pricingServer = Int32(sender)
    switch (source, destination) {
    case (.gpu(let a), .gpu(let b)):
      if servers[sender].allPeersByNVLink || gpus[a].partner == Int32(b) {
        appendPeer(a, b, to: &route)
      } else {
        appendPeerOverPCIe(a, b, to: &route)
      }
      route.sourceGPU = Int32(a)
      route.destinationGPU = Int32(b)
    case (.gpu(let a), .hostMemory):
      appendUp(a, to: &route)
      route.append(gpus[a].switchToHost)
      route.append(servers[sender].hostMemory, weight: servers[sender].hostWriteWeight)
      route.sourceGPU = Int32(a)
    case (.hostMemory, .gpu(let b)):
      route.append(servers[sender].hostMemory)
      route.append(gpus[b].switchFromHost)
      appendDown(b, to: &route)
      route.destinationGPU = Int32(b)
    case (.hostMemory, .hostMemory):
      return nil
    }
    return route
  }

  private func appendPeer(_ a: Int, _ b: Int, to route: inout Route) {
    route.link = .peer
    route.append(gpus[a].memory)
    route.append(gpus[a].nvlinkOut)
    route.append(gpus[b].nvlinkIn)
    route.append(gpus[b].memory)
  }

  /// GPUs behind one switch reach each other without its way to the host.
  private func appendPeerOverPCIe(_ a: Int, _ b: Int, to route: inout Route) {
    appendUp(a, to: &route)
    if gpus[a].switchToHost < 0 || gpus[a].switchToHost != gpus[b].switchToHost {
      route.append(gpus[a].switchToHost)
      route.append(gpus[b].switchFromHost)
    }
    appendDown(b, to: &route)
  }

  func appendUp(_ gpu: Int, to route: inout Route) {
    route.append(gpus[gpu].memory)
    route.append(gpus[gpu].pcieToHost)
    route.append(gpus[gpu].pcieBothWays)
  }

  func appendDown(_ gpu: Int, to route: inout Route) {
    route.append(gpus[gpu].pcieBothWays)
    route.append(gpus[gpu].pcieFromHost)
    route.append(gpus[gpu].memory)
  }
}
