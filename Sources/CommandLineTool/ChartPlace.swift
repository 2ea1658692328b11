import ArgumentParser
import Charts
import Foundation
import Report

/// Where charts go: what the name of a file says of its content is what is written.
enum ChartPlace {
  /// Endings of files that are pictures or pages, and neither SVG nor PNG.
  private static let otherFormats = [
    "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "pdf", "ps", "eps", "html", "htm",
  ]

  /// Whether a path names a picture, and not a folder.
  static func isPicture(_ path: String) -> Bool { ["svg", "png"].contains(ending(of: path)) }

  private static func isPNG(_ path: String) -> Bool { ending(of: path) == "png" }

  /// Refuses a path for `--plot` that promises another format than SVG and PNG.
  ///
  /// - Parameter takesFolder: whether a path without such an ending is a folder to be filled.
  static func check(_ path: String, takesFolder: Bool) throws(ValidationError) {
    if isPicture(path) { return }
    let places = takesFolder ? "a file that ends in .svg or .png, or a folder" : "a file that ends in .svg or .png"
    if path.isEmpty || !takesFolder || otherFormats.contains(ending(of: path)) {
      throw ValidationError("'--plot' writes SVG and PNG: it wants \(places), found '\(path)'")
    }
  }

  /// Makes the folder, or looks whether the file could be written, before work is spent on charts.
  ///
  /// - Throws: `OutputError`.
  static func prepare(_ path: String) throws(OutputError) {
    if isPicture(path) {
      if isPNG(path) { _ = try PictureConverter.program(for: path) }
      return try OutputPlace.check(path)
    }
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw OutputError(path: path, reason: "the folder cannot be made")
    }
  }

  /// Writes a page of charts to the picture that the path names.
  ///
  /// - Throws: `OutputError`.
  static func write(_ page: ChartPage, to path: String) throws {
    if isPNG(path) {
      let bytes = try PictureConverter.png(of: page.svg(), for: path)
      let file = try AtomicFile(path: path)
      try file.write(bytes)
      try file.finish()
    } else {
      try AtomicFile.write(page.svg(), to: path)
    }
  }

  /// Fills a folder with pages, all or none: each is written beside its place before the first is put there, so that a
  /// full disk leaves none.
  ///
  /// - Parameter pages: with the names of their files, which are changed where two would be the same.
  /// - Throws: `OutputError`.
  static func fill(_ folder: String, with pages: [(name: String, page: ChartPage)]) throws {
    try OpenFiles.allow(pages.count, for: folder)
    var taken: Set<String> = []
    let files = try pages.map { name, page in
      let file = try AtomicFile(path: "\(folder)/\(FileName.of(name, besides: &taken)).svg")
      try file.write(page.svg())
      try file.flush()
      return file
    }
    for file in files { try file.finish() }
  }

  private static func ending(of path: String) -> String {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let point = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: point)...].lowercased()
  }
}
