import Configuration
import Foundation
import Hardware
import Models
import Scheduling
import StepTime
import Testing
import TextIO
import Workload

@testable import Validation

/// Published measurements: every layout read, from tables of one or two rows made up here.
struct SuiteReaderTests {
  private func points(_ files: [String: String]) throws -> [SuitePoint] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "suite-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return try SuiteFolder.points(in: folder.path)
  }

  private func experiment(_ point: SuitePoint) throws -> SuiteExperiment {
    guard case .simulated(let experiment) = point.set else { throw SuiteObstacle("\(point.set)") }
    return experiment
  }

  private func reason(_ point: SuitePoint) -> String {
    if case .notModelled(let reason) = point.set { reason } else { "" }
  }

  private static let harness =
    "source,image,system,backend,backend_version,model,precision,mode,isl,osl,concurrency,gemm_quant_mode,tp_size,pp_size,"
    + "attention_dp_size,decode_tp_size,ttft_ms,tpot_ms\n"

  @Test("figures that no GPU can reach are left out, with the reason")
  func limits() throws {
    let points = try points([
      "any/e2e.csv": Self.harness
        + "InferenceX csv dump,,h200_sxm,vllm,,meta-llama/Llama-3.1-70B,fp8,agg,1024,1024,16,fp8,2.0,1.0,1.0,,121.4,13.2\n"
        + "InferenceX csv dump,,h200_sxm,vllm,,meta-llama/Llama-3.1-70B,fp8,agg,1024,1024,16,fp8,2.0,1.0,1.0,,20,13.2\n"
        + "InferenceX csv dump,,h200_sxm,vllm,,meta-llama/Llama-3.1-70B,fp8,agg,1024,1024,16,fp8,2.0,1.0,1.0,,121.4,5\n"
    ])
    let possible = try experiment(points[0])
    #expect(possible.impossibility(of: points[0].measured) == nil)
    // 28.8 ms: 2 x 69.5e9 operations for each of 819 tokens at 2 x 1.98e15 a second; 7.2 ms: 70 GB at 2 x 4.8e12 bytes a
    // second.
    let prompt = try #require(try experiment(points[1]).impossibility(of: points[1].measured))
    #expect(prompt.contains("ttft mean") && prompt.contains("a prompt of 819 tokens"), "\(prompt)")
    let token = try #require(try experiment(points[2]).impossibility(of: points[2].measured))
    #expect(token.contains("tpot mean") && token.contains("reading the weights"), "\(token)")
  }

  @Test("InferenceX: lengths from 0.8 of nominal, ten times as many requests as users, the launch script's settings")
  func inferenceX() throws {
    let points = try points([
      "any/e2e.csv": Self.harness
        + "InferenceX csv dump,,h100_sxm,vllm,,meta-llama/Llama-3.1-70B,fp8,agg,1024,1024,16,fp8,4.0,1.0,1.0,,121.4,13.2\n"
        + "InferenceX csv dump,,h200_sxm,trtllm,,meta-llama/Llama-3.1-70B,fp8,agg,1024,1024,8,fp8,2.0,1.0,1.0,,384.4,12.4\n"
    ])
    #expect(points.map(\.source) == ["InferenceX", "InferenceX"])
    #expect(
      points[0].measured.map(\.metric) == [.ttftMean, .tpotMean] && points[0].measured.map(\.value) == [121.4, 13.2])
    #expect(points[0].gpu == "H100" && points[0].tensorParallel == 4 && points[0].place == "any/e2e.csv:2")
    let vllm = try experiment(points[0])
    #expect(vllm.model.name == "llama-3.1-70b" && vllm.model.weightType == .fp8)
    #expect(vllm.load.requests == 160 && vllm.load.arrivals == .closedLoop(users: 16) && vllm.load.meanOutput == 921)
    #expect(
      vllm.load.lengths
        == .independent(prompt: SuiteLoad.uniform(1024, from: 0.8), output: SuiteLoad.uniform(1024, from: 0.8)))
    #expect(
      vllm.serving.engine.name == "vllm-v1-async" && vllm.serving.maxSequences == 16
        && vllm.serving.maxBatchedTokens == 8192)
    let tensorRT = try experiment(points[1])
    #expect(tensorRT.serving.engine.name == "tensorrt-llm" && tensorRT.serving.policy == "tensorrt-llm")
    #expect(tensorRT.serving.cacheType == .fp8 && tensorRT.serving.maxBatchedTokens == 2048)
    #expect(tensorRT.serving.parameters["batch_wait_iterations"] == .integer(20))
  }

  @Test(
    "what is not modelled is listed with its reason",
    arguments: [
      ("vllm,,meta-llama/Llama-3.1-70B,fp8,disagg,1024,1024,16,fp8,,,,2.0", "separate workers"),
      ("vllm,,meta-llama/Llama-3.1-70B,fp8,agg,1024,1024,16,fp8,4.0,2.0,1.0,", "pipeline parallelism"),
      ("vllm,,meta-llama/Llama-3.1-70B,fp8,agg,1024,1024,16,fp8,4.0,1.0,8.0,", "data-parallel attention"),
      ("vllm,,meta-llama/Llama-3.1-70B,fp8,agg,1024,1024,16,fp8,64.0,1.0,1.0,", "64 GPUs"),
      ("vllm,,openai/gpt-oss-120b,fp4,agg,1024,1024,16,nvfp4,4.0,1.0,1.0,", "nvfp4"),
      (
        "vllm,,somebody/Unheard-Of-9B,fp8,agg,1024,1024,16,fp8,4.0,1.0,1.0,",
        "'somebody/Unheard-Of-9B' is not in the catalogue"
      ),
      ("lmdeploy,,meta-llama/Llama-3.1-70B,fp8,agg,1024,1024,16,fp8,4.0,1.0,1.0,", "'lmdeploy'"),
      ("vllm,,meta-llama/Llama-3.1-70B,fp8,agg,1024,1024,,fp8,4.0,1.0,1.0,", "how many requests"),
      (
        "vllm,,meta-llama/Llama-3.1-70B,fp8,agg,some,1024,16,fp8,4.0,1.0,1.0,",
        "'isl' wants a number, found 'some'"
      ),
    ])
  func notModelled(row: String, words: String) throws {
    let points = try points(["x.csv": Self.harness + "InferenceX csv dump,,h100_sxm,\(row),1,2\n"])
    #expect(points.count == 1 && reason(points[0]).contains(words), "\(reason(points[0]))")
  }

  @Test("dstack: the sweep, the record of requests, offline runs, and disaggregation")
  func dstack() throws {
    let points = try points([
      "a_sweep.csv":
        "num_prompts,request_rate,duration,total_input_tokens,total_output_tokens,output_throughput,mean_ttft_ms,"
        + "median_ttft_ms,p99_ttft_ms,mean_tpot_ms,median_tpot_ms,p99_tpot_ms,num-scheduler-step,qps,enable-chunked-prefill,"
        + "max-num-batched-tokens,max-num-seqs\n"
        + "1000,16,100,215196,120689,1198,1,2,3,4,5,6,1,16,True,512,256\n1000,16,100,215196,120689,1198,1,2,3,4,5,6,10,16,True,512,256\n",
      "b_requests_qps16.csv":
        "idx,prompt_tokens,output_tokens,ttft_ms,decode_ms,n_itl,max_itl_ms\n0,13,11,150,100,10,20\n1,25,1,170,0,0,\n",
      "c_offline.csv": "input_len,output_len,num_prompts,elapsed_s,in_plus_out_tok_s\n128,2048,4,71.2,122\n",
      "d_pd.csv": "prefill,decode,conc,isl,osl,model_id,mean_ttft_ms\n1,1,32,128,2048,openai/gpt-oss-120b,128.9\n",
    ])
    #expect(points.count == 5)
    let sweep = try experiment(points[0])
    #expect(sweep.load.arrivals == .poisson(rate: 16) && sweep.serving.maxBatchedTokens == 512)
    #expect(sweep.serving.maxSequences == 256 && sweep.serving.parameters["chunked_prefill"] == .boolean(true))
    #expect(points[0].measured.count == 8)
    #expect(reason(points[1]).contains("per scheduling step"))
    #expect(points[2].measured.first { $0.metric == .ttftMean }?.value == 160)
    #expect(points[2].measured.first { $0.metric == .tpotMean }?.value == 10)
    #expect(try experiment(points[3]).load.arrivals == .together)
    #expect(reason(points[4]).contains("separate workers"))
  }

  @Test("MLPerf: GPUs of a system's name, mean output from the log's rates, replicas that share the load")
  func mlperf() throws {
    let header =
      "division,submitter,system,benchmark,scenario,target_qps,scheduled_samples_per_s,completed_samples_per_s,tokens_per_s,ttft_p99_ms\n"
    let points = try points([
      "m.csv": header + "closed,N,DGX-H100_H100-SXM-80GBx8_TRT,llama2-70b-99,Server,80,80,80,23200,1500\n"
        + "closed,N,H200-SXM-141GBx1_TRT,llama2-70b-99,Offline,14,,14,4060,\nclosed,N,Lenovo_8xH200_TRT,gptj-99,Offline,1,,1,70,\n"
        + "closed,N,Lenovo_2xL40S_TRT,llama2-70b-99,Offline,1,,1,290,\n"
    ])
    let server = try experiment(points[0])
    #expect(server.tensorParallel == 2 && server.replicas == 4 && server.load.arrivals == .poisson(rate: 20))
    #expect(server.load.meanOutput == 290 && points[0].measured.map(\.metric) == [.ttftP99, .outputThroughput])
    #expect(try experiment(points[1]).replicas == 1)
    #expect(reason(points[2]).contains("beam search") && reason(points[3]).contains("L40S"))
  }

  @Test("request rates, static batches and offline throughput")
  func others() throws {
    let points = try points([
      "a.csv":
        "source,gpu,model,precision,engine,version,tp,pp,workload,request_rate,num_requests,ttft_p50_ms,tpot_p50_ms,mean_in,mean_out\n"
        + "dc/x,H200-141GB,Llama-3.3-70B-Instruct,bf16,SGLang,v0.4.0,4,1,random in<= 1024 out<= 512,inf,4000,100,20,,\n"
        + "dc/x,A100-40GB,Llama-3.3-70B-Instruct,bf16,vLLM,V1,4,2,ShareGPT Poisson,4,200,100,20,,\n",
      "b.csv": "hardware,num_gpus,framework,model,input_len_eq_output_len,batch_size,latency_s\n"
        + "Nvidia GH200 GPU,1,vLLM,meta-llama/Llama-2-7b-hf,128,16,1.5\nNvidia H100 GPU,1,vLLM,Qwen/Qwen2-7B,128,16,1.5\n",
      "c.csv":
        "model,gpu,tp,precision,isl,osl,num_requests,total_output_tok_per_s\nLlama-3.3-70B,H200,1,fp8,128,128,30000,3803\n",
    ])
    let random = try experiment(points[0])
    #expect(
      random.load.arrivals == .together && random.load.meanOutput == 256 && random.serving.engine.name == "sglang")
    #expect(reason(points[1]).contains("pipeline"))
    let hopper = try experiment(points[2])
    #expect(hopper.machine.label == "GH200" && hopper.machine.server.gpu.memoryBandwidth.value == 4.0e12)
    #expect(hopper.serving.engine.name == "vllm-v0")
    #expect(try experiment(points[3]).serving.engine.name == "vllm-v0-grouped")
    #expect(
      try experiment(points[4]).serving.engine.name == "tensorrt-llm-offline"
        && points[4].measured[0].metric == .outputThroughput)
  }

  @Test("a folder without known tables is an error that says so; other tables beside known ones are passed over")
  func folders() throws {
    #expect(throws: UnreadableFile.self) { try SuiteFolder.points(in: "/nonexistent/suite") }
    #expect(throws: SuiteError.self) { try points(["a.csv": "x,y\n1,2\n"]) }
    let found = try points([
      "a.csv": "x,y\n1,2\n", "b/c.csv": "input_len,output_len,num_prompts,elapsed_s\n128,2048,4,71.2\n", "d.csv": "",
    ])
    #expect(found.count == 1)
  }

  @Test("damaged tables and absurd numbers cost their own points alone, and are said")
  func damaged() throws {
    let header = "input_len,output_len,num_prompts,elapsed_s\n"
    let requests = "prompt_tokens,output_tokens,ttft_ms,decode_ms,n_itl\n13,120,150,1000,119\n"
    let found = try points([
      "a.csv": header + "128,2048,4,71.2\n1e300,1,1,1\n", "b.csv": header + "128,2048\n", "c.csv": requests,
      "d.csv": header + "128,2048,99999999,71.2\n",
    ])
    #expect(found.count == 5)
    #expect(reason(found[1]).contains("wants a number up to"))
    #expect(found[2].source == "unreadable files" && found[2].place == "b.csv")
    #expect(reason(found[3]).contains("request rate"))
    #expect(throws: SuiteObstacle.self) { try experiment(found[4]).plan(SuiteBindings()) }
  }
}
