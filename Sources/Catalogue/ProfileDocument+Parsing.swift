import TextIO

extension ProfileDocument {
  /// Reads the text of a profile.
  ///
  /// - Parameter file: what errors call it.
  /// - Throws: ``ProfileTextError`` for a row above the first section, a section that is not known, and bad quoting.
  public init(text: String, file: String) throws(ProfileTextError) {
    self.init(file: file)
    var comments: [String] = []
    var line = 0
    var text = text
    let failure = text.withUTF8 { bytes -> ProfileTextError? in
      // As bytes: profiles have hundreds of long lines, and every run reads one.
      for var whole in bytes.split(separator: 10, omittingEmptySubsequences: false) {
        line += 1
        if whole.last == 13 { whole = whole.dropLast() }
        do throws(ProfileTextError) {
          try take(UnsafeBufferPointer(rebasing: whole), line: line, comments: &comments)
        } catch {
          return error
        }
      }
      return nil
    }
    if let failure { throw failure }
    if sections.isEmpty { self.comments = comments } else { closingComments = comments }
  }

  /// Takes one line into the document.
  ///
  /// - Parameter comments: those above it that are still nobody's.
  private mutating func take(
    _ whole: UnsafeBufferPointer<UInt8>, line: Int, comments: inout [String]
  ) throws(ProfileTextError) {
    guard let first = whole.first(where: { $0 != UInt8(ascii: " ") && $0 != 9 }) else { return }
    if first == UInt8(ascii: "#"), whole[0] == first {
      let hasBlank = whole.count > 1 && whole[1] == UInt8(ascii: " ")
      comments.append(String(decoding: whole[(hasBlank ? 2 : 1)...], as: UTF8.self))
      return
    }
    let fields = try Self.fields(of: whole, file: file, line: line)
    if whole[0] == UInt8(ascii: "@") {
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

  /// The fields of one line.
  private static func fields(
    of line: UnsafeBufferPointer<UInt8>, file: String, line number: Int
  ) throws(ProfileTextError) -> [String] {
    var commas = 0
    for byte in line {
      if byte == UInt8(ascii: "\"") {
        return try quotedFields(of: String(decoding: line, as: UTF8.self)[...], file: file, line: number)
      }
      if byte == UInt8(ascii: ",") { commas += 1 }
    }
    var fields: [String] = []
    fields.reserveCapacity(commas + 1)
    var start = 0
    for index in 0...line.count where index == line.count || line[index] == UInt8(ascii: ",") {
      fields.append(String(decoding: UnsafeBufferPointer(rebasing: line[start..<index]), as: UTF8.self))
      start = index + 1
    }
    return fields
  }

  /// The fields of a line that has quotation marks.
  private static func quotedFields(
    of line: Substring, file: String, line number: Int
  ) throws(ProfileTextError) -> [String] {
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
