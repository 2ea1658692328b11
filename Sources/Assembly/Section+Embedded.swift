import Catalogue
import Configuration

extension Section {
  /// An embedded file as a mapping of this section.
  ///
  /// - Precondition: the file is there and sound; tests read every one.
  public func embedded(_ path: String) -> CheckedMap {
    let diagnostics = Diagnostics()
    guard let text = Catalogue.text(path), let document = Document(text: text, name: path, into: diagnostics),
      let map = check(document, into: diagnostics), !diagnostics.hasErrors
    else { preconditionFailure("\(path): \(diagnostics.all.map(\.description))") }
    return map
  }
}
