import Foundation
import GRDB

/// Content that is not what a store holds.
struct StoreDamage: Error {
  /// In the plural, for example `histograms`.
  var what: String
}

/// Why a results store could not be used.
public enum StoreError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Another process is writing, and went on for longer than we waited.
  case busy(path: String)
  /// The file or its folder cannot be written.
  case unwritable(path: String, reason: String)
  /// The file cannot be opened or read.
  case unreadable(path: String, reason: String)
  /// The file is something else, or damaged.
  case notAStore(path: String, reason: String)
  /// A result breaks the store's rules, or the store's content ours: a bug of ours.
  case inconsistent(path: String, reason: String)

  public var description: String {
    switch self {
    case .busy(let path): "\(path): another process is writing to this store"
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .notAStore(let path, let reason): "\(path): is not a results store: \(reason)"
    case .inconsistent(let path, let reason): "\(path): inconsistent result: \(reason)"
    }
  }

  /// The same where a broken rule must be the file's own.
  var ofTheFile: StoreError {
    guard case .inconsistent(let path, let reason) = self else { return self }
    return .notAStore(path: path, reason: "it is damaged: \(reason)")
  }

  /// What a failure of the database means to the person who named the file.
  init(_ error: any Error, path: String, writing: Bool) {
    if let known = error as? StoreError {
      self = known
      return
    }
    if let damage = error as? StoreDamage {
      self = .notAStore(path: path, reason: "its \(damage.what) are damaged")
      return
    }
    guard let failure = error as? DatabaseError else {
      self =
        writing
        ? .unwritable(path: path, reason: error.localizedDescription)
        : .unreadable(path: path, reason: error.localizedDescription)
      return
    }
    let reason = failure.message ?? failure.resultCode.description
    switch failure.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .busy(path: path)
    case .SQLITE_NOTADB, .SQLITE_CORRUPT: self = .notAStore(path: path, reason: reason)
    case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH: self = .inconsistent(path: path, reason: reason)
    default: self = writing ? .unwritable(path: path, reason: reason) : .unreadable(path: path, reason: reason)
    }
  }
}
