import Assembly
import Catalogue
import Fitting
import StepTime
import TestSupport
import Testing

@testable import Validation

/// Host and launches found from a kit of one's own.
struct HostCalibrationTests {
  private static func experiment(_ letter: String, _ name: String) throws -> MeasuredExperiment {
    let kit = try KitReader.read(path: RecordedData.kit(letter))
    return try #require(kit.experiments.first { $0.name == name })
  }

  /// Costs with a host's factors are the usual costs at that pace: what the profile says is what was fitted.
  @Test("a host's factors in the costs are the same as its pace", arguments: [0.8, 1.3])
  func sameAsPace(pace: Double) throws {
    let experiment = try Self.experiment("C", "C_queue")
    let usual = try experiment.bound().step.cost
    var options = PredictionOptions()
    options.hostFactors = HostFactors(pace: pace)
    let changed = try experiment.bound(options).step.cost
    for step in experiment.steps.prefix(300) {
      let (a, b) = (usual.seconds(of: step, pace: pace), changed.seconds(of: step))
      #expect(abs(try #require(a) - (try #require(b))) < 1e-6, "\(step)")
    }
  }

  /// Steps as long as the model says under a host that was chosen.
  @Test("a host that was planted is found, also in what was left out")
  func planted() throws {
    var experiment = try Self.experiment("C", "C_queue")
    var options = PredictionOptions()
    let planted = HostFactors(pace: 1.3, launch: 0.7)
    options.hostFactors = planted
    let cost = try experiment.bound(options).step.cost
    var met: Set<Int> = []
    var start = 0.0
    experiment.steps = try experiment.steps.map { step in
      var step = step
      let isNew = !step.chunks.isEmpty && met.insert(step.tokens).inserted
      step.duration = try #require(cost.seconds(of: step, isNewSize: isNew))
      step.start = start
      start += step.duration + 1e-3
      return step
    }
    let found = try HostCalibration([experiment])
    #expect(abs(found.factors.pace - planted.pace) < 0.02 && abs(found.factors.launch - planted.launch) < 0.02)
    #expect(found.showsLaunches && found.after.median < 0.005 && found.before.median > 0.02)
  }

  /// The host was slow in this run: 1.12 of its usual time by its own log, which the calibration does not look at. Its
  /// speed changed within the run, so one factor for all of it leaves the median error as it was.
  @Test("a recording's host is near the one that its log tells of; tail and sum of steps left out are better")
  func recorded() throws {
    let found = try HostCalibration([try Self.experiment("C", "C_queue")])
    let logged = try #require(found.logged)
    #expect(abs(found.factors.pace / logged - 1) < 0.1, "\(found.factors), \(logged)")
    #expect(found.after.p95 < 0.8 * found.before.p95 && abs(found.after.total) < 0.3 * abs(found.before.total))
    #expect(found.latencies.isEmpty && found.parts.contains("fifth"))
  }

  @Test("the profile has the kernel times it was found with, and every stack takes its costs")
  func profile() throws {
    let experiment = try Self.experiment("C", "C_queue")
    let found = try HostCalibration([experiment])
    let text = try #require(Catalogue.text("profiles/\(found.profile).csv"))
    let document = try found.profile(text, file: "own.csv")
    let profile = try StepTimeProfile(text: document.description, file: "own.csv")
    let engine = try #require(profile.engines.first)
    #expect(profile.engines.count == 1 && engine.name == HostCalibration.engineName)
    #expect(!EngineLibrary.names.contains(engine.name))
    var options = PredictionOptions(profile: profile)
    let own = try experiment.bound(options)
    #expect(own.engine.bound.costs.name == HostCalibration.engineName)
    options = PredictionOptions()
    options.hostFactors = found.factors
    let same = try experiment.bound(options)
    for step in experiment.steps.prefix(100) {
      let (a, b) = (own.step.cost.seconds(of: step), same.step.cost.seconds(of: step))
      #expect(abs(try #require(a) - (try #require(b))) < 2e-6)
    }
  }

  @Test("what a kit does not tell is refused")
  func refused() throws {
    let experiment = try Self.experiment("C", "C_queue")
    func message(_ experiments: [MeasuredExperiment]) -> String {
      do { return "\(try HostCalibration(experiments))" } catch { return "\(error)" }
    }
    var bare = experiment
    bare.steps = []
    #expect(message([bare]).contains("no experiment has the engine's steps"))
    var short = experiment
    short.steps = Array(experiment.steps.prefix(50))
    #expect(message([short]).contains("50 logged steps tell too little"))
    var ahead = experiment
    ahead.name = "other"
    ahead.engine.plansAhead = true
    #expect(message([experiment, ahead]).contains("other is of another engine than C_queue"))
    for index in ahead.steps.indices { ahead.steps[index].hostTime = nil }
    #expect(message([ahead]).contains("record once with synchronous scheduling"))
  }
}
