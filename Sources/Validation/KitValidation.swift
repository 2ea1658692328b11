import Cluster
import Metrics
import TextIO

/// The experiments of kits, simulated and compared with what was measured.
public struct KitValidation: Sendable {
  /// The files and folders that the experiments came from.
  public let kits: [String]
  public let bounds: ErrorBounds
  public private(set) var comparisons: [ExperimentComparison] = []
  /// Experiments of which nothing could be predicted, and why.
  public private(set) var omitted: [(name: String, error: any Error)] = []

  /// Every figure of every experiment.
  public var figures: [ComparedFigure] { comparisons.flatMap(\.figures) }
  /// Those that are off by more than their bounds.
  public var outside: [ComparedFigure] { figures.filter { !bounds.holds($0) } }

  /// Simulates and compares. What cannot be predicted of one experiment does not stand in the way of the others.
  ///
  /// - Parameters:
  ///   - experiments: their names; all when empty.
  ///   - replaysSchedule: also simulates with measured durations and compares every iteration's composition.
  /// - Throws: what reading the kits throws; ``UnknownExperiment``; `CancellationError`; `EngineFault` and `BrokenLaw`,
  ///   after which no result can be trusted.
  public init(
    kits: [String], experiments: [String] = [], bounds: ErrorBounds = .target,
    options: PredictionOptions = PredictionOptions(), replaysSchedule: Bool = false,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws {
    try self.init(
      kits: kits, of: try kits.flatMap { try KitReader.read(path: $0).experiments }, experiments: experiments,
      bounds: bounds, options: options, replaysSchedule: replaysSchedule, isCancelled: isCancelled)
  }

  /// The same for experiments that were read already.
  public init(
    kits: [String], of all: [MeasuredExperiment], experiments: [String] = [], bounds: ErrorBounds = .target,
    options: PredictionOptions = PredictionOptions(), replaysSchedule: Bool = false,
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws {
    self.kits = kits
    self.bounds = bounds
    if let name = experiments.first(where: { name in !all.contains { $0.name == name } }) {
      throw UnknownExperiment(name: name, known: all.map(\.name))
    }
    let chosen = experiments.isEmpty ? all : all.filter { experiments.contains($0.name) }
    for (name, experiment) in zip(Self.names(of: chosen.map { ($0.name, $0.file) }), chosen) {
      if isCancelled() { throw CancellationError() }
      do {
        var comparison = try ExperimentComparison(
          experiment, options: options, replaysSchedule: replaysSchedule, isCancelled: isCancelled)
        comparison.rename(to: name)
        comparisons.append(comparison)
      } catch let error where !(error is CancellationError || error is EngineFault || error is BrokenLaw) {
        omitted.append((name, error))
      }
    }
  }

  /// A name for each experiment; those of one name in several files are told apart by their files.
  static func names(of experiments: [(name: String, file: String)]) -> [String] {
    // Each layer of names is used where the one before leaves two experiments with one name.
    var names = experiments.map(\.name)
    func tellApart(_ longer: (Int, (name: String, file: String)) -> String) {
      let counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
      for (index, name) in names.enumerated() where counts[name, default: 0] > 1 {
        names[index] = longer(index, experiments[index])
      }
    }
    tellApart { _, experiment in
      let file = PathText.lastPart(experiment.file)
      return "\(file.prefix { $0 != "." })/\(experiment.name)"
    }
    tellApart { _, experiment in "\(experiment.file)/\(experiment.name)" }
    tellApart { index, experiment in "\(experiment.file)/\(experiment.name) (\(index + 1))" }
    return names
  }
}

/// A name, or a pattern of names, that no experiment of the kits has.
public struct UnknownExperiment: Error, Hashable, Sendable {
  public var name: String
  public var known: [String]
}
