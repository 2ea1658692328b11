import Foundation
import Testing
import TextIO

/// Two folders beside each other: reading is confined to the first.
@Suite final class ReadingScopeTests {
  let root: String
  let scope: ReadingScope

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-scope-\(UUID().uuidString)")
    root = url.path
    for folder in ["in/deep", "in2", "out"] {
      try FileManager.default.createDirectory(
        atPath: root + "/" + folder, withIntermediateDirectories: true)
    }
    for file in ["in/a", "in/deep/b", "in2/c", "out/secret"] {
      try Data(file.utf8).write(to: URL(fileURLWithPath: root + "/" + file))
    }
    for (link, target) in [
      ("in/away", "../out/secret"), ("in/near", "deep/b"), ("in/gone", "../out/none"), ("in/folder", "../out"),
      ("in/loop", "loop"), ("out/back", "../in/a"),
    ] {
      try FileManager.default.createSymbolicLink(atPath: root + "/" + link, withDestinationPath: target)
    }
    scope = try ReadingScope([root + "/in/"])
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  private func read(_ path: String) throws -> String {
    try ReadingScope.$current.withValue(scope) {
      String(decoding: try ReadableFile.bytes(root + "/" + path, upTo: 100), as: UTF8.self)
    }
  }

  @Test(
    "what is inside is read, also by links and roundabout paths",
    arguments: [
      ("in/a", "in/a"), ("in/deep/b", "in/deep/b"), ("in/near", "in/deep/b"), ("in/deep/../a", "in/a"),
      ("out/../in/a", "in/a"), ("out/back", "in/a"),
    ])
  func inside(path: String, content: String) throws { #expect(try read(path) == content) }

  @Test(
    "what is outside is refused in the same words, whether it is there or not",
    arguments: [
      "out/secret", "out/none", "none/none", "in2/c", "in/../out/secret", "in/../out/none", "in/away", "in/gone",
      "in/folder/secret", "in/folder/none", "out", "..", "in/../in2/none", "in/loop",
    ])
  func outside(path: String) {
    let error = UnreadableFile(path: root + "/" + path, reason: "it is outside the folders that reading is confined to")
    #expect(throws: error) { try read(path) }
    ReadingScope.$current.withValue(scope) {
      #expect(throws: error) { try ReadableFile.kind(of: self.root + "/" + path) }
      #expect(throws: error) { try ReadableFile.names(in: self.root + "/" + path) }
    }
  }

  @Test("inside, a mistake is told as it is")
  func mistakesInside() {
    #expect(throws: UnreadableFile(path: root + "/in/none", reason: "No such file or directory")) {
      try read("in/none")
    }
    #expect(throws: UnreadableFile(path: root + "/in/deep", reason: "it is a folder")) { try read("in/deep") }
    #expect(throws: UnreadableFile(path: root + "/in/a/b", reason: "Not a directory")) { try read("in/a/b") }
  }

  @Test func listingAndLooking() throws {
    try ReadingScope.$current.withValue(scope) { () throws in
      #expect(try ReadableFile.kind(of: root + "/in/deep") == .folder)
      #expect(try ReadableFile.kind(of: root + "/in/a") == .file)
      #expect(try ReadableFile.kind(of: root + "/in/none") == nil)
      #expect(try ReadableFile.names(in: root + "/in/deep") == ["b"])
      #expect(try ReadableFile.first(of: root + "/in/a") == root + "/in/a")
      #expect(try ReadableFile.first(of: root + "/in/none") == nil)
    }
    #expect(try ReadableFile.paths(below: root + "/in") == ["a", "away", "deep/b", "folder", "gone", "loop", "near"])
  }

  @Test func severalFoldersAndTheRoot() throws {
    let both = try ReadingScope([root + "/in2", root + "/out"])
    try ReadingScope.$current.withValue(both) {
      try ReadableFile.check(root + "/in2/c")
      try ReadableFile.check(root + "/in/away")
      #expect(throws: UnreadableFile.self) { try ReadableFile.check(root + "/in/a") }
    }
    try ReadingScope.$current.withValue(try ReadingScope(["/"])) { try ReadableFile.check(root + "/in/a") }
  }

  @Test func aScopeOfWhatIsNoFolder() {
    #expect(throws: UnreadableFile(path: root + "/none", reason: "No such file or directory")) {
      try ReadingScope([root + "/none"])
    }
    #expect(throws: UnreadableFile(path: root + "/in/a", reason: "it is not a folder")) {
      try ReadingScope([root + "/in/a"])
    }
  }

  @Test("a scope holds in the tasks below, and nowhere else")
  func tasksInherit() async throws {
    let secret = root + "/out/secret"
    let refused = await ReadingScope.$current.withValue(scope) {
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<4 { group.addTask { (try? ReadableFile.check(secret)) == nil } }
        return await group.reduce(true) { $0 && $1 }
      }
    }
    #expect(refused)
    try ReadableFile.check(secret)
  }

  @Test func largeTextsAreRefused() throws {
    let path = root + "/in/large"
    try Data(count: ReadableFile.textLimit).write(to: URL(fileURLWithPath: path))
    #expect(try ReadableFile.text(path).utf8.count == ReadableFile.textLimit)
    try Data(count: ReadableFile.textLimit + 1).write(to: URL(fileURLWithPath: path))
    #expect(throws: UnreadableFile(path: path, reason: "it has more than 4194304 bytes (4 MiB)")) {
      try ReadableFile.text(path)
    }
  }
}
