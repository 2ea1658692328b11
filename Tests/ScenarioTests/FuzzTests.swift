import Configuration
import Scenario
import SimCore
import Testing

/// Random damage to good files: whatever comes, it is resolved or refused with a place, and never crashes.
@Suite struct FuzzTests {
  private static let fragments = [
    "[", "]", "{", "}", ":", ": ", "- ", "-", "#", "'", "\"", "&a ", "*a", "? ", "| ", "> ", "\n", "\n  ", "\t", ",",
    "!!int ",
    "<<: ", "---\n", "%", "@", "`", "0", "-1", "1e99", "999999999999999999999", ".nan", "null", "true", "yes", "80 GB",
    "5/s",
    "é", "\u{1F600}", "\\", "name", "gpus", "policy", "[[[[", "{a: {b: ", "0x1F", "1:30", "\r\n", "\u{0}", "\u{FEFF}",
    "\u{E000}",
  ]

  private static func damage(_ text: String, _ random: inout RandomStream) -> String {
    var scalars = Array(text.unicodeScalars)
    for _ in 0..<(1 + random.below(2) * random.below(4)) {
      let place = random.below(scalars.count + 1)
      let length = min(random.below(12), scalars.count - place)
      switch random.below(6) {
      case 0: scalars.removeSubrange(place..<(place + length))
      case 1: scalars.insert(contentsOf: fragments[random.below(fragments.count)].unicodeScalars, at: place)
      case 2:
        scalars.replaceSubrange(place..<(place + length), with: fragments[random.below(fragments.count)].unicodeScalars)
      case 3: scalars.insert(contentsOf: scalars[place..<(place + length)], at: random.below(scalars.count + 1))
      case 4:
        // A line goes away, or comes twice.
        let lines = scalars.split(separator: "\n", omittingEmptySubsequences: false)
        let line = random.below(lines.count)
        let kept = random.below(2) == 0 ? lines[..<line] + lines[(line + 1)...] : lines[...line] + lines[line...]
        scalars = Array(kept.joined(separator: ["\n"]))
      default: if place < scalars.count { scalars[place] = Unicode.Scalar(UInt8(32 + random.below(95))) }
      }
      if scalars.isEmpty { break }
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// To repeat a failure, put the seed it prints here.
  @Test(.timeLimit(.minutes(5)), arguments: [UInt64(1), 2, 3, 4])
  func damagedFilesAreResolvedOrRefused(seed: UInt64) {
    var random = RandomStream(seed: seed, replication: 0, purpose: "fuzz")
    var resolvedCount = 0
    let rounds = 400
    for round in 0..<rounds {
      let text = Self.damage(random.below(2) == 0 ? fullScenario : smallScenario, &random)
      let diagnostics = Diagnostics()
      var scenario: ResolvedScenario?
      if let document = Document(text: text, name: "f", into: diagnostics) {
        scenario = ScenarioReader.resolve(document, policies: testPolicies, metrics: testMetrics, into: diagnostics)
      }
      #expect((scenario == nil) == diagnostics.hasErrors, "seed \(seed), round \(round):\n\(text)")
      if let scenario {
        resolvedCount += 1
        let (again, messages) = resolve(scenario.canonicalText)
        #expect(
          again?.digest == scenario.digest,
          "seed \(seed), round \(round): \(messages)\n\(scenario.canonicalText)\n\(text)")
      }
      let lineCount = text.unicodeScalars.reduce(1) { $0 + ($1 == "\n" ? 1 : 0) }
      for diagnostic in diagnostics.all {
        guard case .file(_, let line, let column) = diagnostic.position else { continue }
        #expect(
          (1...lineCount).contains(line) && column >= 1, "seed \(seed), round \(round): \(diagnostic)\n\(text)")
        #expect(!diagnostic.message.isEmpty && !diagnostic.message.contains("\n"), "seed \(seed): \(diagnostic)")
      }
    }
    // The damage must neither always kill nor never.
    #expect(resolvedCount >= 5 && resolvedCount < rounds, "\(resolvedCount) of \(rounds) resolved")
  }

  @Test(arguments: [UInt64(1), 2]) func damagedOverridesAreAppliedOrRefused(seed: UInt64) {
    let good = [
      "workload.rate=5/s", "deployments[0].engine.max_num_seqs=64", "deployments.chat.model=mistral-7b",
      "policies=[aqua]",
      "deployments.chat.gpus=[1, 2]", "seed=4",
    ]
    var random = RandomStream(seed: seed, replication: 0, purpose: "fuzz-overrides")
    for round in 0..<400 {
      let argument = Self.damage(good[random.below(good.count)], &random)
      let (scenario, messages) = resolve(smallScenario, set: [argument])
      #expect(
        (scenario == nil) == messages.contains { $0.contains("error: ") }, "seed \(seed), round \(round): \(argument)")
    }
  }
}
