import SimCore
import Testing

struct FingerprintTests {
  private func fingerprint(_ words: [Int64]) -> Fingerprint {
    var result = Fingerprint()
    for word in words { result.combine(word) }
    return result
  }

  @Test("equal sequences have equal fingerprints, written as sixteen digits")
  func equal() {
    #expect(fingerprint([1, 2, 3]) == fingerprint([1, 2, 3]))
    for words in [[], [0], [1, -1], [.max, .min]] as [[Int64]] {
      let text = fingerprint(words).description
      #expect(text.count == 16)
      #expect(UInt64(text, radix: 16) == fingerprint(words).value)
      #expect(text == text.lowercased())
    }
  }

  @Test("order, length and every bit of every word count")
  func sensitive() {
    var random = RandomStream(seed: 4, replication: 0, purpose: "fingerprint")
    var seen: Set<UInt64> = []
    var count = 0
    func note(_ words: [Int64]) {
      seen.insert(fingerprint(words).value)
      count += 1
    }
    let words = (0..<6).map { _ in Int64(truncatingIfNeeded: random.next()) }
    note(words)
    for position in words.indices {
      for bit in 0..<64 {
        var other = words
        other[position] ^= 1 << bit
        note(other)
      }
      var shorter = words
      shorter.remove(at: position)
      note(shorter)
      var longer = words
      longer.insert(0, at: position)
      note(longer)
      if position > 0 {
        var swapped = words
        swapped.swapAt(position, position - 1)
        note(swapped)
      }
    }
    for zeros in 0..<50 { note([Int64](repeating: 0, count: zeros)) }
    #expect(seen.count == count)
  }

  @Test("a flipped bit turns about half of the fingerprint's bits")
  func avalanche() {
    var random = RandomStream(seed: 6, replication: 0, purpose: "avalanche")
    var turned = 0
    for trial in 0..<1_000 {
      let word = Int64(truncatingIfNeeded: random.next())
      let one = fingerprint([word, 17])
      let other = fingerprint([word ^ (1 << (trial % 64)), 17])
      turned += (one.value ^ other.value).nonzeroBitCount
    }
    // The mean of 1,000 binomials with 64 tries: 32 with a standard error of 0.13.
    #expect(abs(Double(turned) / 1_000 - 32) < 1)
  }
}
