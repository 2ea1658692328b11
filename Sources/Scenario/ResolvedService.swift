import Assembly
import Hardware

/// A model that serves batches in a fixed time, its replicas on one GPU each.
public struct ResolvedService: Sendable {
  public var name: String
  /// The catalogue's name of the model, or the service's own.
  public var modelName: String
  public var service: FixedService
  /// Where each replica runs; at least one.
  public var placement: [ReplicaPlacement]
  /// Memory offered to peers; nil lends nothing.
  public var lending: LendingSettings?
  /// Where the catalogue's figures come from, one sentence each; empty where all are the scenario's own.
  public var sources: [String]
}

extension ResolvedScenario {
  /// Deployments and then services, by name: what streams, lenders and expectations number.
  public var servedNames: [String] { deployments.map(\.name) + services.map(\.name) }

  /// The services, ready to be run.
  public var plannedServices: [PlannedService] {
    services.map {
      PlannedService(
        ServiceDescription(
          name: $0.name, modelName: $0.modelName, service: $0.service, placement: $0.placement, lending: $0.lending),
        on: servers)
    }
  }

  /// Whether a lender, by its number, lends from the start to the end of a run.
  func alwaysLends(_ lender: Int) -> Bool {
    let lending =
      lender < deployments.count ? deployments[lender].lending : services[lender - deployments.count].lending
    return lending?.rule == .static
  }
}
