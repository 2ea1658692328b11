import CommandLineTool
import Foundation
import Metrics
import Testing

@testable import Claims

/// Pages: what they say, and that they say the same again.
@Suite struct ClaimPageTests {
  private func page(_ text: String, in folder: Folder, _ name: String, _ options: [String] = []) async throws -> (
    page: String, output: String, error: String
  ) {
    let path = try folder.file("small.yaml", text)
    let outcome = await spillway(["claims", path, "--output", folder[name + ".md"]] + options)
    try #require(outcome.status == .done, "\(outcome.error)")
    return (try folder.text(name + ".md"), outcome.output, outcome.error)
  }

  @Test("a page has verdicts, targets, what decides them, and charts; the same bytes whatever is made at once")
  func pages() async throws {
    let folder = try Folder()
    let preface = try folder.file("preface.md", "# Small claims\n")
    let made = try await page(smallClaim, in: folder, "a", ["--preface", preface, "--jobs", "1", "--quiet"])
    #expect(made.output == "1 claim: 1 broken\n" && made.error.isEmpty)
    #expect(made.page.hasPrefix("# Small claims\n"))
    #expect(made.page.contains("| C1 | Is a small budget slower? | **broken** |"))
    #expect(made.page.contains("**Published.** The mean first token comes sooner with the large budget. (nobody)\n\n"))
    #expect(made.page.contains("(nobody)\n\n**Target.** A second.\n\n**Assumed.**"))
    let gates = made.page.split(separator: "\n").filter {
      $0.hasPrefix("| First token |") || $0.hasPrefix("| Completion |")
    }
    #expect(gates.count == 2)
    #expect(gates.first?.contains("| soon | below 1 s |") == true && gates.first?.hasSuffix("| 3 | holds |") == true)
    #expect(gates.last?.contains("| late | above 3600 s |") == true && gates.last?.hasSuffix("| **broken** |") == true)
    // A grid for each bound: rates down, sequences across, what is within the target in bold.
    #expect(made.page.contains("| rate | max_num_seqs 2 | max_num_seqs 64 |"))
    let rows = made.page.split(separator: "\n").filter { $0.hasPrefix("| 8/s |") }
    #expect(rows.map { $0.contains("**") } == [true, false, false])
    // A figure that is only told has no bounds, and no verdict.
    let told = made.page.split(separator: "\n").filter { $0.hasPrefix("| Token time |") }
    #expect(told.count == 1 && told[0].hasPrefix("| Token time |  |  | ") && told[0].hasSuffix("| 3 | reported |"))
    #expect(made.page.contains("the same stepped by segment and by iteration: large `"))
    for chart in ["small.svg", "small-1.svg"] {
      #expect(made.page.contains("(a/\(chart))"))
      let svg = try folder.text("a/" + chart)
      #expect(svg.contains("<svg ") && svg.contains("</svg>"))
    }
    let again = try await page(smallClaim, in: folder, "b", ["--preface", preface, "--jobs", "3"])
    #expect(again.page.replacing("(b/", with: "(a/") == made.page)
    #expect(try folder.text("a/small.svg") == folder.text("b/small.svg"))
  }

  @Test("an ablation is drawn policy after policy")
  func ladder() async throws {
    let folder = try Folder()
    let text =
      smallClaim.replacing("charts: {policies: [large]}", with: "charts: {ladder: [Mean first token]}")
      + "  - {metric: mean_ttft_ms, reported: true, title: Mean first token}\n"
    let made = try await page(text, in: folder, "a", ["--short"])
    #expect(made.page.contains("![C1, step by step](a/small-ladder.svg)"))
    let svg = try folder.text("a/small-ladder.svg")
    #expect(svg.contains(">1 large<") && svg.contains(">2 other<") && svg.contains(">Mean first token<"))
    #expect(!(try await page(smallClaim, in: folder, "b", ["--short"])).page.contains("ladder"))
  }

  @Test("a page made before a change is told from one made after it")
  func against() async throws {
    let folder = try Folder()
    _ = try await page(smallClaim, in: folder, "a", ["--short"])
    let same = try await page(smallClaim, in: folder, "b", ["--short", "--against", folder["a.md"]])
    #expect(same.output == "1 claim: 1 broken\n")
    let longer = smallClaim.replacing("prompt_tokens: 500", with: "prompt_tokens: 600")
    let other = try await page(longer, in: folder, "c", ["--short", "--against", folder["a.md"]])
    #expect(other.output.contains("out of date, other runs now for C1"))
  }

  @Test("what asks for one replication is judged by one; bounds of one variant are judged there alone")
  func variants() async throws {
    let folder = try Folder()
    let text =
      smallClaim.replacing("replications: 3\n", with: "replications: 1\n")
      .replacing(
        "deployments:\n",
        with: "variants: [{name: slow, workload.rate: 1/s}, {name: fast, workload.rate: 9/s}]\ndeployments:\n"
      )
      .replacing("above: 1 h, title: Completion", with: "variant: fast, below: 1 h, title: Completion")
    let made = try await page(text, in: folder, "a")
    #expect(made.output == "1 claim: 1 hold\n")
    let gates = made.page.split(separator: "\n").filter { $0.hasSuffix("| 1 | holds |") }
    #expect(gates.count == 3)
    #expect(gates.contains { $0.hasPrefix("| First token, large, slow |") }, "\(gates)")
    #expect(gates.contains { $0.hasPrefix("| Completion |") })
  }

