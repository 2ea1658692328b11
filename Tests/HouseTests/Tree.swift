import Foundation

/// The files of the repository, as the tests of the house read them.
enum Tree {
  /// The repository's top folder.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// A file's text; nil when there is no such file.
  static func text(_ path: String) -> String? {
    try? String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path())
  }

  /// Paths of the files under a folder that end so, relative to the top folder, in order.
  static func files(under folder: String, ending suffix: String) -> [String] {
    let base = root.appending(path: folder).path()
    guard let walk = FileManager.default.enumerator(atPath: base) else { return [] }
    var paths: [String] = []
    for case let path as String in walk where path.hasSuffix(suffix) && !path.contains(".build") {
      paths.append(folder + "/" + path)
    }
    return paths.sorted()
  }

  /// The folders right under a folder, by name.
  static func folders(under folder: String) -> [String] {
    let base = root.appending(path: folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: base.path())) ?? []
    return names.filter { base.appending(path: $0).hasDirectoryPath || isFolder(folder + "/" + $0) }.sorted()
  }

  private static func isFolder(_ path: String) -> Bool {
    var answer: ObjCBool = false
    return FileManager.default.fileExists(atPath: root.appending(path: path).path(), isDirectory: &answer)
      && answer.boolValue
  }

  /// Every Swift file of the package.
  static let swiftFiles = ["Sources", "Tests", "Benchmarks/Sources", "Examples"].flatMap {
    files(under: $0, ending: ".swift")
  }

  /// The modules that a Swift file imports.
  static func imports(of path: String) -> Set<String> {
    let found = (text(path) ?? "").matches(
      of: /(?m)^(?:@\w+ )?(?:public |package |internal )?import (?:\w+ )?(\w+)/)
    return Set(found.map { String($0.output.1) })
  }

  /// What links call the headings of a Markdown file, as GitHub makes it of their words.
  static func headings(_ path: String) -> Set<String> {
    let text = (text(path) ?? "").replacing(/(?m)^```[\s\S]*?^```/, with: "")
    var count: [String: Int] = [:]
    return Set(
      text.matches(of: /(?m)^#{1,6} (.*)$/).map { match in
        let words = match.output.1.lowercased().filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
        let name = words.replacing(" ", with: "-")
        defer { count[name, default: 0] += 1 }
        return count[name].map { "\(name)-\($0)" } ?? name
      })
  }

  /// The indented and fenced code of a Markdown file, a block each, with the fence's language.
  static func codeBlocks(_ path: String) -> [(language: String, text: String)] {
    (text(path) ?? "").matches(of: /(?m)^```(\w*)\n([\s\S]*?)^```/).map {
      (String($0.output.1), String($0.output.2))
    }
  }
}
