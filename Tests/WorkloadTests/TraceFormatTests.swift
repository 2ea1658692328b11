import SimCore
import Testing
import Workload

@Suite struct TraceFormatTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func read(_ text: String, _ change: (inout TraceDescription) -> Void = { _ in }) throws
    -> (rows: [TraceRecord], report: TraceReport)
  {
    var description = TraceDescription(path: try folder.write(text))
    change(&description)
    return try rows(description)
  }

  @Test func `Azure: dates, seven digits, the first row is time 0`() throws {
    let (rows, report) = try read(
      """
      TIMESTAMP,ContextTokens,GeneratedTokens
      2023-12-31 23:59:59.9799600,4808,10
      2024-01-01 00:00:00.1799601,3180,8
      2024-01-01T01:00:01+01:00,7,9
      2024-03-01 00:00:00Z,7,9
      """
    ) { $0.to = .seconds(1e6) }
    #expect(report.format == .azure && report.unmodelledColumns == [])
    #expect(rows.map(\.arrival.picoseconds) == [0, 200_000_100_000, 1_020_040_000_000])
    #expect(rows.map(\.promptTokens) == [4808, 3180, 7] && rows.map(\.outputTokens) == [10, 8, 9])
    #expect(report.outsideWindow == 1)
  }

  @Test func `Azure multimodal: images are not modelled`() throws {
    let report = try read("TIMESTAMP,NumImages,ContextTokens,GeneratedTokens\n2025-01-01 00:00:00,3,5,6\n").report
    #expect(report.format == .azure && report.unmodelledColumns == ["NumImages"])
  }

  @Test func `BurstGPT: both layouts by name, failures counted`() throws {
    let six = try read(
      """
      Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type
      5,ChatGPT,472,18,490,Conversation log
      45,ChatGPT,1087,0,1087,Conversation log
      45.5,GPT-4,417,276,693,"API, log"
      """)
    #expect(six.rows.map(\.arrival.seconds) == [0, 40.5] && six.rows.map(\.outputTokens) == [18, 276])
    #expect(six.report.failedRows == 1 && six.report.unmodelledColumns == ["Model"])
    let eight = try read(
      """
      Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type
      100,a,1,GPT-4,472,18,490,API log
      """
    ) { $0.origin = .zero }
    #expect(eight.rows.map(\.arrival.seconds) == [100] && eight.rows[0].promptTokens == 472)
    #expect(eight.report.unmodelledColumns == ["Session ID", "Elapsed time", "Model"])
  }

  @Test func `Mooncake: milliseconds, hash ids name blocks of 512 tokens`() throws {
    let (rows, report) = try read(
      """
      {"timestamp": 27482, "input_length": 6955, "output_length": 52, "hash_ids": [46, 47]}
      { "output_length":1, "x": {"y": ["\\"}", null, true, -1.5e3]}, "input_length": 2 , "timestamp": 27482.5 }
      """)
    #expect(report.format == .mooncake && report.unmodelledColumns == ["x"])
    #expect(report.blockColumn == "hash_ids")
    #expect(rows.map(\.arrival.picoseconds) == [27_482_000_000_000, 27_482_500_000_000])
    #expect(rows.map(\.promptTokens) == [6955, 2])
  }

  @Test func `Blocks of prompts are read under names that say their size`() throws {
    func blocks(_ text: String, tokens: Int? = nil) throws -> PromptBlocks? {
      var trace = TraceDescription(path: try folder.write(text))
      trace.blockTokens = tokens
      let stream = WorkloadStream(
        name: "t", arrivals: .trace(trace), components: [WorkloadComponent(lengths: .recorded)])
      return try stream.promptBlocks(seed: 1, replication: 0)
    }
    let header = "arrival_s,prompt_tokens,output_tokens,"
    let csv = try #require(try blocks(header + "hash_ids_16\n0,40,1,7 9\n1,20,1,7\n2,5,1,\n"))
    #expect(csv.tokens == 16 && csv.requests.map(\.blocks) == [[7, 9], [7], []])
    #expect(csv.requests.map(\.promptTokens) == [40, 20, 5])
    #expect(try blocks(header + "hash_ids\n0,40,1,7\n")?.tokens == 512)
    #expect(try blocks(header + "hash_ids\n0,40,1,7\n", tokens: 64)?.tokens == 64)
    #expect(try blocks(header + "class\n0,40,1,online\n") == nil)
    let simulator = #"{"arrival_s": 0, "prompt_tokens": 33, "output_tokens": 1, "prefix_block_ids_16tok": [4, 5]}"#
    #expect(try blocks(simulator)?.requests == [.init(promptTokens: 33, blocks: [4, 5])])
    for wrong in ["x", "-1", "1,2", "99999999999999999999"] {
      let error = try #require(throws: WorkloadError.self) { try blocks(header + "hash_ids_16\n0,40,1,\"\(wrong)\"\n") }
      #expect(error.line == 2 && error.message.contains("'hash_ids_16' wants whole numbers from 0, apart by spaces"))
    }
    let mixed = #"{"arrival_s": 0, "prompt_tokens": 33, "output_tokens": 1, "hash_ids_16": [4], "hash_ids_32": [4]}"#
    let error = try #require(throws: WorkloadError.self) { try blocks(mixed) }
    #expect(error.message.contains("'hash_ids_32' stands for blocks of 32 tokens, an earlier one for 16"))
  }

  @Test func `Blocks of a trace are split into, or joined to, an engine's`() throws {
    let prompts = PromptBlocks(
      tokens: 32,
      requests: [.init(promptTokens: 100, blocks: [7, 9, 11, 12]), .init(promptTokens: 70, blocks: [7, 10, 13])])
    var numbers: [Int: Int] = [:]
    // 100 tokens are six full blocks of 16: those of 7 and 9, each in two, and of 11.
    let split = try #require(prompts.blocks(of: 16, numberedBy: &numbers))
    #expect(split.map(\.count) == [6, 4])
    #expect(split[0].prefix(2) == split[1].prefix(2) && split[0][2] != split[1][2])
    #expect(Set(split[0] + split[1]).count == 8)
    numbers = [:]
    // Of two blocks the last stands for both, since it says what came before it.
    #expect(prompts.blocks(of: 64, numberedBy: &numbers) == [[0], [1]])
    #expect(prompts.blocks(of: 48, numberedBy: &numbers) == nil)
    let unknown = PromptBlocks(tokens: 16, requests: [.init(promptTokens: 100, blocks: [1])])
    numbers = [:]
    #expect(unknown.blocks(of: 16, numberedBy: &numbers) == [[0]], "only what is named")
  }

  @Test func `Vidur's replay traces`() throws {
    let (rows, report) = try read("arrived_at,num_prefill_tokens,num_decode_tokens\n0.30000000000000004,5,6\n1e0,7,8\n")
    #expect(report.format == .vidur && rows.map(\.arrival.picoseconds) == [300_000_000_000, 1_000_000_000_000])
  }

  @Test func `Our own CSV: optional columns in any order, BOM, CR LF, quotes, no last newline`() throws {
    let (rows, report) = try read(
      "\u{feff}class,\"output_tokens\",prompt_tokens,arrival_s,adapter,prefix_id,tenant,priority\r\n"
        + "offline,2,1,0.000000000001,a,,7,-3\r\n\r\n\"online\", 4 ,3,1.5,\"say \"\"b\"\"\",x,,\r\n,6,5,1.5,,,,")
    #expect(report.format == .csv && report.unmodelledColumns == ["adapter", "prefix_id"] && report.rows == 3)
    #expect(rows.map(\.arrival.picoseconds) == [1, 1_500_000_000_000, 1_500_000_000_000])
    #expect(rows.map(\.requestClass) == [.offline, .online, .online])
    #expect(rows.map(\.tenant) == [7, 0, 0] && rows.map(\.priority) == [-3, 0, 0])
    #expect(rows.map(\.promptTokens) == [1, 3, 5])
  }

  @Test func `Deadlines are seconds from the arrival, where a row has one`() throws {
    let (rows, report) = try read("arrival_s,prompt_tokens,output_tokens,deadline_s\n1,2,3,0.25\n2,2,3,\n")
    #expect(rows.map(\.deadline) == [.milliseconds(250), nil] && report.unmodelledColumns == [])
    let (lines, _) = try read(
      "{\"arrival_s\": 1, \"prompt_tokens\": 2, \"output_tokens\": 3, \"deadline_s\": 4}\n"
        + "{\"arrival_s\": 2, \"prompt_tokens\": 2, \"output_tokens\": 3}\n")
    #expect(lines.map(\.deadline) == [.seconds(4), nil])
  }

  @Test func `Gzip reads as plain text does, in several members too`() throws {
    let text = "arrival_s,prompt_tokens,output_tokens\n" + (0..<20_000).map { "\($0).25,\($0 + 1),3\n" }.joined()
    let plain = try rows(TraceDescription(path: try folder.write(text, "plain")))
    let half = text.utf8.count / 2
    let bytes = Array(text.utf8)
    let members = gzipped(Array(bytes[..<half])) + gzipped(Array(bytes[half...]))
    for file in [gzipped(bytes), members] {
      let read = try rows(TraceDescription(path: try folder.write(file, "trace.csv")))
      #expect(read.rows == plain.rows && read.rows.count == 20_000)
    }
  }

  static let minute =
    "arrival_s,prompt_tokens,output_tokens\n" + (0..<60).map { "\($0),\($0 + 1),1\n" }.joined()

  @Test func `Windows, scales and limits`() throws {
    let window = try read(Self.minute) {
      $0.from = .seconds(10)
      $0.to = .seconds(20)
      $0.timeScale = 3
    }
    #expect(window.rows.map(\.arrival.seconds) == (0..<10).map { Double($0) * 3 })
    #expect(window.rows.first?.promptTokens == 11)
    let fast = try read(Self.minute) { $0.rateScale = 4 }
    #expect(fast.rows.last?.arrival.seconds == 59.0 / 4)
    let description = WorkloadStream(
      name: "trace", arrivals: .trace(TraceDescription(path: try folder.write(Self.minute))),
      components: [WorkloadComponent(requestClass: .offline, tenant: 3, lengths: .recorded)], start: .seconds(100),
      requestLimit: 5)
    let taken = try requests(description)
    #expect(taken.map(\.arrival.seconds) == [100, 101, 102, 103, 104] && taken.map(\.promptTokens) == [1, 2, 3, 4, 5])
    #expect(taken.allSatisfy { $0.requestClass == .offline && $0.tenant == 3 && $0.user == -1 })
  }

  @Test func `Sampling keeps a share, the same rows whatever the window`() throws {
    let text = "arrival_s,prompt_tokens,output_tokens\n" + (0..<10_000).map { "\($0),\($0 + 1),1\n" }.joined()
    let all = try read(text) { $0.sampleFraction = 0.25 }
    #expect(abs(all.rows.count - 2500) < 4 * 43)
    #expect(all.report.notSampled == 10_000 - all.rows.count)
    let part = try read(text) {
      $0.sampleFraction = 0.25
      $0.from = .seconds(5000)
    }
    #expect(part.rows.map(\.promptTokens) == all.rows.map(\.promptTokens).filter { $0 > 5000 })
  }

  @Test(arguments: [1, 2, 3, 7]) func `Shards share no row and together are the trace`(count: Int) throws {
    let text = "arrival_s,prompt_tokens,output_tokens\n" + (0..<1000).map { "\($0),\($0 + 1),1\n" }.joined()
    var seen: [Int32] = []
    for index in 0..<count {
      let part = try read(text) { $0.shard = TraceShard(index: index, count: count) }
      #expect(part.rows.map { Int($0.promptTokens) - 1 } == Array(stride(from: index, to: 1000, by: count)))
      #expect(part.report.inOtherShards == 1000 - part.rows.count && part.report.rows == 1000)
      seen += part.rows.map(\.promptTokens)
    }
    #expect(seen.sorted() == Array(1...1000))
  }

  @Test func `A shard is the same whatever the window, and is sampled like the whole`() throws {
    let text = "arrival_s,prompt_tokens,output_tokens\n" + (0..<4000).map { "\($0),\($0 + 1),1\n" }.joined()
    let odd = TraceShard(index: 1, count: 2)
    let window = try read(text) {
      $0.shard = odd
      $0.from = .seconds(1001)
    }
    #expect(window.rows.map(\.promptTokens) == Array(stride(from: Int32(1002), through: 4000, by: 2)))
    let sampled = try read(text) { $0.sampleFraction = 0.25 }
    let both = try read(text) {
      $0.shard = odd
      $0.sampleFraction = 0.25
    }
    #expect(both.rows.map(\.promptTokens) == sampled.rows.map(\.promptTokens).filter { $0 % 2 == 0 })
    #expect(!both.rows.isEmpty)
  }

  @Test func `A shard is written as part and count`() {
    #expect(TraceShard("0/2") == TraceShard(index: 0, count: 2))
    #expect(TraceShard("11/12") == TraceShard(index: 11, count: 12))
    for text in ["2/2", "1", "1/0", "0/1000001", "-1/2", "1/2/3", "", "a/2", "0 /2", "/2", "0/"] {
      #expect(TraceShard(text) == nil, "\(text)")
    }
    #expect(!TraceShard(index: 0, count: 2).overlaps(TraceShard(index: 1, count: 2)))
    #expect(!TraceShard(index: 0, count: 4).overlaps(TraceShard(index: 3, count: 6)))
    #expect(TraceShard(index: 1, count: 4).overlaps(TraceShard(index: 3, count: 6)))
    #expect(TraceShard(index: 0, count: 2).overlaps(TraceShard(index: 1, count: 3)))
  }

  @Test func `A sort window puts rows in order, ties in the order of the file`() throws {
    let text = "arrival_s,prompt_tokens,output_tokens\n1,1,1\n3,2,1\n2,3,1\n2,4,1\n5,5,1\n4,6,1\n"
    let sorted = try read(text) { $0.sortWindow = 3 }
    #expect(sorted.rows.map(\.promptTokens) == [1, 3, 4, 2, 6, 5])
  }

  @Test func `Spreading undoes coarse ticks and keeps order`() throws {
    let text =
      "arrival_s,prompt_tokens,output_tokens\n"
      + (0..<3000).map { "\($0 / 10 * 3),\($0 + 1),1\n" }.joined()
    let spread = try read(text) { $0.spread = .seconds(3) }
    #expect(spread.rows.count == 3000)
    #expect(zip(spread.rows, spread.rows.dropFirst()).allSatisfy { $0.0.arrival <= $0.1.arrival })
    for row in spread.rows {
      let tick = Double((Int(row.promptTokens) - 1) / 10 * 3)
      #expect((tick..<tick + 3).contains(row.arrival.seconds))
    }
    #expect(Set(spread.rows.map(\.arrival)).count > 2990)
  }

  @Test func `Length files`() throws {
    let pairs = try LengthFile.pairs(try folder.write("num_prefill_tokens,num_decode_tokens\n3772,54\n2015,156\n"))
    #expect(pairs.pairs == [.init(prompt: 3772, output: 54), .init(prompt: 2015, output: 156)])
    let named = try LengthFile.pairs(try folder.write("a,b,c\n1,2,3\n"), promptColumn: "c", outputColumn: "a")
    #expect(named.pairs == [.init(prompt: 3, output: 1)])
    #expect(try LengthFile.values(try folder.write("5\n6\n7")).tokens == [5, 6, 7])
    #expect(try LengthFile.values(try folder.write("tokens\n5\n6\n")).tokens == [5, 6])
    let broken = try folder.write("prompt_tokens,output_tokens\n5,0\n")
    let error = try #require(throws: WorkloadError.self) { try LengthFile.pairs(broken) }
    #expect(
      error.description == "\(broken):2: error: 'output_tokens' wants a whole number from 1 to 1000000000, found '0'")
  }
}
