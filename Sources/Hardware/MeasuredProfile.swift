/// A profile file that a server's description names: kernel times and link figures measured on such a machine.
public struct MeasuredProfile: Hashable, Sendable {
  /// As messages call it: the path from the working directory.
  public var path: String
  /// The whole file.
  public var text: String
  /// Fields of the server that the profile gave, as they are spelt in descriptions, in order.
  public var fields: [String]

  public init(path: String, text: String, fields: [String]) {
    self.path = path
    self.text = text
    self.fields = fields
  }
}
