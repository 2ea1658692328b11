import Foundation
import Models
import Scenario
import Workload

/// The model that an argument names.
enum NamedModel {
  /// - Parameter name: a name of the catalogue, a published name, or the path of a config.json.
  /// - Throws: `Failure` for an unknown name; what reading the file throws.
  static func find(_ name: String) throws -> ModelArchitecture {
    var isFolder: ObjCBool = false
    let reference = ModelReference(name) {
      FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
    }
    switch reference {
    case .entry(let entry): return try ModelCatalogue.model(named: entry)
    case .file(let path):
      let text = String(decoding: try FileContents.bytes(path: path), as: UTF8.self)
      return try ModelArchitecture(configJSON: text, name: ModelReference.name(ofFile: path), file: path)
    case .unknown(let advice):
      throw Failure(.usage, "unknown model '\(name)'" + (advice ?? ModelReference.clause(forUnknown: name)))
    }
  }
}
