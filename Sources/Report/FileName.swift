import TextIO

/// Names of files that are called after something a stranger may have named.
public enum FileName {
  /// Linux allows 255 bytes, of which an ending and a temporary ending take some.
  private static let longest = 200

  /// A name that any file system takes, different from those taken: no slash, no control character, not hidden, cut
  /// where it is too long.
  public static func of(_ text: String, besides taken: inout Set<String>) -> String {
    var name = ""
    for character in text {
      let isAllowed = character != "/" && !character.unicodeScalars.contains(where: Printable.isControl)
      let next = isAllowed ? String(character) : "-"
      if name.utf8.count + next.utf8.count > longest { break }
      name += next
    }
    if name.isEmpty || name.hasPrefix(".") { name = "-" + name }
    var candidate = name
    var number = 2
    while !taken.insert(candidate).inserted {
      candidate = "\(name)-\(number)"
      number += 1
    }
    return candidate
  }
}
