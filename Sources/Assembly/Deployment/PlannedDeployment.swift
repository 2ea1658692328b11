import Cluster
import Hardware
import Network
import StepTime
import TextIO

/// A deployment with its engine assembled and its memory shared out: what every policy's run of it has in common.
public struct PlannedDeployment: Sendable {
  public var description: DeploymentDescription
  public var engine: AssembledEngine
  public var server: ServerSpec
  /// GPUs of each replica, numbered through all servers.
  public var replicas: [[Int]]
  /// KV memory lent to peers, bytes per GPU.
  public var lentBytesPerGPU: Int64
  /// Blocks of each replica's own KV pool.
  public var keyValueBlocks: Int
  /// For each replica, the GPU that each of its GPUs can page to; empty where nobody lends.
  public var lenders: [[Int]]
  /// For each replica, how many blocks fit into what its lenders give it.
  public var peerBlocks: [Int]
  /// Blocks that the pinned host memory of a replica holds.
  public var hostBlocks: Int

  public var name: String { description.name }
  /// Memory of each GPU, before anything is lent.
  public var budget: MemoryBudget { engine.budget }
  /// Step times and where they come from.
  public var step: BoundStep { engine.bound.step }

  /// Every deployment with what it has to work with, in order.
  ///
  /// - Throws: `PlanningError` with everything that does not fit.
  public static func all(
    _ descriptions: [DeploymentDescription], on servers: [ServerSpec]
  ) throws(PlanningError) -> [PlannedDeployment] {
    var planned: [PlannedDeployment] = []
    var problems: [String] = []
    for description in descriptions {
      do throws(PlanningError) {
        planned.append(try PlannedDeployment(description, on: servers))
      } catch {
        problems += error.problems
      }
    }
    problems += planned.hostMemoryProblems(servers)
    if !problems.isEmpty { throw PlanningError(problems) }
    planned.shareLentMemory()
    problems = planned.placeOffloaded()
    if !problems.isEmpty { throw PlanningError(problems) }
    return planned
  }

  private init(_ description: DeploymentDescription, on servers: [ServerSpec]) throws(PlanningError) {
    let name = description.name
    do {
      engine = try AssembledEngine(description.engine)
    } catch {
      throw PlanningError(["deployment '\(name)': \(error)"])
    }
    let budget = engine.budget
    let lent = Int64(description.lending?.memory ?? 0)
    let kept = budget.keyValuePool - lent
    // An informer starts with its whole pool and gives blocks away as it can.
    let own = description.lending?.rule == .informer ? budget.keyValuePool : kept
    let blocks = description.engine.memory.blocks ?? Int(max(0, own) / budget.blockBytes)
    if let lending = description.lending, kept < Int64(lending.retain) || kept < budget.blockBytes {
      throw PlanningError([
        "deployment '\(name)': lends \(Printable.gigabytes(lent)) of a KV pool of "
          + "\(Printable.gigabytes(budget.keyValuePool)) per GPU, which leaves \(Printable.gigabytes(kept)); "
          + "'retain' asks for \(Printable.gigabytes(Int64(lending.retain)))"
      ])
    }
    if blocks < 1, description.engine.offload == nil {
      throw PlanningError([
        "deployment '\(name)': no KV block fits: of \(Printable.gigabytes(budget.usable)) usable per GPU, weights take "
          + "\(Printable.gigabytes(budget.weights)) and activations and graphs "
          + "\(Printable.gigabytes(budget.reserve)); one block is \(budget.blockBytes) bytes"
      ])
    }
    self.description = description
    server = servers[description.server]
    replicas = description.placement.map { place in
      let offset = servers[..<place.server].reduce(0) { $0 + $1.gpuCount }
      return place.gpus.map { $0 + offset }
    }
    lentBytesPerGPU = lent
    keyValueBlocks = blocks
    lenders = description.placement.map { _ in [] }
    peerBlocks = description.placement.map { _ in 0 }
    hostBlocks = Int(description.swapSpace / budget.blockBytes)
  }

  /// The deployment under a policy.
  ///
  /// - Parameter targets: the tightest of its online streams.
  public func plan(_ policy: PolicyAssignment, targets: LatencyTargets) -> DeploymentPlan {
    let toPeer = policy.destination == .peer
    // Where KV lives off the GPU there is nothing to page.
    let isOffloaded = description.engine.offload != nil
    let places = replicas.indices.map { replica in
      ReplicaPlan(
        gpus: replicas[replica], server: description.placement[replica].server, lenders: toPeer ? lenders[replica] : [],
        peerBlocks: toPeer && !isOffloaded ? peerBlocks[replica] : 0, hostBlocks: isOffloaded ? 0 : hostBlocks)
    }
    var plan = engine.plan(
      name: name, model: description.modelName, replicas: places, router: description.router, policy: policy.choice,
      keyValueBlocks: keyValueBlocks, targets: targets)
    plan.transferMode = TransferMode(policy.transfer)
    plan.hasOwnPolicy = policy.isOwn
    plan.portSharing = server.gpu.copyInterference.collective.value
    if description.lending?.rule != .informer {
      plan.blocksLentThroughout = Int(lentBytesPerGPU / budget.blockBytes)
    }
    return plan
  }
}
