import Catalogue
import Charts
import Report
import Scenario
import Scheduling

/// The page: what can be moved on one side, what came of it on the other. It needs nothing from elsewhere; style and
/// script are in it.
public struct ExplorePage: Sendable {
  /// What the page may do: run the script with this nonce, and ask the server that it came from.
  public static func contentSecurityPolicy(nonce: String) -> String {
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-\(nonce)'; connect-src 'self'; "
      + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  }

  private let start: ResolvedScenario
  private let groups: [ControlGroup]
  /// The names of policies beside those of the scenario.
  private let otherPolicies: [String]
  private let spillwayVersion: String

  public init(_ explorer: Explorer, spillwayVersion: String) {
    start = explorer.start.scenarios[0]
    groups = explorer.controls
    let labels = explorer.start.scenarios[0].policies.map(\.label)
    otherPolicies = explorer.policies.descriptors.map(\.name).filter { !labels.contains($0) }
    self.spillwayVersion = spillwayVersion
  }

  /// - Parameter nonce: what the policy that is sent with it names.
  public func html(nonce: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(PageParts.text(start.name)), explored</title>
    <style>
    \(Theme.pageRules)
    \(Catalogue.text("page/report.css") ?? "")
    \(Catalogue.text("page/explore.css") ?? "")</style>
    </head>
    <body class="explore">
    <a class="skip" href="#figures">To the figures</a>
    <header>
    <h1>\(PageParts.text(start.name))</h1>
    <p>\(PageParts.text(start.summary))</p>
    </header>
    <div class="split">
    <form id="controls" aria-label="Settings" autocomplete="off">
    \(buttons)\(policies)\(groups.map(Self.html).joined())\(runs)\(more)</form>
    <main>
    <p id="status" role="status"></p>
    <ul id="errors" role="alert"></ul>
    <ul id="pins" aria-label="Pinned states"></ul>
    <section id="figures" aria-label="Figures"></section>
    <div class="charts" id="charts"></div>
    <details id="beside"><summary>Charts of what lives beside those compared</summary>
    <div class="charts" id="charts-beside"></div></details>
    <details><summary>What is compared, what limited each, what words mean</summary><div id="remarks"></div></details>
    <details><summary>All figures, as 'spillway run' prints them</summary><div id="table"></div></details>
    <details><summary>The command that gives the same figures</summary><pre id="command" tabindex="0"></pre></details>
    <details><summary>The scenario with every default written out</summary>
    <pre id="scenario" tabindex="0"></pre></details>
    <ul id="warnings" class="muted" aria-label="Warnings"></ul>
    </main>
    </div>
    <footer>Made by Spillway \(PageParts.text(spillwayVersion)). Figures are simulated, each time anew; nothing is \
    written. With several replications bands go from the least to the most that single ones have.</footer>
    <script nonce="\(nonce)">
    \(Catalogue.text("page/report.js") ?? "")</script>
    <script nonce="\(nonce)">
    \(Catalogue.text("page/explore.js") ?? "")</script>
    </body>
    </html>

    """
  }

  private var buttons: String {
    let all: [(id: String, text: String, title: String)] = [
      ("pin", "Pin to compare", "Keeps these curves beside what comes next; two at most"),
      ("yaml", "Copy as YAML", "The scenario with these settings, every default written out"),
      ("words", "Copy command", "The command that gives the same figures"),
      ("link", "Copy link", "This page with these settings, while the server runs"),
      ("reset", "Start again", "The scenario as the file has it"),
    ]
    return "<div class=\"buttons\">\n"
      + all.map { id, text, title in
        "<button type=\"button\" id=\"\(id)\" title=\"\(PageParts.text(title))\">\(text)</button>\n"
      }.joined() + "</div>\n"
  }

  // MARK: Policies

  private var policies: String {
    if start.policies.isEmpty { return "" }
    func box(_ name: String, _ words: String, isChosen: Bool) -> String {
      "<label class=\"box\" title=\"\(PageParts.text(words))\"><input type=\"checkbox\" name=\"policy\" "
        + "value=\"\(PageParts.text(name))\"\(isChosen ? " checked" : "")> \(PageParts.text(name))</label>\n"
    }
    // `--policy` takes every entry of a label, so one box stands for all of them.
    var seen: Set<String> = []
    let own = start.policies.filter { seen.insert($0.label).inserted }
    return """
      <details class="group" open><summary>Policies compared</summary>
      \(own.map { box($0.label, $0.inWords, isChosen: true) }.joined())\
      <details class="others"><summary>Others</summary>
      \(otherPolicies.map { box($0, "\($0), with its defaults", isChosen: false) }.joined())</details>
      </details>

      """
  }

  // MARK: Groups

  private static func html(_ group: ControlGroup) -> String {
    "<details class=\"group\"\(group.isOpen ? " open" : "")><summary>\(PageParts.text(group.title))</summary>\n"
      + group.controls.map { row($0, item: "set") }.joined() + "</details>\n"
  }

  /// A control with its label; both its parts carry the same value.
  ///
  /// - Parameter item: what the query calls it.
  private static func row(_ control: Control, item: String) -> String {
    let id = "\(item)-\(control.path)"
    var facts = [("data-item", item), ("data-path", control.path), ("data-text", control.text)]
    let label = control.label
    var inputs: String
    switch control.form {
    case .slider(let slider):
      facts += [
        ("data-least", "\(slider.least)"), ("data-greatest", "\(slider.greatest)"), ("data-unit", slider.unit),
        ("data-scale", slider.isLogarithmic ? "log" : "linear"), ("data-whole", slider.isWhole ? "yes" : "no"),
      ]
      inputs =
        "<input type=\"range\" id=\"\(PageParts.text(id))\" min=\"0\" max=\"100\" step=\"any\">"
        + field(control, label: "aria-label=\"\(PageParts.text(label)), as text\"")
    case .choice(let names):
      let options = (names.contains(control.text) ? names : [control.text] + names).map { name in
        "<option\(name == control.text ? " selected" : "")>\(PageParts.text(name))</option>"
      }
      inputs = "<select id=\"\(PageParts.text(id))\" data-part=\"value\">\(options.joined())</select>"
    case .field:
      inputs = field(control, label: "id=\"\(PageParts.text(id))\"")
    }
    let data = facts.map { " \($0)=\"\(PageParts.text($1))\"" }.joined()
    return "<div class=\"row\"\(data)><label for=\"\(PageParts.text(id))\" title=\"\(PageParts.text(control.help))\">"
      + "\(PageParts.text(label))</label>\(inputs)</div>\n"
  }

  private static func field(_ control: Control, label: String) -> String {
    "<input type=\"text\" \(label) data-part=\"value\" value=\"\(PageParts.text(control.text))\" spellcheck=\"false\">"
  }

  // MARK: Runs

  private var runs: String {
    let most = max(20, Double(start.replications))
    let replications = Control(
      path: "replications", label: "replications",
      help: "How many times each policy runs, each time with requests of its own; several give bands and intervals.",
      text: "\(start.replications)",
      form: Slider.between(1, most, "\(start.replications)", isWhole: true).map { .slider($0) } ?? .field)
    let seed = Control(
      path: "seed", label: "seed", help: "Where every random choice starts from.", text: "\(start.seed)", form: .field)
    return "<details class=\"group\" open><summary>Replications</summary>\n"
      + Self.row(replications, item: "replications") + Self.row(seed, item: "seed") + "</details>\n"
  }

  private var more: String {
    """
    <details class="group"><summary>Other keys</summary>
    <label for="more" class="muted">One a line, as for --set: key.path=value</label>
    <textarea id="more" rows="3" spellcheck="false" placeholder="workload.requests=500"></textarea>
    </details>

    """
  }
}
