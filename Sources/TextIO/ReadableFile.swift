import Glibc

/// A file that cannot be read at all, as opposed to one whose content is wrong.
public struct UnreadableFile: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path as the person wrote it.
  public var path: String
  /// The operating system's reason, or that the file may not be read.
  public var reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): error: cannot be read: \(reason)" }
}

/// The one way to a file that is read: every path goes through the folders that reading is confined to, if it is.
public enum ReadableFile {
  /// What a path leads to.
  public enum Kind: Sendable {
    case file, folder
  }

  /// Opens a file for reading.
  ///
  /// - Returns: a descriptor, which the caller closes.
  /// - Throws: `UnreadableFile` when there is no such file, it is a folder, permission is missing, or it is outside the
  ///   folders of ``ReadingScope/current``.
  public static func open(_ path: String) throws(UnreadableFile) -> Int32 {
    let scope = ReadingScope.current
    let place = try scope?.resolved(path) ?? path
    // Links were followed while the scope was looked at; one that has come since is not.
    let descriptor = Glibc.open(place, O_RDONLY | O_CLOEXEC | (scope == nil ? 0 : O_NOFOLLOW))
    if descriptor < 0 { throw UnreadableFile(path: path, reason: String(cString: strerror(errno))) }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      close(descriptor)
      throw UnreadableFile(path: path, reason: "it is a folder")
    }
    if let scope, !scope.contains(descriptor: descriptor) {
      close(descriptor)
      throw scope.outside(path)
    }
    return descriptor
  }

  /// Checks that a file is there and may be read, without reading it.
  public static func check(_ path: String) throws(UnreadableFile) { close(try open(path)) }

  /// The bytes of a file.
  ///
  /// - Parameter limit: reading stops once there are more bytes than this.
  public static func bytes(_ path: String, upTo limit: Int) throws(UnreadableFile) -> [UInt8] {
    let descriptor = try open(path)
    defer { close(descriptor) }
    return try self.bytes(of: descriptor, path: path, upTo: limit)
  }

  /// The bytes of standard input.
  ///
  /// - Parameter limit: reading stops once there are more bytes than this.
  public static func standardInput(upTo limit: Int) throws(UnreadableFile) -> [UInt8] {
    try bytes(of: STDIN_FILENO, path: "stdin", upTo: limit)
  }

  private static func bytes(
    of descriptor: Int32, path: String, upTo limit: Int
  ) throws(UnreadableFile) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= limit {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw UnreadableFile(path: path, reason: String(cString: strerror(errno)))
      }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
  }

  /// The text of a small file, as UTF-8; what is not shows as the replacement character.
  ///
  /// - Throws: `UnreadableFile`, also for a file of more than ``textLimit`` bytes.
  public static func text(_ path: String) throws(UnreadableFile) -> String {
    let bytes = try bytes(path, upTo: textLimit)
    if bytes.count > textLimit {
      throw UnreadableFile(path: path, reason: "it has more than \(textLimit) bytes (\(textLimit >> 20) MiB)")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The most bytes of a description that a person writes, or of one machine's figures: 4 MiB.
  public static let textLimit = 4 << 20

  /// What a path leads to; `nil` when there is nothing.
  ///
  /// - Throws: `UnreadableFile` when the path is outside the folders of ``ReadingScope/current``.
  public static func kind(of path: String) throws(UnreadableFile) -> Kind? {
    var place = path
    if let scope = ReadingScope.current {
      switch scope.place(of: path) {
      case .inside(let real): place = real
      case .unreachable: return nil
      case .outside: throw scope.outside(path)
      }
    }
    var status = stat()
    guard stat(place, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
  }

  /// The path itself, or the one with `.gz` behind it, whichever is there.
  public static func first(of path: String) throws(UnreadableFile) -> String? {
    for candidate in [path, path + ".gz"] where try kind(of: candidate) != nil { return candidate }
    return nil
  }

  /// The names in a folder, in order, without `.` and `..`.
  ///
  /// - Throws: `UnreadableFile` when it cannot be listed.
  public static func names(in folder: String) throws(UnreadableFile) -> [String] {
    let place = try ReadingScope.current?.resolved(folder) ?? folder
    guard let stream = opendir(place) else {
      throw UnreadableFile(path: folder, reason: "the folder cannot be listed: \(String(cString: strerror(errno)))")
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The paths of the files below a folder, relative to it, in order. Linked folders are not entered.
  ///
  /// - Throws: `UnreadableFile` when a folder cannot be listed.
  public static func paths(below folder: String) throws(UnreadableFile) -> [String] {
    var paths: [String] = []
    var folders = [""]
    while let inner = folders.popLast() {
      for name in try names(in: folder + "/" + inner) {
        let path = inner + name
        var status = stat()
        guard lstat(folder + "/" + path, &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR { folders.append(path + "/") } else { paths.append(path) }
      }
    }
    return paths.sorted()
  }
}