  @Test("settings that were the best are told; ratios in variants have no unit; replications end in time")
  func choicesAndRatios() async throws {
    let folder = try Folder()
    let text =
      smallClaim.replacing(
        "{name: vllm-v0, label: other}",
        with: "{name: vllm-v0, label: other, best_over: {watermark: [0.01, 0.3], judged: {metric: mean_ttft_ms, "
          + "seeds: [11, 12]}}}"
      )
      .replacing("  charts:", with: "  max_replications: 4\n  charts:")
      .replacing("      sweep:", with: "      policies: [large, other]\n      sweep:")
      .replacing(
        "deployments:\n",
        with: "variants: [{name: slow, workload.rate: 4/s}, {name: fast, workload.rate: 9/s}]\ndeployments:\n"
      )
      .replacing(
        "  - {metric: mean_e2el_ms, policy: large, above: 1 h, title: Completion, published: late}",
        // So near to what it is under 'fast' that four replications do not tell.
        with: "  - {metric: mean_tpot_ms, ratio: [other, large], below: 1.0578, title: Ratio}")
    let made = try await page(text, in: folder, "a")
    #expect(made.output == "1 claim: 1 undecided\n")
    let rows = made.page.split(separator: "\n")
    #expect(rows.contains { $0.hasPrefix("| Ratio, other, slow |") && $0.contains("| below 1.0578 | 1.03 [") })
    #expect(rows.contains { $0.hasPrefix("| Ratio, other, fast |") && $0.hasSuffix("| 4 | **undecided** |") })
    for variant in ["slow", "fast"] {
      #expect(rows.contains { $0.hasPrefix("In \(variant), other has watermark 0.") && $0.contains("seeds 11, 12 (") })
    }
    #expect(rows.contains { $0.hasPrefix("The best for other: watermark 0.") && $0.contains(" at rate 2/s, ") })
  }

  @Test("claims that cannot be tried are said to be so")
  func notTried() async throws {
    let folder = try Folder()
    let text = smallClaim.replacing("  studies:", with: "  not_expressible: There are no budgets.\n  studies:")
    let made = try await page(text, in: folder, "a", ["--short"])
    #expect(made.output == "1 claim: 1 not expressible\n")
    #expect(made.page.contains("**Not expressible.** There are no budgets."))
    #expect(made.page.contains("broken") == made.page.contains("is broken when"), "its bounds are not judged")
  }

  @Test("a run that depends on how it is stepped stands out")
  func differing() async throws {
    let read = readClaim(smallClaim)
    let claim = try #require(read.claim, "\(read.errors)")
    var result = try await ClaimRunner(width: 2, isShort: true, spillwayVersion: "test").result(of: claim)
    #expect(result.evidence?.differing == [])
    result.evidence?.differing = ["large"]
    let page = ClaimPage(preface: "", results: [result], chartFolder: "x").markdown
    #expect(page.contains("**NOT the same stepped by iteration: large**"))
  }

  @Test("wrong arguments are told")
  func arguments() async throws {
    let folder = try Folder()
    let path = try folder.file("small.yaml", smallClaim)
    #expect(await spillway(["claims", path, "--output", folder["a.html"]]).status == .usage)
    let twice = await spillway(["claims", path, path, "--output", folder["a.md"]])
    #expect(twice.status == .badInput && twice.error.contains("is called 'small' too"))
    let missing = await spillway(["claims", folder["none.yaml"], "--output", folder["a.md"]])
    #expect(missing.status == .unreadable)
  }
}

/// How the points of a study are arranged.
@Suite struct StudyLayoutTests {
  private func points(_ rows: [[(String, Double)]]) -> [StudyResult.Point] {
    rows.map { row in
      StudyResult.Point(
        settings: row.map { Setting(key: $0.0, text: "\($0.1)", number: $0.1) }, choices: [], judgements: [])
    }
  }

  @Test("keys that follow another have no place of their own")
  func followers() {
    let layout = StudyLayout(
      points([
        [("a.x", 1), ("b.y", 10), ("c", 5)], [("a.x", 2), ("b.y", 20), ("c", 5)], [("a.x", 3), ("b.y", 30), ("c", 5)],
      ]))
    #expect(layout.keys.map(\.title) == ["x"])
    #expect(!layout.isGrid)
  }

  @Test("a grid has every value with every other")
  func grids() {
    let full: [[(String, Double)]] = [1.0, 2].flatMap { x in [5.0, 6, 7].map { y in [("x", x), ("y", y)] } }
    #expect(StudyLayout(points(full)).isGrid)
    #expect(StudyLayout(points(full)).keys.map(\.values) == [["1.0", "2.0"], ["5.0", "6.0", "7.0"]])
    #expect(!StudyLayout(points(Array(full.dropLast()))).isGrid)
  }
}
