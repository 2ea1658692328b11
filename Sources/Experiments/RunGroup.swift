import Metrics
import SimCore

/// Which of a run's groups a request belongs to.
struct RunGroup: Hashable {
  var deployment: Int32
  var requestClass: RequestClass

  init(_ outcome: RequestOutcome) {
    deployment = outcome.deployment
    requestClass = outcome.requestClass
  }

  init(_ group: GroupCollector) {
    deployment = group.deployment
    requestClass = group.requestClass
  }
}
