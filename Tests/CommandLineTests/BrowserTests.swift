import CommandLineTool
import Dispatch
import Foundation
import TestSupport
import Testing

/// The page of `report` in a real browser, where there is one: charts answer to keys, nothing is wider than the screen,
/// nothing fails.
@Suite(
  .enabled(if: Browser.program != nil, "no Chromium on the PATH: the report's page is not tried in a browser"))
struct BrowserTests {
  /// Presses keys in the first chart, and sends what it sees to the page around.
  private static let probe = """
    <script>
    const told = [];
    addEventListener('error', (event) => told.push('error: ' + event.message));
    addEventListener('securitypolicyviolation', (event) => told.push('error: ' + event.blockedURI));
    addEventListener('load', async () => {
      const pause = (time) => new Promise((done) => setTimeout(done, time));
      const figure = document.querySelector('.charts figure');
      const holder = [...figure.children].find((part) => getComputedStyle(part).display !== 'none');
      holder.scrollIntoView();
      for (let turn = 0; turn < 100 && !holder.querySelector('button'); turn++) await pause(50);
      const svg = holder.querySelector('svg');
      const key = (name, element = svg) =>
        element.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
      const readout = () => holder.querySelector('.readout').textContent;
      const ticks = () => [...svg.querySelectorAll('.ticks text')].map((text) => text.textContent).join(' ');
      const shown = () => [...svg.querySelectorAll('path[data-series]')].map((path) => path.style.display || 'shown');
      told.push('drawn for ' + holder.className);
      told.push('wider than the screen: ' + (document.documentElement.scrollWidth > innerWidth));
      const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      told.push('smallest letters: ' + (11 * scale >= 10 ? 'readable' : 11 * scale));
      key('ArrowRight');
      told.push('readout: ' + readout());
      const whole = ticks();
      key('+'); key('+'); key('+');
      told.push('zoom changes ticks: ' + (ticks() !== whole));
      key('0');
      told.push('whole again: ' + (ticks() === whole));
      key('Enter', svg.querySelector('.entry'));
      told.push('hidden: ' + svg.querySelector('.entry').getAttribute('aria-pressed') + ' ' + shown());
      told.push('readout without it: ' + readout());
      parent.postMessage(told.join('\\n'), '*');
    });
    </script>
    """

  @Test("charts answer to the keyboard, at 400 and 1,600 pixels", arguments: [(400, "narrow"), (1600, "wide")])
  func chartsAnswer(width: Int, drawing: String) async throws {
    let folder = try Folder()
    let path = try folder.file(
      "f.yaml",
      """
      server: hgx-h100-8
      policies: [{name: vllm-v1, label: small, engine: {max_num_seqs: 2}}, vllm-v1]
      deployments: [{name: chat, model: llama-3.1-8b}]
      workload:
        {rate: 8/s, requests: 60, prompt_tokens: 300, output_tokens: {distribution: uniform, low: 20, high: 200}}
      """)
    let outcome = await spillway("report", path, "--output", folder["r.html"], "--quiet")
    #expect(outcome.status == .done, "\(outcome.error)")
    let page = try String(contentsOfFile: folder["r.html"], encoding: .utf8)
    _ = try folder.file("probed.html", page.replacingOccurrences(of: "</body>", with: Self.probe + "</body>"))
    // A frame is as narrow as is asked; windows of browsers are not.
    let frame = try folder.file(
      "frame.html",
      """
      <body><iframe src="probed.html" width="\(width)" height="900"></iframe><pre id="told"></pre><script>
      addEventListener('message', (event) => { document.getElementById('told').textContent = event.data; });
      </script></body>
      """)
    let dump = try Self.run(
      [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(folder["profile"])",
        "--window-size=1800,1000", "--virtual-time-budget=20000", "--dump-dom", "file://\(frame)",
      ])
    let start = try #require(dump.range(of: "<pre id=\"told\">"), "\(dump.suffix(500))")
    let told = dump[start.upperBound...].components(separatedBy: "</pre>")[0]
    let lines = told.split(separator: "\n").map(String.init)
    #expect(lines.contains("drawn for \(drawing)"), "\(told)")
    for line in [
      "wider than the screen: false", "smallest letters: readable", "zoom changes ticks: true", "whole again: true",
    ] { #expect(lines.contains(line), "\(line)\n\(told)") }
    #expect(lines.contains { $0.hasPrefix("readout: Time to first token ") && $0.contains("small 0.") }, "\(told)")
    #expect(lines.contains("hidden: false none,shown"), "\(told)")
    #expect(lines.contains { $0.hasPrefix("readout without it: ") && !$0.contains("small") }, "\(told)")
    #expect(!told.contains("error:"), "\(told)")
  }

  /// What the browser prints; it is given a minute.
  private static func run(_ arguments: [String]) throws -> String {
    let child = try Child(Browser.program ?? "", arguments)
    // A browser has processes of its own.
    defer { child.kill() }
    #expect(try child.wait(seconds: 60) == .status(0), "\(child.error)")
    return child.output
  }
}
