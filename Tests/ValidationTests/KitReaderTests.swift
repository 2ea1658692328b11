import Models
import SimCore
import Testing
import Validation

/// Kits of every layout are read, and mistakes in them are named with their place.
struct KitReaderTests {
  private func read(_ text: String) throws -> MeasuredExperiment {
    let folder = try KitFolder()
    let kit = try KitReader.read(path: try folder.file("kit.json", text))
    return try #require(kit.experiments.first)
  }

  @Test("the recorder's file: model, hardware, settings, requests, steps")
  func recorder() throws {
    var text = RecorderText()
    text.config = #", "cudagraph_sizes": [4, 1, 2], "cudagraph_mode": "FULL_AND_PIECEWISE", "reserve_full_isl": false"#
    let experiment = try read(text.text)
    #expect(experiment.name == "E" && experiment.kind == .serving && !experiment.isTruncated)
    #expect(experiment.model.layerCount == 32 && experiment.model.name == "llama shape")
    #expect(experiment.hardware.gpu == "NVIDIA H200" && experiment.hardware.tensorParallel == 1)
    #expect(experiment.engine.kvBlocks == 1000 && experiment.engine.captureSizes == [1, 2, 4])
    #expect(!experiment.engine.reservesFullPrompt && experiment.engine.order == .fcfs)
    let second = experiment.requests[1]
    #expect(second.requestClass == .offline && second.priority == 1 && second.preemptions == 2)
    #expect(second.firstToken == 0.53 && second.lastToken == 0.53)
    #expect(experiment.steps.count == 2)
    #expect(experiment.steps[0].chunks == [MeasuredStep.Chunk(tokens: 100, cached: 0)])
    #expect(experiment.steps[1].decodes == 1 && experiment.steps[1].decodeContext == 101)
    #expect(
      experiment.load == [
        MeasuredLoad(time: 0, running: 1, waiting: 0), MeasuredLoad(time: 0.02, running: 1, waiting: 0),
      ])
  }

  @Test("gzip, and a folder of kits, read the same")
  func packed() throws {
    let folder = try KitFolder()
    let text = RecorderText().text
    let path = try folder.file("kit.json.gz", gzip(text))
    let packed = try KitReader.read(path: path).experiments
    let inFolder = try KitReader.read(path: folder.path).experiments
    let plain = try read(text)
    #expect(packed.count == 1 && inFolder.count == 1)
    #expect(packed[0].requests == plain.requests && packed[0].steps == plain.steps)
    #expect(inFolder[0].requests == plain.requests)
  }

  @Test("nothing, null, and what was cut off are no mistakes")
  func gaps() throws {
    var text = RecorderText()
    text.columns = #"["id", "arrival_s", "prompt_tokens", "output_tokens", "ttft_s", "finish_s"]"#
    text.requests = #"[["a", 0.0, 5, 6, null, null], ["b", 0.1, 5, 6, 0.02, null]]"#
    text.experiment = #""truncated": true"#
    let experiment = try read(text.text)
    #expect(experiment.isTruncated && experiment.engine.kvBlocks == nil)
    #expect(experiment.requests[0].firstToken == nil && abs((experiment.requests[1].firstToken ?? 0) - 0.12) < 1e-12)
    #expect(
      experiment.requests.allSatisfy { $0.lastToken == nil && $0.preemptions == nil && $0.requestClass == .online })
  }

  @Test("preemptions after a measurement was stopped are not held against it")
  func stopped() throws {
    var text = RecorderText()
    text.columns = #"["id", "arrival_s", "prompt_tokens", "output_tokens", "ttft_s", "finish_s", "preemptions"]"#
    text.requests = #"[["a", 0.0, 80, 90, 0.02, null, 0], ["b", 0.0, 80, 90, 0.02, null, 0]]"#
    func predicted(truncated: Bool) throws -> Double? {
      text.experiment = #""num_gpu_blocks": 15, "usable_blocks": 14, "truncated": \#(truncated)"#
      return try ExperimentComparison(try read(text.text)).figures.first { $0.metric == .preemptions }?.predicted
    }
    #expect(try #require(try predicted(truncated: false)) > 0)
    #expect(try predicted(truncated: true) == 0)
  }

  @Test("another model's shape, multi-head attention, two GPUs, priorities; equal arrivals go by id")
  func otherModel() throws {
    var text = RecorderText()
    text.model = text.model.replacing(#""num_key_value_heads": 8"#, with: #""num_key_value_heads": 32"#)
    text.arguments = #""model": "llama2-7b", "tensor_parallel_size": 2, "enforce_eager": true"#
    text.experiment = #""num_gpu_blocks": 11, "policy": "priority""#
    text.columns = #"["id", "arrival_s", "prompt_tokens", "output_tokens"]"#
    text.requests = #"[["r9", 0.5, 5, 6], ["r10", 0.5, 5, 6], ["r11", 0.1, 5, 6]]"#
    let experiment = try read(text.text)
    #expect(experiment.hardware.tensorParallel == 2 && experiment.engine.isEager)
    #expect(experiment.engine.order == .priority && experiment.engine.kvBlocks == 10)
    #expect(try experiment.model.keyValueBytesPerTokenPerGPU(tensorParallel: 2) == 2 * 32 * 32 * 128 * 2 / 2)
    #expect(experiment.requests.map(\.id) == ["r11", "r10", "r9"])
  }

  @Test("what is not modelled is told")
  func notes() throws {
    var text = RecorderText()
    text.arguments = #""model": "m", "kv_offloading_size": 8, "enable_prefix_caching": true"#
    text.config = #", "async_scheduling": true"#
    let experiment = try read(text.text)
    #expect(experiment.engine.offloadingBytes == 8 << 30)
    #expect(experiment.engine.plansAhead)
    #expect(experiment.notes.contains { $0.contains("prefix") })
    #expect(!experiment.notes.contains { $0.contains("asynchronous") }, "it is modelled")
  }

  @Test("a grid of steps is one by its segments")
  func grid() throws {
    var text = RecorderText()
    text.experiment += #", "segments": []"#
    #expect(try read(text.text).kind == .stepGrid)
  }

  @Test("mistakes in a recorder's file are named")
  func recorderMistakes() throws {
    let folder = try KitFolder()
    func broken(_ says: String, _ change: (inout RecorderText) -> Void, _ location: SourceLocation = #_sourceLocation) {
      var text = RecorderText()
      change(&text)
      said(says, { _ = try KitReader.read(path: try folder.file("kit.json", text.text)) }, location)
    }
    broken("'experiments.E.req_cols': lacks the column 'arrival_s'") {
      $0.columns = #"["id", "prompt_tokens", "output_tokens"]"#
    }
    broken("'experiments.E.requests[1].prompt_tokens': wants a whole number from 1 to 2147483647, found 0") {
      $0.requests = $0.requests.replacing("0.5, 200", with: "0.5, 0")
    }
    broken("'experiments.E.requests[0].arrival_s': wants a number, found \"soon\"") {
      $0.requests = $0.requests.replacing(#""r1", 0.0"#, with: #""r1", "soon""#)
    }
    broken("'experiments.E.requests[0].output_tokens': wants a number, found true") {
      $0.requests = $0.requests.replacing("100, 11", with: "100, true")
    }
    broken("'experiments.E.requests[0]': wants a list of 12 values") { $0.requests = #"[["r1", 0.0]]"# }
    broken("'experiments.E.policy': wants fcfs or priority, found 'lifo'") { $0.experiment = #""policy": "lifo""# }
    broken("'experiments.E.steps[0].prefill[0]': wants [new tokens, tokens in the cache]") {
      $0.steps = $0.steps.replacing("[[100, 0]]", with: "[[100]]")
    }
    broken("'experiments.E.req_cols[1]': the column 'id' is repeated") {
      $0.columns = $0.columns.replacing("\"arrival_s\"", with: "\"id\"")
    }
    broken("kit.json:5:194: error: 'experiments.E.requests[0].arrival_s': wants a number") {
      $0.columns = #"["id", "arrival_s", "prompt_tokens", "output_tokens"]"#
      $0.requests = "[[\"r1\", \"x\", 1, 1]]"
    }
    broken("no model 'gpt-9' in the catalogue") { $0.model = #""gpt-9""# }
    broken("'num_hidden_layers': missing") { $0.model = $0.model.replacing(#""num_hidden_layers": 32, "#, with: "") }
  }

  @Test("absurd numbers are mistakes like others: nothing overflows")
  func absurd() throws {
    let folder = try KitFolder()
    func broken(_ says: String, _ change: (inout RecorderText) -> Void, _ location: SourceLocation = #_sourceLocation) {
      var text = RecorderText()
      change(&text)
      said(says, { _ = try KitReader.read(path: try folder.file("kit.json", text.text)) }, location)
    }
    broken("'config.model': wants an object, found 7") { $0.model = "7" }
    broken("'num_hidden_layers': wants a whole number up to") {
      $0.model = $0.model.replacing(#""num_hidden_layers": 32"#, with: #""num_hidden_layers": 2147483648"#)
    }
    broken("more than a thousand trillion parameters") {
      $0.model = $0.model.replacing("14336", with: "99999999").replacing("layers\": 32", with: "layers\": 99999999")
    }
    broken("'config.mem[1]': wants bytes, up to a petabyte") { $0.config = #", "mem": [0, 1e300]"# }
    broken("'config.engine_args.gpu_memory_utilization': wants a share") {
      $0.arguments = #""gpu_memory_utilization": 9"#
    }
    broken("'experiments.E.requests[0].finish_s': wants 0 s to 50 days") {
      $0.requests = $0.requests.replacing("0.12, 0.01", with: "1e308, 0.01")
    }
    broken("'experiments.E.steps[1].start_s': wants 0 s to 50 days") {
      $0.steps = $0.steps.replacing("[0.02, 0.01", with: "[1e18, 0.01")
    }
    broken("'experiments.E.steps[1].dur_s': wants a time from a microsecond to below an hour, found 3600.0 s") {
      $0.steps = $0.steps.replacing("[0.02, 0.01", with: "[0.02, 3600")
    }
    broken("'experiments.E.steps[1].update_s': wants a time below an hour, found 1000000.0 s") {
      $0.steps = $0.steps.replacing("0.008, 0.001", with: "0.008, 1000000")
    }
    broken("'experiments.E.steps[1].decode_seqs': wants a whole number from 0 to 65536, found 1000000000") {
      $0.steps = $0.steps.replacing("0, 0, 1, 101, 101", with: "0, 0, 1000000000, 101, 101")
    }
    broken("'experiments.E.steps[0].prefill': wants at most 1048576 new tokens in all") {
      $0.steps = $0.steps.replacing("[[100, 0]]", with: "[[1000000, 0], [1000000, 0]]")
    }
    said("'experiments': holds no experiment") {
      _ = try KitReader.read(
        path: try folder.file(
          "none.json",
          #"{"config": {"gpu": "H200", "model": "llama-3.1-8b", "max_num_seqs": 1, "max_num_batched_tokens": 1}, "#
            + #""experiments": {}}"#))
    }
  }

  @Test("damaged files are named")
  func damaged() throws {
    let folder = try KitFolder()
    let packed = gzip(RecorderText().text)
    said("cut off") { _ = try KitReader.read(path: try folder.file("a.json.gz", Array(packed.dropLast(400)))) }
    var flipped = packed
    flipped[30] ^= 0x20
    said("damaged") { _ = try KitReader.read(path: try folder.file("b.json.gz", flipped)) }
    said("c.json:1:17: error: not a JSON document: expected ',' or ']'") {
      _ = try KitReader.read(path: try folder.file("c.json", "{\"config\": [1, 2"))
    }
    said("'config' and 'experiments' are missing") { _ = try KitReader.read(path: try folder.file("d.json", "{}")) }
    said("no such file") { _ = try KitReader.read(path: folder.path + "/nothing") }
    let empty = try KitFolder()
    said("no kit in this folder") { _ = try KitReader.read(path: empty.path) }
  }
}
