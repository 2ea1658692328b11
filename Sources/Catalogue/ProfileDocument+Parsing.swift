import TextIO

extension ProfileDocument {
  /// Reads the text of a profile.
  ///
  /// - Parameter file: what errors call it.
  /// - Throws: ``ProfileTextError`` for a row above the first section, a section that is not known, and bad quoting.
  public init(text: String, file: String) throws(ProfileTextError) {
    self.init(file: file)
    var comments: [String] = []
    // As bytes: profiles have hundreds of long lines, and every run reads one.
    for (index, bytes) in text.utf8.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      let line = index + 1
      let whole = Substring(bytes.last == 13 ? bytes.dropLast() : bytes)
      if whole.allSatisfy({ $0 == " " || $0 == "\t" }) { continue }
      if whole.hasPrefix("#") {
        comments.append(String(whole.dropFirst(whole.hasPrefix("# ") ? 2 : 1)))
        continue
      }
      let fields = try Self.fields(of: whole, file: file, line: line)
      if whole.hasPrefix("@") {
        let name = String(fields[0].dropFirst())
        guard KnownSections.contains(name) else {
          let names = KnownSections.all.map { "@" + $0.name }.joined(separator: ", ")
          throw error("no section is called '@\(Printable.excerpt(name))'; there are \(names)", line: line)
        }
        if sections.isEmpty {
          self.comments = comments
          comments = []
        }
        sections.append(Section(name, header: Array(fields.dropFirst()), comments: comments, line: line))
      } else if sections.isEmpty {
        throw error("a row before the first section", line: line)
      } else {
        sections[sections.count - 1].rows.append(Row(fields, comments: comments, line: line))
      }
      comments = []
    }
    if sections.isEmpty { self.comments = comments } else { closingComments = comments }
  }

  /// The fields of one line.
  private static func fields(of line: Substring, file: String, line number: Int) throws(ProfileTextError) -> [String] {
    if !line.utf8.contains(UInt8(ascii: "\"")) {
      let pieces = line.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      return pieces.map { String(Substring($0)) }
    }
    func fail(_ message: String) -> ProfileTextError { ProfileTextError(file: file, line: number, message: message) }
    var fields: [String] = []
    var rest = line[...]
    while true {
      var field = ""
      if rest.first == "\"" {
        rest = rest.dropFirst()
        while true {
          guard let end = rest.firstIndex(of: "\"") else { throw fail("a quotation mark is not closed") }
          field += rest[..<end]
          rest = rest[rest.index(after: end)...]
          guard rest.first == "\"" else { break }
          field.append("\"")
          rest = rest.dropFirst()
        }
        if let next = rest.first, next != "," { throw fail("'\(next)' follows a closing quotation mark") }
      } else {
        let end = rest.firstIndex(of: ",") ?? rest.endIndex
        field = String(rest[..<end])
        if field.contains("\"") {
          throw fail("a quotation mark inside the unquoted field '\(Printable.excerpt(field))'")
        }
        rest = rest[end...]
      }
      fields.append(field)
      if rest.isEmpty { return fields }
      rest = rest.dropFirst()
    }
  }
}
