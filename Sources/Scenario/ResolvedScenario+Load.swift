import Metrics
import Workload

/// Why a scenario's load cannot be multiplied.
public struct UnscalableLoad: Error, Sendable, Equatable, CustomStringConvertible {
  public var path: String
  public var reason: String
  public var description: String { "\(path): error: \(reason)" }
}

extension ResolvedScenario {
  /// The scenario with the rates of its online streams multiplied, all by the same factor. Offline streams stay as they
  /// are.
  ///
  /// Texts and digests stay those of the scenario as it was read, so results of it belong into no store.
  ///
  /// - Throws: `UnscalableLoad` when a stream's arrivals have no rate, or no stream is online.
  public func withLoad(_ factor: Double) throws(UnscalableLoad) -> ResolvedScenario {
    var scaled = self
    guard streams.contains(where: \.canBeOnline) else {
      throw UnscalableLoad(path: path, reason: "no stream is online: there is no load to change")
    }
    for index in streams.indices where streams[index].canBeOnline {
      guard let arrivals = streams[index].workload.arrivals.scaled(by: factor) else {
        throw UnscalableLoad(
          path: path,
          reason: "the arrivals of '\(streams[index].name)' have no rate that could be changed; 'poisson', a trace and "
            + "others do")
      }
      scaled.streams[index].workload.arrivals = arrivals
    }
    return scaled
  }

  /// The scenario with one stream more, without targets of its own. Texts and digests stay those of the scenario as it
  /// was read.
  ///
  /// - Parameter deployment: index of the deployment that serves it.
  public func adding(_ stream: WorkloadStream, to deployment: Int) -> ResolvedScenario {
    var more = self
    more.streams.append(
      ResolvedStream(name: stream.name, deployment: deployment, workload: stream, objective: ServiceObjective()))
    return more
  }

  /// The scenario with only one of the policies that it compares.
  ///
  /// - Parameter policy: index into `policies`; nil where every deployment has its own.
  public func only(policy: Int?) -> ResolvedScenario {
    var one = self
    if let policy { one.policies = [policies[policy]] }
    return one
  }

  /// GPUs of all replicas of all deployments.
  public var gpus: Int { deployments.reduce(0) { $0 + $1.placement.count * $1.tensorParallel } }
}
