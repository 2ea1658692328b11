import SimCore

/// Draws what a request is: its component of the mixture and its lengths.
struct ComponentSampler: Sendable {
  private enum Lengths: Sendable {
    case independent(prompt: LengthSampler, output: LengthSampler)
    case pairs([LengthPairSample.Pair])
    case recorded

    /// Whether anything is drawn from the stream of prompts.
    var drawsPrompts: Bool {
      switch self {
      case .independent(let prompt, _): prompt.draws
      case .pairs: true
      case .recorded: false
      }
    }

    /// Whether anything is drawn from the stream of answers.
    var drawsOutputs: Bool {
      if case .independent(_, let output) = self { output.draws } else { false }
    }
  }

  private struct Member: Sendable {
    var cumulativeWeight: Double
    var requestClass: RequestClass?
    var tenant: Int32?
    var priority: Int32
    var deadline: SimDuration?
    var lengths: Lengths
    var prompts: RandomStream
    var outputs: RandomStream

    /// Fills in class, tenant, priority and deadline.
    func mark(_ request: inout Request) {
      if let requestClass { request.requestClass = requestClass }
      if let tenant { request.tenant = tenant }
      if priority != 0 { request.priority = priority }
      if let deadline { request.deadline = deadline }
    }
  }

  private var members: ContiguousArray<Member>
  private var choices: RandomStream
  private var groups: RandomStream
  private var adapters: RandomStream

  /// - Parameters:
  ///   - suffix: told apart in the purposes of the random streams: the stream's name, and the user in a closed loop.
  ///   - drawsPrefixes: whether requests are given prefix groups, and with `drawsAdapters`, adapters.
  init(
    _ components: [WorkloadComponent], seed: UInt64, replication: Int, suffix: String, drawsPrefixes: Bool,
    drawsAdapters: Bool
  ) {
    // A closed loop has a sampler for each user, and a random stream costs what its name does: only those are made that
    // something is drawn from.
    func random(_ purpose: String, if isDrawn: Bool) -> RandomStream {
      isDrawn ? RandomStream(seed: seed, replication: replication, purpose: "\(purpose)/\(suffix)") : .unused
    }
    choices = random("mixture", if: components.count > 1)
    groups = random("prefix", if: drawsPrefixes)
    adapters = random("adapter", if: drawsAdapters)
    members = []
    var sum = 0.0
    for (index, component) in components.enumerated() {
      sum += component.weight
      let lengths: Lengths =
        switch component.lengths {
        case .independent(let prompt, let output):
          .independent(prompt: LengthSampler(prompt), output: LengthSampler(output))
        case .pairs(let sample): .pairs(sample.pairs)
        case .recorded: .recorded
        }
      members.append(
        Member(
          cumulativeWeight: sum, requestClass: component.requestClass, tenant: component.tenant,
          priority: component.priority, deadline: component.deadline, lengths: lengths,
          prompts: random("lengths/prompt/\(index)", if: lengths.drawsPrompts),
          outputs: random("lengths/output/\(index)", if: lengths.drawsOutputs)))
    }
  }

  /// Fills in class, tenant, priority, deadline and lengths; what the component leaves to the trace stays as it is.
  mutating func complete(_ request: inout Request, _ prefix: PrefixSampler? = nil, _ adapter: AdapterSampler? = nil) {
    let index = Self.choose(&choices, among: members)
    Self.fill(&request, from: &members[index])
    prefix?.complete(&request, &groups)
    adapter?.complete(&request, &adapters)
  }

  /// Draws a part of the mixture.
  func choose(_ stream: inout RandomStream) -> Int { Self.choose(&stream, among: members) }

  private static func choose(_ stream: inout RandomStream, among members: ContiguousArray<Member>) -> Int {
    var index = 0
    if members.count > 1 {
      let point = stream.uniform() * members[members.count - 1].cumulativeWeight
      while index < members.count - 1 && point >= members[index].cumulativeWeight { index += 1 }
    }
    return index
  }

  /// Makes a request one of a part of the mixture, with lengths from `stream`.
  func complete(_ request: inout Request, as component: Int, _ stream: inout RandomStream) {
    let member = members[component]
    member.mark(&request)
    switch member.lengths {
    case .independent(let prompt, let output):
      request.promptTokens = prompt.draw(&stream)
      request.outputTokens = output.draw(&stream)
    case .pairs(let pairs):
      let pair = pairs[stream.below(pairs.count)]
      request.promptTokens = pair.prompt
      request.outputTokens = pair.output
    case .recorded: break
    }
  }

  private static func fill(_ request: inout Request, from member: inout Member) {
    member.mark(&request)
    switch member.lengths {
    case .independent(let prompt, let output):
      request.promptTokens = prompt.draw(&member.prompts)
      request.outputTokens = output.draw(&member.outputs)
    case .pairs(let pairs):
      let pair = pairs[member.prompts.below(pairs.count)]
      request.promptTokens = pair.prompt
      request.outputTokens = pair.output
    case .recorded: break
    }
  }
}
