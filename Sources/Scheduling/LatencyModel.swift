import Replica
import SimCore
import StepTime

/// What an iteration is taken to cost before it runs, by a policy that bounds latency.
public enum LatencyModel: Sendable {
  /// The simulator's own step time: right but for copies and the host's pace.
  case exact
  /// A polynomial fitted to it, as a profiler would have one.
  case fitted(LatencyPolynomial)
}

/// What goes into a predicted iteration: the tokens it processes and the context they attend to.
public struct IterationLoad: Sendable, Hashable {
  /// Decoding sequences.
  public var decodes = 0
  /// Tokens these attend to, all together.
  public var context: Int64 = 0
  public var chunks = 0
  public var chunkTokens = 0
  /// Tokens cached of the sequences that have chunks, all together.
  public var chunkContext: Int64 = 0
  /// Over chunks, pairs of a token and one that it attends to.
  public var chunkPairs: Int64 = 0
  /// What attention of the chunks costs.
  public var chunkAttention = SimDuration.zero

  public init() {}

  public init(decodes: Int, context: Int64) {
    self.decodes = decodes
    self.context = context
  }

  /// Adds a chunk.
  ///
  /// - Parameter cached: tokens of the sequence that are there before it.
  public mutating func add(chunk tokens: Int, behind cached: Int, _ cost: BoundStepCost) {
    chunks += 1
    chunkTokens += tokens
    chunkContext += Int64(cached)
    chunkPairs += Int64(tokens) * Int64(cached) + Int64(tokens) * Int64(tokens + 1) / 2
    chunkAttention += cost.prefillAttention(chunk: tokens, context: cached)
  }

  public var isEmpty: Bool { decodes + chunks == 0 }

  /// What the step-time model says it costs, and for how long it goes on like this while nothing but decode changes.
  public func cost(_ cost: BoundStepCost) -> IterationCost {
    cost.iterationCost(
      decodes: decodes, context: context, chunks: chunks, chunkTokens: chunkTokens, chunkAttention: chunkAttention)
  }
}

extension LatencyModel {
  /// The predicted time of an iteration; zero for an empty one.
  public func time(_ load: IterationLoad, _ cost: BoundStepCost) -> SimDuration {
    if load.isEmpty { return .zero }
    return switch self {
    case .exact: load.cost(cost).first
    case .fitted(let polynomial): polynomial.time(load)
    }
  }

  /// The predicted times of iterations that decode, one after the other.
  func line(_ load: IterationLoad, _ cost: BoundStepCost) -> IterationCost {
    switch self {
    case .exact: load.cost(cost)
    case .fitted(let polynomial): polynomial.line(load)
    }
  }
}

/// An iteration's time as a polynomial in the tokens P that it processes and the context C that is there:
///
///     t = k0 + k1 P + k2 P² + k3 C + k4 (sum over sequences of tokens times the context they attend to)
///
/// The terms stand for launching, the linear layers, what these lose or gain with size, reading KV, and attention of
/// prompts: those of ConServe's profiler (arXiv 2410.01228v2); the exact form is not published.
/// Coefficients are whole picoseconds, so that predictions of successive iterations lie on an exact line.
public struct LatencyPolynomial: Sendable, Hashable {
  /// Picoseconds: constant, for each token, for each squared token, for each token of context, for each pair.
  public private(set) var coefficients: [Int64]
  /// The mean of the errors, as shares of what was fitted to.
  public private(set) var meanError: Double

