import StepTime
import TextIO

extension [PlannedDeployment] {
  /// Gives engines that keep their KV off the GPU as many blocks as there is room for where it goes.
  ///
  /// - Returns: what does not fit.
  mutating func placeOffloaded() -> [String] {
    var problems: [String] = []
    for index in indices where self[index].description.engine.offload != nil {
      let deployment = self[index]
      let name = deployment.name
      var blocks = deployment.hostBlocks
      if deployment.description.paging.destination == .peer {
        blocks = deployment.peerBlocks.min() ?? 0
        if deployment.description.paging.lenders.contains(where: { self[$0].description.lending?.rule == .informer }) {
          problems.append(
            "deployment '\(name)': keeps its KV with a lender that may want its memory back; give it one that always "
              + "lends, 'lend: 20 GB'")
        }
      }
      let weights = deployment.description.offloadedWeightBytes
      blocks -= Int((weights + deployment.budget.blockBytes - 1) / deployment.budget.blockBytes)
      if blocks < 1 {
        problems.append(
          "deployment '\(name)': what is to be kept off the GPU does not fit where 'paging' puts it: "
            + "\(weights > 0 ? "weights take \(Printable.gigabytes(weights)); " : "")raise 'swap_space' or 'lend'")
      }
      self[index].keyValueBlocks = Swift.max(1, Swift.min(blocks, deployment.description.engine.memory.blocks ?? .max))
    }
    return problems
  }
}
