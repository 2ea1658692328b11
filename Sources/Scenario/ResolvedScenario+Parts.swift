import Assembly
import Configuration
import Metrics
import Scheduling
import SimCore
import Workload

/// A policy with its parameters.
public struct ResolvedPolicy: Sendable {
  public var type: any SchedulingPolicy.Type
  /// What results call it; the name unless the scenario says otherwise.
  public var label: String
  public var parameters: PolicyParameters
  /// The policy as YAML with every parameter, without its label.
  public var canonicalText: String
  /// Those of the parameters that are written in the scenario.
  public var writtenParameters: [String: ParameterValue]
  /// Paging in place of the deployment's own, for comparing destinations; lenders are the deployment's.
  public var pagingDestination: PagingSettings.Destination?
  /// The transfer mode in place of the deployment's own.
  public var pagingTransfer: PagingSettings.Transfer?
  /// Engine settings in place of the deployments' own, as written.
  var engineSettings: CheckedMap?
  /// Streams that send nothing under it, and where they were named.
  var streamsLeftOut: [(name: String, position: Position)] = []
  /// How its settings are chosen before it is compared; nil when they are given, or have been chosen.
  public var choice: PolicyChoiceRule?
  /// How its settings were chosen, in a sentence; nil when they were given.
  public var note: String?
  /// The settings that were chosen, for example `max_num_batched_tokens 1024`; nil when they were given.
  public var chosenSettings: String?

  /// The name under which scenarios know it.
  public var name: String { type.descriptor.name }

  /// Its parameters on an engine: those written, or else those with which the stack's version has this scheduler.
  public func parameters(on engine: EngineSettings) -> PolicyParameters {
    guard let stack = engine.stackVersion, stack.policy == name else { return parameters }
    var own = stack.parameters
    if canPlanAhead { own[VLLMv1Policy.planningAhead] = .boolean(engine.scheduling.plansAhead) }
    return own.isEmpty
      ? parameters : PolicyParameters(type.descriptor, overrides: own.merging(writtenParameters) { $1 })
  }

  /// Whether it has a parameter that says if iterations are planned ahead.
  public var canPlanAhead: Bool {
    type.descriptor.parameters.contains { $0.name == VLLMv1Policy.planningAhead }
  }

  /// Whether the scenario says if iterations are planned ahead.
  public var saysWhetherAhead: Bool { writtenParameters[VLLMv1Policy.planningAhead] != nil }

  /// Whether it plans each iteration while the one before it runs.
  public func plansAhead(on engine: EngineSettings) -> Bool {
    parameters(on: engine)[VLLMv1Policy.planningAhead] == .boolean(true)
  }
}

/// Settings of a policy of which the best is to be compared, and how it is found.
public struct PolicyChoiceRule: Sendable {
  public struct Candidate: Sendable {
    public var policy: ResolvedPolicy
    /// What sets it apart, for example `max_num_batched_tokens 1024`.
    public var settings: String
  }

  /// At least two.
  public var candidates: [Candidate]
  /// The result that is to be best, by its key.
  public var metric: String
  public var requestClass: RequestClass
  /// By name; the first that the compared policies govern when nil.
  public var deployment: String?
  /// Where the requests of the runs start from by which candidates are judged.
  public var seeds: [UInt64]
  /// How many runs are made of each seed.
  public var replications: Int
  /// Where it was written.
  var position: Position
}

/// A stream of requests to one deployment.
public struct ResolvedStream: Hashable, Sendable {
  public var name: String
  /// Index into the scenario's deployments.
  public var deployment: Int
  /// What arrives, complete; files are named relative to the working directory.
  public var workload: WorkloadStream
  /// What a request must meet to count as good.
  public var objective: ServiceObjective
}

/// A bound that `spillway check` tests.
public struct Expectation: Hashable, Sendable {
  /// A key of the results, for example `p99_ttft_ms`.
  public var metric: String
  /// Index into the deployments; `nil` when there is one.
  public var deployment: Int?
  /// `nil` takes all classes there are; more than one is a mistake that was reported.
  public var requestClass: RequestClass?
  /// What is compared with the bounds.
  public var subject: Subject
  /// In the metric's own unit.
  public var below: Double?
  public var above: Double?
  /// The only variant that it is about; `nil` for all.
  public var variant: String?
  /// Whether it has no bounds, and is only told of on a page of claims.
  public var isReported = false
  /// What a page of claims calls it; may be empty.
  public var title = ""
  /// The value that was published, in words; may be empty.
  public var published = ""
  /// How it changes along an axis of the file's sweep; nil for a claim about single values.
  public var trend: Trend?
  /// Whether the bounds are those of every point of the file's sweep, not of the scenario itself.
  public var isForEveryPoint = false
  /// Where it was written, for the report.
  public var position: String

  /// Whether it is about the points of the file's sweep.
  public var isAboutSweep: Bool { trend != nil || isForEveryPoint }

  /// That a figure only rises, or only falls, along a key of a sweep, the others held.
  public struct Trend: Hashable, Sendable {
    public enum Direction: String, Sendable { case rises, falls }

    public var direction: Direction
    /// The swept key, a path as for `--set`.
    public var key: String
    /// A step the wrong way by no more than this share of the first of its two points is allowed.
    public var tolerance: Double

    public init(_ direction: Direction, along key: String, tolerance: Double = 0) {
      self.direction = direction
      self.key = key
      self.tolerance = tolerance
    }
  }

  public enum Subject: Hashable, Sendable {
    /// The metric of the policy with this label; `nil` of every policy.
    case value(policy: String?)
    /// The metric of the first label divided by that of the second.
    case ratio(String, over: String)
  }
}
