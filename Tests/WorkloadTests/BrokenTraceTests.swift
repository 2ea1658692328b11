import SimCore
import Testing
import Workload

/// A wrong trace: its bytes and the message, in which FILE stands for its path.
struct BrokenTrace: Sendable, CustomTestStringConvertible {
  var name: String
  var bytes: [UInt8]
  var message: String
  var format: TraceFormat?

  init(_ name: String, _ text: String, _ message: String, format: TraceFormat? = nil) {
    self.init(name, bytes: Array(text.utf8), message, format: format)
  }

  init(_ name: String, bytes: [UInt8], _ message: String, format: TraceFormat? = nil) {
    self.name = name
    self.bytes = bytes
    self.message = message
    self.format = format
  }

  var testDescription: String { name }

  static let own = "arrival_s,prompt_tokens,output_tokens\n"
  static let azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n"
  static let burst = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
  static let known =
    "known formats: azure (TIMESTAMP,ContextTokens,GeneratedTokens), "
    + "burstgpt (Timestamp,Request tokens,Response tokens), mooncake (timestamp,input_length,output_length), "
    + "vidur (arrived_at,num_prefill_tokens,num_decode_tokens), csv (arrival_s,prompt_tokens,output_tokens), "
    + "jsonl (arrival_s,prompt_tokens,output_tokens)"
  static let long = (0..<50_000).map { "\($0),\($0 * 7919 % 4096 + 1),\($0 * 104_729 % 512 + 1)\n" }.joined()
  static let date = "wants a date and time such as '2023-11-16 18:17:03.9799600'"

  static let all: [BrokenTrace] = headers + fields + times + objects + files

  static let headers = [
    BrokenTrace("empty file", "", "FILE: error: the file is empty; expected a trace"),
    BrokenTrace("header only", own, "FILE:1: error: the trace has no rows"),
    BrokenTrace("blank rows only", own + "\n\n", "FILE:3: error: the trace has no rows"),
    BrokenTrace("unknown header", "a,b\n1,2\n", "FILE:1: error: no trace format has these columns: 'a', 'b'; \(known)"),
    BrokenTrace("no header", "1,2,3\n", "FILE:1: error: no trace format has these columns: '1', '2', '3'; \(known)"),
    BrokenTrace(
      "misspelt column", "arrival_s,promt_tokens,output_tokens\n",
      "FILE:1: error: the format 'csv' wants a column 'prompt_tokens', found 'arrival_s', 'promt_tokens', "
        + "'output_tokens'", format: .csv),
    BrokenTrace(
      "column twice", "arrival_s,prompt_tokens,output_tokens,tenant,client\n",
      "FILE:1: error: the header names two columns for the same thing: 'arrival_s', 'prompt_tokens', "
        + "'output_tokens', 'tenant', 'client'"),
    BrokenTrace(
      "CSV named as Mooncake", own + "1,2,3\n",
      "FILE:1: error: the format 'mooncake' wants a JSON object on every line, found "
        + "'arrival_s,prompt_tokens,…'", format: .mooncake),
    BrokenTrace(
      "JSON named as Azure", "{\"timestamp\": 1}\n",
      "FILE:1: error: the format 'azure' wants a header of column names, found '{\"timestamp\": 1}'", format: .azure),
    BrokenTrace("open quote in header", "\"a,b\n", "FILE:1: error: the quoted field 1 isn't closed in this line"),
  ]

