import LoopbackServer
import TestSupport

/// Limits that a machine busy with other tests keeps.
var patientLimits: LoopbackServer.Limits {
  var limits = LoopbackServer.Limits()
  limits.time = .seconds(600)
  return limits
}

/// Runs a server while a body asks it, ten minutes at most.
func serving<Value: Sendable>(
  limits: LoopbackServer.Limits = patientLimits,
  _ answer: @escaping @Sendable (PageRequest) async -> Reply,
  _ body: @escaping @Sendable (LoopbackServer) async throws -> Value
) async throws -> Value {
  let server = try LoopbackServer(limits: limits)
  return try await within(.seconds(600)) {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        try? await server.run(answer)
        return nil
      }
      let value = try await body(server)
      group.cancelAll()
      return value
    }
  }
}

extension LoopbackServer {
  /// A browser's request for a path below the token's.
  func get(_ path: String, fields: [String] = []) -> String {
    (["GET /\(token)/\(path) HTTP/1.1", "Host: 127.0.0.1:\(port)"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
  }
}
