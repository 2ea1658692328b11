import Cluster
import Hardware
import Metrics
import Network
import Replica
import Scheduling
import SimCore
import StepTime
import TestSupport
import Workload

/// A random cluster of three servers whose fleet changes: replicas come, take leave, hand over or are lost, beside a
/// deployment in lock step; sometimes prompts share their beginnings, also where KV is paged.
struct RandomFleet {
  var plan: ClusterPlan
  var policyName: String

  init(seed: UInt64) {
    let base = RandomPlan(seed: seed)
    plan = base.plan
    policyName = base.policyName
    var random = RandomStream(seed: seed, replication: 0, purpose: "random fleet")
    func chance(_ p: Double) -> Bool { random.uniform() < p }

    var server = plan.servers[0]
    server.network = NetworkSpec(
      cards: [1, 2, 8][random.below(3)], link: server.hostLink, gpuDirect: chance(0.7))
    plan.servers = [server, server, server]
    plan.network = toyNetwork(
      chance(0.5) ? .rails : .topOfRack, serversPerLeaf: chance(0.5) ? 1 : nil,
      oversubscription: 1 + random.below(4).asDouble, spineLatency: 1e-6 * random.uniform())
    plan.lenders = []
    plan.loans = []

    // Eight GPUs in each server: replicas of the first deployment take them in turn, the others have the last ones.
    var main = plan.deployments[0]
    let degree = main.limits.tensorParallel
    var placed = 0
    func nextPlace() -> ReplicaPlan {
      let (turn, server) = placed.quotientAndRemainder(dividingBy: 3)
      placed += 1
      return ReplicaPlan(
        gpus: (0..<degree).map { 8 * server + turn * degree + $0 }, server: server,
        hostBlocks: main.replicas[0].hostBlocks)
    }
    let hostBlocks = main.replicas[0].hostBlocks
    let count = 1 + random.below(4)
    let places = (0..<count).map { _ in nextPlace() }
    main.replicas = places
    main.replicas[0].hostBlocks = hostBlocks
    if chance(0.4) {
      main.cachesPrefixes = true
      let blockSize = main.limits.blockSize
      let listed = PrefixBlocks.together(
        plan.streams.indices.map { stream in
          (0..<80).map { request in
            let (family, alike) = (random.below(2), 3 + random.below(4))
            return (0..<400 / blockSize).map {
              $0 < alike ? family * 1000 + $0 : (1 + stream) * 1_000_000 + 1000 * (request + 1) + $0
            }
          }
        })
      for index in plan.streams.indices where plan.streams[index].deployment == 0 {
        plan.streams[index].prefixBlocks = listed[index]
      }
    }
    plan.deployments[0] = main
    plan.deployments[1].replicas = [ReplicaPlan(gpus: [6], server: 0)]

    var ranks = plan.deployments[1]
    ranks.name = "ranks"
    ranks.replicas = [ReplicaPlan(gpus: [14], server: 1), ReplicaPlan(gpus: [22], server: 2)]
    ranks.lockStep = LockStepPlan(total: [.zero, .microseconds(40), .microseconds(70)], largest: [.microseconds(20)])
    plan.deployments.append(ranks)
    var stream = plan.streams[plan.streams.count - 1]
    stream.stream.name = "r"
    stream.deployment = 2
    plan.streams.append(stream)

    // Changes in order of time; somebody takes requests at all times.
    var open: [Int] = Array(0..<count)
    var leaving: [Int] = []
    var total = count
    var time = 0.0
    for _ in 0..<1 + random.below(6) {
      time += random.uniform() * 0.5
      let now = SimTime(seconds: time)
      switch random.below(4) {
      case 0 where total < 9 / degree:
        var place = nextPlace()
        place.hostBlocks = main.replicas[0].hostBlocks
        let startUp = chance(0.5) ? SimDuration.zero : .milliseconds(random.uniform() * 100)
        plan.fleet.append(FleetChange(at: now, deployment: 0, .add(place, startUp: startUp)))
        if startUp == .zero { open.append(total) }
        total += 1
      case 1 where !leaving.isEmpty && chance(0.5):
        let replica = leaving.remove(at: random.below(leaving.count))
        plan.fleet.append(FleetChange(at: now, deployment: 0, .remove(replica: replica, handsOver: chance(0.3))))
      case _ where open.count > 1:
        let replica = open.remove(at: random.below(open.count))
        let handsOver = chance(0.7)
        if chance(0.5) {
          plan.fleet.append(FleetChange(at: now, deployment: 0, .drain(replica: replica, handsOver: handsOver)))
          leaving.append(replica)
        } else {
          plan.fleet.append(FleetChange(at: now, deployment: 0, .remove(replica: replica, handsOver: handsOver)))
        }
      default: break
      }
    }
  }

  func result(stepping: Stepping) throws -> RunResult {
    var plan = plan
    plan.stepping = stepping
    return try Simulation.run(plan, provenance: RandomPlan.provenance, policy: policyName)
  }
}

extension Int {
  fileprivate var asDouble: Double { Double(self) }
}
