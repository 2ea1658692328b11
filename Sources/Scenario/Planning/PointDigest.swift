import Catalogue
import SimCore
import TextIO

/// The digests of files that scenarios read, each read once.
public final class InputDigests: Sendable {
  private let known = Memo<String, String>()

  public init() {}

  /// A 64-bit hash of a file's content, with its length; of every file, for a folder.
  ///
  /// - Throws: `UnreadableFile`.
  func digest(of path: String) throws(UnreadableFile) -> String {
    try known.value(for: path) { () throws(UnreadableFile) in
      if try ReadableFile.kind(of: path) == .folder {
        var text = "folder"
        for file in try ReadableFile.paths(below: path) { text += " \(file) \(try digest(of: path + "/" + file))" }
        return text
      }
      let bytes = try ReadableFile.bytes(path, upTo: .max)
      var hash = Fingerprint()
      bytes.withUnsafeBytes { bytes in
        var offset = 0
        while offset + 8 <= bytes.count {
          hash.combine(Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self)))
          offset += 8
        }
        while offset < bytes.count {
          hash.combine(Int64(bytes[offset]))
          offset += 1
        }
      }
      return "\(hash.description) \(bytes.count)"
    }
  }
}

extension ResolvedScenario {
  /// SHA-256 of everything that a run depends on but its seed and replication: the resolved scenario with one policy,
  /// the content of the files it reads, and the program's version. Two runs with one digest, seed and replication have
  /// one result.
  ///
  /// What runs do not depend on is left out: names, descriptions, expectations, other policies, how many replications.
  ///
  /// - Parameter policy: index into `policies`; nil where every deployment has its own.
  /// - Throws: `UnreadableFile` when a file is gone.
  public func pointDigest(
    policy: Int?, version: String, inputs: InputDigests = InputDigests()
  ) throws(UnreadableFile) -> String {
    var text = pointText + "\npolicy: " + (policy.map { policies[$0].canonicalText } ?? "none") + "\n"
    text += "version: \(version)\n"
    for path in self.inputs { text += "file: \(try inputs.digest(of: path))\n" }
    return SHA256.hexadecimal(of: text.utf8)
  }
}
