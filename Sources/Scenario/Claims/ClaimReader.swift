import Configuration

/// Reads what a scenario's `claim` says.
struct ClaimReader {
  let diagnostics: Diagnostics

  /// A claim as written: its studies are not resolved yet.
  struct Written {
    var claim: PublishedClaim
    var studies: [WrittenStudy]
    var position: Position
  }

  struct WrittenStudy {
    var title: String
    var text: String
    var points: Points
    /// By label; nil for those that the bounds name.
    var policies: [CheckedValue]?
    var replications: Int?
    /// As behind `expect`; nil for the scenario's.
    var expectations: DocumentNode?
    var position: Position

    enum Points {
      /// As behind `sweep`.
      case design(DocumentNode)
      /// Those of another scenario's sweep, beside this one.
      case file(String)
    }
  }

  /// Takes the claim out of a document: what remains is a scenario like any other.
  ///
  /// - Returns: nil where the document has no `claim`, or after reporting what is wrong with it.
  func take(from document: inout Document) -> Written? {
    guard let node = document.root["claim"] else { return nil }
    document.root.remove("claim")
    let wrapper = Section("scenario", "", [Key("claim", .mapping(ScenarioSections.claim), .optional, "")])
    let entry = DocumentNode.Entry(key: "claim", keyPosition: node.position, value: node)
    let before = diagnostics.errors.count
    let checked = wrapper.check(DocumentNode(.mapping([entry]), at: node.position), path: "", into: diagnostics)
    guard diagnostics.errors.count == before, let map = checked?.map("claim") else { return nil }
    return Written(claim: claim(map), studies: studies(map, written: node), position: node.position)
  }

  private func claim(_ map: CheckedMap) -> PublishedClaim {
    func text(_ key: String) -> String { map.text(key).map(Self.paragraphs) ?? "" }
    let charts = map.map("charts")
    return PublishedClaim(
      id: text("id"), published: text("published"), source: text("source"), target: text("target"),
      assumed: text("assumed"), decides: text("decides"), found: text("found"),
      notExpressible: map.text("not_expressible").map(Self.paragraphs),
      data: map.list("data").compactMap(\.map).map {
        PublishedClaim.DataSet(
          key: $0.text("key") ?? "", file: $0.text("file") ?? "", origin: $0.text("origin") ?? "")
      },
      charts: PublishedClaim.Charts(
        deployment: charts?.text("deployment"), policies: charts?["policies"]?.list?.compactMap(\.text),
        variant: charts?.text("variant"), ladder: charts?["ladder"]?.list?.compactMap(\.text) ?? []),
      maxReplications: map.integer("max_replications"))
  }

  private func studies(_ map: CheckedMap, written: DocumentNode) -> [WrittenStudy] {
    guard case .list(let nodes)? = written["studies"]?.content else { return [] }
    return zip(map.list("studies"), nodes).compactMap { value, node in
      guard let study = value.map else { return nil }
      let points: WrittenStudy.Points
      switch (node["sweep"], study.text("file")) {
      case (let design?, nil): points = .design(design)
      case (nil, let file?): points = .file(file)
      default:
        diagnostics.error(at: study.position, "\(study.subject) wants one of 'sweep' and 'file'")
        return nil
      }
      return WrittenStudy(
        title: study.text("title") ?? "", text: study.text("text").map(Self.paragraphs) ?? "", points: points,
        policies: study["policies"]?.list, replications: study.integer("replications"), expectations: node["expect"],
        position: study.position)
    }
  }

  /// Text without the line feed that a block of YAML ends with.
  private static func paragraphs(_ text: String) -> String {
    var text = text[...]
    while let last = text.last, last == "\n" || last == " " { text.removeLast() }
    return String(text)
  }
}
