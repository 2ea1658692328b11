import CCatalogue

/// The data files carried inside the binary: hardware, models, measured profiles.
public enum Catalogue {
  /// The text of an embedded file, `nil` when there is none of that path.
  ///
  /// - Parameter path: relative to the data folder, for example `models/llama-3.1-8b.json`.
  public static func text(_ path: String) -> String? {
    for index in 0..<spillway_file_count() {
      let file = spillway_file_at(index)
      if String(cString: file.path) == path {
        return String(decoding: UnsafeBufferPointer(start: file.bytes, count: file.count), as: UTF8.self)
      }
    }
    return nil
  }

  /// The paths of the files below `folder`, in order.
  public static func paths(under folder: String) -> [String] {
    (0..<spillway_file_count()).map { String(cString: spillway_file_at($0).path) }
      .filter { $0.hasPrefix(folder + "/") }
  }
}
