import SimCore

/// One stream of requests as a scenario describes it.
///
/// A workload is a list of these; the engine merges them in time order. Every random choice comes from a random
/// stream named after what it is for and after `name`, so lengths can change without moving an arrival, and one
/// stream can change without touching another.
public struct WorkloadStream: Hashable, Sendable {
  public var name: String
  public var arrivals: ArrivalProcess
  /// What arrives: one component, or a weighted mixture of several.
  public var components: [WorkloadComponent]
  /// The stream's start on the simulated clock.
  public var start: SimDuration
  /// The number of requests after which the stream ends.
  public var requestLimit: Int?
  /// The time after its start from which the stream offers nothing more.
  public var durationLimit: SimDuration?
  /// What its prompts begin with; nil when that is nothing that they have in common.
  public var sharedPrefix: SharedPrefix?
  /// Which adapters its requests name; nil for the base model.
  public var adapters: AdapterMix?
  /// Further turns that follow the answers; nil when every request stands for itself.
  public var conversations: Conversations?

  public init(
    name: String, arrivals: ArrivalProcess, components: [WorkloadComponent], start: SimDuration = .zero,
    requestLimit: Int? = nil, durationLimit: SimDuration? = nil
  ) {
    self.name = name
    self.arrivals = arrivals
    self.components = components
    self.start = start
    self.requestLimit = requestLimit
    self.durationLimit = durationLimit
  }
}

/// One kind of request in a stream.
public struct WorkloadComponent: Hashable, Sendable {
  /// Its share of the stream is its weight over the sum of all weights.
  public var weight: Double
  /// The class; nil takes the trace's own (online where it has none).
  public var requestClass: RequestClass?
  /// The tenant's number; nil takes the trace's own (0 where it has none).
  public var tenant: Int32?
  public var priority: Int32
  /// The time from arrival by which a request should be finished; nil takes the trace's own, where it has one.
  public var deadline: SimDuration?
  public var lengths: LengthModel

  public init(
    weight: Double = 1, requestClass: RequestClass? = nil, tenant: Int32? = nil, priority: Int32 = 0,
    deadline: SimDuration? = nil, lengths: LengthModel
  ) {
    self.weight = weight
    self.requestClass = requestClass
    self.tenant = tenant
    self.priority = priority
    self.deadline = deadline
    self.lengths = lengths
  }
}

/// Where prompt and output lengths come from.
public enum LengthModel: Hashable, Sendable {
  /// Prompt and output drawn independently.
  case independent(prompt: LengthDistribution, output: LengthDistribution)
  /// Recorded pairs, each equally likely.
  case pairs(LengthPairSample)
  /// The lengths that arrivals bring; only with a trace, listed arrivals, or clients that have lengths.
  case recorded
}
