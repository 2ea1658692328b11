import TestSupport
import Testing
import Validation

/// Our own recording of sessions behind a system prompt, served with prefix caching by vLLM 0.20.2 on an H100.
///
/// It takes seconds, for the 4,846 iterations of the recording are simulated twice.
@Suite struct PrefixKitTests {
  @Test("the schedule is vLLM's, step by step, and latencies are near with a host of which nothing is known")
  func sessions() throws {
    let path = RecordedData.committed("Kits/vllm-h100-prefix/llama3-8b-G.json.gz")
    let experiment = try #require(try KitReader.read(path: path).experiments.first)
    let comparison = try ExperimentComparison(
      experiment, options: PredictionOptions(host: .usual), replaysSchedule: true)
    let schedule = try #require(comparison.schedule)
    #expect(schedule.equal == 4846 && schedule.measuredSteps == 4846, "\(schedule.firstDifference ?? "")")
    let latencies = comparison.figures.filter { ["ttft", "tpot", "e2el"].contains($0.metric.rawValue) }
    #expect(latencies.count == 12)
    let errors = latencies.map { abs($0.predicted / $0.measured - 1) }
    #expect(errors.reduce(0, +) / 12 < 0.05 && errors.allSatisfy { $0 < 0.15 }, "\(errors)")
  }
}
