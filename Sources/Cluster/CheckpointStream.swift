import Network
import Replica

/// An engine's copies of new KV to host memory: one under way at a time, as they follow each other on one CUDA stream.
struct CheckpointStream {
  /// Members of the decode batch whose KV is copied as it is produced.
  var members = SequenceList()
  /// Sequences on the GPU with tokens that no copy has taken yet, in the order in which they came.
  var waiting = SequenceList()
  /// Evicted sequences whose last copy is under way.
  var leaving = SequenceList()

  /// The copy under way: a flow for each GPU; none when the stream is idle.
  private(set) var flows: ContiguousArray<FlowID> = []
  /// What the transport knows it by.
  private(set) var tag: Int64 = -1
  /// Bytes on each of the flows.
  private(set) var bytes: Int64 = 0
  /// Sequences in it whose copies have not been given up.
  var wanted = 0

  var isBusy: Bool { !flows.isEmpty }

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

  mutating func begin(_ flows: ContiguousArray<FlowID>, tag: Int64, bytes: Int64, sequences: Int) {
    self.flows = flows
    self.tag = tag
    self.bytes = bytes
    wanted = sequences
  }

  mutating func end() { flows.removeAll(keepingCapacity: true) }
}
