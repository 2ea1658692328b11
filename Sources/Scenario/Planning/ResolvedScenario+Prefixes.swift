import Assembly
import Replica
import StepTime
import Workload

extension ResolvedScenario {
  /// What blocks the prompts of each stream are made of, those of streams to one deployment numbered together; nil for
  /// streams that do not say, and for those to engines that cache no prefixes.
  ///
  /// - Throws: `PlanningError` for blocks that the engine's are no multiple or part of; what reading a trace throws.
  func prefixBlocks(_ deployments: [PlannedDeployment], replication: Int) throws -> [PrefixBlocks?] {
    var plans = [PrefixBlocks?](repeating: nil, count: streams.count)
    for (index, deployment) in deployments.enumerated() where deployment.description.engine.cachesPrefixes {
      // Numbers mean the same within a file, and nothing beyond it.
      var files: [String] = []
      var numbers: [[Int: Int]] = []
      var found: [(stream: Int, file: Int, blocks: [[Int]])] = []
      for (number, stream) in streams.enumerated() where stream.deployment == index {
        guard let path = stream.tracePath,
          let prompts = try stream.workload.promptBlocks(seed: seed, replication: replication)
        else { continue }
        let name = "\(path) by \(prompts.tokens)"
        let file = files.firstIndex(of: name) ?? files.count
        if file == files.count {
          files.append(name)
          numbers.append([:])
        }
        let size = deployment.budget.blockSize
        guard let blocks = prompts.blocks(of: size, numberedBy: &numbers[file]) else {
          throw PlanningError([
            "deployment '\(deployment.name)': the trace of '\(stream.name)' names blocks of \(prompts.tokens) tokens, "
              + "the engine's hold \(size); one must be a multiple of the other, or 'enable_prefix_caching' false"
          ])
        }
        found.append((number, file, blocks))
      }
      let together = PrefixBlocks.together(
        found.map { one in one.blocks.map { request in request.map { $0 * files.count + one.file } } })
      for (one, blocks) in zip(found, together) { plans[one.stream] = blocks }
    }
    return plans
  }
}

extension ResolvedScenario {
  /// The first stream that replays the same trace: prefix groups and sessions are numbered alike within a file.
  func prefixOrigin(of stream: ResolvedStream) -> Int? {
    guard let path = stream.tracePath else { return nil }
    return streams.firstIndex { $0.tracePath == path }
  }
}

extension ResolvedStream {
  fileprivate var tracePath: String? {
    guard case .trace(let trace) = workload.arrivals else { return nil }
    return trace.path
  }
}
