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
    let program = try program(for: path)
    // From a file: a pipe that the program does not read to its end would end this process.
    let drawing = try drawing(svg, for: path)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = ["--format", "png", "--zoom", "\(zoom)"]
    let output = Pipe()
    process.standardInput = drawing
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw OutputError(path: path, reason: "'\(program)' cannot be started: \(error.localizedDescription)")
    }
    let bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    guard process.terminationStatus == 0, !bytes.isEmpty else {
      throw OutputError(path: path, reason: "'\(name)' failed with status \(process.terminationStatus)")
    }
    return bytes
  }

  /// The drawing, open for reading and gone from the folder of temporary files.
  ///
  /// - Parameter path: of the picture, for what the error says.
  static func drawing(
    _ svg: String, for path: String, in folder: URL = FileManager.default.temporaryDirectory
  ) throws(OutputError) -> FileHandle {
    let file = folder.appendingPathComponent("spillway-\(UUID().uuidString).svg").path
    defer { unlink(file) }
    do throws(OutputError) {
      try AtomicFile.write(svg, to: file)
    } catch {
      throw OutputError(path: path, reason: "its drawing cannot be kept meanwhile in '\(file)': \(error.reason)")
    }
    guard let drawing = FileHandle(forReadingAtPath: file) else {
      throw OutputError(
        path: path, reason: "its drawing, '\(file)', cannot be read: \(String(cString: strerror(errno)))")
    }
    return drawing
  }
}
