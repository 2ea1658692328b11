import Foundation
import StepTime
import TestSupport
import Testing

@testable import Validation

/// Points simulated and compared: what outcomes add up to, and the bounds that the published ones are held to.
struct SuiteRunTests {
  private static let rows =
    "input_len,output_len,num_prompts,elapsed_s,in_plus_out_tok_s\n128,64,4,2.0,384\n128,64,8,2.0,768\n"

  private func folder(_ text: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "suite-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: folder.appending(path: "points.csv"))
    return folder.path
  }

  @Test("the same outcomes in the same order, however many are simulated at once")
  func jobs() async throws {
    let folder = try folder(Self.rows)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let one = try await ValidationSuite.run(folder: folder, jobs: 1)
    let two = try await ValidationSuite.run(folder: folder, jobs: 2)
    #expect(one.outcomes.map(\.predicted) == two.outcomes.map(\.predicted))
    #expect(one.outcomes.map(\.point.place) == ["points.csv:2", "points.csv:3"])
    let makespans = one.outcomes.compactMap { $0.predicted.first ?? nil }
    #expect(makespans.count == 2 && makespans.allSatisfy { $0 > 1 && $0 < 20 })
  }

  @Test("a stack of the same name stands in, and a slower one predicts more")
  func otherEngine() async throws {
    let folder = try folder(Self.rows)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var slow = try EngineLibrary.costs(named: "vllm-v0")
    slow.perStep += 10e-3
    let usual = try await ValidationSuite.run(folder: folder)
    let slower = try await ValidationSuite.run(folder: folder, engines: [slow])
    let added = try #require(slower.outcomes[0].predicted[0]) - (try #require(usual.outcomes[0].predicted[0]))
    #expect(added > 0.6 && added < 0.7)  // some 64 iterations
  }

  @Test("a model too large for its GPUs is listed, not guessed")
  func tooLarge() async throws {
    let folder = try folder(
      "model,gpu,tp,precision,isl,osl,num_requests,total_output_tok_per_s\nLlama-3.1-405B,H100,1,fp8,128,128,10,1\n")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let report = try await ValidationSuite.run(folder: folder)
    #expect(report.outcomes[0].predicted == [nil])
    #expect(report.outcomes[0].obstacle?.contains("leave no room for KV") == true)
    #expect(report.obstacles.map(\.count) == [1])
  }

  @Test("spreads: bias with its sign, absolute errors without")
  func spreads() {
    let spread = SuiteReport.Spread(["a"], "tpot mean", [0.1, -0.2, 0.3])
    #expect(abs(spread.bias - 0.2 / 3) < 1e-12 && abs(spread.meanAbsolute - 0.2) < 1e-12)
    #expect(spread.medianAbsolute == 0.2 && spread.worst == 0.3 && spread.count == 3)
    let ten = SuiteReport.Spread(["a"], "tpot mean", (1...10).map(Double.init))
    #expect(ten.medianAbsolute == 5.5 && ten.p90Absolute == 9)
  }

  @Test("a fit finds the constant that made its points")
  func fit() throws {
    let folder = try folder(Self.rows)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var truth = try EngineLibrary.costs(named: "vllm-v0")
    truth.perStep = 7e-3
    let bindings = SuiteBindings()
    let points = try SuiteFolder.points(in: folder).map { point in
      var point = point
      let seconds = try #require(try point.served(by: [truth]).outcome(bindings).predicted[0])
      point.measured = [.init(metric: .makespan, value: seconds)]
      return point
    }
    let task = SuiteFit.Assignment(engine: "vllm-v0", subset: "all", constants: [.perStep], includes: { _ in true })
    let fit = try SuiteFit.fit(task, points: points)
    #expect(abs(fit.constants[0].value - 7) < 0.05)
    let nothing = SuiteFit.Assignment(
      engine: "vllm-v0", subset: "none", constants: [.perStep], includes: { _ in false })
    #expect(throws: SuiteError.self) { try SuiteFit.fit(nothing, points: points) }
  }
}

/// Llama-3.1-70B as InferenceX measured it, where the points have been fetched: constants are fitted on the points of
/// 1024 tokens in and out (vLLM on H100; TensorRT-LLM on H200, TP 2 and 8), the rest is predicted.
@Suite(has("e2e_inferencex_h100_h200/e2e_points.csv.gz"))
struct PublishedPointDataTests {
  @Test(
    "Llama-3.1-70B: time per output token within 4 % on average and 12 % at worst, first token within 12 % on average",
    arguments: [("H100", "vllm", 25), ("H200", "vllm", 20), ("H200", "trtllm", 36)])
  func seventyBillion(gpu: String, engine: String, count: Int) throws {
    let file = try #require(RecordedData.published("e2e_inferencex_h100_h200/e2e_points.csv.gz"))
    let bindings = SuiteBindings()
    let outcomes = try SuiteFolder.points(in: URL(filePath: file).deletingLastPathComponent().path)
      .filter { $0.model.contains("Llama-3.1-70B") && $0.gpu == gpu && $0.engine.hasPrefix(engine) }
      .map { try $0.outcome(bindings) }
    let spreads = SuiteReport(outcomes: outcomes).spreads { _ in [] }
    let perToken = try #require(spreads.first { $0.metric == "tpot mean" })
    let first = try #require(spreads.first { $0.metric == "ttft mean" })
    #expect(perToken.count >= count)
    #expect(perToken.meanAbsolute < 0.04 && perToken.worst < 0.12, "\(perToken)")
    #expect(first.meanAbsolute < 0.12, "\(first)")
  }
}