  static let fields = [
    BrokenTrace("too few fields", own + "1,2,3\n2,3\n", "FILE:3: error: the row has 2 fields, the header 3"),
    BrokenTrace("too many fields", own + "1,2,3,4\n", "FILE:2: error: the row has 4 fields, the header 3"),
    BrokenTrace("open quote", own + "1,\"2,3\n", "FILE:2: error: the quoted field 2 isn't closed in this line"),
    BrokenTrace("text after quote", own + "1,\"2\"x,3\n", "FILE:2: error: field 2 goes on after its closing quote"),
    BrokenTrace(
      "text for tokens", own + "1,many,3\n",
      "FILE:2: error: 'prompt_tokens' wants a whole number of at least 1, found 'many'"),
    BrokenTrace(
      "empty tokens", own + "1,2,\n", "FILE:2: error: 'output_tokens' wants a whole number of at least 1, found ''"),
    BrokenTrace(
      "negative tokens", own + "1,-2,3\n",
      "FILE:2: error: 'prompt_tokens' wants a whole number of at least 1, found '-2'"),
    BrokenTrace(
      "no output", own + "1,2,0\n", "FILE:2: error: 'output_tokens' wants a whole number of at least 1, found '0'"),
    BrokenTrace(
      "fraction of a token", own + "1,2.5,3\n",
      "FILE:2: error: 'prompt_tokens' wants a whole number of at least 1, found '2.5'"),
    BrokenTrace(
      "over 64 bits", own + "1,99999999999999999999,3\n",
      "FILE:2: error: 'prompt_tokens' wants a whole number of at least 1, found '99999999999999999999'"),
    BrokenTrace(
      "over the limit", own + "1,9999999999,3\n",
      "FILE:2: error: 'prompt_tokens' wants at most 1000000000 tokens, found '9999999999'"),
    BrokenTrace(
      "long garbage", own + "1," + String(repeating: "x", count: 100) + ",3\n",
      "FILE:2: error: 'prompt_tokens' wants a whole number of at least 1, found "
        + "'\(String(repeating: "x", count: 24))…'"),
    BrokenTrace(
      "class", "arrival_s,prompt_tokens,output_tokens,class\n1,2,3,batch\n",
      "FILE:2: error: 'class' wants 'online' or 'offline', found 'batch'"),
    BrokenTrace(
      "tenant", "arrival_s,prompt_tokens,output_tokens,tenant\n1,2,3,acme\n",
      "FILE:2: error: 'tenant' wants a whole number from 0 to 1000000, found 'acme'"),
    BrokenTrace(
      "priority", "arrival_s,prompt_tokens,output_tokens,priority\n1,2,3,1e3\n",
      "FILE:2: error: 'priority' wants a whole number from -1000000 to 1000000, found '1e3'"),
    BrokenTrace(
      "deadline", "arrival_s,prompt_tokens,output_tokens,deadline_s\n1,2,3,0\n",
      "FILE:2: error: 'deadline_s' wants a number of seconds above 0, at most 50 days, found '0'"),
    BrokenTrace(
      "BurstGPT without prompt", burst + "1,m,0,5,5,log\n",
      "FILE:2: error: 'Request tokens' wants a whole number of at least 1, found '0'"),
    BrokenTrace(
      "BurstGPT negative", burst + "1,m,4,-1,5,log\n",
      "FILE:2: error: 'Response tokens' wants a whole number of at least 0, found '-1'"),
  ]

  static let times = [
    BrokenTrace(
      "text for time", own + "soon,2,3\n", "FILE:2: error: 'arrival_s' wants a number of seconds, found 'soon'"),
    BrokenTrace("NaN", own + "nan,2,3\n", "FILE:2: error: 'arrival_s' wants a number of seconds, found 'nan'"),
    BrokenTrace(
      "two points", own + "1.2.3,2,3\n", "FILE:2: error: 'arrival_s' wants a number of seconds, found '1.2.3'"),
    BrokenTrace(
      "huge exponent", own + "1e99,2,3\n", "FILE:2: error: 'arrival_s' wants a number of seconds, found '1e99'"),
    BrokenTrace("before zero", own + "-1,2,3\n", "FILE:2: error: the time is before the trace's time 0"),
    BrokenTrace(
      "backwards", own + "5,2,3\n3.5,2,3\n",
      "FILE:3: error: the time is 1.5 s before the row above; rows come in order of time (or use a sort window)"),
    BrokenTrace(
      "a row far in the past", own + "5,2,3\n-1e12,2,3\n",
      "FILE:3: error: the time is 1000000000005 s before the row above; rows come in order of time (or use a sort window)"
    ),
    BrokenTrace(
      "far future", own + "1e9,2,3\n", "FILE:2: error: the time is more than 100 days after the trace's time 0"),
    BrokenTrace(
      "past the clock", own + "1,2,3\n5000000,2,3\n",
      "FILE:3: error: the row comes more than 50 days after the start, past what a run can hold; "
        + "use a window or a scale"),
    BrokenTrace("no date", azure + "12,2,3\n", "FILE:2: error: 'TIMESTAMP' \(date), found '12'"),
    BrokenTrace(
      "29 February", azure + "2023-02-29 00:00:00,2,3\n",
      "FILE:2: error: 'TIMESTAMP' \(date), found '2023-02-29 00:00:00'"),
    BrokenTrace(
      "hour 24", azure + "2023-02-28 24:00:00,2,3\n",
      "FILE:2: error: 'TIMESTAMP' \(date), found '2023-02-28 24:00:00'"),
    BrokenTrace(
      "13 digits", azure + "2023-02-28 01:00:00.1234567890123,2,3\n",
      "FILE:2: error: 'TIMESTAMP' \(date), found '2023-02-28 01:00:00.1234…'"),
    BrokenTrace(
      "zone", azure + "2023-02-28 01:00:00 CET,2,3\n",
      "FILE:2: error: 'TIMESTAMP' \(date), found '2023-02-28 01:00:00 CET'"),
  ]

