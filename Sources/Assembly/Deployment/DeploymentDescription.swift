import Cluster
import Hardware
import Scheduling

/// Where one replica of a deployment runs.
public struct ReplicaPlacement: Hashable, Sendable {
  /// Index into the servers.
  public var server: Int
  /// GPUs numbered within the server, one per tensor-parallel rank.
  public var gpus: [Int]

  public init(server: Int, gpus: [Int]) {
    self.server = server
    self.gpus = gpus
  }
}

/// What is served where: replicas of one engine, each on GPUs of one server, and the memory they lend and borrow.
public struct DeploymentDescription: Sendable {
  /// What results and messages call it.
  public var name: String
  /// What results call its model.
  public var modelName: String
  public var engine: EngineDescription
  /// Where each replica runs, at least one; servers of several replicas are alike.
  public var placement: [ReplicaPlacement]
  /// Where replicas run that are added in the course of a run.
  public var laterPlacement: [ReplicaPlacement]
  public var router: Router
  /// Pinned host memory for paged KV, bytes per GPU.
  public var swapSpace: Int64
  public var paging: PagingSettings
  /// Whether its KV may go to peers, under any policy that it is run with.
  public var pagesToPeers: Bool
  /// Memory offered to peers; nil lends nothing.
  public var lending: LendingSettings?
  /// Weights that stay off each GPU, bytes.
  public var offloadedWeightBytes: Int64 = 0

  public init(
    name: String, modelName: String, engine: EngineDescription, placement: [ReplicaPlacement],
    router: Router = .roundRobin, swapSpace: Int64 = 0,
    paging: PagingSettings = PagingSettings(destination: .host, lenders: [], transfer: .coalesced),
    pagesToPeers: Bool = false, lending: LendingSettings? = nil, laterPlacement: [ReplicaPlacement] = []
  ) {
    self.name = name
    self.modelName = modelName
    self.engine = engine
    self.placement = placement
    self.laterPlacement = laterPlacement
    self.router = router
    self.swapSpace = swapSpace
    self.paging = paging
    self.pagesToPeers = pagesToPeers
    self.lending = lending
  }
}

extension DeploymentDescription {
  /// The server of the first replica; those of the others are alike.
  public var server: Int { placement[0].server }
}

/// Under which policy a deployment runs, and where its KV goes then.
public struct PolicyAssignment: Sendable {
  public var choice: PolicyChoice
  /// Whether the policy is the deployment's own rather than one compared; results say so.
  public var isOwn: Bool
  public var destination: PagingSettings.Destination
  public var transfer: PagingSettings.Transfer

  public init(
    _ choice: PolicyChoice, isOwn: Bool = false, destination: PagingSettings.Destination = .host,
    transfer: PagingSettings.Transfer = .coalesced
  ) {
    self.choice = choice
    self.isOwn = isOwn
    self.destination = destination
    self.transfer = transfer
  }
}
