import Catalogue
import Foundation
import SimCore
import Testing

/// The program carries its data files as they are in the repository.
struct EmbeddedFileTests {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources/CCatalogue/Data")

  static let files: [String] = {
    let walk = FileManager.default.enumerator(atPath: folder.path())
    let paths = walk.map { Array($0).compactMap { $0 as? String } } ?? []
    return paths.filter { $0.contains(/\/[^.\/][^\/]*\.\w+$/) }.sorted()
  }()

  @Test(
    arguments: [
      "commands", "engines", "hardware", "kernels", "lengths", "models", "profiles", "services", "stacks", "trust",
    ])
  func everyFileIsCarriedAsItIs(kind: String) throws {
    let here = Self.files.filter { $0.hasPrefix(kind + "/") }
    #expect(!here.isEmpty)
    #expect(Catalogue.paths(under: kind).sorted() == here)
    for path in here {
      let text = try String(contentsOf: Self.folder.appending(path: path), encoding: .utf8)
      #expect(Catalogue.text(path) == text, "\(path)")
      #expect(Catalogue.digest(of: path) == SHA256.hexadecimal(of: text.utf8), "\(path)")
    }
  }
}
