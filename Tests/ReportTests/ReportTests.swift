import Foundation
import Metrics
import SimCore
import Statistics
import Testing
import TextIO

@testable import Report

@Suite struct ResultsJSONTests {
  private func parsed(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func everyKeyOfTheContractIsThere() throws {
    let json = try parsed(ResultsJSON.text(Fixture.results()))
    #expect(json["schema_version"] as? Int == 1)
    #expect((json["scenario"] as? [String: Any])?["sha256"] as? String == "5ce0")
    #expect((json["profile"] as? [String: Any])?["name"] as? String == "h100")
    let results = try #require(json["results"] as? [[String: Any]])
    #expect(results.count == 6)
    let first = results[0]
    var keys = [
      "completed", "total_input_tokens", "total_output_tokens", "duration", "request_throughput", "output_throughput",
      "total_token_throughput", "request_goodput", "preemptions", "recomputed_tokens", "paged_out_bytes",
      "paged_in_bytes", "gpu_busy_fraction", "kv_utilization", "rejected", "unfinished", "simulated_seconds",
      "wall_seconds", "fingerprint", "deployment", "policy", "class", "replication",
    ]
    for latency in ["ttft", "tpot", "itl", "e2el", "queue"] {
      for statistic in ["mean", "median", "std", "p90", "p95", "p99", "max"] {
        keys.append("\(statistic)_\(latency)_ms")
      }
    }
    for key in keys { #expect(first[key] != nil, "no key '\(key)'") }
    #expect(first["completed"] as? Int == 180)
    #expect(first["request_throughput"] as? Double == 0.3)
    #expect(first["mean_itl_ms"] is NSNull)
    #expect(first["kv_utilization"] as? Double == 0.6)
  }

  @Test func figuresAreThoseOfTheHistograms() throws {
    let results = try Fixture.results()
    let objects = try #require(try parsed(ResultsJSON.text(results))["results"] as? [[String: Any]])
    let online = results.columns[0].runs[0].groups[0]
    #expect(objects[0]["p99_ttft_ms"] as? Double == online.ttft.percentile(99).map { $0 / 1e9 })
    #expect(objects[0]["std_e2el_ms"] as? Double == online.e2el.std.map { $0 / 1e9 })
  }

  @Test func severalReplicationsAddASummaryWithIntervals() throws {
    let json = try parsed(ResultsJSON.text(Fixture.results(replications: 4), baseline: "vllm-v1"))
    let results = try #require(json["results"] as? [[String: Any]])
    #expect(results.count == 2 * 3 * 5)
    let summaries = results.filter { $0["replication"] as? String == "summary" }
    #expect(summaries.count == 6)
    let first = try #require(summaries.first)
    #expect(first["replications"] as? Int == 4)
    let singles = results.prefix(4).compactMap { $0["mean_ttft_ms"] as? Double }
    let interval = try #require(Interval.ofReplications(singles))
    #expect(first["mean_ttft_ms"] as? Double == interval.estimate)
    #expect(first["mean_ttft_ms_half_width"] as? Double == interval.halfWidth)
    #expect(first["mean_ttft_ms_lower"] as? Double == interval.lower)
    #expect(first["mean_ttft_ms_upper"] as? Double == interval.upper)

    let comparisons = try #require(json["comparisons"] as? [[String: Any]])
    #expect(comparisons.count == 4)
    let ttft = try #require(comparisons[0]["mean_ttft_ms"] as? [String: Any])
    let ratio = try #require(ttft["ratio"] as? Double)
    #expect(abs(ratio - 1.0 / 3) < 1e-6)
  }

  @Test func equalResultsGiveEqualBytes() throws {
    #expect(
      try ResultsJSON.text(Fixture.results(replications: 2)) == ResultsJSON.text(Fixture.results(replications: 2)))
  }

  @Test func awkwardTextAndNumbersStayValid() throws {
    var json = JSONWriter()
    json.object { json in
      json.string("quote \" and \\", "tab\t line\n bell\u{7} é 漢 \u{2028}\u{9B}\u{202E}")
      json.number("infinite", .infinity)
      json.number("absent", nil)
      json.number("small", .leastNonzeroMagnitude)
      json.number("large", 1.7976931348623157e308)
      json.number("negative zero", -0.0)
      json.integer("seed", UInt64.max)
      json.array("empty") { _ in }
      json.object("nothing") { _ in }
    }
    let object = try parsed(json.text)
    #expect(object["quote \" and \\"] as? String == "tab\t line\n bell\u{7} é 漢 \u{2028}\u{9B}\u{202E}")
    #expect(!json.text.unicodeScalars.contains { $0 != "\n" && ($0.value < 0x20 || (0x7F..<0xA0).contains($0.value)) })
    #expect(object["infinite"] is NSNull && object["absent"] is NSNull)
    #expect(object["small"] as? Double == .leastNonzeroMagnitude)
    #expect(object["large"] as? Double == 1.7976931348623157e308)
    #expect(object["seed"] as? UInt64 == .max)
    #expect((object["empty"] as? [Any])?.isEmpty == true)
  }
}

@Suite struct VariantReportTests {
  /// Two policies in two variants, three replications each.
  private func results() throws -> ResultSet {
    var runs: [RunResult] = []
    for (name, rate) in [("slow", 2.0), ("fast", 4.0)] {
      for policy in ["vllm-v1", "aqua"] {
        for replication in 0..<3 {
          var run = Fixture.run(policy: policy, replication: replication, slowness: policy == "aqua" ? 1 : rate)
          let settings = [
            Setting(key: "workload.rate", text: "\(Int(rate))/s", number: rate),
            Setting(key: "server", text: "hgx|\(name)", number: nil),
          ]
          run.variant = VariantLabel(name: name, settings: settings)
          runs.append(run)
        }
      }
    }
    return try ResultSet(runs)
  }

