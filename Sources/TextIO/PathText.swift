/// Paths as people write them.
public enum PathText {
  /// What stands after the last slash that something follows; the path itself where nothing does.
  public static func lastPart(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
