import CUDA
import CommandLineTool
import Foundation
import Testing

@Suite struct CalibrateTests {
  private static let nowhere = LibrarySystem(
    open: { _ in nil }, reason: { "cannot open shared object file" }, symbol: { _, _ in nil }, matches: { _ in [] },
    environment: { _ in nil })

  /// A driver in which every call says that there is no device.
  private static let withoutDevices = LibrarySystem(
    open: { $0 == "libcuda.so.1" ? UnsafeMutableRawPointer(bitPattern: 16) : nil }, reason: { "not there" },
    symbol: { _, _ in
      let refuse: @convention(c) () -> Int32 = { 100 }
      return unsafeBitCast(refuse, to: UnsafeMutableRawPointer.self)
    },
    matches: { _ in [] }, environment: { _ in nil })

  private static let profile = """
    # source: a test
    @device,h200-sxm-141gb,989500000000000,1979000000000000,4800000000000
    @contention,pattern,flow,from,to,driver,bytes,seconds,spread
    host_to_1,0,host,gpu0,0,1000000000,0.02,0
    one_pair,0,gpu0,gpu1,0,4000000000,0.01,0
    @fit,figure,value,unit,low,high,median_error,worst_error,points,from
    host_link.read_bandwidth,50000000000,B/s,,,0,0,9,x
    peer_link.write_bandwidth,400000000000,B/s,,,0,0,9,x
    """

  private func command(_ arguments: String..., libraries: LibrarySystem) async -> Outcome {
    let captured = CapturedConsole()
    let context = CommandContext(console: captured.console, libraries: libraries)
    let status = await SpillwayCommand.run(arguments, context: context)
    return Outcome(status: status, output: captured.output, error: captured.error)
  }

  @Test func withoutADriverItSaysWhatWasLookedFor() async {
    let outcome = await command("calibrate", libraries: Self.nowhere)
    #expect(outcome.status == .unavailable && outcome.status.rawValue == 69)
    #expect(outcome.output.isEmpty)
    for part in [
      "error: there is no GPU to measure: the CUDA driver was not found; looked for",
      "libcuda.so.1: cannot open shared object file", "/usr/local/cuda*/lib64/libcuda.so.1: no such file",
    ] { #expect(outcome.error.contains(part), "\(outcome.error)") }
  }

  @Test func withoutADeviceItSaysWhatTheDriverSaid() async {
    let outcome = await command("calibrate", libraries: Self.withoutDevices)
    #expect(outcome.status == .unavailable)
    #expect(outcome.error.contains("libcuda.so.1 was found, but cuInit failed"), "\(outcome.error)")
    #expect(outcome.error.contains("(100)"))
  }

  @Test func aGroupThatThereIsNotIsAnsweredWithTheNearest() async {
    let outcome = await command("calibrate", "--only", "links,gem", libraries: Self.nowhere)
    #expect(outcome.status == .usage)
    #expect(outcome.error.contains("'gem'") && outcome.error.contains("did you mean 'gemm'?"), "\(outcome.error)")
  }

  @Test func anOutputThatCannotBeWrittenIsSaidBeforeAnythingIsMeasured() async {
    let outcome = await command("calibrate", "--output", "/nowhere/profile.csv", libraries: Self.nowhere)
    #expect(outcome.status == .unwritable)
  }

  @Test func checkComparesAProfileWithTheModel() async throws {
    let folder = try Folder()
    let path = try folder.file("p.csv", Self.profile)
    let outcome = await command("calibrate", "--check", path, libraries: Self.nowhere)
    #expect(outcome.status == .done, "\(outcome.error)")
    // A gigabyte at 50 GB/s takes 20 ms.
    #expect(outcome.output.contains("host_to_1") && outcome.output.contains("50.0 GB/s"))
    #expect(outcome.output.contains("one_pair") && outcome.output.contains("-0."))
  }

  @Test(arguments: [
    ("", "no server of the catalogue has the GPU"),
    ("@device,h200-sxm-141gb,1e15,2e15,4.8e12\n", "has no '@contention' or '@sharing' to compare"),
    ("@device,h200-sxm-141gb,1,1,1\n@contention,pattern\n", "'@contention' lacks the column 'flow'"),
  ])
  func checkSaysWhatIsWrongWithAFile(_ text: String, _ message: String) async throws {
    let folder = try Folder()
    let path = try folder.file("p.csv", text)
    let outcome = await command("calibrate", "--check", path, libraries: Self.nowhere)
    #expect(outcome.status == .badInput)
    #expect(outcome.error.contains(message), "\(outcome.error)")
  }

  @Test func explainNamesWhatAProfileGives() async throws {
    let folder = try Folder()
    _ = try folder.file("p.csv", Self.profile)
    let scenario = quickScenario.replacing("server: hgx-h100-8", with: "server: {like: hgx-h200-8, profile: p.csv}")
    let path = try folder.file("f.yaml", scenario)
    let short = await spillway("explain", path).output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(short.contains("p.csv, without kernel times"), "\(short)")
    let outcome = await spillway("explain", path, "--sources")
    #expect(outcome.status == .done, "\(outcome.error)")
    let words = outcome.output.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    #expect(words.contains("p.csv: no kernel times (the catalogue's are used); host_link.read_bandwidth"), "\(words)")
    let json = try await spillway("explain", path, "--format", "json").json()
    let deployment = try #require((json["deployments"] as? [[String: Any]])?.first)
    let profile = try #require(deployment["profile"] as? [String: Any])
    #expect(profile["kernel_times"] as? Bool == false)
    #expect(profile["fields"] as? [String] == ["host_link.read_bandwidth", "peer_link.write_bandwidth"])
    // The run's record names the file and its contents.
    let run = try await spillway("run", path, "--no-store", "--quiet", "--format", "json").json()
    let provenance = try #require(run["profile"] as? [String: Any])
    #expect((provenance["name"] as? String)?.hasSuffix("p.csv") == true)
  }
}
