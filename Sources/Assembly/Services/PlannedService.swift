import Cluster
import Hardware
import Replica
import Scheduling
import SimCore
import StepTime

/// A service that can be run: a deployment whose iterations are its batches.
public struct PlannedService: Sendable {
  public let description: ServiceDescription
  /// GPUs of each replica, numbered through all servers; one each.
  public let replicas: [[Int]]

  /// What lent memory is counted in.
  private static let blockBytes: Int64 = 1 << 20

  public init(_ description: ServiceDescription, on servers: [ServerSpec]) {
    self.description = description
    replicas = description.placement.map { place in
      let offset = servers[..<place.server].reduce(0) { $0 + $1.gpuCount }
      return place.gpus.map { $0 + offset }
    }
  }

  public var name: String { description.name }
  /// Memory lent to peers, bytes per GPU.
  public var lentBytesPerGPU: Int64 { Int64(description.lending?.memory ?? 0) }
  var lentBlocks: Int { Int(lentBytesPerGPU / Self.blockBytes) }

  /// The deployment of a run.
  ///
  /// A request has a place in the batch, which is a block of its pool. What is lent once a full batch has run is in the
  /// pool until then.
  public func plan() -> DeploymentPlan {
    let service = description.service
    let size = service.maxBatch
    let lendsLater = description.lending?.rule == .batch
    let limits = EngineLimits(
      maxBatchedTokens: size, maxSequences: size, blockSize: 2, kvBlocks: size + (lendsLater ? lentBlocks : 0),
      maxModelLength: 2, layers: 1)
    let nothing = [SimDuration](repeating: .zero, count: size + 1)
    let cost = BoundStepCost(
      linear: [.zero] + (1...size).map(service.time(ofBatch:)), linearInGraph: [], sequences: nothing,
      chunkAlone: nothing, chunkPerContextToken: nothing,
      decode: nothing.map { DecodeAttentionCurve(start: $0) })
    let places = zip(description.placement, replicas).map { ReplicaPlan(gpus: $1, server: $0.server) }
    var plan = DeploymentPlan(
      name: name, model: description.modelName, replicas: places, router: .leastOutstanding,
      policy: PolicyChoice(FixedBatchPolicy.self), limits: limits, cost: cost, blockBytesPerGPU: Self.blockBytes,
      fragmentBytes: Self.blockBytes)
    plan.hasOwnPolicy = true
    plan.blocksLentThroughout = lendsLater ? 0 : lentBlocks
    return plan
  }
}

/// Whoever may lend memory: a deployment or a service.
struct LendingParty {
  var lending: LendingSettings?
  var placement: [ReplicaPlacement]
  /// GPUs of each replica, numbered through all servers.
  var replicas: [[Int]]
  var lentBytesPerGPU: Int64

  init(_ deployment: PlannedDeployment) {
    lending = deployment.description.lending
    placement = deployment.description.placement
    replicas = deployment.replicas
    lentBytesPerGPU = deployment.lentBytesPerGPU
  }

  init(_ service: PlannedService) {
    lending = service.description.lending
    placement = service.description.placement
    replicas = service.replicas
    lentBytesPerGPU = service.lentBytesPerGPU
  }
}
