import Catalogue
import Configuration
import Metrics
import Models
import SimCore
import StepTime

/// The recordings of real engines that predictions were held against: the catalogue's `trust/recordings.yaml`.
struct Recording: Sendable {
  var title: String
  var gpu: String
  var parameters: Double
  var tensorParallel: Int
  var stack: String
  var plansAhead: Bool
  var mean: Double
  var worst: Double
  var runs: Int

  private static let section = Section(
    "recordings", "What predictions of recordings were off by.",
    [
      Key(
        "recordings",
        .list(
          of: .mapping(
            Section(
              "recording", "Runs of one engine.",
              [
                Key("title", .text, .required, "What it was."),
                Key("gpu", .identifier, .required, "The GPU, of the catalogue."),
                Key("parameters", .number(.above(0, upTo: 1e15)), .required, "Of the model."),
                Key("tensor_parallel", .integer(.within(1...1024)), .required, "GPUs of a replica."),
                Key("stack", .identifier, .required, "The serving stack."),
                Key("asynchronous", .boolean, .required, "Whether iterations were planned while another ran."),
                Key("mean", .fraction(.within(0...10)), .required, "Mean absolute error of latencies."),
                Key("worst", .fraction(.within(0...10)), .required, "The largest of them."),
                Key("runs", .integer(.atLeast(1)), .required, "How many runs were compared."),
              ])), atLeast: 1), .required, "One for each engine.")
    ])

  /// All of them.
  ///
  /// - Precondition: the embedded file is sound; a test reads it.
  static let all: [Recording] = {
    let path = "trust/recordings.yaml"
    let diagnostics = Diagnostics()
    guard let text = Catalogue.text(path), let document = Document(text: text, name: path, into: diagnostics),
      let map = section.check(document, into: diagnostics), !diagnostics.hasErrors
    else { preconditionFailure("\(path): \(diagnostics.all.map(\.description))") }
    return map.list("recordings").compactMap(\.map).map { one in
      Recording(
        title: one.text("title") ?? "", gpu: one.text("gpu") ?? "", parameters: one.number("parameters") ?? 1,
        tensorParallel: one.integer("tensor_parallel") ?? 1, stack: one.text("stack") ?? "",
        plansAhead: one.boolean("asynchronous") ?? false, mean: one.number("mean") ?? 0,
        worst: one.number("worst") ?? 0, runs: one.integer("runs") ?? 1)
    }
  }()

  /// How far an engine is from it: 8 for another stack, 4 for another kind of GPU, 2 for the other way of scheduling,
  /// and the doublings between the degrees and the model sizes.
  func distance(to engine: EngineDescription) -> Double {
    var distance = Self.doublings(Double(engine.tensorParallel) / Double(tensorParallel))
    distance += Self.doublings(Double(engine.model.parameterCount) / parameters)
    if engine.stackName != stack { distance += 8 }
    if Self.kind(engine.gpu.name) != Self.kind(gpu) { distance += 4 }
    if engine.plansAhead != plansAhead { distance += 2 }
    return distance
  }

  /// What is otherwise in an engine.
  func differences(from engine: EngineDescription) -> [String] {
    var found: [String] = []
    if engine.stackName != stack { found.append("serving stack") }
    if Self.kind(engine.gpu.name) != Self.kind(gpu) { found.append("GPU") }
    if engine.plansAhead != plansAhead { found.append("scheduling (here \(engine.plansAhead ? "a" : "")synchronous)") }
    if engine.tensorParallel != tensorParallel { found.append("tensor parallelism") }
    if Self.doublings(Double(engine.model.parameterCount) / parameters) > 0.2 { found.append("model size") }
    return found
  }

  /// How many doublings lie between two sizes, from their ratio; linear between powers of two.
  private static func doublings(_ ratio: Double) -> Double {
    let larger = max(ratio, 1 / ratio)
    return Double(larger.exponent) + larger.significand - 1
  }

  private static func kind(_ gpu: String) -> Substring { gpu.prefix { $0 != "-" } }
}

extension EngineDescription {
  /// The serving stack whose costs it has; empty for costs of a person's own.
  fileprivate var stackName: String {
    if case .stack(let version, _) = costs { version.stack } else { "" }
  }

  /// What its step times rest on, and what error was seen of the nearest recording.
  func trustBasis(_ step: BoundStep) -> TrustBasis {
    let kinds: [Basis] = [.measured, .interpolated, .extrapolated, .roofline, .engine]
    let parts = kinds.map { kind in
      let own = step.parts.filter { $0.basis == kind }
      return TrustBasis.Part(
        basis: kind.rawValue, decode: own.reduce(0) { $0 + $1.decodeSeconds },
        prefill: own.reduce(0) { $0 + $1.prefillSeconds })
    }
    let nearest = Recording.all.min { $0.distance(to: self) < $1.distance(to: self) }
    return TrustBasis(
      parts: parts,
      nearest: nearest.map {
        TrustBasis.SeenError(
          title: $0.title, mean: $0.mean, worst: $0.worst, runs: $0.runs, differences: $0.differences(from: self))
      })
  }
}
