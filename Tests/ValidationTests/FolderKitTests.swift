import Models
import SimCore
import Testing
import Validation

/// Folders: our own layout, and that of LLMServingSim's bench.
struct FolderKitTests {
  static let description = """
    name: evening
    model: llama-3.1-8b
    gpu: NVIDIA H200
    engine:
      max_num_seqs: 16
      max_num_batched_tokens: 2048
      num_gpu_blocks: 501
      scheduling_policy: priority
      cudagraph_capture_sizes: [8, 1]
    steps: steps.csv
    load: load.csv
    """
  static let requests = """
    id,arrival_s,queued_s,prompt_tokens,output_tokens,class,priority,first_token_s,last_token_s,preemptions
    b,0.5,0.6,20,3,offline,1,0.7,0.9,0
    a,0.25,0.26,10,2,,,0.5,0.6,1
    """

  private func folder(_ yaml: String = description, requests: String = requests) throws -> KitFolder {
    let folder = try KitFolder()
    try folder.file("kit.yaml", yaml)
    try folder.file("requests.csv", requests)
    try folder.file(
      "steps.csv", "start_s,dur_s,prefill,decode_seqs,decode_ctx,running\n0.25,0.02,10:0;4:16,1,30,3\n0.3,0.01,,2,70,\n"
    )
    try folder.file("load.csv", "time_s,running,waiting\n0,0,0\n1,2,1\n")
    return folder
  }

  private func read(_ folder: KitFolder) throws -> MeasuredExperiment {
    try #require(try KitReader.read(path: folder.path).experiments.first)
  }

  @Test("a folder with a kit.yaml")
  func own() throws {
    let experiment = try read(try folder())
    #expect(experiment.name == "evening" && experiment.model.name == "llama-3.1-8b")
    #expect(experiment.engine.kvBlocks == 500 && experiment.engine.order == .priority)
    #expect(experiment.engine.captureSizes == [1, 8] && experiment.engine.blockSize == 16)
    #expect(experiment.requests.map(\.id) == ["a", "b"])
    #expect(experiment.requests[0].arrival == 0.25 && experiment.requests[0].preemptions == 1)
    #expect(experiment.requests[1].requestClass == .offline && experiment.requests[1].priority == 1)
    #expect(
      experiment.steps.map(\.chunks) == [
        [MeasuredStep.Chunk(tokens: 10, cached: 0), MeasuredStep.Chunk(tokens: 4, cached: 16)], [],
      ])
    #expect(experiment.steps.map(\.running) == [3, nil] && experiment.load.count == 2)
  }

  @Test("latencies may count from when a request was queued; the model may be a file beside it")
  func queued() throws {
    let folder = try folder(
      Self.description.replacing("model: llama-3.1-8b", with: "model: shape.json") + "\nlatency_from: queued")
    try folder.file("shape.json", RecorderText().model)
    let experiment = try read(folder)
    #expect(experiment.requests.map(\.arrival) == [0.26, 0.6])
    #expect(experiment.model.name == "shape" && experiment.model.layerCount == 32)
  }

  @Test("mistakes are named with file and line")
  func mistakes() throws {
    func broken(_ yaml: String, _ says: String, _ location: SourceLocation = #_sourceLocation) {
      said(says, { _ = try read(try folder(yaml)) }, location)
    }
    broken(Self.description.replacing("gpu:", with: "gpus:"), "did you mean 'gpu'?")
    broken(Self.description.replacing("max_num_seqs: 16", with: "max_num_seqs: 0"), ":5:")
    broken(Self.description.replacing("model: llama-3.1-8b", with: "model: llama-9"), "no model 'llama-9'")
    broken(Self.description.replacing("load: load.csv", with: "load: gone.csv"), "gone.csv")
    func table(_ text: String, _ says: String, _ location: SourceLocation = #_sourceLocation) {
      said(says, { _ = try read(try folder(requests: text)) }, location)
    }
    table(
      Self.requests.replacing("0.5,0.6,20", with: "x,0.6,20"),
      "requests.csv:2: error: 'arrival_s' wants a number, found 'x'")
    table(
      Self.requests.replacing("0.26,10,2", with: "0.26,10,0"),
      "requests.csv:3: error: 'output_tokens' wants a whole number from 1")
    table(Self.requests.replacing("prompt_tokens", with: "prompt"), "lacks the column 'prompt_tokens'")
    table(Self.requests + "\nc,1\n", "the row has 2 fields, the header has 10")
    table("", "the file is empty")
    let slow = try folder()
    try slow.file(
      "steps.csv", "start_s,dur_s,prefill,decode_seqs,decode_ctx,sched_s,update_s\n0,0.02,10:0,0,0,7200,0\n")
    said("steps.csv:2: error: 'sched_s' wants a time below an hour, found 7200.0 s") { _ = try read(slow) }
    table("arrival_s,prompt_tokens,output_tokens\n", "holds no requests")
  }

  @Test("a folder of LLMServingSim's bench")
  func bench() throws {
    let folder = try KitFolder()
    try folder.file(
      "engine_config.json",
      """
      {"model": "meta-llama/Llama-3.1-8B-Instruct", "engine_kwargs": {"tensor_parallel_size": 1,
       "data_parallel_size": 2, "max_num_seqs": 128, "max_num_batched_tokens": 2048, "max_model_len": null,
       "kv_cache_dtype": "auto"}, "hardware": {"device_name": "NVIDIA H200", "device_total_memory_bytes": 1.5e11}}
      """)
    try folder.file(
      "workload.jsonl.gz",
      gzip(
        """
        {"request_id": "x", "arrival_s": 0.1, "prompt_tokens": 40, "output_tokens": 5, "prefix_block_ids_16tok": [7, 9]}
        {"request_id": "y", "arrival_s": 0.2, "prompt_tokens": 8, "output_tokens": 5}

        """))
    var experiment = try read(folder)
    #expect(experiment.requests.map(\.arrival) == [0.1, 0.2] && experiment.requests[0].prefixBlocks == [7, 9])
    #expect(experiment.notes.contains { $0.contains("nothing to compare") })
    #expect(experiment.hardware.dataParallel == 2 && experiment.engine.cachesPrefixes)
    try folder.file(
      "vllm_requests.csv",
      """
      request_id,prompt_tokens,output_tokens,queued_s,scheduled_s,first_token_s,last_token_s
      y,8,5,0.0,0.01,0.05,0.1
      x,40,5,0.3,0.31,0.4,0.8
      """)
    try folder.file("vllm_timeseries.csv", "t,running,waiting\n1.0,2,0\n")
    experiment = try read(folder)
    #expect(experiment.model.name == "llama-3.1-8b")
    #expect(experiment.requests.map(\.id) == ["y", "x"] && experiment.requests[1].prefixBlocks == [7, 9])
    #expect(experiment.requests[1].arrival == 0.3 && experiment.requests[1].firstToken == 0.4)
    #expect(experiment.load == [MeasuredLoad(time: 1, running: 2, waiting: 0)])
    try folder.file(
      "vllm_requests.csv", "request_id,prompt_tokens,output_tokens,queued_s,first_token_s,last_token_s\nz,8,5,0,0,0\n")
    said("names a request that the workload does not have: 'z'") { _ = try read(folder) }
    try folder.file("workload.jsonl.gz", gzip("{\"request_id\": \"x\"}\n{\n"))
    said("workload.jsonl.gz:1:") { _ = try read(folder) }
  }
}
