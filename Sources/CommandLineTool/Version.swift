extension SpillwayCommand {
  /// The version of the program, as results and `--version` state it.
  public static let version = "0.2.0"
}
