import TextIO

/// Why a workload can't be read or written, in words for the person who gave the file or the description.
public struct WorkloadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, as far as a caller may act on it (exit codes, for instance).
  public enum Kind: Hashable, Sendable {
    /// The file isn't there or may not be read.
    case unreadableFile
    /// The file's contents are wrong.
    case badContents
    /// The description is wrong.
    case badDescription
    /// An output can't be written.
    case unwritableFile
  }

  public var kind: Kind
  /// The file, as the caller named it.
  public var file: String?
  /// The line in the (uncompressed) file, from 1.
  public var line: Int?
  public var message: String

  public init(_ kind: Kind, file: String? = nil, line: Int? = nil, _ message: String) {
    self.kind = kind
    self.file = file
    self.line = line
    self.message = message
  }

  /// `FILE:LINE: error: MESSAGE`, with the parts that are known.
  public var description: String {
    var place = ""
    if let file { place += file + ":" }
    if let line { place += "\(line):" }
    return place.isEmpty ? message : "\(place) error: \(message)"
  }
}

extension WorkloadError {
  init(_ file: UnreadableFile) {
    self.init(.unreadableFile, file: file.path, "can't read the file: \(file.reason)")
  }
}
