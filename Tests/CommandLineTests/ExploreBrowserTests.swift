import Foundation
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
}
