import Foundation
import SimCore
import TestSupport
import Testing
import Workload

@Suite struct TraceToolTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [false, true]) func `What is generated reads back the same`(gzip: Bool) throws {
    let chat = stream(
      .gamma(rate: 5, cv: 2, endsAtMean: false), requests: 3000, output: LengthDistribution(.gamma(mean: 100, cv: 1)))
    var code = stream(.poisson(rate: 3), duration: .seconds(300), name: "code")
    code.components[0].requestClass = .offline
    code.components[0].tenant = 2
    code.components[0].priority = 9
    code.components[0].deadline = .milliseconds(1500)
    let path = folder.path + "/out.csv"
    let count = try TraceTools.generate([chat, code], seed: 7, to: path, gzip: gzip)
    let expected = try (requests(chat, seed: 7) + requests(code, seed: 7)).sorted { $0.arrival < $1.arrival }
    let read = try requests(
      WorkloadStream(
        name: "t", arrivals: .trace(TraceDescription(path: path)), components: [WorkloadComponent(lengths: .recorded)]))
    #expect(count == expected.count && read.count == count)
    for (a, b) in zip(read, expected) {
      #expect(a.arrival == b.arrival && a.promptTokens == b.promptTokens && a.outputTokens == b.outputTokens)
      #expect(a.requestClass == b.requestClass && a.tenant == b.tenant && a.priority == b.priority)
      #expect(a.deadline == b.deadline && (a.deadline != nil) == (a.tenant == 2))
    }
    #expect(try folder.files == ["out.csv"])
  }

  @Test func `Without deadlines there is no column for them`() throws {
    let path = folder.path + "/out.csv"
    try TraceTools.generate([stream(.poisson(rate: 5), requests: 3)], seed: 7, to: path)
    #expect(
      try String(contentsOfFile: path, encoding: .utf8).hasPrefix(
        "arrival_s,prompt_tokens,output_tokens,class,tenant,priority\n"))
    try TraceTools.convert(TraceDescription(path: path), to: folder.path + "/again.csv")
    #expect(
      try String(contentsOfFile: folder.path + "/again.csv", encoding: .utf8)
        == String(contentsOfFile: path, encoding: .utf8))
  }

  @Test func `A closed loop and an endless stream can't be generated`() throws {
    let loop = ClosedLoop(users: 1, thinkTime: .fixed(seconds: 1), firstRequests: .together)
    for description in [stream(.closedLoop(loop), requests: 4), stream(.poisson(rate: 1))] {
      let error = try #require(throws: WorkloadError.self) {
        try TraceTools.generate([description], seed: 1, to: folder.path + "/out.csv")
      }
      #expect(error.kind == .badDescription)
    }
    #expect(try folder.files == [])
  }

  @Test func `Blocks of prompts are kept in what is converted and generated`() throws {
    let source = try folder.write(
      """
      {"timestamp": 0, "input_length": 900, "output_length": 5, "hash_ids": [3, 8]}
      {"timestamp": 9, "input_length": 600, "output_length": 5, "hash_ids": [3]}
      """)
    let path = folder.path + "/out.csv"
    try TraceTools.convert(TraceDescription(path: source), to: path)
    func replay(_ path: String, _ name: String = "t") -> WorkloadStream {
      WorkloadStream(
        name: name, arrivals: .trace(TraceDescription(path: path)), components: [WorkloadComponent(lengths: .recorded)])
    }
    let kept = try #require(try replay(path).promptBlocks(seed: 1, replication: 0))
    #expect(kept == (try replay(source).promptBlocks(seed: 1, replication: 0)))
    #expect(kept.tokens == 512 && kept.requests.map(\.blocks) == [[3, 8], [3]])
    let again = folder.path + "/again.csv"
    try TraceTools.generate([replay(path), replay(path, "u")], seed: 1, to: again)
    #expect(
      try replay(again).promptBlocks(seed: 1, replication: 0)?.requests.map(\.blocks) == [[3, 8], [3, 8], [3], [3]])
    let error = try #require(throws: WorkloadError.self) {
      try TraceTools.generate([replay(path), replay(source, "u")], seed: 1, to: folder.path + "/both.csv")
    }
    #expect(error.message.contains("number the blocks of their prompts each in its own way"))
  }

  @Test func `A summary of a small trace, by hand`() throws {
    let path = try folder.write("arrival_s,prompt_tokens,output_tokens\n10,1,5\n10.5,2,5\n12,3,5\n15,2000000,9\n")
    let summary = try TraceTools.inspect(TraceDescription(path: path))
    #expect(summary.rows == 4 && summary.duration == .seconds(5) && summary.rate == 0.6)
    // Gaps 0.5, 1.5, 3: mean 5/3, population variance 19/18.
    #expect(abs(summary.gapCV! - (19.0 / 18).squareRoot() / (5.0 / 3)) < 1e-12)
    #expect(summary.prompt.p50 == 2 && summary.prompt.p90 == 2_000_000 && summary.prompt.mean == 500_001.5)
    let output = summary.output
    #expect(output.mean == 6 && output.p50 == 5 && output.p90 == 9 && output.p99 == 9 && output.maximum == 9)
    // Full seconds hold 2, 0, 1, 0, 0 arrivals: mean 0.6, variance 0.8.
    let seconds = summary.windows[0]
    #expect(seconds.count == 5 && seconds.fewest == 0 && seconds.most == 2)
    #expect(abs(seconds.indexOfDispersion! - 0.8 / 0.6) < 1e-12)
  }

  @Test func `Poisson has an index of dispersion of 1, bursts more`() throws {
    func index(_ process: ArrivalProcess) throws -> Double {
      let path = folder.path + "/p.csv"
      try TraceTools.generate([stream(process, duration: .seconds(20_000))], seed: 3, to: path)
      return try #require(TraceTools.inspect(TraceDescription(path: path)).windows[1].indexOfDispersion)
    }
    #expect(abs(try index(.poisson(rate: 2)) - 1) < 4 * (2.0 / 2000).squareRoot())
    #expect(try index(.gamma(rate: 2, cv: 3, endsAtMean: false)) > 4)
  }
}

