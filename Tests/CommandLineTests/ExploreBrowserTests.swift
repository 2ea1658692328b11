import CommandLineTool
import Foundation
import Synchronization
import Testing

/// The page of `explore` in a real browser, where there is one: a slider is moved and the figures follow.
@Suite(.enabled(if: Browser.program != nil, "no Chromium on the PATH: the explorer's page is not tried in a browser"))
struct ExploreBrowserTests {
  private static let scenario = quickScenario.replacing(
    "policies: [vllm-v1]", with: "description: Does it keep up?\npolicies: [vllm-v1, sarathi-p]"
  ).replacing("output_tokens: 10\n", with: "output_tokens: 100\n  slo: {ttft: 1 s}\n")

  /// The mean time to first token of the first policy as the page shows it, milliseconds.
  private static func shownWait(_ browser: Browser) throws -> Double {
    let text = try browser.value("document.querySelector('#figures tbody td').textContent")
    let parts = text.split(separator: " ")
    let number = try #require(parts.first.flatMap { Double($0.filter { $0 != "*" && $0 != "," }) }, "\(text)")
    return parts.dropFirst().first?.hasPrefix("ms") == true ? number : number * 1000
  }

  /// Shows the page, and waits for its first figures.
  private static func open(_ address: String, width: Int, _ browser: Browser) throws {
    try browser.show(address, width: width)
    try browser.wait(for: "Number(document.documentElement.dataset.asked ?? 0) > 0")
  }

  /// Waits until the page shows what it was last asked for.
  private static func settle(_ browser: Browser, _ move: () throws -> Void) throws {
    let before = try browser.value("document.documentElement.dataset.asked ?? 0")
    try move()
    try browser.wait(for: "Number(document.documentElement.dataset.asked ?? 0) > \(before)")
  }

  @Test("a slider moves the figures to those of 'run', the address keeps the state, pins stay, mistakes are told")
  func sliderMovesFigures() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let place = folder.path
    _ = try await ExploreServer.running([path, "--quiet"]) { server in
      try await Browser.driving(place) { browser in
        try Self.open(server.address, width: 1600, browser)
        let first = try Self.shownWait(browser)
        #expect(try browser.value("document.querySelectorAll('#charts figure').length") != "0")

        // The slider answers to the keyboard.
        let rate = "document.getElementById('set-workload.rate')"
        let field = "document.querySelector('[data-path=\"workload.rate\"] [data-part=value]')"
        _ = try browser.value("\(rate).focus()")
        try Self.settle(browser) { for _ in 0..<3 { try browser.press("PageUp") } }
        try browser.wait(for: "document.querySelector('#command').textContent.includes(\(field).value)")
        let moved = try browser.value("\(field).value")
        #expect(moved != "4/s" && moved.hasSuffix("/s"), "\(moved)")
        let second = try Self.shownWait(browser)
        #expect(second != first)
        let json = try browser.value(
          "fetch('run.json?set=workload.rate=\(moved)').then((reply) => reply.json())"
            + ".then((all) => all.results[0].mean_ttft_ms)")
        let exact = try #require(Double(json))
        #expect(abs(second / exact - 1) < 0.01, "\(second) \(exact)")

        // The address brings the same state back, pins too.
        try Self.settle(browser) { _ = try browser.value("document.getElementById('pin').click()") }
        try Self.settle(browser) { _ = try browser.value("document.getElementById('reset').click()") }
        let pinned = try browser.value("document.getElementById('table').textContent")
        #expect(pinned.contains("vllm-v1, now") && pinned.contains("vllm-v1, A"), "\(pinned)")
        #expect(try browser.value("\(field).value") == "4/s")
        let address = try browser.value("location.href")
        let shown = try browser.value("document.getElementById('table').textContent")
        try Self.open(address, width: 400, browser)
        #expect(try browser.value("document.getElementById('table').textContent") == shown)
        #expect(try browser.value("document.querySelector('#pins span').textContent") == "workload.rate \(moved)")
        #expect(try browser.value("document.documentElement.scrollWidth <= innerWidth") == "true")

        // What is hidden in a legend stays hidden when figures change.
        _ = try browser.value("document.querySelector('#charts .narrow').scrollIntoView()")
        try browser.wait(for: "document.querySelector('#charts .narrow .tools button') !== null")
        _ = try browser.value(
          "document.querySelector('#charts .narrow .entry').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
        try Self.settle(browser) {
          _ = try browser.value("\(field).value = '5/s', \(field).dispatchEvent(new Event('input'))")
        }
        try browser.wait(for: "document.querySelector('#charts .narrow .entry[aria-pressed=false]') !== null")

        try Self.settle(browser) {
          _ = try browser.value("\(field).value = 'fast', \(field).dispatchEvent(new Event('input'))")
        }
        let told = try browser.value("document.getElementById('errors').textContent")
        #expect(told.contains("--set workload.rate: error: 'rate' wants a number of requests per second"), "\(told)")
        // The browser itself notes that a reply was an error; nothing else may be there.
        #expect(browser.complaints.allSatisfy { $0.contains("422") }, "\(browser.complaints)")
      }
    }
  }

