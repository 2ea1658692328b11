/// What was measured: kits, logs of steps, clients' results, scrapes, published points.
extension InputSamples {
  static var measured: [InputSample] {
    [kit] + folderKits + logs + benches + [scrapes(0), scrapes(1), suite]
  }

  static let kit = InputSample(
    "kit, JSON", "k.json",
    """
    {"config": {"gpu": "NVIDIA H200", "max_num_seqs": 256, "max_num_batched_tokens": 8192, "max_model_len": 32768,
      "model": \(configuration), "engine_args": {"model": "llama shape", "enable_prefix_caching": false}},
     "experiments": {"E": {"num_gpu_blocks": 1001, "usable_blocks": 1000, "policy": "fcfs", "block_size": 16,
      "req_cols": ["id", "arrival_s", "prompt_tokens", "output_tokens", "class", "priority", "added_s",
        "first_sched_s", "ttft_s", "finish_s", "tpot_s", "preemptions"],
      "requests": [["r1", 0.0, 100, 11, "online", 0, 0.0, 0.0, 0.02, 0.12, 0.01, 0],
       ["r2", 0.5, 200, 1, "offline", 1, 0.5, 0.5, 0.03, 0.53, null, 2]],
      "step_cols": ["start_s", "dur_s", "sched_s", "exec_s", "update_s", "prefill_tokens", "prefill_seqs",
        "decode_seqs", "decode_ctx", "total_ctx", "running", "waiting", "kv_used", "preempted", "prefill"],
      "steps": [[0.0, 0.02, 0.001, 0.018, 0.001, 100, 1, 0, 0, 100, 1, 0, 7, 0, [[100, 0]]],
       [0.02, 0.01, 0.001, 0.008, 0.001, 0, 0, 1, 101, 101, 1, 0, 7, 0, []]]}}}

    """,
    [
      ["validate", "@k.json"], ["validate", "@k.json", "--steps", "--host", "recorded"],
      ["fit", "@k.json"], ["validate", "@k.json", "--format", "json", "--check"],
      ["validate", "@k.json", "--plot", "@p.svg", "--tolerance", "ttft=10%"],
      ["validate", "@k.json", "--export-scenario", "@x"],
    ])

  private static let folderKits: [InputSample] = {
    let files = [
      InputFile(
        "kit.yaml",
        """
        name: evening
        model: llama-3.1-8b
        gpu: NVIDIA H200
        engine: {max_num_seqs: 16, max_num_batched_tokens: 2048, num_gpu_blocks: 501, scheduling_policy: priority}
        steps: steps.csv
        load: load.csv

        """),
      InputFile(
        "requests.csv",
        """
        id,arrival_s,queued_s,prompt_tokens,output_tokens,class,priority,first_token_s,last_token_s,preemptions
        b,0.5,0.6,20,3,offline,1,0.7,0.9,0
        a,0.25,0.26,10,2,,,0.5,0.6,1

        """),
      InputFile(
        "steps.csv",
        "start_s,dur_s,prefill,decode_seqs,decode_ctx,running\n0.25,0.02,10:0;4:16,1,30,3\n0.3,0.01,,2,70,\n"
      ),
      InputFile("load.csv", "time_s,running,waiting\n0,0,0\n1,2,1\n"),
    ].map { InputFile("k/" + $0.name, $0.bytes) }
    return files.indices.map { index in
      var sample = InputSample(
        "kit, folder's \(files[index].name.dropFirst(2))", files[index],
        [["validate", "@k"], ["validate", "@k", "--steps"]])
      sample.files = files
      sample.target = index
      return sample
    }
  }()

  private static let logs: [InputSample] = {
    let steps = (0..<60).map { index in
      let decodes = index % 4 == 3 ? 0 : 1 + (index * 37) % 200
      let context = decodes * (100 + (index * 61) % 3000)
      let prompt = index % 3 == 0 || decodes == 0 ? 64 + (index * 97) % 4000 : 0
      let milliseconds = 6 + (decodes + prompt) / 50 + context / 40_000 + index % 3
      return (decodes: decodes, context: context, prompt: prompt, duration: Double(milliseconds) / 1000)
    }
    let fits = [["fit", "@l", "--model", "llama-3.1-8b", "--gpu", "h200-sxm-141gb"]]
    func commands(_ name: String) -> [[String]] {
      fits.map { $0.map { $0 == "@l" ? "@" + name : $0 } }
        + fits.map {
          $0.map { $0 == "@l" ? "@" + name : $0 } + ["--format", "json", "--output", "@e.csv", "--plot", "@e.svg"]
        }
    }
    return [
      InputSample(
        "log of steps, JSON lines", "l.jsonl",
        steps.map {
          "{\"duration\": \($0.duration), \"prefill\": [\($0.prompt > 0 ? "[\($0.prompt), 0]" : "")], "
            + "\"decode_seqs\": \($0.decodes), \"decode_ctx\": \($0.context)}\n"
        }.joined(), commands("l.jsonl")),
      InputSample(
        "log of steps, CSV", "l.csv",
        "duration,prefill,decode_seqs,decode_ctx\n"
          + steps.map {
            "\($0.duration),\($0.prompt > 0 ? "\($0.prompt)@0" : ""),\($0.decodes),\($0.context)\n"
          }.joined(), commands("l.csv")),
    ]
  }()

