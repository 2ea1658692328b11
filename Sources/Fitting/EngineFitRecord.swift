import Catalogue
import Foundation
import Models
import Statistics
import StepTime
import TextIO

/// A fit with what it rests on, as a profile keeps it.
public struct EngineFitRecord: Sendable {
  public let fit: EngineFit
  public let logs: [StepLog]
  /// Where the kernel times come from.
  public let kernels: String

  public init(_ fit: EngineFit, logs: [StepLog], kernels: String) {
    self.fit = fit
    self.logs = logs
    self.kernels = kernels
  }

  /// How many steps of which logs, models and GPUs.
  public var sources: String {
    let models = Set(logs.map(\.model.name)).sorted().joined(separator: ", ")
    let gpus = Set(logs.map(\.gpu.name)).sorted().joined(separator: ", ")
    let steps = Printable.count(fit.steps.count)
    var names: [String] = []
    for log in logs where !names.contains(log.name) { names.append(log.name) }
    return "\(steps) steps of \(names.joined(separator: ", ")): \(models) on \(gpus)"
  }

  /// The costs as a profile's section for each profile of kernel times, with what they were fitted to.
  public var documents: [(profile: String, document: ProfileDocument)] {
    fit.byKernels.map { ($0.profile, document($0.costs, profile: $0.profile)) }
  }

  private func document(_ costs: EngineCosts, profile: String) -> ProfileDocument {
    var engine = costs
    let terms = fit.terms.filter { $0.profile == nil || $0.profile == profile }
    engine.provenance =
      ["fitted to \(sources); kernel times of \(fit.byKernels.count > 1 ? "profile \(profile)" : kernels)"]
      + terms.map { "\($0.term.rawValue): \($0.value), 95 % interval \($0.interval)" }
      + [
        "cross-validated errors: \(Self.words(fit.crossValidated))"
          + (fit.givenHostSpeed.map { "; with the host's speed known: \(Self.words($0))" } ?? "")
      ] + fit.leftOut.map { "errors on \($0.name), of which nothing was learned: \(Self.words($0.errors))" } + host
      + fit.assumptions
    return ProfileDocument(
      file: "", comments: ["Engine costs as spillway fit found them.", "source: \(sources)"],
      sections: [EngineCosts.section([engine])])
  }

  /// What the host spends by itself, where the logs say.
  public var host: [String] {
    guard let host = fit.costs.host else { return [] }
    func time(_ seconds: Double) -> String { EngineFit.Term.number(seconds * 1e6) + " us" }
    var sentences = [
      "the host by itself, usually: \(time(host.perStep)) per step, \(time(host.perDecode)) per decoding sequence, "
        + "\(time(host.perChunk)) per prompt or chunk, \(time(host.perPromptToken)) per prompt token"
    ]
    if host.launchPerLayer > 0 || host.launchPerBrokenLayer > 0 {
      sentences.append(
        "launching a layer without a graph: \(time(host.launchPerLayer)), and \(time(host.launchOfNewSize)) for "
          + "a number of "
          + "tokens not met before; with its graph broken at the attention: \(time(host.launchPerBrokenLayer)); "
          + "chosen so "
          + "that the absolute errors of steps with prompts are least, all together")
    }
    if let workers = host.workers {
      sentences.append(
        "the same of the slowest of several GPUs' workers: \(time(workers.launchPerLayer)) and "
          + time(workers.launchPerBrokenLayer))
    }
    return sentences
  }

  /// A share with two decimals: `3.65 %`.
  public static func percent(_ value: Double) -> String { String(format: "%.2f %%", value * 100) }

  private static func words(_ errors: FitErrors) -> String {
    "median \(percent(errors.median)), 95th percentile \(percent(errors.p95)), "
      + "all steps together \(String(format: "%+.2f %%", errors.total * 100))"
  }
}

extension EngineFit.Term {
  /// What it is called, with the profile whose kernels it belongs to where there are several.
  public var name: String { term.rawValue + (profile.map { ", \($0)" } ?? "") }

  /// The estimate with its unit.
  public var value: String {
    let estimate = coefficient.estimate
    return term.isTime ? Self.number(estimate * 1e6) + " us" : Self.number(estimate)
  }

  /// The 95 % interval with its unit.
  public var interval: String {
    if coefficient.heldAtZero { return "none: held at zero" }
    let scale = term.isTime ? 1e6 : 1
    let interval = coefficient.interval
    return "\(Self.number(interval.lowerBound * scale)) to \(Self.number(interval.upperBound * scale))"
      + (term.isTime ? " us" : "")
  }

  /// Four significant digits.
  static func number(_ value: Double) -> String { String(format: "%.4g", value) }
}
