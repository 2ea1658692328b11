import Foundation

/// How many files this process may hold open.
public enum OpenFiles {
  /// Files besides the asked ones: the store, its journal, traces, the terminal.
  private static let others = 64

  /// Makes room for one file per run: each run keeps its rows in one until all are joined.
  ///
  /// - Throws: `OutputError` when the system does not allow so many.
  public static func allow(_ count: Int, for path: String) throws(OutputError) {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { return }
    let wanted = rlim_t(count + others)
    if limit.rlim_cur >= wanted { return }
    if limit.rlim_max < wanted {
      throw OutputError(
        path: path, reason: "\(count) runs need as many open files, and this system allows \(limit.rlim_max)")
    }
    limit.rlim_cur = wanted
    _ = setrlimit(resource, &limit)
  }
}
