/// A message in the wire format of Protocol Buffers, as far as timelines need it.
///
/// Source: *Protocol Buffers, Encoding*, protobuf.dev. Written by hand, since a library would bring a compiler for
/// schemas with it, for four kinds of message.
struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  /// A field that is a whole number of any kind but `sint`; negative ones take ten bytes.
  mutating func add(_ field: Int, _ value: UInt64) {
    add(varint: UInt64(field) << 3)
    add(varint: value)
  }

  mutating func add(_ field: Int, _ value: Int64) { add(field, UInt64(bitPattern: value)) }

  /// A `double`.
  mutating func add(_ field: Int, _ value: Double) {
    add(varint: UInt64(field) << 3 | 1)
    for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * place))) }
  }

  mutating func add(_ field: Int, _ text: String) { add(field, Array(text.utf8)) }

  /// A message within this one.
  mutating func add(_ field: Int, _ fill: (inout ProtocolBuffer) -> Void) {
    var message = ProtocolBuffer()
    fill(&message)
    add(field, message.bytes)
  }

  private mutating func add(_ field: Int, _ content: [UInt8]) {
    add(varint: UInt64(field) << 3 | 2)
    add(varint: UInt64(content.count))
    bytes += content
  }

  private mutating func add(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
