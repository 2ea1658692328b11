extension ProfileDocument: CustomStringConvertible {
  /// The text of the file; reading it gives this document again.
  public var description: String {
    var text = ""
    func add(comments: [String]) {
      for comment in comments { text += comment.isEmpty ? "#\n" : "# \(Self.oneLine(comment))\n" }
    }
    add(comments: comments)
    for section in sections {
      add(comments: section.comments)
      text += Self.line(["@" + section.name] + section.header)
      for row in section.rows {
        add(comments: row.comments)
        text += Self.line(row.fields)
      }
    }
    add(comments: closingComments)
    return text
  }

  private static func line(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") + "\n" }

  private static func quoted(_ field: String) -> String {
    let field = oneLine(field)
    // A row's first field must not look like a header or a comment.
    let isSpecial = field.contains { $0 == "," || $0 == "\"" } || field.hasPrefix("#")
    if !isSpecial { return field }
    return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }

  /// A line break would end the row.
  private static func oneLine(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }
}
