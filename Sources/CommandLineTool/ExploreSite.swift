import Explore
import LoopbackServer
import Synchronization
import TextIO

/// What the page of `explore` and its requests are answered with.
final class ExploreSite: Sendable {
  /// The most questions that are simulated at once, each with as many runs at once as there are jobs; a browser that
  /// is told that the server is busy asks again.
  static let mostQuestions = 2

  private let explorer: Explorer
  private let page: Reply
  private let underWay = Mutex(0)

  init(_ explorer: Explorer) {
    self.explorer = explorer
    let nonce = LoopbackServer.randomToken()
    var page = Reply(.ok, .page, ExplorePage(explorer, spillwayVersion: SpillwayCommand.version).html(nonce: nonce))
    page.contentSecurityPolicy = ExplorePage.contentSecurityPolicy(nonce: nonce)
    self.page = page
  }

  /// The page at the token's address; `answer`, what it shows of a state; `run.json`, what `run --format json` prints.
  func answer(_ request: PageRequest) async -> Reply {
    let items = request.query.map { (name: $0.name, value: $0.value) }
    switch request.path {
    case "": return page
    case "answer": return await simulated { try await self.explorer.answer(to: try Question(items)).json }
    case "run.json": return await simulated { try await self.explorer.json(of: try Question(items).now) }
    default: return Reply(.notFound, .text, "There is no '\(Printable.excerpt(request.path))' here.\n")
    }
  }

  private func simulated(_ make: () async throws -> String) async -> Reply {
    let isFree = underWay.withLock { count in
      guard count < Self.mostQuestions else { return false }
      count += 1
      return true
    }
    guard isFree else { return Reply(.busy, .text, "Other states are being simulated.\n") }
    defer { underWay.withLock { $0 -= 1 } }
    do {
      return Reply(.ok, .json, try await make())
    } catch let query as Question.Malformed {
      return Reply(.badRequest, .text, query.description + "\n")
    } catch {
      var json = JSONWriter()
      json.object { $0.strings("errors", Failure(error).lines) }
      return Reply(.unprocessable, .json, json.text + "\n")
    }
  }
}
