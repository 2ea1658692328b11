import Report
import TextIO

/// The page of what the harness has tried.
struct FuzzPage {
  var record: FuzzRecord
  var coverage: FuzzCoverage
  var besides = FuzzTables()

  private func tally(_ part: String) -> FuzzTally { record.tallies[part] ?? FuzzTally() }

  var text: String {
    [
      """
      # What was tried to break it

      Written by `make fuzz FUZZ_OPTIONS='--record Results'`, which adds to the counts of earlier runs
      ([counts.json](fuzz/counts.json)). The same seeds with the same version are the same cases:
      `spillway-fuzz show PART SEED` writes one.

      """, runs, scenarios, inputs, faults, besides.text, unreached, earlier,
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private static func share(_ part: Int, _ whole: Int) -> String {
    whole == 0 ? "" : "\(Int((100 * Double(part) / Double(whole)).rounded())) %"
  }

  private var runs: String { "## Runs\n\n" + Self.table(record.runs) + again }

  /// What found the mistakes that are mended since.
  private var earlier: String {
    guard let runs = record.earlier, !runs.isEmpty else { return "" }
    return "## Earlier runs\n\nThese are not in the counts above: seeds were other cases then.\n\n"
      + Self.table(runs)
  }

  private static func table(_ runs: [FuzzRecord.Run]) -> String {
    let rows = runs.map { run in
      [
        run.day, run.version, run.part, run.seeds, Printable.count(run.cases),
        Printable.count(Int(run.seconds)), "\(run.failures.count)",
      ]
    }
    let broken = kindsOfFailure(runs).map {
      "- \($0.count) times in \($0.part), first by \(Printable.line($0.first))\n"
    }
    return MarkupTable.markdown(["Day", "Version", "Part", "Seeds", "Cases", "Seconds", "Broke something"], rows)
      + (broken.isEmpty ? "" : "\nWhat broke when it was first tried:\n\n" + broken.joined())
  }

  private var again: String {
    guard let again = record.again else { return "" }
    let still = again.failures.map { "- \(Printable.line($0))\n" }.joined()
    return "\nTried again on \(again.day) with \(again.version): \(Printable.count(again.seeds)) seeds that had broken "
      + "something. Still broken: " + (still.isEmpty ? "none.\n" : "\(again.failures.count).\n\n" + still)
  }

  /// What broke, alike but for numbers and what is quoted, in the order in which it was first found.
  private static func kindsOfFailure(
    _ runs: [FuzzRecord.Run]
  ) -> [(part: String, count: Int, first: String)] {
    var kinds: [(part: String, pattern: String, count: Int, first: String)] = []
    for run in runs {
      for failure in run.failures {
        let reason = failure.drop { $0 != ":" }
        let pattern = MessagePattern.of(String(reason))
        if let known = kinds.firstIndex(where: { $0.part == run.part && $0.pattern == pattern }) {
          kinds[known].count += 1
        } else {
          kinds.append((run.part, pattern, 1, String(failure.prefix(200))))
        }
      }
    }
    return kinds.map { ($0.part, $0.count, $0.first) }
  }

  private var scenarios: String {
    let tally = tally("scenarios")
    let keys = coverage.keys.filter { tally.keysReached[$0] != nil }.count
    let policies = coverage.policies.filter { tally.policiesReached[$0] != nil }.count
    let rules = tally.rules.sorted { $0.key < $1.key }.map { [$0.key, Printable.count($0.value)] }
    return """
      ## Random scenarios

      \(Printable.count(tally.cases)) scenarios, of which \(Printable.count(tally.ran)) ran \
      (\(Self.share(tally.ran, tally.cases))) with \(Printable.count(Int(tally.requests))) requests, each policy in \
      segments, side by side and iteration by iteration; \(Printable.count(tally.refused)) were refused and \
      \(Printable.count(tally.tooLong)) would have been too long. They reached \(keys) of \(coverage.keys.count) keys \
      of the schema, \(policies) of \(coverage.policies.count) policies and \(tally.messages.count) different \
      messages. The slowest took \(Int(tally.slowest.rounded())) s.

      Rules of what a change of a run does to it, all exact, and how many scenarios they were held against (a rule that
      says nothing of a scenario is not counted):

      \(MarkupTable.markdown(["Rule", "Scenarios"], rules))
      Everything twice: two clusters that share nothing do each what one does. Streams to others added: so they do when
      the second has other requests. Other names: of deployments and streams for which nothing is drawn. The same
      requests under another seed: written down in place of what they were drawn from. Twice the rate: the same requests
      at half the time, to one and a half nanoseconds for each gap. All times doubled: arrivals and every cost twice as
      long make every time of every request twice as long, where nothing is rounded on the way (no copies, no host that
      plans ahead, no policy with times of its own). Common random numbers: every policy sees the same requests.

      """
  }

  private var inputs: String {
    let tally = tally("inputs")
    let options = coverage.options.filter { tally.optionsReached[$0] != nil }.count
    let rows = tally.kinds.sorted { $0.key < $1.key }.map { name, kind in
      [
        name, Printable.count(kind.cases), Self.share(kind.read, kind.cases), Self.share(kind.refused, kind.cases),
        Self.share(kind.stopped, kind.cases), Self.share(kind.withLine, kind.refused),
        Self.share(kind.withColumn, kind.refused),
      ]
    }
    let mutations = tally.mutations.sorted { $0.key < $1.key }.map { "\($0.key) \(Printable.count($0.value))" }
    return """
      ## Damaged inputs

      \(Printable.count(tally.cases)) inputs: \(Printable.count(tally.ran)) were read all the same, \
      \(Printable.count(tally.refused)) refused with \(tally.messages.count) different messages, \
      \(Printable.count(tally.tooLong)) asked for so long a run that it was stopped. \(options) of \
      \(coverage.options.count) options of the command line were among the commands. The slowest took \
      \(Int(tally.slowest.rounded())) s.

      \(MarkupTable.markdown(
        ["Kind", "Inputs", "Read", "Refused", "Stopped", "With a line, of the refused", "With a column"], rows))
      Damage: \(mutations.joined(separator: ", ")).

      """
  }

  private var faults: String {
    let tally = tally("faults")
    let rows = tally.kinds.sorted { $0.key < $1.key }.map { name, kind in
      [name, Printable.count(kind.cases), Printable.count(kind.read)]
    }
    return """
      ## Faults of the machine

      After each the results store is read whole, has lost nothing that it held, and holds in the end what an
      undisturbed one holds. A kill counts when it came before the end of the command. A full disk is a limit on the
      size of files (`RLIMIT_FSIZE`). Of clocks, the day's is set back and forth by up to decades, and the time since
      the machine started leaps forward, within the process; the kernel's own waits go on. The loss of power is played:
      of what SQLite asks of the disk while a sweep runs, a random beginning is taken; what it was told to synchronise
      is there, and of every other write all, nothing, or some sectors. No machine's power was cut.

      \(MarkupTable.markdown(["Fault", "Times", "Nothing lost"], rows))
      """
  }

  private var messages: String {
    guard let all = coverage.messages else { return "" }
    let said = record.tallies.values.flatMap(\.messages.keys)
    return """
      Of \(Printable.count(all.places.count)) places in the sources that say what is wrong, \
      \(Printable.count(all.reached(said))) were seen by their words \
      (\(Self.share(all.reached(said), all.places.count))). \
      Many of the others are about calibration, about what only a whole kit can show, or about the command line itself.

      """
  }

  private var unreached: String {
    let keys = coverage.keys.filter { tally("scenarios").keysReached[$0] == nil }.sorted()
    let policies = coverage.policies.filter { tally("scenarios").policiesReached[$0] == nil }
    func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.map { "`\($0)`" }.joined(separator: ", ") }
    return """
      ## Not reached

      \(messages)
      Policies: \(list(policies)).

      Keys of scenarios that ran: \(list(keys)).

      """
  }
}
