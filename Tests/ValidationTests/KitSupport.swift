import Configuration
import Foundation
import Models
import SimCore
import TestSupport
import Testing
import Validation

/// A folder of its own, gone with the last reference.
final class KitFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-kit-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }

  @discardableResult
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
    return path + "/" + name
  }
}

/// A gzip file that holds bytes as they are (RFC 1951, stored blocks; RFC 1952).
func gzip(_ text: String) -> [UInt8] {
  let bytes = Array(text.utf8)
  func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  var file: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
  var start = 0
  repeat {
    let end = min(bytes.count, start + 65_535)
    let length = UInt16(end - start)
    file.append(end == bytes.count ? 1 : 0)
    for word in [length, ~length] { file += [UInt8(truncatingIfNeeded: word), UInt8(word >> 8)] }
    file += bytes[start..<end]
    start = end
  } while start < bytes.count
  var check: UInt32 = .max
  for byte in bytes {
    check ^= UInt32(byte)
    for _ in 0..<8 { check = check & 1 == 1 ? check >> 1 ^ 0xedb8_8320 : check >> 1 }
  }
  return file + little(~check) + little(UInt32(bytes.count))
}

/// The text of a recorder's file with one experiment.
struct RecorderText {
  var model = """
    {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
     "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 14336, "vocab_size": 128256,
     "max_position_embeddings": 32768, "torch_dtype": "bfloat16", "tie_word_embeddings": false}
    """
  var gpu = "NVIDIA H200"
  var config = ""
  var arguments = #""model": "llama shape", "enable_prefix_caching": false"#
  var columns = """
    ["id", "arrival_s", "prompt_tokens", "output_tokens", "class", "priority", "added_s", "first_sched_s", "ttft_s",
     "finish_s", "tpot_s", "preemptions"]
    """
  var requests = """
    [["r1", 0.0, 100, 11, "online", 0, 0.0, 0.0, 0.02, 0.12, 0.01, 0],
     ["r2", 0.5, 200, 1, "offline", 1, 0.5, 0.5, 0.03, 0.53, null, 2]]
    """
  var steps = """
    [[0.0, 0.02, 0.001, 0.018, 0.001, 100, 1, 0, 0, 100, 1, 0, 7, 0, [[100, 0]]],
     [0.02, 0.01, 0.001, 0.008, 0.001, 0, 0, 1, 101, 101, 1, 0, 7, 0, []]]
    """
  var experiment = #""num_gpu_blocks": 1001, "usable_blocks": 1000, "policy": "fcfs", "block_size": 16"#

  var text: String {
    """
    {"config": {"gpu": "\(gpu)", "max_num_seqs": 256, "max_num_batched_tokens": 8192, "max_model_len": 32768,
      "model": \(model), "engine_args": {\(arguments)}\(config)},
     "experiments": {"E": {\(experiment), "req_cols": \(columns), "requests": \(requests),
      "step_cols": ["start_s", "dur_s", "sched_s", "exec_s", "update_s", "prefill_tokens", "prefill_seqs",
        "decode_seqs", "decode_ctx", "total_ctx", "running", "waiting", "kv_used", "preempted", "prefill"],
      "steps": \(steps)}}}
    """
  }
}

/// An experiment of the catalogue's Llama-3.1-8B on an H200, with requests of an experiment's choice.
func experiment(
  _ requests: [MeasuredRequest], blocks: Int = 4096, adjust: (inout MeasuredEngine) -> Void = { _ in }
) throws -> MeasuredExperiment {
  var engine = MeasuredEngine(maxSequences: 64, maxBatchedTokens: 2048)
  engine.kvBlocks = blocks
  adjust(&engine)
  return MeasuredExperiment(
    name: "E", file: "test", model: try ModelCatalogue.model(named: "llama-3.1-8b"),
    hardware: MeasuredHardware(gpu: "NVIDIA H200"), engine: engine, requests: requests)
}

/// A test or suite that needs a file of the public data sets.
func has(_ path: String) -> ConditionTrait {
  .enabled(if: RecordedData.published(path) != nil, Comment(rawValue: RecordedData.isMissing(path)))
}

/// Whether an error's description has a text in it.
func said(_ text: String, _ body: () throws -> Void, _ location: SourceLocation = #_sourceLocation) {
  do {
    try body()
    Issue.record("no error where '\(text)' was expected", sourceLocation: location)
  } catch {
    let message = (error as? KitProblems)?.diagnostics.map(\.description).joined(separator: "\n") ?? "\(error)"
    if !message.contains(text) { Issue.record("'\(message)' says nothing of '\(text)'", sourceLocation: location) }
  }
}