  /// Fits the polynomial to a step-time model, by least squares of relative errors over iterations that decode, that
  /// process prompts, and that do both.
  ///
  /// - Parameters:
  ///   - cost: what it is fitted to.
  ///   - limits: the sizes that iterations can have.
  public init(of cost: BoundStepCost, limits: EngineLimits) {
    let loads = Self.samples(cost, limits)
    var normal = [[Double]](repeating: [Double](repeating: 0, count: 6), count: 5)
    for load in loads {
      let time = Double(load.cost(cost).first.picoseconds)
      guard time > 0 else { continue }
      let terms = Self.terms(load).map { Double($0) / time }
      for row in 0..<5 {
        for column in 0..<5 { normal[row][column] += terms[row] * terms[column] }
        normal[row][5] += terms[row]
      }
    }
    coefficients = Self.solve(normal).map { Int64($0.rounded()) }
    // More context never makes an iteration shorter: answers that rest on predictions stand while sequences grow.
    for term in [3, 4] { coefficients[term] = max(0, coefficients[term]) }
    meanError = 0
    var sum = 0.0
    for load in loads {
      let time = Double(load.cost(cost).first.picoseconds)
      sum += abs(Double(self.time(load).picoseconds) - time) / max(1, time)
    }
    meanError = sum / Double(max(1, loads.count))
  }

  private static func terms(_ load: IterationLoad) -> [Int64] {
    let tokens = Int64(load.decodes + load.chunkTokens)
    return [1, tokens, tokens * tokens, load.context + load.chunkContext, load.context + load.chunkPairs]
  }

  /// The predicted time; no less than a picosecond.
  public func time(_ load: IterationLoad) -> SimDuration {
    let terms = Self.terms(load)
    let sum = coefficients.indices.reduce(Int64(0)) { $0 + coefficients[$1] * terms[$1] }
    return SimDuration(picoseconds: max(1, sum))
  }

  /// Successive iterations of a decode batch: each of its members brings a token of context more.
  func line(_ load: IterationLoad) -> IterationCost {
    let growth = (coefficients[3] + coefficients[4]) * Int64(load.decodes)
    return IterationCost(first: time(load), growth: SimDuration(picoseconds: growth), iterations: .max)
  }

  /// Iterations of every kind, over the sizes that they can have.
  private static func samples(_ cost: BoundStepCost, _ limits: EngineLimits) -> [IterationLoad] {
    let contexts = [0, limits.maxModelLength / 16, limits.maxModelLength / 4]
    var sizes: [Int] = []
    var size = 1
    while size < limits.maxBatchedTokens {
      sizes.append(size)
      size *= 2
    }
    sizes.append(limits.maxBatchedTokens)
    let batches = sizes.filter { $0 <= limits.maxSequences }
    var loads: [IterationLoad] = []
    for context in contexts {
      for decodes in batches { loads.append(IterationLoad(decodes: decodes, context: Int64(decodes * (context + 1)))) }
      for chunk in sizes {
        var load = IterationLoad()
        load.add(chunk: chunk, behind: context, cost)
        loads.append(load)
        for decodes in batches where decodes + chunk <= limits.maxBatchedTokens && decodes < limits.maxSequences {
          var mixed = IterationLoad(decodes: decodes, context: Int64(decodes * (context + 1)))
          mixed.add(chunk: chunk, behind: context, cost)
          loads.append(mixed)
        }
      }
    }
    return loads
  }

  /// Gaussian elimination with the largest pivot of each column; a term that says nothing gets 0. Columns are scaled
  /// first, since counts of pairs exceed those of tokens by six orders of magnitude.
  private static func solve(_ normal: [[Double]]) -> [Double] {
    var rows = normal
    let scale = rows.indices.map { rows[$0][$0] > 0 ? rows[$0][$0].squareRoot() : 1 }
    for row in rows.indices {
      for column in rows.indices { rows[row][column] /= scale[row] * scale[column] }
      rows[row][5] /= scale[row]
    }
    for column in rows.indices {
      guard let pivot = (column..<5).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }) else { continue }
      rows.swapAt(column, pivot)
      guard abs(rows[column][column]) > 1e-9 else { continue }
      for row in rows.indices where row != column {
        let factor = rows[row][column] / rows[column][column]
        for index in column..<6 { rows[row][index] -= factor * rows[column][index] }
      }
    }
    return rows.indices.map { abs(rows[$0][$0]) > 1e-9 ? rows[$0][5] / rows[$0][$0] / scale[$0] : 0 }
  }
}
