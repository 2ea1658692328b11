import Assembly
import Fitting
import Hardware
import HardwareCatalogue
import StepTime

extension MeasuredExperiment {
  /// The logged iterations as something to fit engine costs to.
  ///
  /// - Parameter gpu: in place of what the kit says it ran on.
  /// - Throws: `KitError` for a GPU of which nothing is known, and for an experiment without steps.
  public func stepLog(gpu: GPURates? = nil) throws -> StepLog {
    guard let gpu = gpu ?? KitHardware.server(for: hardware).map({ GPURates($0.gpu) }) else {
      throw KitError(
        file: file,
        "'\(hardware.gpu)' is no GPU of the catalogue (\(HardwareCatalogue.gpuNames.joined(separator: ", "))); name one"
      )
    }
    let logged = steps.filter { ($0.decodes > 0 || !$0.chunks.isEmpty) && $0.duration >= LoggedStep.leastDuration }
    guard !logged.isEmpty else { throw KitError(file: file, "\(name): no steps were logged") }
    var log = StepLog(
      name: name, model: model, gpu: gpu, tensorParallel: hardware.tensorParallel, cacheType: engine.cacheType,
      captureSizes: engine.isEager ? [] : engine.captureSizes ?? StackLibrary.standard.newest.costs.captureSizes,
      capturesMixedIterations: !engine.isEager && engine.capturesMixedIterations, contextsDiffer: kind != .stepGrid,
      steps: logged.indices.map { index in
        let step = logged[index]
        var duration = step.duration
        // What the engine's loop does before the next iteration is part of what this one costs; a longer pause is the
        // driver's, which makes the next requests.
        if index + 1 < logged.count {
          let gap = logged[index + 1].start - step.start - step.duration
          if gap > 0, gap < 150e-6 { duration += gap }
        }
        return LoggedStep(
          duration: duration, chunks: step.chunks.map { .init(tokens: $0.tokens, cached: $0.cached) },
          decodes: step.decodes, decodeContext: Int64(step.decodeContext), hostTime: step.hostTime)
      })
    log.plansAhead = engine.plansAhead
    return log
  }
}