  static let mooncake = "{\"timestamp\": 1, \"input_length\": 2, \"output_length\": 3}\n"
  static let objects = [
    BrokenTrace(
      "cut object", mooncake + "{\"timestamp\": 1, \"input_len",
      "FILE:2: error: not valid JSON at column 28: expected a closing quote, found the end of the line"),
    BrokenTrace(
      "missing key", mooncake + "{\"timestamp\": 1, \"input_length\": 5}\n",
      "FILE:2: error: the row lacks 'output_length'"),
    BrokenTrace(
      "key twice", mooncake + "{\"timestamp\": 1, \"timestamp\": 2}\n", "FILE:2: error: the key 'timestamp' comes twice"
    ),
    BrokenTrace(
      "number as text", mooncake + "{\"timestamp\": \"1\"}\n", "FILE:2: error: 'timestamp' wants a number, found '1'"),
    BrokenTrace(
      "null", mooncake + "{\"timestamp\": null}\n", "FILE:2: error: 'timestamp' wants a number, found 'null'"),
    BrokenTrace(
      "bad literal", mooncake + "{\"x\": nul}\n",
      "FILE:2: error: not valid JSON at column 7: expected a value, found 'nul}'"),
    BrokenTrace(
      "missing comma", mooncake + "{\"x\": [1 2]}\n",
      "FILE:2: error: not valid JSON at column 10: expected ',' or ']', found '2]}'"),
    BrokenTrace(
      "text after the object", mooncake + "{\"x\": 1} {\n",
      "FILE:2: error: not valid JSON at column 10: expected nothing after the object, found '{'"),
    BrokenTrace(
      "an array", mooncake + "[1]\n", "FILE:2: error: not valid JSON at column 1: expected an object '{', found '[1]'"),
    BrokenTrace(
      "65 levels", mooncake + "{\"x\": " + String(repeating: "[", count: 100) + "\n",
      "FILE:2: error: not valid JSON at column 72: expected at most 64 levels, found '[[[[[[[[[[[['"),
    BrokenTrace(
      "unknown keys", "{\"prompt\": \"hello\"}\n",
      "FILE:1: error: no trace format has these columns: 'prompt'; \(known)"),
  ]

  static let files = [
    BrokenTrace(
      "NUL byte", bytes: Array(own.utf8) + Array("1,2,3\n1,".utf8) + [0] + Array(",3\n".utf8),
      "FILE:3: error: a NUL byte at column 3; a trace is plain UTF-8 text or gzip"),
    BrokenTrace(
      "UTF-16", bytes: own.utf8.flatMap { [$0, 0] },
      "FILE:1: error: a NUL byte at column 2; a trace is plain UTF-8 text or gzip"),
    BrokenTrace(
      "ten million bytes in a line", own + "1,2,3\n" + String(repeating: "7", count: 10_000_000) + "\n",
      "FILE:3: error: the line is longer than 1048576 bytes; is this a trace?"),
    BrokenTrace(
      "ten million bytes, no end", String(repeating: "7", count: 10_000_000),
      "FILE:1: error: the line is longer than 1048576 bytes; is this a trace?"),
    BrokenTrace(
      "gzip header only", bytes: Array(gzipped(Array(own.utf8)).prefix(5)),
      "FILE:1: error: the gzip file is cut off in this line (of its uncompressed text)"),
    BrokenTrace(
      "not gzip after all", bytes: [0x1f, 0x8b, 0xff, 0, 1, 2, 3, 4, 5, 6, 7, 8],
      "FILE:1: error: the gzip data is damaged at or after this line (of its uncompressed text): "
        + "unknown compression method"),
  ]
}

