import CommandLineTool
import Foundation
import Testing

@Suite struct TraceCommandTests {
  @Test func generatedRequestsAreThoseOfARun() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", quickScenario)
    let generated = await spillway("trace", "generate", path, "--output", folder["t.csv.gz"])
    #expect(generated.status == .done)
    #expect(generated.output == "\(folder["t.csv.gz"]): 20 rows\n")
    let replay = try folder.file(
      "r.yaml", quickScenario.components(separatedBy: "workload:")[0] + "workload:\n  trace: {file: t.csv.gz}\n")
    let arguments = ["--no-store", "--quiet", "--format", "json"]
    let original = try await spillway(["run", path] + arguments).json()
    let replayed = try await spillway(["run", replay] + arguments).json()
    func result(_ json: [String: Any], _ key: String) -> Double? {
      (json["results"] as? [[String: Any]])?.first?[key] as? Double
    }
    for key in ["completed", "mean_ttft_ms", "p99_e2el_ms", "total_output_tokens"] {
      #expect(result(original, key) != nil)
      #expect(result(original, key) == result(replayed, key), "\(key)")
    }
  }

  @Test func convertKeepsWhatItIsAsked() async throws {
    let folder = try Folder()
    let path = try folder.file(
      "t.csv",
      "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:00:00.0,10,1\n"
        + "2023-11-16 18:00:01.5,20,2\n2023-11-16 18:00:09.0,30,3\n"
    )
    let outcome = await spillway("trace", "convert", path, "--output", folder["o.csv"], "--to", "5 s")
    #expect(outcome.status == .done)
    let text = try String(contentsOfFile: folder["o.csv"], encoding: .utf8)
    #expect(text.split(separator: "\n").map { $0.prefix(9) } == ["arrival_s", "0,10,1,on", "1.5,20,2,"])
    let inspected = try await spillway("trace", "inspect", folder["o.csv"], "--format", "json").json()
    #expect(inspected["rows"] as? Int == 2)
    #expect(inspected["duration"] as? Double == 1.5)
  }

  @Test func aClosedLoopAndAnUnknownStreamCannotBeGenerated() async throws {
    let folder = try Folder()
    let loop = quickScenario.replacing(
      "rate: 4/s",
      with: "arrivals: {process: closed-loop, users: 2, think_time: {distribution: exponential, mean: 1 s}}")
    let path = try folder.file("f.yaml", loop)
    let outcome = await spillway("trace", "generate", path, "--output", folder["t.csv"])
    #expect(outcome.status == .badInput)
    #expect(outcome.error.contains("a closed loop can't be written as a trace"))
    let unknown = await spillway("trace", "generate", path, "--output", folder["t.csv"], "--stream", "chat")
    #expect(unknown.status == .usage)
    #expect(unknown.error.contains("unknown stream 'chat'"))
    #expect(folder.names == ["f.yaml"])
  }

  @Test func aFittedProcessGoesIntoAScenario() async throws {
    let folder = try Folder()
    var rows = "arrival_s,prompt_tokens,output_tokens\n"
    for second in 0..<400 {
      // Half a minute of ten a second, then none for half a minute.
      for place in 0..<(second / 30 % 2 == 0 ? 10 : 0) { rows += "\(second).\(place),100,10\n" }
    }
    let path = try folder.file("t.csv", rows)
    let table = await spillway("trace", "fit", path)
    #expect(table.status == .done && table.output.contains("process: on-off"), "\(table.error)")
    let fits = try #require(
      try await spillway("trace", "fit", path, "--format", "json").json()["fits"] as? [[String: Any]])
    let fitted = try #require(fits.first { $0["process"] as? String == "on-off" }?["yaml"] as? String)
    let scenario = try folder.file("f.yaml", quickScenario.replacing("rate: 4/s", with: fitted))
    let run = await spillway("run", scenario, "--no-store", "--quiet")
    #expect(run.status == .done, "\(run.error)")
    let few = await spillway("trace", "fit", path, "--to", "5 s")
    #expect(
      few.status == .badInput && few.error.contains("50 arrivals are too few to fit a process to; 100 are needed"))
  }
}
