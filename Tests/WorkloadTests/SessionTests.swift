import Foundation
import SimCore
import Testing
import Workload

/// Shared prefixes and sessions of a stream.
struct SessionTests {
  private func sessions(turns: Int = 3, requests: Int? = nil) -> WorkloadStream {
    var description = stream(.constant(gap: .seconds(10)), requests: requests, duration: .seconds(35))
    description.conversations = Conversations(
      turns: .fixed(turns), thinkTime: .fixed(seconds: 2), newTokens: .fixed(7))
    description.sharedPrefix = SharedPrefix(tokens: .fixed(50))
    return description
  }

  @Test("a turn's prompt is what was said before and what is new, a think time after the answer")
  func turns() throws {
    let source = try RequestSource(sessions(), number: 4, seed: 1, replication: 0)
    let first = try source.take()
    #expect(first.session == 0 && first.turn == 0 && first.promptTokens == 150 && first.prefixTokens == 50)
    #expect(source.nextTime == .zero + .seconds(10), "the next session: nothing is answered yet")
    source.completed(user: first.user, at: .zero + .seconds(3))
    #expect(source.nextTime == .zero + .seconds(5))
    let second = try source.take()
    #expect(second.session == 0 && second.turn == 1 && second.promptTokens == 150 + 10 + 7)
    #expect(second.prefixTokens == 50 && second.prefixGroup == first.prefixGroup && second.stream == 4)
    source.completed(user: second.user, at: .zero + .seconds(6), isAnswered: false)
    #expect(source.nextTime == .zero + .seconds(10), "a refused turn ends its session")
    let other = try source.take()
    #expect(other.session == 1 && other.turn == 0 && other.promptTokens == 150)
  }

  @Test("limits count turns, and nothing comes after the stream's end")
  func limits() throws {
    let source = try RequestSource(sessions(turns: 50, requests: 6), number: 0, seed: 1, replication: 0)
    var count = 0
    while source.nextTime != .never {
      let request = try source.take()
      source.completed(user: request.user, at: request.arrival + .seconds(1))
      count += 1
    }
    #expect(count == 6)
    let untilEnd = try RequestSource(sessions(turns: 50), number: 0, seed: 1, replication: 0)
    var last = SimTime.zero
    while untilEnd.nextTime != .never {
      let request = try untilEnd.take()
      last = request.arrival
      untilEnd.completed(user: request.user, at: request.arrival + .seconds(1))
    }
    #expect(last < .zero + .seconds(35))
  }

  @Test("what a session sends does not depend on when others are answered")
  func independent() throws {
    func lengths(_ order: [Int]) throws -> [Int32: [Int32]] {
      var description = sessions()
      description.components = [
        WorkloadComponent(
          lengths: .independent(
            prompt: LengthDistribution(.uniform(low: 1, high: 900)),
            output: LengthDistribution(.uniform(low: 1, high: 900))))
      ]
      let source = try RequestSource(description, number: 0, seed: 3, replication: 0)
      var seen: [Int32: [Int32]] = [:]
      var open: [Request] = []
      var now = SimTime.zero
      while seen.values.reduce(0, { $0 + $1.count }) < 9 {
        while source.nextTime != .never, open.count < 3 {
          now = max(now, source.nextTime)
          open.append(try source.take())
        }
        for index in order where index < open.count {
          seen[open[index].session, default: []].append(open[index].promptTokens)
          source.completed(user: open[index].user, at: now)
        }
        open.removeAll()
      }
      return seen
    }
    let (one, other) = (try lengths([0, 1, 2]), try lengths([2, 1, 0]))
    for (session, prompts) in one { #expect(Array((other[session] ?? []).prefix(prompts.count)) == prompts) }
  }

  @Test("popular groups come more often, each with a prefix of its own length")
  func groups() throws {
    var description = stream(.batch(count: 6000))
    description.sharedPrefix = SharedPrefix(
      tokens: LengthDistribution(.uniform(low: 100, high: 2000)), groups: 3, exponent: 1)
    let all = try requests(description)
    let counts = (0..<3).map { group in Double(all.count { $0.prefixGroup == Int32(group) }) }
    let weights = [1, 0.5, 1.0 / 3].map { $0 * 6000 / (11.0 / 6) }
    for (count, weight) in zip(counts, weights) { #expect(abs(count - weight) < 5 * weight.squareRoot()) }
    for group in 0..<3 {
      let lengths = Set(all.filter { $0.prefixGroup == Int32(group) }.map(\.prefixTokens))
      #expect(lengths.count == 1)
      #expect(all.allSatisfy { $0.promptTokens == $0.prefixTokens + 100 })
    }
  }

  @Test("a trace keeps its columns, and names what is wrong with them")
  func columns() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "spillway-sessions-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/t.csv"
    func write(_ rows: String) throws {
      try ("arrival_s,prompt_tokens,output_tokens,prefix_tokens,prefix_group,session,turn\n" + rows)
        .write(toFile: path, atomically: true, encoding: .utf8)
    }
    try write("0,100,5,60,2,7,0\n1,200,5,60,2,7,1\n2,50,5,,,,\n")
    var replay = stream(.trace(TraceDescription(path: path)))
    replay.components = [WorkloadComponent(lengths: .recorded)]
    let read = try requests(replay)
    #expect(read.map(\.session) == [7, 7, -1] && read.map(\.turn) == [0, 1, 0])
    #expect(read.map(\.prefixTokens) == [60, 60, 0] && read.map(\.prefixGroup) == [2, 2, 0])
    try TraceTools.convert(TraceDescription(path: path), to: folder + "/c.csv")
    var again = stream(.trace(TraceDescription(path: folder + "/c.csv")))
    again.components = replay.components
    #expect(try requests(again) == read)
    try write("0,100,5,101,0,,\n")
    #expect(throws: WorkloadError.self) { try requests(replay) }
    replay.sharedPrefix = SharedPrefix(tokens: .fixed(5))
    #expect(replay.problems().map(\.key) == ["shared_prefix"])
  }
}
