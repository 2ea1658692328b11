/// Which GPUs page to which, and what runs beside that.
struct SharingArrangement: Hashable {
  /// Of one GPU, the GPU that lends it memory.
  struct Pair: Hashable {
    var pager: Int
    var lender: Int
  }

  /// What runs beside pages, and is timed.
  enum Load: Hashable {
    /// A kernel that reads memory, on one GPU.
    case reading(gpu: Int)
    case allReduce(bytes: Int, gpus: [Int])

    var name: String {
      switch self {
      case .reading: "reading"
      case .allReduce: "all-reduce"
      }
    }

    /// For progress and errors.
    var inWords: String {
      switch self {
      case .reading(let gpu): "reading on GPU \(gpu)"
      case .allReduce(let bytes, let gpus): "all-reduce of \(bytes) B over \(SharingArrangement.text(gpus))"
      }
    }
  }

  /// They page at the same time.
  let pages: [Pair]
  /// The GPUs on which a kernel reads, and the groups that all-reduce.
  let readers: [Int]
  let groups: [[Int]]

  /// One GPU pages to another. With four, a group of two pages to a group of two as a tensor-parallel borrower does to
  /// a tensor-parallel lender: collectives of the lender, of the borrower and of all four are beside.
  ///
  /// - Parameter gpus: how many are measured, two or more.
  static func all(gpus: Int) -> [SharingArrangement] {
    var list = [SharingArrangement(pages: [Pair(pager: 0, lender: 1)], readers: [0, 1], groups: [[0, 1]])]
    if gpus >= 4 {
      list.append(
        SharingArrangement(
          pages: [Pair(pager: 2, lender: 0), Pair(pager: 3, lender: 1)], readers: [0, 2],
          groups: [[0, 1], [2, 3], [0, 1, 2, 3]]))
    }
    return list
  }

  /// - Parameter vectors: the bytes of all-reduces.
  func loads(_ vectors: [Int]) -> [Load] {
    readers.map { .reading(gpu: $0) } + groups.flatMap { group in vectors.map { .allReduce(bytes: $0, gpus: group) } }
  }

  /// As profiles have it, for example `2>0 3>1`.
  var text: String { pages.map { "\($0.pager)>\($0.lender)" }.joined(separator: " ") }

  /// A group as profiles have it, for example `0 1`.
  static func text(_ group: [Int]) -> String { group.map(String.init).joined(separator: " ") }
}

extension SharingArrangement {
  /// What profiles that were measured on two GPUs only leave unsaid.
  static let pair = (group: [0, 1], pages: [Pair(pager: 0, lender: 1)])

  /// - Returns: nil for what is no list of pairs.
  static func pages(_ text: String) -> [Pair]? {
    var pairs: [Pair] = []
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      let ends = word.split(separator: ">", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count == 2, let pager = ends[0], let lender = ends[1], pager >= 0, lender >= 0 else { return nil }
      pairs.append(Pair(pager: pager, lender: lender))
    }
    return pairs
  }

  /// - Returns: nil for what is no list of GPUs.
  static func group(_ text: String) -> [Int]? {
    let gpus = text.split(separator: " ", omittingEmptySubsequences: false).map { Int($0) }
    return gpus.contains { ($0 ?? -1) < 0 } ? nil : gpus.compactMap(\.self)
  }
}
