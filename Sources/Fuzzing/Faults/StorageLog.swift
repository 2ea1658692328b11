import Foundation
import SimCore

/// What a database asked of the disk, as `CStorage` writes it down, and what a loss of power can leave of it.
///
/// A request is safe once the disk has synchronised its file behind it. Of the others a disk may have carried out any,
/// in any order, and of a write any of its sectors (Pillai et al., All File Systems Are Not Created Equal, OSDI 2014).
struct StorageLog {
  enum Kind: UInt8 { case write = 0x57, truncate = 0x54, sync = 0x53, create = 0x43, delete = 0x44 }

  struct Request: Equatable {
    var kind: Kind
    var file: Int
    /// Where data is written, how long the file becomes, or 1 for a deletion whose folder was synchronised.
    var offset: Int
    var data: [UInt8] = []
  }

  /// What becomes of requests that are not safe.
  enum Fate: CaseIterable { case kept, lost, mixed }

  static let database = 0
  static let journal = 1
  /// Bytes that a disk writes whole or not at all.
  static let sector = 512

  var requests: [Request] = []

  init(_ requests: [Request]) { self.requests = requests }

  /// - Returns: nil for bytes that are no log of a database with a rollback journal.
  init?(bytes: [UInt8]) {
    var rest = bytes[...]
    let header = 16
    while !rest.isEmpty {
      guard rest.count >= header, let kind = Kind(rawValue: rest[rest.startIndex]) else { return nil }
      func number(_ range: Range<Int>) -> Int {
        range.reversed().reduce(0) { $0 << 8 | Int(rest[rest.startIndex + $1]) }
      }
      let (file, length, offset) = (number(1..<2), number(4..<8), number(8..<16))
      rest = rest.dropFirst(header)
      guard file <= Self.journal, length <= rest.count else { return nil }
      requests.append(Request(kind: kind, file: file, offset: offset, data: Array(rest.prefix(length))))
      rest = rest.dropFirst(length)
    }
  }

  /// The requests behind which a transaction is done: the journal is gone, and so for good.
  var commits: [Int] {
    requests.indices.filter { requests[$0].kind == .delete && requests[$0].file == Self.journal }
  }

  /// A file, on a disk that may lose power.
  private struct File {
    /// What is safe of it.
    var content: [UInt8] = []
    /// Whether its name is safe in the folder.
    var isNamed = false
    var isDeleted = false
    var pending: [Request] = []
  }

  /// The contents of the files when the power is lost behind the first `count` requests.
  ///
  /// - Parameter obeys: whether the disk does what it is told when it is told to synchronise.
  func left(
    after count: Int, _ fate: Fate, _ random: inout RandomStream, obeys: Bool = true
  ) -> (database: [UInt8]?, journal: [UInt8]?) {
    var files: [Int: File] = [:]
    func syncFolder() {
      for (name, file) in files {
        if file.isDeleted { files[name] = nil } else { files[name]?.isNamed = true }
      }
    }
    for request in requests.prefix(count) {
      switch request.kind {
      case .create: files[request.file] = File()
      case .write, .truncate: files[request.file, default: File()].pending.append(request)
      case .sync:
        guard obeys, var file = files[request.file] else { continue }
        for request in file.pending { Self.apply(request, to: &file.content) }
        file.pending = []
        files[request.file] = file
        // With a new journal SQLite synchronises the folder too.
        if request.file == Self.journal, !file.isNamed { syncFolder() }
      case .delete:
        files[request.file]?.isDeleted = true
        if obeys, request.offset == 1 { syncFolder() }
      }
    }
    func left(_ name: Int) -> [UInt8]? {
      guard let file = files[name] else { return nil }
      switch fate {
      case .kept: if file.isDeleted { return nil }
      case .lost: if !file.isNamed { return nil }
      case .mixed: if (file.isDeleted || !file.isNamed) && random.below(2) == 0 { return nil }
      }
      var content = file.content
      for request in file.pending where fate == .kept || fate == .mixed {
        if fate == .kept { Self.apply(request, to: &content) } else { Self.tear(request, &content, &random) }
      }
      return content
    }
    return (left(Self.database), left(Self.journal))
  }

  private static func apply(_ request: Request, to content: inout [UInt8]) {
    let end = request.offset + request.data.count
    if request.kind == .truncate {
      let more = max(0, request.offset - content.count)
      content = Array(content.prefix(request.offset)) + Array(repeating: 0, count: more)
    } else {
      if content.count < end { content += Array(repeating: 0, count: end - content.count) }
      content.replaceSubrange(request.offset..<end, with: request.data)
    }
  }

  /// Carries out a request, none of it, or some of its sectors; the others keep what they had, and hold anything where
  /// the file became longer.
  private static func tear(_ request: Request, _ content: inout [UInt8], _ random: inout RandomStream) {
    switch random.below(3) {
    case 0: apply(request, to: &content)
    case 1: break
    default:
      guard request.kind == .write else { return }
      let before = content.count
      let end = request.offset + request.data.count
      if before < end { content += (before..<end).map { _ in UInt8(random.below(256)) } }
      for start in stride(from: 0, to: request.data.count, by: sector) where random.below(2) == 0 {
        let part = request.data[start..<min(start + sector, request.data.count)]
        content.replaceSubrange(request.offset + start..<request.offset + start + part.count, with: part)
      }
    }
  }
}
