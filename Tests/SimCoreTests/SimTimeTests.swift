import SimCore
import Testing

struct SimTimeTests {
  @Test("seconds, milliseconds and microseconds become whole picoseconds, halves to even")
  func conversions() {
    #expect(SimDuration.seconds(1).picoseconds == 1_000_000_000_000)
    #expect(SimDuration.milliseconds(2.5).picoseconds == 2_500_000_000)
    #expect(SimDuration.microseconds(0.25).picoseconds == 250_000)
    #expect(SimDuration(seconds: 0.5e-12).picoseconds == 0)
    #expect(SimDuration(seconds: 1.5e-12).picoseconds == 2)
    #expect(SimDuration(seconds: -1.5e-12).picoseconds == -2)
    #expect(SimTime(seconds: 9_200_000).picoseconds == 9_200_000_000_000_000_000)
    #expect(SimDuration(picoseconds: 1_500_000_000).milliseconds == 1.5)
    #expect(SimTime(picoseconds: 250_000_000_000).seconds == 0.25)
  }

  @Test("arithmetic is that of whole numbers")
  func arithmetic() {
    var random = RandomStream(seed: 2, replication: 0, purpose: "time")
    for _ in 0..<2_000 {
      let a = Int64(truncatingIfNeeded: random.next()) >> 3
      let b = Int64(truncatingIfNeeded: random.next()) >> 3
      let time = SimTime(picoseconds: a)
      let span = SimDuration(picoseconds: b)
      #expect((time + span).picoseconds == a + b)
      #expect((time - span).picoseconds == a - b)
      #expect((time + span) - time == span)
      #expect((SimDuration(picoseconds: a) + span - span).picoseconds == a)
      #expect((time < SimTime(picoseconds: b)) == (a < b))
      #expect((SimDuration(picoseconds: a) < span) == (a < b))
      var moved = time
      moved += span
      #expect(moved == time + span)
      var length = span
      length += SimDuration(picoseconds: a)
      length -= span
      #expect(length.picoseconds == a)
      let small = b >> 24
      #expect((SimDuration(picoseconds: small) * 1000).picoseconds == small * 1000)
    }
  }

  @Test("never is later than anything")
  func never() {
    #expect(SimTime(seconds: 9_000_000) < .never)
    #expect(SimDuration(seconds: 9_000_000) < .max)
    #expect(SimDuration.zero < SimDuration(picoseconds: 1))
  }

  @Test("going past the end of the clock stops the process")
  func overflow() async {
    // Printed, so that an optimised build cannot leave the sums out.
    await #expect(processExitsWith: .failure) { print((SimTime.never + SimDuration(picoseconds: 1)).picoseconds) }
    await #expect(processExitsWith: .failure) { print((SimDuration.max * 2).picoseconds) }
    await #expect(processExitsWith: .failure) { print(SimTime(seconds: 1e8).picoseconds) }
  }
}
