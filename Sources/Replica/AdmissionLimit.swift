/// What keeps the first waiting request from running, as the policy sees it.
public enum AdmissionLimit: UInt8, CaseIterable, Sendable {
  /// Nothing waits.
  case none
  /// Not enough free KV blocks.
  case memory
  /// `max_num_seqs` sequences run.
  case sequences
  /// The iteration's token budget is used up.
  case tokens
  /// The policy's own rule, for example a latency target.
  case policy
}
