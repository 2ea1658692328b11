import Catalogue

extension StepTimeProfile {
  /// The kernel times of a profile's text; `nil` when it has none, for example because only links were measured.
  ///
  /// - Throws: ``ProfileError`` with file and line.
  public static func measured(text: String, file: String) throws(ProfileError) -> StepTimeProfile? {
    let document: ProfileDocument
    do throws(ProfileTextError) {
      document = try ProfileDocument(text: text, file: file)
    } catch {
      throw ProfileError(error)
    }
    let needed = ["gemm", "prefill", "decode"]
    return needed.allSatisfy { !document.sections(named: $0).isEmpty } ? try StepTimeProfile(document) : nil
  }
}
