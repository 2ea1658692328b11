import Assembly
import Hardware
import Models
import Scheduling
import StepTime

/// A serving engine as a benchmark ran it: its costs, its scheduler and its limits.
public struct SuiteServing: Sendable {
  /// The engine's own costs; `spillway validate --suite --fit` fits some of their constants.
  public var engine: EngineCosts
  /// The embedded profile that they go with; `nil` for the roofline.
  public var kernels: String?
  public var policy: String
  public var parameters: [String: ParameterValue]
  /// Tokens that an iteration may process.
  public var maxBatchedTokens: Int
  /// Sequences that may run at once.
  public var maxSequences: Int
  /// What part of the GPU's memory it takes.
  public var memory: StackMemory
  /// How KV is stored; `nil` as activations are.
  public var cacheType: NumberType?
  /// The longest sequence; the model's own limit when `nil`.
  public var maxModelLength: Int?

  /// A version of a stack with its defaults.
  ///
  /// - Parameters:
  ///   - version: with or without what follows its numbers.
  ///   - variant: another way of running it that was fitted.
  /// - Throws: `SuiteObstacle` for a stack or version that is not known.
  init(
    _ name: String, _ version: String, variant: String? = nil, on machine: SuiteMachine, model: ModelArchitecture
  ) throws(SuiteObstacle) {
    guard let stack = StackLibrary.stack(named: name), let found = stack.version(version) else {
      throw SuiteObstacle("\(name) \(version) is not modelled")
    }
    let limits = found.limits(
      gpu: machine.server.gpu.name, memory: machine.memory, maxModelLength: model.maximumContext)
    engine = found.costs(variant: variant, sharesHeads: model.sharesKeyValueHeads)
    kernels = found.profileName(forGPU: machine.tables)
    policy = found.policy
    parameters = found.parameters
    maxSequences = limits.maxSequences
    maxBatchedTokens = max(limits.maxBatchedTokens, limits.maxSequences)
    memory = found.memory
  }

  /// The same with other limits; an iteration has a token for every sequence at least.
  func limited(sequences: Int? = nil, tokens: Int? = nil) -> SuiteServing {
    var serving = self
    serving.maxSequences = sequences ?? maxSequences
    serving.maxBatchedTokens = max(tokens ?? maxBatchedTokens, serving.maxSequences)
    return serving
  }

  /// The same with other parameters of its scheduler.
  func with(_ parameters: [String: ParameterValue]) -> SuiteServing {
    var serving = self
    serving.parameters.merge(parameters) { $1 }
    return serving
  }

  /// The same with KV stored otherwise.
  func storingCache(as type: NumberType) -> SuiteServing {
    var serving = self
    serving.cacheType = type
    return serving
  }
}
