/// The trace formats that can be read.
public enum TraceFormat: String, CaseIterable, Hashable, Sendable {
  /// Azure LLM inference traces: `TIMESTAMP,ContextTokens,GeneratedTokens`, dates with up to 12 fraction digits.
  /// The 2025 multimodal trace has `NumImages` besides. Time 0 is the first row.
  case azure
  /// BurstGPT: `Timestamp,[Session ID,Elapsed time,]Model,Request tokens,Response tokens,Total tokens,Log Type`,
  /// seconds. Rows with 0 response tokens are requests that failed; they are left out and counted. Time 0 is the
  /// first row.
  case burstGPT = "burstgpt"
  /// Mooncake: a JSON object per line with `timestamp` (ms), `input_length`, `output_length`, `hash_ids`.
  case mooncake
  /// Vidur's replay traces: `arrived_at,num_prefill_tokens,num_decode_tokens`, seconds.
  case vidur
  /// Our own: `arrival_s,prompt_tokens,output_tokens`, and any of `class,tenant,priority,deadline_s`, `adapter`,
  /// `prefix_id`, `prefix_tokens`. `client` is read as `tenant`. `hash_ids_16` holds what blocks of 16 tokens the
  /// prompt is made of (``PromptBlocks``).
  case csv
  /// The same keys as our own CSV, a JSON object per line.
  case jsonLines = "jsonl"
}
