import Configuration
import Scheduling

/// Random scenarios, each run in every way that must not matter, and held against laws.
extension FuzzSession: FuzzPart {
  public var name: String { "scenarios" }

  public func changes(of seed: UInt64) -> Int { made(seed).changes.count }

  public func exhibit(of seed: UInt64, keeping kept: Set<Int>?) -> [InputFile] {
    [InputFile("scenario.yaml", made(seed).keeping(kept).text)] + CaseFiles.all
  }

  public func attempt(_ seed: UInt64, keeping kept: Set<Int>?, into tally: inout FuzzTally) async -> String? {
    let one = made(seed).keeping(kept)
    tally.cases += 1
    switch await check.outcome(of: one.text) {
    case .ran(let requests, let rules):
      tally.ran += 1
      for rule in rules { tally.rules[rule, default: 0] += 1 }
      tally.requests += requests
      for key in one.keys(in: section) { tally.keysReached[key, default: 0] += 1 }
      for name in policies.descriptors.map(\.name) where one.names(policy: name) {
        tally.policiesReached[name, default: 0] += 1
      }
    case .refused(let messages):
      tally.refused += 1
      for message in messages { tally.note(message: message) }
    case .tooLong: tally.tooLong += 1
    case .broken(let reason): return reason
    }
    return nil
  }
}
