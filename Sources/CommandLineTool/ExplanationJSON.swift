import Assembly
import Experiments
import Hardware
import Scenario
import SimCore
import StepTime

/// `explain` as JSON: the same facts in bytes, tokens and seconds.
enum ExplanationJSON {
  static func text(_ scenario: ResolvedScenario, _ deployments: [ExplainedDeployment]) -> String {
    JSONText.object(
      [
        ("schema_version", .integer(1)),
        (
          "scenario",
          .object([
            ("name", .string(scenario.name)), ("path", .string(scenario.path)), ("sha256", .string(scenario.digest)),
            ("resolved", .string(scenario.canonicalText)),
          ])
        ),
        ("spillway_version", .string(SpillwayCommand.version)),
        ("deployments", .array(deployments.map(json))),
      ] + ServiceExplanation.json(scenario)
    ).document
  }

  private static func json(_ deployment: ExplainedDeployment) -> JSONText {
    let planned = deployment.planned
    return .object([
      ("name", .string(planned.name)), ("model", .string(planned.description.modelName)),
      ("gpu", .string(planned.server.gpu.name)),
      ("tensor_parallel", .integer(planned.description.engine.tensorParallel)),
      ("profile", profile(deployment)),
      (
        "engine",
        .object([
          ("name", .string(deployment.engine.name)),
          (
            "settings",
            .array(
              deployment.engine.settings.map {
                .object([("key", .string($0.key)), ("value", .string($0.value)), ("source", .string($0.source))])
              })
          ), ("not_modelled", .array(deployment.engine.notModelled.map { .string($0) })),
        ])
      ),
      ("replicas", .array(planned.replicas.map { .array($0.map { .integer($0) }) })),
      ("memory_per_gpu", memory(deployment)), ("step_time", stepTime(planned.step)),
      (
        "examples",
        .array(
          deployment.examples.map {
            .object([
              ("name", .string($0.name)), ("seconds", .number($0.duration.seconds)),
              ("tokens_per_second", .number($0.tokensPerSecond)),
            ])
          })
      ),
      ("typical_request", typical(deployment.typical)),
      ("paging", .array(deployment.paging.map(json))),
      ("capacity", deployment.capacity.map(json) ?? .null),
    ])
  }

  private static func profile(_ deployment: ExplainedDeployment) -> JSONText {
    guard let profile = deployment.planned.server.profile else { return .null }
    return .object([
      ("path", .string(profile.path)), ("kernel_times", .boolean(deployment.profileHasKernelTimes)),
      ("fields", .array(profile.fields.map { .string($0) })),
    ])
  }

  private static func memory(_ deployment: ExplainedDeployment) -> JSONText {
    let planned = deployment.planned
    let budget = planned.budget
    return .object([
      ("usable_bytes", .integer(budget.usable)), ("weight_bytes", .integer(budget.weights)),
      ("reserve_bytes", .integer(budget.reserve)), ("reserve_source", .string(budget.reserveSource)),
      ("lent_bytes", .integer(planned.lentBytesPerGPU)), ("kv_pool_bytes", .integer(deployment.keptBytes)),
      ("kv_block_bytes", .integer(budget.blockBytes)), ("kv_block_size", .integer(budget.blockSize)),
      ("kv_blocks", .integer(planned.keyValueBlocks)), ("kv_tokens", .integer(deployment.keyValueTokens)),
      ("host_blocks", .integer(planned.hostBlocks)),
      ("peer_blocks", .array(planned.peerBlocks.map { .integer($0) })),
      ("lender_gpus", .array(planned.lenders.map { .array($0.map { .integer($0) }) })),
    ])
  }

  private static func stepTime(_ step: BoundStep) -> JSONText {
    .object([
      (
        "parts",
        .array(
          step.parts.map {
            .object([
              ("name", .string($0.name)), ("basis", .string($0.basis.rawValue)), ("source", .string($0.source)),
              ("decode_seconds", .number($0.decodeSeconds)), ("prefill_seconds", .number($0.prefillSeconds)),
            ])
          })
      ),
      ("notes", .array(step.notes.map { .string($0) })),
    ])
  }

  private static func typical(_ typical: TypicalRequest?) -> JSONText {
    guard let typical else { return .null }
    return .object([
      ("prompt_tokens", .number(typical.promptTokens)), ("output_tokens", .number(typical.outputTokens)),
      ("resident_tokens", .number(typical.residentTokens)), ("requests_drawn", .integer(typical.count)),
      (
        "offered",
        typical.offered.map {
          .object([
            ("seconds", .number($0.span)), ("requests_per_second", .number($0.requestsPerSecond)),
            ("busiest_minute_requests_per_second", $0.busiestMinute.map { .number($0) } ?? .null),
          ])
        } ?? .null
      ),
    ])
  }

  private static func json(_ example: PagingExample) -> JSONText {
    .object([
      ("place", .string(example.place)), ("blocks", .integer(example.blocks)), ("bytes", .integer(example.bytes)),
      ("out_seconds", .number(example.out.seconds)), ("back_seconds", .number(example.back.seconds)),
    ])
  }

  private static func json(_ capacity: CapacityEstimate) -> JSONText {
    .object([
      ("batch", .integer(capacity.batch)), ("limited_by", .string(capacity.limit.rawValue)),
      ("decode_iteration_seconds", .number(capacity.decodeStep.seconds)),
      ("requests_per_second", .number(capacity.requestsPerSecond)),
      ("output_tokens_per_second", .number(capacity.outputTokensPerSecond)),
      (
        "time_shares",
        .array(capacity.shares.map { .object([("part", .string($0.name)), ("fraction", .number($0.fraction))]) })
      ),
    ])
  }
}
