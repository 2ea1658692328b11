/// What the full blocks of a sequence's tokens are called, from its first: equal names stand for equal tokens, all
/// before them included (vLLM's block hashes).
///
/// A trace may list the blocks one by one. Else a prompt may begin with what a group of prompts has in common, and what
/// follows, answers included, is its session's. Blocks without a name are like no other sequence's.
public struct BlockNames: Sendable, Equatable {
  /// Where tokens come from: everything that begins with it begins alike.
  public struct Source: Sendable, Equatable {
    let number: Int

    /// A group of prompts that begin alike.
    ///
    /// - Parameters:
    ///   - origin: which numbers belong together: equal ones of one origin mean the same.
    ///   - origins: how many origins there are.
    public static func group(_ number: Int, of origin: Int, origins: Int) -> Source {
      Source(number: (number * origins + origin) * 2)
    }

    /// A session, whose prompts extend each other.
    public static func session(_ number: Int, of origin: Int, origins: Int) -> Source {
      Source(number: (number * origins + origin) * 2 + 1)
    }
  }

  /// No blocks that anybody else has.
  public static let none = BlockNames(listed: [])

  /// Blocks of one sequence that have names: so many that no pool holds them.
  private static let mostBlocks = 1 << 22
  /// Names below are those of listed blocks.
  private static let firstSource = 1 << 10

  private let listed: ArraySlice<Int32>
  private let group: Int
  private let groupBlocks: Int
  private let session: Int?

  /// Blocks with these numbers, from the first.
  public init(listed: ArraySlice<Int32>) {
    self.listed = listed
    group = 0
    groupBlocks = 0
    session = nil
  }

  /// - Parameters:
  ///   - group: what the first `groupBlocks` blocks are a part of.
  ///   - session: what all others are a part of; nil where they are like no other sequence's.
  public init(group: Source, groupBlocks: Int, session: Source?) {
    listed = []
    self.group = group.number
    self.groupBlocks = min(groupBlocks, Self.mostBlocks)
    self.session = session?.number
  }

  /// How many blocks, from the first, have names.
  public var count: Int { session == nil ? listed.count + groupBlocks : Self.mostBlocks }

  /// The name of a block, counted from 0, that has one.
  public subscript(index: Int) -> Int {
    if index < listed.count { return Int(listed[listed.startIndex + index]) }
    let source = index < groupBlocks ? group : session ?? group
    return (source &+ Self.firstSource) &* Self.mostBlocks &+ index
  }

  /// The first `count` of them, or all there are.
  public func prefix(_ count: Int) -> BlockRun { BlockRun(names: self, indices: 0..<max(0, min(count, self.count))) }
}

/// Names of successive blocks of a sequence.
public struct BlockRun: RandomAccessCollection, Sendable {
  private let names: BlockNames
  public let indices: Range<Int>

  init(names: BlockNames, indices: Range<Int>) {
    self.names = names
    self.indices = indices
  }

  public var startIndex: Int { indices.lowerBound }
  public var endIndex: Int { indices.upperBound }
  public subscript(index: Int) -> Int { names[index] }
  public subscript(bounds: Range<Int>) -> BlockRun { BlockRun(names: names, indices: bounds) }
}
