import Foundation
import Report

/// Turns SVG into PNG with librsvg's `rsvg-convert`.
///
/// A program and not the library: charts are made without any library for pictures, and whoever wants PNG installs one
/// small package. It shows the light colours, as librsvg does.
enum PictureConverter {
  private static let name = "rsvg-convert"
  /// Pixels of the picture for one of the drawing, so that letters are sharp in print and on dense screens.
  private static let zoom = 2

  /// Where the program is.
  ///
  /// - Parameter path: of the picture, for what the error says.
  /// - Throws: `OutputError` when there is none on the `PATH`.
  static func program(for path: String) throws(OutputError) -> String {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
      return "\(folder)/\(name)"
    }
    throw OutputError(
      path: path,
      reason: "PNG is made by '\(name)', which is not on the PATH; Debian and Ubuntu have it in 'librsvg2-bin', "
        + "and a file that ends in .svg needs nothing")
  }

  /// The bytes of a PNG file.
  ///
  /// - Throws: `OutputError` when the program is missing or fails.
  static func png(of svg: String, for path: String) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try program(for: path))
    process.arguments = ["--format", "png", "--zoom", "\(zoom)"]
    // From a file: a pipe that the program does not read to its end would end this process.
    let source = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString).svg")
    let output = Pipe()
    do {
      try Data(svg.utf8).write(to: source)
      defer { try? FileManager.default.removeItem(at: source) }
      process.standardInput = try FileHandle(forReadingFrom: source)
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
    } catch {
      throw OutputError(path: path, reason: "'\(name)' cannot be started")
    }
    let bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    guard process.terminationStatus == 0, !bytes.isEmpty else {
      throw OutputError(path: path, reason: "'\(name)' failed with status \(process.terminationStatus)")
    }
    return bytes
  }
}
