import Foundation

/// What a browser asks for: a path below the token's, and what its query says.
public struct PageRequest: Sendable, Equatable {
  /// One `name=value` of the query, decoded.
  public struct Item: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Behind the token, without the slash: empty for the page itself.
  public var path: String
  public var query: [Item]

  public init(path: String, query: [Item] = []) {
    self.path = path
    self.query = query
  }

  /// The items of a query as forms write it, `a=b&c=d` with `+` for a space; nil where an escape is broken.
  public static func items(of query: some StringProtocol) -> [Item]? {
    var items: [Item] = []
    for part in String(query).split(separator: "&") {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = sides.map { $0.replacing("+", with: " ").removingPercentEncoding }
      guard let name = decoded[0], let value = decoded.count > 1 ? decoded[1] : "" else { return nil }
      items.append(Item(name, value))
    }
    return items
  }
}
