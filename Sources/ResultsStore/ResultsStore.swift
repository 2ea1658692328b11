import Foundation
import GRDB
import Metrics
import TextIO

/// A run as a store keeps it.
public struct StoredRun: Sendable, Equatable {
  public var result: RunResult
  /// Figures that the version which stored it did not have, each as `table.column`: they are zero or empty in `result`.
  public var unrecorded: [String]

  public init(_ result: RunResult, unrecorded: [String] = []) {
    self.result = result
    self.unrecorded = unrecorded
  }
}

/// Runs kept in an SQLite file: each whole, in a transaction of its own, with the scenario's text beside the numbers.
///
/// `Documentation/Store.md` describes the tables and the views. Stores of older versions are brought up to date when
/// they are opened; a file of another program is refused and left as it is.
public final class ResultsStore: Sendable {
  let queue: DatabaseQueue
  let path: String

  /// Opens a store, making the file, its folder and its tables where they are missing.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - patience: how many seconds to wait for another process that writes.
  /// - Throws: `StoreError`.
  public init(path: String, patience: Double = 10) throws(StoreError) {
    self.path = path
    do {
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      var configuration = Configuration()
      configuration.busyMode = .timeout(patience)
      // With a rollback journal a transaction is done when the journal is gone; only EXTRA waits until it is gone for
      // good, so that a run that was stored outlives a loss of power.
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = EXTRA") }
      queue = try DatabaseQueue(path: path, configuration: configuration)
      // Opening an up-to-date store takes no write lock.
      var state = try queue.read(StoreOpening.state)
      switch state {
      case .empty, .behind:
        try queue.writeWithoutTransaction(StoreOpening.bringUpToDate)
        state = try queue.read(StoreOpening.state)
      case .current, .newer, .foreign: break
      }
      switch state {
      case .current: break
      case .newer: throw StoreError.notAStore(path: path, reason: "it was made by a newer version of Spillway")
      case .foreign(let words): throw StoreError.notAStore(path: path, reason: words)
      case .empty, .behind:
        throw StoreError.notAStore(path: path, reason: "its tables could not be brought up to date")
      }
    } catch {
      // No result has been written yet: what breaks a rule is in the file.
      throw StoreError(error, path: path, writing: true).ofTheFile
    }
  }

  /// Whether a file is an SQLite database, by its first bytes: a store, or another program's.
  ///
  /// - Throws: `UnreadableFile`.
  public static func isDatabase(_ path: String) throws -> Bool {
    try ReadableFile.bytes(path, upTo: 16).starts(with: Array("SQLite format 3\0".utf8))
  }
}
