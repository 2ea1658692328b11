/// A part of the harness: cases that are made from seeds, each tried in the process that asks.
///
/// A case is something valid with changes. Which of them are kept can be chosen, so that a case that breaks something
/// is made smaller from outside, in other processes: it may have ended the one it ran in.
public protocol FuzzPart: Sendable {
  /// As the command line names it.
  var name: String { get }

  /// How many changes a seed's case has.
  func changes(of seed: UInt64) -> Int

  /// Tries a seed's case.
  ///
  /// - Parameters:
  ///   - kept: the numbers of the changes that are made; all when nil.
  ///   - tally: what came of it is counted there.
  /// - Returns: what broke, in words; nil when everything held.
  func attempt(_ seed: UInt64, keeping kept: Set<Int>?, into tally: inout FuzzTally) async -> String?

  /// What somebody needs to see the case without the harness: files, and what was run on them.
  func exhibit(of seed: UInt64, keeping kept: Set<Int>?) -> [InputFile]
}

/// A file of a case.
public struct InputFile: Sendable, Equatable {
  public var name: String
  public var bytes: [UInt8]

  public init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  public init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }
}

/// A case that broke something.
public struct FuzzFailure: Sendable, Equatable {
  public var part: String
  public var seed: UInt64
  public var reason: String
  /// The changes without which it does not break; nil where nobody tried.
  public var kept: [Int]?
}
