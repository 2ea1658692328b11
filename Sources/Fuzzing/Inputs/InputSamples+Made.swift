import CommandLineTool
import Foundation

/// Files that commands write and read again.
extension InputSamples {
  private static let quick = scenario(
    workload: "rate: 4/s, requests: 8, prompt_tokens: 100, output_tokens: {distribution: lognormal, mean: 8, cv: 1}")

  /// Samples that the program's own commands make: a results store, and a baseline.
  ///
  /// - Parameter folder: where they are made; what they leave is in the way of nobody.
  static func made(in folder: String) async -> [InputSample] {
    var samples: [InputSample] = []
    func bytes(_ command: [String], _ name: String) async -> [UInt8]? {
      try? FileManager.default.removeItem(atPath: folder + "/" + name)
      guard (try? InputPart.write(quick, in: folder)) != nil else { return nil }
      let check = await InputPart.run(command, in: folder, names: [])
      guard check.status == .done, let data = FileManager.default.contents(atPath: folder + "/" + name) else {
        return nil
      }
      return Array(data)
    }
    if let store = await bytes(["run", "@s.yaml", "--store", "@x.sqlite", "--jobs", "1"], "x.sqlite") {
      samples.append(
        InputSample(
          "results store", InputFile("x.sqlite", store),
          [
            ["store", "digest", "@x.sqlite"], ["store", "merge", "@new.sqlite", "@x.sqlite"],
            ["store", "merge", "@x.sqlite", "@x.sqlite"], ["run", "@s.yaml", "--store", "@x.sqlite", "--jobs", "1"],
          ], with: [quick]))
    }
    let update = [
      "check", "@s.yaml", "--baseline", "@b.json", "--update-baseline", "--max-replications", "2", "--jobs", "1",
    ]
    if let baseline = await bytes(update, "b.json") {
      let check = ["check", "@s.yaml", "--baseline", "@b.json", "--max-replications", "2", "--jobs", "1"]
      samples.append(
        InputSample(
          "baseline", InputFile("b.json", baseline), [check, check + ["--github", "--json", "@j.json"], update],
          with: [quick]))
    }
    return samples
  }
}