@Suite struct BrokenTraceTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: BrokenTrace.all) func `A broken trace gets its message`(broken: BrokenTrace) throws {
    let path = try folder.write(broken.bytes)
    let error = try #require(throws: WorkloadError.self) {
      try rows(TraceDescription(path: path, format: broken.format))
    }
    #expect(error.description == broken.message.replacing("FILE", with: path))
    #expect(error.kind == .badContents)
    // A conversion that fails leaves nothing behind.
    let target = folder.path + "/out.csv"
    #expect(throws: WorkloadError.self) {
      try TraceTools.convert(TraceDescription(path: path, format: broken.format), to: target)
    }
    #expect(try folder.files == ["trace"])
  }

  @Test func `A gzip file cut anywhere names its line, and every row before it was right`() throws {
    let whole = gzipped(Array((BrokenTrace.own + BrokenTrace.long).utf8))
    for share in [0.3, 0.6, 0.999] {
      let path = try folder.write(Array(whole.prefix(Int(Double(whole.count) * share))))
      let reader = try TraceReader(
        TraceDescription(path: path), sampling: RandomStream(seed: 1, replication: 0, purpose: "a"),
        spreading: RandomStream(seed: 1, replication: 0, purpose: "b"))
      var count = 0
      let error = try #require(throws: WorkloadError.self) {
        while let row = try reader.next() {
          #expect(row.promptTokens == Int32(count * 7919 % 4096 + 1))
          count += 1
        }
      }
      #expect(error.line == count + 2)
      #expect(error.message == "the gzip file is cut off in this line (of its uncompressed text)")
    }
  }

  @Test func `Damaged gzip data is found by its checksum or before`() throws {
    var whole = gzipped(Array((BrokenTrace.own + BrokenTrace.long).utf8))
    whole[whole.count - 6] ^= 0x55
    let path = try folder.write(whole)
    let error = try #require(throws: WorkloadError.self) { try rows(TraceDescription(path: path)) }
    #expect(error.message.hasSuffix(": incorrect data check"))
  }

  @Test func `A file that isn't there, and a folder`() throws {
    let missing = folder.path + "/none.csv"
    let error = try #require(throws: WorkloadError.self) { try rows(TraceDescription(path: missing)) }
    #expect(error.kind == .unreadableFile)
    #expect(error.description == "\(missing): error: can't read the file: No such file or directory")
    let directory = try #require(throws: WorkloadError.self) { try rows(TraceDescription(path: folder.path)) }
    #expect(directory.description == "\(folder.path): error: can't read the file: it is a folder")
  }

  @Test func `Bad rows are skipped and counted when that is asked for`() throws {
    let path = try folder.write(BrokenTrace.own + "1,2,3\nx,2,3\n2,3\n0.5,2,3\n3,4,5\n")
    let (kept, report) = try rows(TraceDescription(path: path, skipsBadRows: true))
    #expect(kept.map(\.arrival.seconds) == [1, 3])
    #expect(report.rows == 5 && report.kept == 2 && report.badRows == 3)
    #expect(report.firstProblems.map(\.line) == [3, 4, 5])
  }

  @Test func `A sort window that is too small says so`() throws {
    let path = try folder.write(BrokenTrace.own + "5,1,1\n6,1,1\n7,1,1\n1,1,1\n")
    let error = try #require(throws: WorkloadError.self) { try rows(TraceDescription(path: path, sortWindow: 2)) }
    #expect(
      error.description == "\(path):5: error: the row's time, 1 s, is before 5 s, which has been passed; "
        + "a sort window of 2 rows is too small")
  }

  @Test func `Dates have no zero of their own`() throws {
    let path = try folder.write(BrokenTrace.azure + "2023-02-28 01:00:00,2,3\n")
    let error = try #require(throws: WorkloadError.self) { try rows(TraceDescription(path: path, origin: .zero)) }
    #expect(error.message == "times of the format 'azure' are dates; its time 0 is the first row")
  }

  @Test func `An output that can't be written`() throws {
    let error = try #require(throws: WorkloadError.self) {
      try TraceTools.generate([stream(.batch(count: 1))], seed: 1, to: folder.path + "/no/out.csv")
    }
    #expect(error.kind == .unwritableFile)
  }
}
