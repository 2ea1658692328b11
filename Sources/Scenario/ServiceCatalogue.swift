import Assembly
import Configuration
import Hardware
import HardwareCatalogue
import SimCore

/// Models that serve batches in a fixed time, as the program carries them: `services/services.yaml` of the catalogue.
public enum ServiceCatalogue {
  /// One of them.
  public struct Entry: Sendable {
    public var name: String
    /// The model, and what a request of it is.
    public var title: String
    /// On the GPU that its times are of.
    public var service: FixedService
    public var gpu: GPUSpec
    /// Whether its times go by the GPU's computing rate, or else by its memory bandwidth.
    public var isBoundByCompute: Bool
    public var memorySource: String
    public var timeSource: String

    /// The service on another GPU: its times by the peak rate of what binds the model (assumption).
    public func service(on other: GPUSpec) -> FixedService {
      let ratio =
        isBoundByCompute
        ? gpu.peakBF16.value / other.peakBF16.value : gpu.memoryBandwidth.value / other.memoryBandwidth.value
      func scaled(_ time: SimDuration) -> SimDuration { SimDuration(seconds: time.seconds * ratio) }
      var scaledService = service
      scaledService.perBatch = scaled(service.perBatch)
      scaledService.perRequest = scaled(service.perRequest)
      scaledService.least = scaled(service.least)
      return scaledService
    }
  }

  /// The names, in order.
  public static var names: [String] { all.map(\.name) }

  public static func entry(named name: String) -> Entry? { all.first { $0.name == name } }

  /// All of them.
  ///
  /// - Precondition: the embedded file is sound; a test reads it.
  public static let all: [Entry] = {
    let path = "services/services.yaml"
    return section.embedded(path).list("services").compactMap(\.map).map { one in
      guard let gpu = one.text("gpu").flatMap({ HardwareCatalogue.gpu(named: $0) }) else {
        preconditionFailure("\(path): no GPU '\(one.text("gpu") ?? "")'")
      }
      return Entry(
        name: one.text("name") ?? "", title: one.text("title") ?? "",
        service: FixedService(
          maxBatch: one.integer("max_batch") ?? 1, memory: Int64(one.bytes("memory") ?? 0),
          perBatch: one.duration("per_batch") ?? .zero, perRequest: one.duration("per_request") ?? .zero,
          least: one.duration("least") ?? .zero), gpu: gpu,
        isBoundByCompute: one.text("bound_by") == "compute", memorySource: one.text("memory_source") ?? "",
        timeSource: one.text("time_source") ?? "")
    }
  }()

  private static let time = ValueKind.duration(.within(.zero ... .seconds(86_400)))

  private static let section = Section(
    "services", "Models that serve batches in a fixed time.",
    [
      Key(
        "services",
        .list(
          of: .mapping(
            Section(
              "service", "One of them.",
              [
                Key("name", .identifier, .required, "What scenarios call it."),
                Key("title", .text, .required, "The model, and what a request of it is."),
                Key("max_batch", .integer(.within(1...65_536)), .required, "Requests in a batch at most."),
                Key("memory", .bytes(.atLeast(1)), .required, "What it holds of the GPU's memory."),
                Key("memory_source", .text, .required, "Where that comes from."),
                Key("gpu", .identifier, .required, "The GPU that its times are of."),
                Key(
                  "bound_by", .choice(noun: "bound", ["compute", "memory"]), .required, "What times go by elsewhere."),
                Key("per_batch", time, .required, "Of each batch."),
                Key("per_request", time, .required, "Of each request of a batch."),
                Key("least", time, .required, "No batch takes less."),
                Key("time_source", .text, .required, "Where these come from."),
              ])), atLeast: 1), .required, "One for each model.")
    ])
}
