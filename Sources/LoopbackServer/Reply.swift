import Foundation

/// What is sent back.
public struct Reply: Sendable, Equatable {
  public enum Status: Int, Sendable {
    case ok = 200
    case badRequest = 400
    case forbidden = 403
    case notFound = 404
    case methodNotAllowed = 405
    case contentTooLarge = 413
    case unprocessable = 422
    case headTooLarge = 431
    case busy = 503

    var phrase: String {
      switch self {
      case .ok: "OK"
      case .badRequest: "Bad Request"
      case .forbidden: "Forbidden"
      case .notFound: "Not Found"
      case .methodNotAllowed: "Method Not Allowed"
      case .contentTooLarge: "Content Too Large"
      case .unprocessable: "Unprocessable Content"
      case .headTooLarge: "Request Header Fields Too Large"
      case .busy: "Service Unavailable"
      }
    }
  }

  public enum Kind: String, Sendable {
    case page = "text/html; charset=utf-8"
    case json = "application/json"
    case text = "text/plain; charset=utf-8"
  }

  public var status: Status
  public var kind: Kind
  public var body: String
  /// What the page may load and run, as a content security policy; by default nothing.
  public var contentSecurityPolicy = "default-src 'none'"

  public init(_ status: Status = .ok, _ kind: Kind, _ body: String) {
    self.status = status
    self.kind = kind
    self.body = body
  }

  /// A refusal in a sentence.
  static func refusal(_ status: Status, _ reason: String) -> Reply { Reply(status, .text, reason + "\n") }

  /// The bytes of an HTTP/1.1 response, after which the connection is closed. Nothing of it is kept, shown in a frame
  /// or told to other sites.
  var bytes: Data {
    let head = [
      "HTTP/1.1 \(status.rawValue) \(status.phrase)", "Content-Type: \(kind.rawValue)",
      "Content-Length: \(body.utf8.count)", "Content-Security-Policy: \(contentSecurityPolicy)",
      "Cache-Control: no-store", "Cross-Origin-Resource-Policy: same-origin", "Referrer-Policy: no-referrer",
      "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY", "Connection: close",
    ]
    return Data((head.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
  }
}
