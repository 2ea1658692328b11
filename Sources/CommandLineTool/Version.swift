import CBuild

extension SpillwayCommand {
  /// The version of the program, as results state it.
  public static let version = "0.2.0"

  /// What `--version` prints: the version, the commit, and how it was built.
  static var build: String {
    let commit = String(cString: spillway_commit())
    return "\(version) (\(commit.isEmpty ? "commit not recorded" : "commit \(commit)"), \(kind) build for \(machine))"
  }

  #if DEBUG
    private static let kind = "debug"
  #else
    private static let kind = "release"
  #endif

  #if arch(x86_64)
    private static let machine = "x86_64"
  #elseif arch(arm64)
    private static let machine = "aarch64"
  #else
    private static let machine = "another machine"
  #endif
}