  @Test("a mistake in the address at the first load is told, and nothing is said of figures until there are some")
  func mistakeAtFirstLoad() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let place = folder.path
    _ = try await ExploreServer.running([path, "--quiet"]) { server in
      try await Browser.driving(place) { browser in
        try Self.open(server.address + "#set=workload.rate%3Dfast", width: 1600, browser)
        let told = try browser.value("document.getElementById('errors').textContent")
        #expect(told.contains("--set workload.rate: error: 'rate' wants a number of requests per second"), "\(told)")
        let status = "document.getElementById('status').textContent"
        let isStale = "document.querySelector('main').classList.contains('stale')"
        #expect(try browser.value(status) == "There are no figures yet.")
        #expect(try browser.value(isStale) == "false")
        try Self.settle(browser) { _ = try browser.value("document.getElementById('reset').click()") }
        _ = try Self.shownWait(browser)
        #expect(try browser.value(status).hasPrefix("Simulated in "))
        try Self.settle(browser) { _ = try browser.value("location.hash = '#set=workload.rate%3Dfast'") }
        #expect(try browser.value(status) == "These figures are of the last settings that could be simulated.")
        #expect(try browser.value(isStale) == "true")
      }
    }
  }

  @Test("what is copied makes the same figures: the scenario, the command and the link")
  func copiesAreTheState() async throws {
    let folder = try Folder()
    let path = try folder.file("f.yaml", Self.scenario)
    let place = folder.path
    let (_, copied) = try await ExploreServer.running([path, "--quiet"]) { server in
      let texts = Mutex<[String: String]>([:])
      try await Browser.driving(place) { browser in
        let origin = "http://127.0.0.1:\(server.port)"
        try browser.grant(["clipboardReadWrite", "clipboardSanitizedWrite"], to: origin)
        try Self.open(server.address + "#set=workload.rate%3D8%2Fs&policy=sarathi-p", width: 1600, browser)
        for (id, said) in [("yaml", "The scenario is"), ("words", "The command is"), ("link", "The link is")] {
          _ = try browser.value("document.getElementById('\(id)').click()")
          try browser.wait(for: "document.getElementById('status').textContent === '\(said) copied.'")
          let text = try browser.value("navigator.clipboard.readText()")
          texts.withLock { $0[id] = text }
        }
        #expect(try browser.value("location.href") == texts.withLock { $0["link"] })

        // Where pages may not copy, the text is shown.
        _ = try browser.value("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
        for (id, shown) in [("yaml", "scenario"), ("words", "command")] {
          #expect(try browser.value("document.getElementById('\(shown)').parentElement.open") == "false")
          _ = try browser.value("document.getElementById('\(id)').click()")
          try browser.wait(for: "document.getElementById('\(shown)').parentElement.open")
        }
        #expect(try browser.value("document.getElementById('status').textContent").contains("does not let pages copy"))
        #expect(browser.complaints.isEmpty, "\(browser.complaints)")
      }
      return texts.withLock { $0 }
    }
    func fingerprints(_ arguments: [String]) async throws -> [String] {
      let outcome = await spillway(arguments + ["--format", "json", "--no-store", "--quiet"])
      #expect(outcome.status == .done, "\(outcome.error)")
      return try (outcome.json()["runs"] as? [[String: Any]] ?? []).compactMap { $0["fingerprint"] as? String }
    }
    let command = try #require(copied["words"])
    #expect(command == "spillway run \(path) --set workload.rate=8/s --policy sarathi-p")
    let expected = try await fingerprints(command.split(separator: " ").dropFirst().map(String.init))
    #expect(!expected.isEmpty)
    let yaml = try folder.file("copied.yaml", try #require(copied["yaml"]))
    #expect(try await fingerprints(["run", yaml]) == expected)
  }
}
