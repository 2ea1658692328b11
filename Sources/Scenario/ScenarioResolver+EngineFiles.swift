import Assembly
import Configuration
import StepTime
import TextIO
import Workload

extension ScenarioResolver {
  /// The host's pace; nil after saying what is wrong.
  func resolveHost(_ map: CheckedMap) -> HostPace? {
    guard let value = map["host"] else { return nil }
    if let pace = value.number { return HostPace(pace) }
    if let map = value.map {
      guard let between = map.number("between_runs"), let within = map.number("within_run"),
        let lasts = map.duration("lasts")
      else { return nil }
      return HostPace(HostVariation(betweenRuns: between, withinRun: within, interval: lasts))
    }
    guard let file = value.text else { return nil }
    if file == "usual" { return .usual }
    if file == "varies" { return HostPace(.measured) }
    let path = input(file)
    do throws(UnreadableFile) {
      try ReadableFile.check(path)
    } catch {
      diagnostics.unreadable(
        at: value.position,
        "'host' wants 'usual', 'varies', its time over its usual time, or a file; '\(path)' cannot be read: "
          + error.reason)
      return nil
    }
    do throws(WorkloadError) {
      return try HostPace(table: path)
    } catch {
      diagnostics.error(at: value.position, "'host' cannot be used: \(error)")
      return nil
    }
  }

  /// Where kernel times come from: a name of the catalogue, or a path as seen from the working directory.
  func kernels(_ map: CheckedMap) -> String? {
    guard let name = map.text("kernels") else { return nil }
    if ProfileLibrary.names.contains(name) { return name }
    let path = input(name)
    if let kind = try? ReadableFile.kind(of: path), kind == .folder { return path }
    do throws(UnreadableFile) {
      try ReadableFile.check(path)
    } catch {
      let near = NearestName.of(name, among: ProfileLibrary.names).map { "; did you mean '\($0)'?" } ?? ""
      diagnostics.unreadable(
        at: map.position(of: "kernels"),
        "'kernels' wants a profile of the catalogue, a file or a folder; '\(path)' cannot be read: "
          + error.reason + near
      )
    }
    return path
  }
}
