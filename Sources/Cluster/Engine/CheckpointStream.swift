import Replica

/// An engine's copies of new KV to host memory: one under way at a time, as they follow each other on one CUDA stream.
struct CheckpointStream {
  /// Members of the decode batch whose KV is copied as it is produced.
  var members = SequenceList()
  /// Sequences on the GPU with tokens that no copy has taken yet, in the order in which they came.
  var waiting = SequenceList()
  /// Evicted sequences whose last copy is under way.
  var leaving = SequenceList()
  /// Whether a copy is under way.
  var isBusy = false
  /// Sequences in it whose copies have not been given up.
  var wanted = 0

  /// The sequence has tokens to be copied.
  mutating func note(_ slot: Int32) {
    if !waiting.contains(slot) { waiting.append(slot) }
  }

  /// Everything that the batch's members have decoded is to be copied.
  mutating func noteMembers() {
    var slot = members.head
    while slot >= 0 {
      note(slot)
      slot = members.after(slot)
    }
  }
}
