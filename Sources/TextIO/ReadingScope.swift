import Glibc

/// The folders that files may be read from, where reading is confined.
///
/// For a service that runs scenarios which others wrote: a scenario names traces, length files, profiles and models,
/// and what is wrong with such a file is told with a piece of it. In a task with a scope, ``ReadableFile`` opens
/// nothing outside, and does not tell whether anything is there.
public struct ReadingScope: Hashable, Sendable {
  /// The scope of the current task and of the tasks below it; `nil`, as usual, when every file may be read.
  @TaskLocal public static var current: ReadingScope?

  /// The folders' real paths, each without a slash at its end.
  private let folders: [String]

  /// - Parameter folders: paths of folders; whatever lies below them may be read.
  /// - Throws: `UnreadableFile` for one that is no folder.
  public init(_ folders: [String]) throws(UnreadableFile) {
    var real: [String] = []
    for folder in folders {
      guard let path = Self.realPath(folder) else {
        throw UnreadableFile(path: folder, reason: String(cString: strerror(errno)))
      }
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw UnreadableFile(path: folder, reason: "it is not a folder")
      }
      real.append(path == "/" ? "" : path)
    }
    self.folders = real
  }

  /// Where a path leads.
  enum Place {
    /// To this real path, inside.
    case inside(String)
    /// To nothing, or to what may not be looked at, inside; with the system's error number.
    case unreachable(Int32)
    /// Outside; the same whether there is anything or not.
    case outside
  }

  func place(of path: String) -> Place {
    if let real = Self.realPath(path) { return contains(real) ? .inside(real) : .outside }
    let code = errno
    var status = stat()
    // What a link leads to may be outside, there or not.
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK { return .outside }
    var folder = path
    while true {
      folder = Self.folder(of: folder)
      if let real = Self.realPath(folder) { return contains(real) ? .unreachable(code) : .outside }
      if folder == "." || folder == "/" { return .outside }
    }
  }

  /// The real path of a file inside.
  ///
  /// - Throws: `UnreadableFile` for one that is outside or not there.
  func resolved(_ path: String) throws(UnreadableFile) -> String {
    switch place(of: path) {
    case .inside(let real): return real
    case .unreachable(let code): throw UnreadableFile(path: path, reason: String(cString: strerror(code)))
    case .outside: throw outside(path)
    }
  }

  /// Whether an open file is inside, by the path that the kernel knows it by.
  func contains(descriptor: Int32) -> Bool {
    Self.realPath("/proc/self/fd/\(descriptor)").map(contains) ?? false
  }

  func outside(_ path: String) -> UnreadableFile {
    UnreadableFile(path: path, reason: "it is outside the folders that reading is confined to")
  }

  private func contains(_ real: String) -> Bool {
    // As bytes: Swift takes different spellings of a letter for equal, file systems do not.
    folders.contains { (real + "/").utf8.starts(with: ($0 + "/").utf8) }
  }

  private static func realPath(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  private static func folder(of path: String) -> String {
    var bare = path[...]
    while bare.utf8.count > 1, bare.last == "/" { bare.removeLast() }
    guard let slash = bare.lastIndex(of: "/") else { return "." }
    return slash == bare.startIndex ? "/" : String(bare[..<slash])
  }
}
