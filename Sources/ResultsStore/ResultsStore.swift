import Foundation
import GRDB
import Metrics

/// One point of a sweep, or a single scenario: what makes two stored runs the same experiment.
public struct StoredPoint: Sendable, Hashable {
  /// A digest of `parameters` and of the scenario.
  public var digest: String
  /// The parameters in one canonical text.
  public var parameters: String

  public init(digest: String, parameters: String) {
    self.digest = digest
    self.parameters = parameters
  }
}

/// Runs kept in an SQLite file: each whole, in a transaction of its own, with the scenario's text beside the numbers.
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
      queue = try DatabaseQueue(path: path, configuration: configuration)
      let isUnmarked = try queue.read { try Self.checkOwner($0, path: path) }
      let migrator = Migrations.migrator
      let (known, current) = try queue.read { database in
        (try migrator.hasBeenSuperseded(database), try migrator.hasCompletedMigrations(database))
      }
      if known {
        throw StoreError.notAStore(path: path, reason: "it was made by a newer version of Spillway")
      }
      // Opening an up-to-date store takes no write lock.
      if !current { try migrator.migrate(queue) }
      if isUnmarked { try Self.markOwner(queue) }
    } catch {
      throw StoreError(error, path: path, writing: true)
    }
  }

  /// Says that every run of a point is stored, so that a resumed sweep can pass it by.
  ///
  /// - Throws: `StoreError`.
  public func markCompleted(_ point: StoredPoint) throws(StoreError) {
    do {
      try queue.write { database in
        try database.execute(
          sql: """
            INSERT INTO point (digest, parameters, completed) VALUES (?, ?, 1)
            ON CONFLICT (digest) DO UPDATE SET completed = 1
            """, arguments: [point.digest, point.parameters])
      }
    } catch {
      throw StoreError(error, path: path, writing: true)
    }
  }

  /// The digests of completed points, in order.
  ///
  /// - Throws: `StoreError`.
  public func completedPoints() throws(StoreError) -> [String] {
    do {
      return try queue.read { try String.fetchAll($0, sql: "SELECT digest FROM point WHERE completed = 1 ORDER BY 1") }
    } catch {
      throw StoreError(error, path: path, writing: false)
    }
  }
}
