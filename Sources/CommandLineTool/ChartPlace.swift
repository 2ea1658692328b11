import ArgumentParser

/// Where charts go: what the name of a file says of its content is what is written.
enum ChartPlace {
  /// Endings of files that are pictures or pages, and not SVG.
  private static let otherFormats = [
    "png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "pdf", "ps", "eps", "html", "htm",
  ]

  /// Whether a path names an SVG file.
  static func isSVG(_ path: String) -> Bool { ending(of: path) == "svg" }

  /// Refuses a path for `--plot` that promises another format than SVG.
  ///
  /// - Parameter takesFolder: whether a path without such an ending is a folder to be filled.
  static func check(_ path: String, takesFolder: Bool) throws(ValidationError) {
    if isSVG(path) { return }
    let places = takesFolder ? "a file that ends in .svg, or a folder" : "a file that ends in .svg"
    if path.isEmpty || !takesFolder || otherFormats.contains(ending(of: path)) {
      throw ValidationError("'--plot' writes SVG: it wants \(places), found '\(path)'")
    }
  }

  private static func ending(of path: String) -> String {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let point = name.lastIndex(of: ".") else { return "" }
    return name[name.index(after: point)...].lowercased()
  }
}
