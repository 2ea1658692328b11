import Assembly
import Models
import StepTime
import Workload

/// What no serving engine can be faster than: measurements that are were not made as their source says, and are left
/// out.
extension SuiteExperiment {
  /// Why a published figure cannot be what its source says; nil when it can.
  ///
  /// A first token comes no sooner than the products of its own prompt take at the data sheet's peak, and a token of
  /// the answer no sooner than the weights are read once at the data sheet's bandwidth, by all GPUs of the group.
  /// That a prompt was found in a cache, or tokens were guessed, is then more likely than the figure.
  func impossibility(of measured: [SuitePoint.Measurement]) -> String? {
    for measurement in measured {
      let least: (seconds: Double, what: String)?
      switch measurement.metric {
      case .ttftMean, .ttftMedian: least = leastPrefill
      case .tpotMean, .tpotMedian: least = leastDecode
      case .makespan: least = leastMakespan
      default: least = nil
      }
      let seconds = measurement.metric.unit == "s" ? measurement.value : measurement.value / 1e3
      guard let least, seconds < least.seconds else { continue }
      return "the stated \(measurement.metric.rawValue) is less than the data sheet allows for \(least.what)"
    }
    return nil
  }

  /// All prompts' products, or an answer's passes through the weights, whichever is longer, where all come at once.
  private var leastMakespan: (seconds: Double, what: String)? {
    guard load.arrivals == .together, case .independent(let prompt, let output) = load.lengths else { return nil }
    let share = Double(load.requests) / Double(replicas)
    let prompts = prompt.least.map { secondsOfPrompt($0) * share }
    let answers = output.least.flatMap { tokens in leastDecode.map { $0.seconds * Double(tokens - 1) } }
    guard let seconds = [prompts, answers].compactMap({ $0 }).max() else { return nil }
    return (seconds, seconds == prompts ? "the prompts' arithmetic" : "reading the weights for each token")
  }

  /// The products of the shortest prompt, without the embedding and the output head.
  private var leastPrefill: (seconds: Double, what: String)? {
    guard case .independent(let prompt, _) = load.lengths, let tokens = prompt.least else { return nil }
    return (secondsOfPrompt(tokens), "a prompt of \(tokens) tokens")
  }

  private func secondsOfPrompt(_ tokens: Int) -> Double {
    let rates = GPURates(machine.server)
    let peak = model.weightType == .fp8 ? rates.fp8 ?? rates.bf16 : rates.bf16
    let head = Double(model.vocabularySize) * Double(model.embeddingSize)
    let operations = 2 * (Double(model.activeParameterCount) - head) * Double(tokens)
    return operations / (peak * Double(tensorParallel))
  }

  /// One pass through the weights; of a mixture of experts an iteration need not read them all.
  private var leastDecode: (seconds: Double, what: String)? {
    guard model.experts == nil else { return nil }
    let embedding = Double(model.vocabularySize) * Double(model.embeddingSize) * Double(model.activationType.bytes)
    let bytes = Double(model.weightBytes) - (model.tiedEmbeddings ? 0 : embedding)
    let bandwidth = GPURates(machine.server).memoryBandwidth
    return (bytes / (bandwidth * Double(tensorParallel)), "reading the weights")
  }
}

extension LengthDistribution {
  /// The fewest tokens it gives, where that is stated.
  fileprivate var least: Int? {
    switch shape {
    case .fixed(let tokens): tokens
    case .uniform(let low, _): low
    default: minimum
    }
  }
}
