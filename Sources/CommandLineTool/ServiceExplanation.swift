import Assembly
import Hardware
import Scenario
import SimCore

/// What `explain` tells of services.
enum ServiceExplanation {
  static func text(_ service: ResolvedService, in scenario: ResolvedScenario, width: Int) -> String {
    let count = service.placement.count
    let gpu = scenario.servers[service.placement[0].server].gpu
    var rows = [
      [
        "batches",
        "of up to \(service.service.maxBatch) in \(Amount.time(full(service))), of one in "
          + Amount.time(service.service.time(ofBatch: 1)),
      ],
      ["memory", memory(service, of: gpu)],
      ["saturates", "at \(Amount.digits(capacity(service))) requests/s"],
    ]
    rows += service.sources.map { ["source", $0] }
    return "\(service.name): \(service.modelName) on \(count) replica\(count == 1 ? "" : "s") of 1 x \(gpu.name)\n"
      + Columns.text(rows, indent: 2, width: width)
  }

  private static func memory(_ service: ResolvedService, of gpu: GPUSpec) -> String {
    let held = "the model holds \(Amount.bytes(service.service.memory)) of \(Amount.bytes(gpu.memoryBytes))"
    guard let lending = service.lending else { return held }
    return held + "; \(Amount.bytes(Int64(lending.memory))) are lent "
      + (lending.rule == .batch ? "once a full batch has run" : "throughout")
  }

  private static func full(_ service: ResolvedService) -> SimDuration {
    service.service.time(ofBatch: service.service.maxBatch)
  }

  /// Requests a second of all replicas with full batches.
  private static func capacity(_ service: ResolvedService) -> Double {
    Double(service.service.maxBatch * service.placement.count) / full(service).seconds
  }

  /// A member of `explain`'s document where there are services.
  static func json(_ scenario: ResolvedScenario) -> [(String, JSONText)] {
    guard !scenario.services.isEmpty else { return [] }
    return [
      (
        "services",
        .array(
          scenario.services.map { service in
            .object([
              ("name", .string(service.name)), ("model", .string(service.modelName)),
              ("max_batch", .integer(service.service.maxBatch)),
              ("full_batch_seconds", .number(full(service).seconds)),
              ("requests_per_second", .number(capacity(service))),
              ("memory_bytes", .integer(Int(service.service.memory))),
              ("lent_bytes", .integer(service.lending?.memory ?? 0)),
              ("sources", .array(service.sources.map { .string($0) })),
            ])
          })
      )
    ]
  }
}
