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
  /// Of each run, as shares.
  var latencyErrors: [Double]
  var throughputErrors: [Double]

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
                Key("table", .text, .required, "What the tables of Results/validation/deployed.md call it."),
                Key("gpu", .identifier, .required, "The GPU, of the catalogue."),
                Key("parameters", .number(.above(0, upTo: 1e15)), .required, "Of the model."),
                Key("tensor_parallel", .integer(.within(1...1024)), .required, "GPUs of a replica."),
                Key("stack", .identifier, .required, "The serving stack."),
                Key("asynchronous", .boolean, .required, "Whether iterations were planned while another ran."),
                Key(
                  "runs",
                  .list(
                    of: .mapping(
                      Section(
                        "run",
                        "What the prediction of one run was off by, in percent: predicted over measured, less 1.",
                        [
                          Key("name", .text, .required, "The experiment."),
                          Key(
                            "latencies", .list(of: .number(.within(-100...1000)), atLeast: 12), .required,
                            "TTFT, TPOT and end to end, each at mean, p50, p90 and p99."),
                          Key("throughput", .number(.within(-100...1000)), .required, "Output tokens a second."),
                        ])), atLeast: 1), .required, "Those that no cost was fitted on."),
              ])), atLeast: 1), .required, "One for each engine.")
    ])

  /// All of them.
  ///
  /// - Precondition: the embedded file is sound; a test reads it.
  static let all: [Recording] = {
    section.embedded("trust/recordings.yaml").list("recordings").compactMap(\.map).map { one in
      let runs = one.list("runs").compactMap(\.map)
      return Recording(
        title: one.text("title") ?? "", gpu: one.text("gpu") ?? "", parameters: one.number("parameters") ?? 1,
        tensorParallel: one.integer("tensor_parallel") ?? 1, stack: one.text("stack") ?? "",
        plansAhead: one.boolean("asynchronous") ?? false,
        latencyErrors: runs.flatMap { $0.list("latencies").compactMap(\.number) }.map { $0 / 100 },
        throughputErrors: runs.compactMap { $0.number("throughput") }.map { $0 / 100 })
    }
  }()

  /// How far an engine is from it: 64 for another stack and 32 for another kind of GPU, so that these come before all
  /// else, 2 for the other way of scheduling, and the doublings between the degrees and the model sizes.
  func distance(to engine: EngineDescription) -> Double {
    var distance = Self.doublings(Double(engine.tensorParallel) / Double(tensorParallel))
    distance += Self.doublings(Double(engine.model.parameterCount) / parameters)
    if engine.stackName != stack { distance += 64 }
    if !isOfGPU(of: engine) { distance += 32 }
    if engine.plansAhead != plansAhead { distance += 2 }
    return distance
  }

  /// What is otherwise in an engine.
  func differences(from engine: EngineDescription) -> [String] {
    var found: [String] = []
    if engine.stackName != stack { found.append("serving stack") }
    if !isOfGPU(of: engine) { found.append("GPU") }
    if engine.plansAhead != plansAhead { found.append("scheduling (here \(engine.plansAhead ? "a" : "")synchronous)") }
    if engine.tensorParallel != tensorParallel { found.append("tensor parallelism") }
    if Self.doublings(Double(engine.model.parameterCount) / parameters) > 0.2 { found.append("model size") }
    return found
  }

  /// Whether it is of an engine's kind of GPU.
  func isOfGPU(of engine: EngineDescription) -> Bool { Self.kind(engine.gpu.name) == Self.kind(gpu) }

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
          title: $0.title, latencyErrors: $0.latencyErrors, throughputErrors: $0.throughputErrors,
          differences: $0.differences(from: self), isOfThisEngine: $0.stack == stackName && $0.isOfGPU(of: self))
      })
  }
}
