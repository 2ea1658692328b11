import Foundation

/// Looks whether a file could be written, before work is spent on its content.
public enum OutputPlace {
  /// - Throws: `OutputError` when the path is a folder or its folder is missing or closed to us.
  public static func check(_ path: String) throws(OutputError) {
    var status = stat()
    if stat(path, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR { throw failure(path, EISDIR) }
      if status.st_mode & S_IFMT != S_IFREG { return }
    }
    let folder = folder(of: path)
    if stat(folder, &status) != 0 { throw failure(path, errno) }
    if status.st_mode & S_IFMT != S_IFDIR { throw failure(path, ENOTDIR) }
    if access(folder, W_OK | X_OK) != 0 { throw failure(path, errno) }
  }

  /// Makes the folder that a file goes to, and those above it.
  ///
  /// - Throws: `OutputError`.
  public static func makeFolder(of path: String) throws(OutputError) {
    let folder = folder(of: path)
    var prefix = folder.hasPrefix("/") ? "/" : ""
    for part in folder.split(separator: "/") {
      prefix += part
      if mkdir(prefix, 0o777) != 0 {
        let code = errno
        var status = stat()
        let exists = stat(prefix, &status) == 0
        if !exists { throw failure(path, code) }
        if status.st_mode & S_IFMT != S_IFDIR { throw failure(path, ENOTDIR) }
      }
      prefix += "/"
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func failure(_ path: String, _ code: Int32) -> OutputError {
    OutputError(path: path, errno: code)
  }
}
