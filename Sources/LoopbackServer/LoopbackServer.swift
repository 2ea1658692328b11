import FlyingSocks
import Foundation
import Synchronization

/// A small HTTP server for one page on this machine: bound to 127.0.0.1, behind a token, without writes.
///
/// It stands on FlyingFox's sockets, not on its HTTP server: that one reads heads of any length before a handler sees
/// them, and doesn't tell a handler that its client has gone, which is how a browser withdraws a request.
public struct LoopbackServer: Sendable {
  /// What a client may ask of it at most.
  public struct Limits: Sendable {
    /// Bytes of a request's line and fields.
    public var head = 16_384
    /// From the first byte of a request to the last, and for taking the reply.
    public var time = Duration.seconds(60)
    /// Connections at once; more are closed unanswered.
    public var connections = 64

    public init() {}
  }

  /// Why a port cannot be had.
  public struct CannotListen: Error, Sendable, Equatable, CustomStringConvertible {
    public var port: UInt16
    public var reason: String
    public var description: String {
      port == 0 ? "no port of 127.0.0.1 can be had: \(reason)" : "port \(port) of 127.0.0.1 cannot be had: \(reason)"
    }
  }

  /// Where it listens.
  public let port: UInt16
  /// What every path starts with.
  public let token: String
  private let socket: Socket
  private let limits: Limits

  /// Listens; what comes is answered once it runs.
  ///
  /// - Parameters:
  ///   - port: 0 takes a free one.
  ///   - token: letters and digits; a random one when left out.
  public init(port: UInt16 = 0, token: String = randomToken(), limits: Limits = Limits()) throws(CannotListen) {
    do {
      socket = try Socket(domain: Int32(sockaddr_in.family))
      // Otherwise a port that was in use a minute ago cannot be had again.
      try socket.setValue(true, for: .localAddressReuse)
      try socket.bind(to: .inet(ip4: "127.0.0.1", port: port))
      try socket.listen()
      guard case .ip4(_, let own) = try socket.sockname() else { throw SocketError.unsupportedAddress }
      self.port = own
    } catch let SocketError.failed(_, number, _) {
      throw CannotListen(port: port, reason: String(cString: strerror(number)))
    } catch {
      throw CannotListen(port: port, reason: "\(error)")
    }
    self.token = token
    self.limits = limits
  }

  /// 128 random bits in hexadecimal, from the system's generator.
  public static func randomToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next(), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// The page's address.
  public var address: String { "http://127.0.0.1:\(port)/\(token)/" }

  /// Answers requests until the task is cancelled. Can be called once.
  ///
  /// - Parameter answer: its task is cancelled when the client goes.
  public func run(_ answer: @escaping @Sendable (PageRequest) async -> Reply) async throws {
    defer { try? socket.close() }
    let pool: SocketPool<ePoll> = .ePoll()
    try await pool.prepare()
    let listener = try AsyncSocket(socket: socket, pool: pool)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await pool.run() }
      group.addTask { try await accept(listener, answer) }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func accept(_ listener: AsyncSocket, _ answer: @escaping @Sendable (PageRequest) async -> Reply) async throws
  {
    let open = Open()
    try await withThrowingDiscardingTaskGroup { group in
      while !Task.isCancelled {
        let socket: AsyncSocket
        do {
          socket = try await listener.accept()
        } catch is CancellationError {
          throw CancellationError()
        } catch {
          // A client that has gone already, or no descriptor left: others may follow.
          try await Task.sleep(for: .milliseconds(50))
          continue
        }
        guard open.enter(limit: limits.connections) else {
          try? socket.close()
          continue
        }
        group.addTask {
          await serve(socket, answer)
          open.leave()
        }
      }
    }
  }

  /// How many connections there are.
  private final class Open: Sendable {
    private let count = Mutex(0)

    func enter(limit: Int) -> Bool {
      count.withLock { count in
        guard count < limit else { return false }
        count += 1
        return true
      }
    }

    func leave() { count.withLock { $0 -= 1 } }
  }

  /// Answers the one request of a connection.
  private func serve(_ socket: AsyncSocket, _ answer: @escaping @Sendable (PageRequest) async -> Reply) async {
    defer { try? socket.close() }
    guard let head = try? await within(limits.time, { try await readHead(socket) }) else { return }
    switch head {
    case .failure(let refusal):
      await send(refusal.reply, to: socket)
      await discardRest(of: socket)
    case .success(let request):
      let reply = await withTaskGroup(of: Reply?.self) { group in
        group.addTask { await answer(request) }
        group.addTask {
          await waitForEnd(of: socket)
          return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        return first
      }
      if let reply { await send(reply, to: socket) }
    }
  }

  private func send(_ reply: Reply, to socket: AsyncSocket) async {
    _ = try? await within(limits.time) { try await socket.write(reply.bytes) }
  }

  /// - Throws: when the client goes before it has asked.
  private func readHead(_ socket: AsyncSocket) async throws -> Result<PageRequest, RequestHead.Refusal> {
    var bytes: [UInt8] = []
    let end: [UInt8] = [13, 10, 13, 10]
    while true {
      let start = max(0, bytes.count - 3)
      bytes += try await socket.read(atMost: 4096)
      if let range = bytes[start...].firstRange(of: end) {
        guard range.lowerBound <= limits.head else { break }
        guard let head = RequestHead(bytes[..<range.lowerBound]) else {
          return .failure(.init(reply: .refusal(.badRequest, "This is no request of HTTP/1.1.")))
        }
        return head.request(port: port, token: token)
      }
      if bytes.count > limits.head { break }
    }
    return .failure(.init(reply: .refusal(.headTooLarge, "A request takes \(limits.head) bytes at most.")))
  }

  /// Returns when the client has gone, or sends what nobody asked it for.
  private func waitForEnd(of socket: AsyncSocket) async {
    _ = try? await socket.read(atMost: 1)
  }

  /// Takes a little of what else a client sends: closing at once would take the refusal from it, too.
  private func discardRest(of socket: AsyncSocket) async {
    // The client is told that nothing follows, and most end the connection then.
    shutdown(socket.socket.file.rawValue, Int32(SHUT_WR))
    _ = try? await within(.milliseconds(300)) {
      var left = 262_144
      while left > 0 { left -= try await socket.read(atMost: 4096).count }
    }
  }

  /// What a body returns in time; nil when it does not, and is cancelled.
  private func within<Value: Sendable>(
    _ time: Duration, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value? {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(for: time)
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }
}
