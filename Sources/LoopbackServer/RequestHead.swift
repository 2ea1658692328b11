/// The lines before a request's body (RFC 9112, 2.1), and whether they are answered.
///
/// Only what a browser sends to this page is taken: GET without a body, for this address by name, behind the token.
struct RequestHead {
  /// As sent, for example `GET`.
  let method: String
  /// The path with its query, as sent.
  let target: String
  /// Names in small letters, with their values in order.
  private let fields: [(name: String, value: String)]

  /// - Parameter bytes: up to and without the empty line.
  /// - Returns: nil for what is no head of HTTP/1.
  init?(_ bytes: some Collection<UInt8>) {
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7f || [0x09, 0x0a, 0x0d].contains($0) }) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
    let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[2].hasPrefix("HTTP/1."), words[1].hasPrefix("/") else { return nil }
    var fields: [(name: String, value: String)] = []
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
        !line[..<colon].contains(where: \.isWhitespace)
      else { return nil }
      fields.append((line[..<colon].lowercased(), String(line[line.index(after: colon)...]).trimmed))
    }
    method = String(words[0])
    target = String(words[1])
    self.fields = fields
  }

  private func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

  /// What is asked for, or why it is not answered.
  ///
  /// - Parameters:
  ///   - port: that the server listens at. A request for another host came by a name that leads here, as with DNS
  ///     rebinding, and is refused.
  ///   - token: that every path starts with.
  func request(port: UInt16, token: String) -> Result<PageRequest, Refusal> {
    let hosts = ["127.0.0.1", "localhost"].flatMap { port == 80 ? [$0, "\($0):80"] : ["\($0):\(port)"] }
    let asked = values("host")
    guard asked.count == 1, hosts.contains(asked[0].lowercased()) else {
      return refused(.forbidden, "This server answers requests to 127.0.0.1:\(port) only.")
    }
    guard values("origin").allSatisfy({ origin in hosts.contains { origin.lowercased() == "http://" + $0 } }) else {
      return refused(.forbidden, "This server answers its own page only.")
    }
    let sides = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let parts = sides[0].dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, Self.isEqual(String(parts[0]), token) else {
      return refused(.forbidden, "The address lacks the token that 'spillway explore' printed.")
    }
    guard method == "GET" else { return refused(.methodNotAllowed, "Only GET is answered: nothing is written here.") }
    guard values("transfer-encoding").isEmpty, values("content-length").allSatisfy({ $0 == "0" }) else {
      return refused(.contentTooLarge, "A request has no body here.")
    }
    guard let query = PageRequest.items(of: sides.count > 1 ? sides[1] : "") else {
      return refused(.badRequest, "The query has a broken escape.")
    }
    return .success(PageRequest(path: String(parts[1]), query: query))
  }

  /// Why a request is not answered.
  struct Refusal: Error {
    var reply: Reply
  }

  private func refused(_ status: Reply.Status, _ reason: String) -> Result<PageRequest, Refusal> {
    .failure(Refusal(reply: .refusal(status, reason)))
  }

  /// Whether two texts are equal, in a time that does not tell how far they are.
  private static func isEqual(_ a: String, _ b: String) -> Bool {
    guard a.utf8.count == b.utf8.count else { return false }
    return zip(a.utf8, b.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

extension String {
  /// Without spaces and tabs around it.
  fileprivate var trimmed: String {
    var text = self[...]
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
