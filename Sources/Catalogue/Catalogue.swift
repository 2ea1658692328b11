import CCatalogue

/// The data files carried inside the binary: hardware, models, measured profiles.
public enum Catalogue {
  /// The text of an embedded file, `nil` when there is none of that path.
  ///
  /// - Parameter path: relative to the data folder, for example `models/llama-3.1-8b.json`.
  public static func text(_ path: String) -> String? {
    spillway_file_named(path).map {
      String(decoding: UnsafeBufferPointer(start: $0.pointee.bytes, count: $0.pointee.count), as: UTF8.self)
    }
  }

  /// The SHA-256 digest of an embedded file, as 64 hexadecimal digits; `nil` when there is none of that path.
  public static func digest(of path: String) -> String? {
    spillway_file_named(path).map { String(cString: $0.pointee.sha256) }
  }

  /// The paths of the files below `folder`, in order.
  public static func paths(under folder: String) -> [String] {
    (0..<spillway_file_count()).map { String(cString: spillway_file_at($0).path) }
      .filter { $0.hasPrefix(folder + "/") }
  }
}
