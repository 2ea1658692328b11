import Foundation

/// Which of the messages that the sources have words for were said. It goes by the longest stretch of each message's
/// first text that is always the same; texts that are put together elsewhere are not seen.
struct MessageCoverage {
  /// For each place in the sources that says what is wrong, its words.
  let places: [String]

  /// - Parameter folder: of the sources.
  /// - Returns: nil where they are not.
  init?(sources folder: String) {
    guard let names = FileManager.default.enumerator(atPath: folder) else { return nil }
    var places: [String] = []
    for case let name as String in names where name.hasSuffix(".swift") && !name.hasPrefix("Fuzz") {
      guard let text = try? String(contentsOfFile: folder + "/" + name, encoding: .utf8) else { continue }
      places += Self.places(in: text)
    }
    if places.isEmpty { return nil }
    self.places = places
  }

  /// How many of the places have been reached by messages as `MessagePattern` leaves them.
  func reached(_ messages: some Collection<String>) -> Int {
    let said = messages.joined(separator: "\n")
    return places.count { said.contains($0) }
  }

  /// Calls that tell of mistakes, with the text that they begin with.
  static func places(in source: String) -> [String] {
    let call =
      #/\b(?:error|expect|Failure|\w*Problem|\w*Error|reject|refuse|fail)\((?:[^"{};]{0,160})"((?:[^"\\]|\\\(|\\.)*)"/#
    return source.matches(of: call).compactMap { match in
      let text = String(match.1)
      // What stands in parentheses behind a backslash is put in.
      let fixed = text.replacing(#/\\\((?:[^()]|\([^()]*\))*\)/#, with: "\u{1}")
      let parts = fixed.split { $0 == "\u{1}" || $0 == "'" || $0.isNumber || $0 == "\\" }
      let longest = parts.map { $0.trimmingCharacters(in: .whitespaces) }.max { $0.count < $1.count } ?? ""
      return longest.count >= 10 && longest.contains(" ") ? longest : nil
    }
  }
}