  @Test func variedKeysAreColumnsOfTheCSV() throws {
    let lines = try ResultsCSV.text(results()).split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("deployment,model,policy,variant,workload.rate,scenario.server,class,replication,seed,"))
    #expect(lines[1].hasPrefix("chat,llama-3.1-70b,vllm-v1,slow,2,hgx|slow,online,0,1,"))
    #expect(lines.count == 1 + 2 * 4 * 4)
  }

  @Test func ratiosAreRowsOfTheCSV() throws {
    let lines = try ResultsCSV.ratios(results(), baseline: "aqua").split(separator: "\n").map(String.init)
    let ttft = lines.filter { $0.contains(",mean_ttft_ms,") && $0.contains(",online,") }
    #expect(ttft.count == 2, "the baseline itself has no row")
    let fields = ttft[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    #expect(Array(fields[2...5]) == ["vllm-v1", "fast", "4", "hgx|fast"])
    let ratio = try #require(Double(fields[11]))
    #expect(fields[10] == "3" && abs(ratio - 4) < 1e-6, "\(fields)")
    #expect(throws: RatioTable.UnknownBaseline.self) { try ResultsCSV.ratios(results(), baseline: "fifo") }
  }

  @Test func theJSONHasTheVariantsAndTheSettingsOfEveryResult() throws {
    let text = try ResultsJSON.text(results(), baseline: "slow")
    let json = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let variants = try #require(json["variants"] as? [[String: Any]])
    #expect(variants.compactMap { $0["name"] as? String } == ["slow", "fast"])
    #expect((variants[1]["settings"] as? [String: Any])?["workload.rate"] as? Double == 4)
    let objects = try #require(json["results"] as? [[String: Any]])
    #expect(objects.allSatisfy { $0["variant"] is String && $0["settings"] is [String: Any] })
    let comparisons = try #require(json["comparisons"] as? [[String: Any]])
    #expect(Set(comparisons.compactMap { $0["baseline"] as? String }) == ["vllm-v1, slow", "aqua, slow"])
  }

  @Test func theTablesSayWhatIsVaried() throws {
    let text = try ComparisonTable.text(results())
    #expect(text.contains("rate") && text.contains("hgx|fast") && text.contains("What limited each alternative"))
    let ratios = try RatioTable.text(results(), baseline: "aqua")
    #expect(ratios.contains("divided by aqua in the same variant, from the same random numbers"))
  }

  @Test func markdownAndLaTeXEscapeWhatIsMarkup() throws {
    let document = try RatioTable.document(results(), baseline: "slow")
    let markdown = document.markdown
    #expect(markdown.contains("hgx\\|fast") && markdown.contains("| ---: |"))
    let widths = markdown.split(separator: "\n").filter { $0.hasPrefix("|") }
      .map { $0.replacing("\\|", with: "").count { $0 == "|" } }
    #expect(Set(widths).count == 2, "two kinds of tables, each of one width")
    let latex = document.latex
    #expect(latex.contains("95 \\% interval") && latex.contains("\\begin{tabular}{llrr}"))
    for line in latex.split(separator: "\n") where line.hasSuffix("\\\\") {
      #expect([1, 2, 3].contains(line.count { $0 == "&" }))
    }
  }
}

@Suite struct ResultsCSVTests {
  @Test func everyRowHasTheHeadersFields() throws {
    for replications in [1, 3] {
      let lines = try ResultsCSV.text(Fixture.results(replications: replications)).split(separator: "\n")
      let fields = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }
      #expect(Set(fields).count == 1)
      #expect(lines.count == 1 + 6 * (replications == 1 ? 1 : replications + 1))
    }
  }

