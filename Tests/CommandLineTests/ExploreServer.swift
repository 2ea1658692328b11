import CommandLineTool
import Experiments
import Foundation
import TestSupport
import Testing

/// `spillway explore`, served while a body asks it.
struct ExploreServer: Sendable {
  /// With the token.
  let address: String
  let port: UInt16

  /// Runs the command until the body has returned, and then asks it to stop, as Ctrl-C does; ten minutes at most.
  ///
  /// - Returns: what the command left behind, and what the body returned.
  static func running<Value: Sendable>(
    _ arguments: [String], _ body: @escaping @Sendable (ExploreServer) async throws -> Value
  ) async throws -> (outcome: Outcome, value: Value) {
    try await within(.seconds(600)) { try await served(arguments, body) }
  }

  private static func served<Value: Sendable>(
    _ arguments: [String], _ body: @escaping @Sendable (ExploreServer) async throws -> Value
  ) async throws -> (outcome: Outcome, value: Value) {
    let captured = CapturedConsole()
    let stop = StopRequest()
    let context = CommandContext(console: captured.console, stop: { stop })
    async let status = SpillwayCommand.run(["explore"] + arguments, context: context)
    let value: Value
    do {
      var waits = 0
      while !captured.output.contains("\n") {
        try #require(waits < 600, "no address after a minute; \(captured.error)")
        waits += 1
        try await Task.sleep(for: .milliseconds(100))
      }
      let address = captured.output.split(separator: "\n").first.map(String.init) ?? ""
      let port = try #require(URL(string: address)?.port)
      value = try await body(ExploreServer(address: address, port: UInt16(port)))
    } catch {
      stop.request()
      _ = await status
      throw error
    }
    stop.request()
    return (Outcome(status: await status, output: captured.output, error: captured.error), value)
  }

  /// Status and body of the reply to a request for a path with a query.
  func get(_ path: String, _ items: [(String, String)] = []) async -> (status: Int, body: String) {
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "-._")
    let query = items.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }
    let place =
      (URL(string: address)?.path ?? "") + "/" + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    let text = await SocketClient.exchange(
      "GET \(place) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n", port: port)
    let parts = text.components(separatedBy: "\r\n\r\n")
    let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return (status, parts.dropFirst().joined(separator: "\r\n\r\n"))
  }

  /// The reply as JSON.
  func json(_ path: String, _ items: [(String, String)] = []) async throws -> [String: Any] {
    let reply = await get(path, items)
    return try #require(try JSONSerialization.jsonObject(with: Data(reply.body.utf8)) as? [String: Any], "\(reply)")
  }
}