  private static let benches: [InputSample] = {
    func commands(_ name: String) -> [[String]] {
      [["validate", "@" + name, "--engine-args", "vllm serve llama-3.1-8b", "--server", "hgx-h100-8"]]
    }
    let record = { (turn: Int) in
      """
      {"metadata": {"x_request_id": "r\(turn)", "x_correlation_id": "s", "turn_index": \(turn), "request_start_ns": \
      \(1_759_813_207_532_900_363 + turn * 1_000_000_000), "benchmark_phase": "profiling"}, "metrics": \
      {"input_sequence_length": {"value": 500, "unit": "tokens"}, "output_sequence_length": {"value": 3, "unit": \
      "tokens"}, "time_to_first_token": {"value": 40.5, "unit": "ms"}, "request_latency": {"value": 60.5, "unit": \
      "ms"}, "inter_chunk_latency": {"value": [9.5, 10.5], "unit": "ms"}}, "error": null}

      """
    }
    return [
      InputSample(
        "bench result, vLLM", "b.json",
        """
        {"date": "20261120-101500", "endpoint_type": "openai", "model_id": "m", "request_rate": 10.0,
         "max_concurrency": null, "duration": 0.9, "completed": 2, "failed": 1,
         "input_lens": [100, 200, 50], "output_lens": [3, 1, 0], "ttfts": [0.02, 0.03, 0.0],
         "itls": [[0.01, 0.02], [], []], "start_times": [1000.5, 1000.0, 1001.0],
         "generated_texts": ["a", "b", ""], "errors": ["", "", "HTTP 500"]}

        """, commands("b.json")),
      InputSample(
        "bench result, GuideLLM", "g.json",
        """
        {"benchmarks": [
          {"requests": {"successful": [
             {"request_id": "a", "prompt_tokens": 100, "output_tokens": 11, "time_to_first_token_ms": 50.0,
              "info": {"timings": {"request_start": 10.0, "first_token_iteration": 10.05,
                                   "last_token_iteration": 10.25, "request_end": 10.26}}}],
            "incomplete": [{}], "errored": []}}]}

        """, commands("g.json")),
      InputSample("bench result, AIPerf", "a.jsonl", (0..<3).map(record).joined(), commands("a.jsonl")),
    ]
  }()

  /// A scrape of a server's metrics in which so many requests have been served.
  private static func scrape(_ count: Int) -> String {
    func histogram(_ name: String, _ value: Double, _ number: Int, _ bounds: [Double]) -> String {
      let label = "engine=\"0\",model_name=\"m\""
      var text = "# TYPE vllm:\(name) histogram\n"
      for bound in bounds {
        text += "vllm:\(name)_bucket{\(label),le=\"\(bound)\"} \(value <= bound ? number : 0)\n"
      }
      text += "vllm:\(name)_bucket{\(label),le=\"+Inf\"} \(number)\n"
      return text + "vllm:\(name)_sum{\(label)} \(value * Double(number))\nvllm:\(name)_count{\(label)} \(number)\n"
    }
    let label = "{engine=\"0\",model_name=\"m\"}"
    return histogram("time_to_first_token_seconds", 0.03, count, [0.01, 0.02, 0.04, 0.1])
      + histogram("inter_token_latency_seconds", 0.0075, count * 7, [0.005, 0.01, 0.025])
      + histogram("request_prompt_tokens", 512, count, [200, 500, 1000])
      + histogram("request_generation_tokens", 8, count, [5, 10, 200])
      + "vllm:prompt_tokens_total\(label) \(count * 512)\nvllm:generation_tokens_total\(label) \(count * 8)\n"
      + "vllm:num_requests_running\(label) 3.0\n"
      + "vllm:num_preemptions_total\(label) 0.0\nprocess_cpu_seconds_total 12.5\n"
  }

  private static func scrapes(_ damaged: Int) -> InputSample {
    var sample = InputSample(
      damaged == 0 ? "scrape, earlier" : "scrape, later", InputFile("a.prom", scrape(100)),
      [
        [
          "drift", "@a.prom", "@b.prom", "--interval", "5 s", "--replications", "2", "--engine-args",
          "vllm serve llama-3.1-8b", "--server", "hgx-h100-8",
        ]
      ], with: [InputFile("b.prom", scrape(120))])
    sample.target = damaged
    return sample
  }

  private static let suite = InputSample(
    "published points", "suite/e2e.csv",
    """
    source,image,system,backend,backend_version,model,precision,mode,isl,osl,concurrency,gemm_quant_mode,tp_size,\
    pp_size,attention_dp_size,decode_tp_size,ttft_ms,tpot_ms
    InferenceX csv dump,,h200_sxm,vllm,,meta-llama/Llama-3.1-70B,fp8,agg,128,16,2,fp8,2.0,1.0,1.0,,121.4,13.2
    InferenceX csv dump,,h100_sxm,vllm,,meta-llama/Llama-3.1-70B,fp8,agg,128,16,2,fp8,4.0,1.0,1.0,,121.4,13.2

    """,
    [
      ["validate", "--suite", "@suite", "--jobs", "1"],
      ["validate", "--suite", "@suite", "--jobs", "1", "--format", "csv"],
    ])
}