  @Test func fieldsAreQuotedWhereTheyMustBe() {
    #expect(ResultsCSV.field("a,b") == "\"a,b\"")
    #expect(ResultsCSV.field("say \"x\"") == "\"say \"\"x\"\"\"")
    #expect(ResultsCSV.field("plain") == "plain")
  }
}

@Suite struct QuantityTests {
  @Test func threeDigitsAndAUnit() {
    func time(_ milliseconds: Double) -> String {
      TableNumber.text(milliseconds, halfWidth: nil, scale: TableNumber.time(greatestMilliseconds: milliseconds))
    }
    #expect(time(0.0123) == "12.3 us")
    #expect(time(1.234) == "1.23 ms")
    #expect(time(99.96) == "100 ms")
    #expect(time(9.996) == "10.0 ms")
    #expect(time(1_234) == "1.23 s")
    #expect(time(123_456_789) == "123,457 s")
    #expect(time(0) == "0 ms")
    #expect(TableNumber.text(-1_234.5, decimals: 1) == "-1,234.5")
    #expect(TableNumber.text(-0.01, decimals: 1) == "0.0")
    #expect(
      TableNumber.text(12_300_000_000, halfWidth: 1e8, scale: TableNumber.bytes(greatest: 12.3e9)) == "12.3 ±0.1 GB")
    #expect(TableNumber.text(0.97, halfWidth: nil, scale: TableNumber.percent) == "97.0 %")
  }
}

@Suite struct LimitingFactorTests {
  private func factor(
    memory: Double = 0, slots: Double = 0, budget: Double = 0, blocked: Double = 0, busy: Double = 0,
    queueShare: Double = 0.5
  ) -> LimitingFactor {
    LimitingFactor(
      memoryWait: memory, slotWait: slots, tokenBudgetWait: budget, blocked: blocked, busy: busy,
      queueShare: queueShare)
  }

  @Test func theLongestWaitNamesTheLimit() {
    #expect(factor(memory: 0.4, slots: 0.1, busy: 1) == .kvMemory)
    #expect(factor(memory: 0.1, slots: 0.4, busy: 1) == .batchSlots)
    #expect(factor(budget: 0.06, busy: 1) == .tokenBudget)
    #expect(factor(memory: 0.2, blocked: 0.3, busy: 0.7) == .transfers)
    #expect(factor(memory: 0.04, busy: 0.95) == .compute)
    #expect(factor(memory: 0.04, busy: 0.5) == .nothing)
    #expect(factor(busy: 0.99, queueShare: 0.05) == .nothing, "busy, but nobody queues")
  }

  @Test("the legend of a map has the shade of its cells, also where all are one value")
  func shades() {
    let same = ShadeSteps([100, 100])
    #expect(same.shade(of: 100) == 0 && same.names == ["100"])
    let steps = ShadeSteps([1, 2, 7])
    #expect([1, 2, 7].map(steps.shade) == [0, 1, 5] && steps.names.count == 6)
  }
}
