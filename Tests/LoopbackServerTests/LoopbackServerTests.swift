import Foundation
import LoopbackServer
import TestSupport
import Testing

/// What the server answers, and what it refuses.
@Suite(.serialized) struct LoopbackServerTests {
  /// Says what it was asked.
  @Sendable private static func echo(_ request: PageRequest) async -> Reply {
    let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "|")
    return Reply(.ok, .text, "\(request.path) \(query)")
  }

  @Test("a request with the token is answered, and nothing of it may be kept or framed")
  func requestIsAnswered() async throws {
    try await serving(Self.echo) { server in
      let text = await SocketClient.exchange(server.get("answer?a=b+c&d=%2B%C3%A9&e"), port: server.port)
      #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(text.hasSuffix("\r\n\r\nanswer a=b c|d=+é|e="))
      for field in [
        "Cache-Control: no-store", "X-Frame-Options: DENY", "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none'", "Referrer-Policy: no-referrer",
      ] { #expect(text.contains(field + "\r\n"), "\(field)") }
      #expect(server.address == "http://127.0.0.1:\(server.port)/\(server.token)/")
    }
  }

  @Test("what comes without the token, by another name, from another page or to write is refused")
  func othersAreRefused() async throws {
    try await serving(Self.echo) { server in
      let (port, token) = (server.port, server.token)
      let own = "Host: 127.0.0.1:\(port)"
      let cases: [(request: String, status: Int)] = [
        ("GET / HTTP/1.1\r\n\(own)", 403), ("GET /answer HTTP/1.1\r\n\(own)", 403),
        ("GET /\(token) HTTP/1.1\r\n\(own)", 403), ("GET /\(token)0/ HTTP/1.1\r\n\(own)", 403),
        ("GET /\(token.dropLast())x/ HTTP/1.1\r\n\(own)", 403),
        ("GET /\(token)/ HTTP/1.1\r\nHost: evil.example:\(port)", 403),
        ("GET /\(token)/ HTTP/1.1\r\nHost: 127.0.0.1", 403), ("GET /\(token)/ HTTP/1.1", 403),
        ("GET /\(token)/ HTTP/1.1\r\n\(own)\r\nHost: evil.example", 403),
        ("GET /\(token)/ HTTP/1.1\r\n\(own)\r\nOrigin: http://evil.example", 403),
        ("GET /\(token)/ HTTP/1.1\r\n\(own)\r\nOrigin: null", 403),
        ("POST /\(token)/ HTTP/1.1\r\n\(own)\r\nContent-Length: 2", 405),
        ("PUT /\(token)/ HTTP/1.1\r\n\(own)", 405), ("OPTIONS /\(token)/ HTTP/1.1\r\n\(own)", 405),
        ("GET /\(token)/ HTTP/1.1\r\n\(own)\r\nContent-Length: 2", 413),
        ("GET /\(token)/ HTTP/1.1\r\n\(own)\r\nTransfer-Encoding: chunked", 413),
        ("GET /\(token)/?a=%zz HTTP/1.1\r\n\(own)", 400), ("GET /\(token)/ HTTP/2.0\r\n\(own)", 400),
        ("GET http://127.0.0.1/ HTTP/1.1\r\n\(own)", 400), ("GET /\(token)/ HTTP/1.1\r\n\(own)\r\nno field", 400),
        ("GET /\(token)/ HTTP/1.1\r\n\(own)\r\nA: \u{1}", 400), ("nonsense", 400),
        ("GET /\(token)/ HTTP/1.1\r\nHost: localhost:\(port)", 200),
        ("GET /\(token)/ HTTP/1.1\r\nhost: LOCALHOST:\(port)\r\nOrigin: http://127.0.0.1:\(port)", 200),
      ]
      for (request, status) in cases {
        let text = await SocketClient.exchange(request + "\r\n\r\n", port: port)
        #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(request)\n\(text)")
      }
    }
  }

  @Test("a head that is too long is refused as it comes, and others are answered")
  func longHeadIsRefused() async throws {
    try await serving(Self.echo) { server in
      let long = String(repeating: "x", count: 100_000)
      for request in [server.get("?" + long), server.get("", fields: ["A: " + long]), "GET /" + long] {
        let text = await SocketClient.exchange(request, port: server.port)
        #expect(text.hasPrefix("HTTP/1.1 431 "), "\(text.prefix(200))")
      }
      #expect(await SocketClient.exchange(server.get("a"), port: server.port).hasSuffix("a "))
    }
  }

  @Test("who says nothing is let go, and does not keep others out")
  func silenceEnds() async throws {
    var limits = LoopbackServer.Limits()
    limits.time = .milliseconds(200)
    limits.connections = 2
    try await serving(limits: limits, Self.echo) { server in
      let texts = await SocketClient.onThread {
        let silent = (0..<2).compactMap { _ in SocketClient(port: server.port) }
        silent[0].send("GET /")
        return silent.map { client in
          defer { client.close() }
          return client.rest()
        }
      }
      #expect(texts == ["", ""])
      // On a busy machine a whole request may take longer than is allowed here.
      var text = ""
      for _ in 0..<100 where text.isEmpty { text = await SocketClient.exchange(server.get("a"), port: server.port) }
      #expect(text.hasSuffix("a "))
    }
  }

  @Test("an answer that nobody waits for any more is cancelled")
  func goneClientCancels() async throws {
    let ends = AsyncStream<Bool>.makeStream()
    let begins = AsyncStream<Void>.makeStream()
    try await serving({ request in
      begins.continuation.yield()
      // Ends at once when it is cancelled, and in a minute otherwise.
      try? await Task.sleep(for: .seconds(60))
      ends.continuation.yield(Task.isCancelled)
      return Reply(.ok, .text, "")
    }) { server in
      let client = try #require(SocketClient(port: server.port))
      client.send(server.get(""))
      try await within(.seconds(120)) { for await _ in begins.stream { break } }
      client.close()
      #expect(try await within(.seconds(120)) { await ends.stream.first { _ in true } } == true)
    }
  }

  @Test("a port that is taken is told of")
  func takenPortIsTold() throws {
    let server = try LoopbackServer()
    let error = #expect(throws: LoopbackServer.CannotListen.self) { _ = try LoopbackServer(port: server.port) }
    #expect(error?.port == server.port)
    #expect(error?.reason == "Address already in use")
  }

  @Test("tokens have 128 bits and differ")
  func tokensDiffer() {
    let tokens = (0..<100).map { _ in LoopbackServer.randomToken() }
    #expect(Set(tokens).count == 100)
    #expect(tokens.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
  }
}
