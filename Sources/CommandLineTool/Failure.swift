import Assembly
import Calibration
import Catalogue
import Cluster
import Configuration
import Experiments
import Fitting
import LoopbackServer
import Metrics
import Models
import Report
import ResultsStore
import Scenario
import Statistics
import StepTime
import TextIO
import Validation
import Workload

/// Why a command stopped: the lines to print and the exit status.
struct Failure: Error {
  var status: CommandStatus
  /// Complete lines, each with its place and the word `error` where it has them.
  var lines: [String]

  init(_ status: CommandStatus, _ lines: [String]) {
    self.status = status
    self.lines = lines
  }

  /// A failure with one message that has no place in a file.
  init(_ status: CommandStatus, _ message: String) { self.init(status, ["error: " + message]) }

  /// Every error that was found in what the user wrote. When all of them are about files that cannot be read, that is
  /// what went wrong; when all are about arguments, the usage was.
  init(_ diagnostics: Diagnostics) { self.init(diagnostics.all) }

  init(_ diagnostics: [Diagnostic]) {
    let errors = diagnostics.filter { $0.severity == .error }
    let isUsage = errors.allSatisfy { if case .argument = $0.position { true } else { false } }
    let status: CommandStatus = errors.allSatisfy(\.isUnreadableFile) ? .unreadable : isUsage ? .usage : .badInput
    self.init(status, diagnostics.map(\.description))
  }

  /// What an error of any module means to the user.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let file as UnreadableFile: self.init(.unreadable, [file.description])
    case let output as OutputError: self.init(.unwritable, output.description)
    case let workload as WorkloadError: self.init(workload)
    case let store as StoreError: self.init(store)
    case let scenarios as UnplannableScenarios:
      self.init(.badInput, scenarios.problems.map { "\($0.path): error: \($0.problem)" })
    case let baseline as BaselineProblems: self.init(.badInput, baseline.lines)
    case let scenario as ScenarioSource.Unresolvable: self.init(scenario.diagnostics)
    case let unseen as UnseenEngines:
      self.init(.badInput, unseen.problems.map { "error: '--with-model-error': " + $0 })
    case let load as UnscalableLoad: self.init(.badInput, [load.description])
    case let capacity as CapacityStudy.NoTargets: self.init(.badInput, [capacity.description])
    case let stopped as StoppedRuns: self.init(stopped)
    case let several as TimelineRequest.SeveralRuns: self.init(several)
    case let story as NoStory: self.init(.usage, story.description)
    case let planning as PlanningError: self.init(.badInput, planning.problems.map { "error: " + $0 })
    case let profile as ProfileError: self.init(.badInput, [profile.description])
    case let model as ModelConfigurationError: self.init(.badInput, [model.description])
    case let degree as TensorParallelError: self.init(.badInput, degree.description)
    case let suite as SuiteError: self.init(.badInput, [suite.description])
    case let server as LoopbackServer.CannotListen: self.init(.unavailable, server.description)
    case let machine as NoGPU: self.init(.unavailable, machine.description)
    case let fit as FitError: self.init(.badInput, [fit.hasPlace ? fit.description : "error: " + fit.description])
    case let text as ProfileTextError: self.init(.badInput, [text.description])
    case let kit as KitError: self.init(.badInput, [kit.description])
    case let unknown as UnknownExperiment:
      self = Listing.unknown(unknown.name, noun: "experiment", plural: "experiments", among: unknown.known)
    case let log as UndescribedLog:
      let fact = log.lacks == .gpu ? "GPU" : "model"
      self.init(.usage, "\(log.path) is no kit and does not name its \(fact): give '--\(log.lacks.rawValue)'")
    case let problems as KitProblems: self.init(.badInput, problems.diagnostics.map(\.description))
    case let baseline as RatioTable.UnknownBaseline: self.init(.usage, baseline.description)
    case let mismatch as Study.Mismatch: self.init(.badInput, [mismatch.description])
    case let mismatch as ResultSet.Mismatch: self.init(.badInput, mismatch.description)
    case is CancellationError: self.init(.interrupted, ["interrupted"])
    case let long as RunTooLong: self.init(.badInput, long.description)
    case let fault as EngineFault: self.init(broken: fault.description)
    case let law as BrokenLaw: self.init(broken: law.description)
    default: self.init(broken: "an error of type \(type(of: error)) was not expected")
    }
  }

  private init(broken what: String) {
    self.init(
      .brokenInvariant,
      [
        "error: \(what)",
        "This is a bug in Spillway \(SpillwayCommand.version), not a mistake of yours; the results are void.",
      ])
  }

  private init(_ several: TimelineRequest.SeveralRuns) {
    var found: [String] = []
    var advice: [String] = []
    if several.policies.count != 1 {
      found.append("\(several.policies.count) policies (\(several.policies.joined(separator: ", ")))")
      advice.append("'--policy NAME'")
    }
    if several.variants.count > 1 {
      found.append("\(several.variants.count) variants (\(several.variants.joined(separator: ", ")))")
      advice.append("'--variant NAME'")
    }
    if several.replications != 1 {
      found.append("\(several.replications) replications")
      advice.append("'--replications 1'")
    }
    self.init(
      .usage,
      "'--timeline' tells of one run, found \(found.joined(separator: " and ")); choose with "
        + advice.joined(separator: " and "))
  }

  private init(_ stopped: StoppedRuns) {
    let total = "\(stopped.total) run\(stopped.total == 1 ? "" : "s")"
    let kept = stopped.areStored ? ": \(stopped.finished) of \(total) finished and kept in the store" : ""
    self.init(.interrupted, ["interrupted" + kept])
  }

  private init(_ error: WorkloadError) {
    let status: CommandStatus =
      switch error.kind {
      case .unreadableFile: .unreadable
      case .badContents, .badDescription: .badInput
      case .unwritableFile: .unwritable
      }
    self.init(status, [error.file == nil ? "error: " + error.description : error.description])
  }

  private init(_ error: StoreError) {
    let status: CommandStatus =
      switch error {
      case .busy: .busy
      case .unwritable, .notAStore: .unwritable
      case .unreadable: .unreadable
      case .inconsistent: .brokenInvariant
      }
    self.init(status, error.description)
  }
}