/// Recorded traces, where they have been fetched.
@Suite struct RecordedTraceDataTests {
  private static func has(_ path: String) -> ConditionTrait {
    .enabled(if: RecordedData.published(path) != nil, Comment(rawValue: RecordedData.isMissing(path)))
  }

  @Test(has("azure_llm_2023/conv.csv.gz"))
  func `Azure conversations`() throws {
    let path = try #require(RecordedData.published("azure_llm_2023/conv.csv.gz"))
    let summary = try TraceTools.inspect(TraceDescription(path: path))
    #expect(summary.report.format == .azure && summary.rows == 19_366)
    #expect(abs(summary.duration.seconds - 3501.721937) < 1e-6)
    #expect(abs(summary.rate! - 5.53) < 0.01 && abs(summary.gapCV! - 1.09) < 0.005)
    #expect(abs(summary.prompt.mean - 1155) < 1 && summary.prompt.p50 == 1020)
    #expect(abs(summary.output.mean - 211) < 1 && summary.output.p50 == 129)
    let minutes = summary.windows[2]
    #expect(minutes.count == 58 && minutes.fewest == 191 && minutes.most == 507)
  }

  @Test(has("azure_llm_2023/code_first35min.csv.gz"))
  func `Azure code`() throws {
    let path = try #require(RecordedData.published("azure_llm_2023/code_first35min.csv.gz"))
    let summary = try TraceTools.inspect(TraceDescription(path: path))
    #expect(summary.rows == 6621 && abs(summary.gapCV! - 12.8) < 0.05)
    #expect(summary.windows[2].fewest == 0)
  }

  @Test(has("mooncake_fast25/conversation_first40min.jsonl.gz"))
  func `Mooncake conversations`() throws {
    let path = try #require(RecordedData.published("mooncake_fast25/conversation_first40min.jsonl.gz"))
    let raw = try TraceTools.inspect(TraceDescription(path: path))
    #expect(raw.report.format == .mooncake && raw.report.unmodelledColumns == [])
    #expect(raw.report.blockColumn == "hash_ids")
    #expect(raw.rows == 7851 && abs(raw.prompt.mean - 12_400) < 100)
    #expect(abs(raw.gapCV! - 3) < 0.3)
    // Spread over their ticks of 3 s, the arrivals are near Poisson.
    let spread = try TraceTools.inspect(TraceDescription(path: path, spread: .seconds(3)))
    #expect(spread.rows == 7851 && abs(spread.gapCV! - 1) < 0.1)
  }

  @Test(has("llmservingsim"))
  func `A validation kit's workload`() throws {
    let path = try #require(RecordedData.published("llmservingsim/kit_RTX4090_Llama-3.1-8B/workload.jsonl.gz"))
    let (rows, report) = try rows(TraceDescription(path: path))
    #expect(report.format == .jsonLines && rows.count == 300)
    #expect(report.unmodelledColumns == ["prefix_block_ids_16tok"])
    #expect(rows[0].arrival.picoseconds == 46_927_000_000 && rows[0].promptTokens == 2358)
  }

  @Test(has("length_distributions"))
  func `Recorded length pairs`() throws {
    for (file, count, prompt) in [
      ("arxiv_summarization_llama2tok.csv.gz", 28_257, 2588.0), ("mlperf_mixtral_8x7b.csv.gz", 15_000, 0),
      ("mlperf_llama3.1_405b.csv.gz", 8313, 0),
    ] {
      let sample = try LengthFile.pairs(try #require(RecordedData.published("length_distributions/" + file)))
      #expect(sample.pairs.count == count)
      if prompt > 0 { #expect(abs(mean(sample.pairs.map { Double($0.prompt) }) - prompt) < 1) }
    }
  }
}
