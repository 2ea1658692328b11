import Foundation
import FoundationXML
import Testing

/// An SVG file as an XML parser reads it.
final class Parsed: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
    var text = ""
  }

  private(set) var elements: [Element] = []
  private var open: [Int] = []

  /// - Throws: what the parser found wrong.
  init(_ svg: String) throws {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    let isWellFormed = parser.parse()
    try #require(isWellFormed, "\(parser.parserError.map(String.init(describing:)) ?? "") in \(svg.prefix(2_000))")
  }

  func named(_ name: String) -> [Element] { elements.filter { $0.name == name } }
  var texts: [String] { named("text").map(\.text) }
  func paths(_ name: String) -> [String] {
    elements.filter {
      $0.name == "path" && $0.attributes["class", default: ""].split(separator: " ").contains(Substring(name))
    }
    .compactMap { $0.attributes["d"] }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if let last = open.last { elements[last].text += string }
  }
}
