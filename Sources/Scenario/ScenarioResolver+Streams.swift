import Configuration
import Metrics
import SimCore
import Workload

extension ScenarioResolver {
  /// All streams, in order; `nil` for those that are wrong.
  mutating func resolveStreams() -> [ResolvedStream?] {
    guard let workload = map["workload"] else { return [nil] }
    let values = workload.list ?? [workload]
    var names: [String] = []
    var written: [CheckedValue] = []
    var streams: [ResolvedStream?] = []
    for (index, value) in values.enumerated() {
      guard var map = value.map else { continue }
      if !map.isWritten("name") {
        let name = values.count == 1 ? "requests" : "stream-\(index)"
        map.set("name", CheckedValue(.text(name), at: map.position))
      }
      if let name = map.text("name") {
        if names.contains(name) { error(map.position(of: "name"), "two streams are called '\(name)'") }
        names.append(name)
      }
      streams.append(resolve(&map))
      written.append(CheckedValue(.mapping(map), at: value.position))
    }
    let content: CheckedValue.Content =
      workload.list == nil ? written.first?.content ?? workload.content : .list(written)
    map.set("workload", CheckedValue(content, at: workload.position))
    checkObjectives(streams, written)
    checkAdapters(streams, written)
    warnAboutSharedTraces(streams, written)
    return streams
  }

  private func resolve(_ map: inout CheckedMap) -> ResolvedStream? {
    let deployment = resolveDeployment(&map)
    let isToService = deployment.map(isService) ?? false
    if isToService, !writeServiceRequests(&map) { return nil }
    defer {
      // What stands for the lengths of a service's requests is not the person's to read.
      if isToService { for key in ["prompt_tokens", "output_tokens"] { map.remove(key) } }
    }
    let isTrace = map.isWritten("trace")
    let process = isTrace ? "trace" : map.map("arrivals")?.section.name
    let arrivals = isTrace ? resolveTrace(map) : resolveArrivals(map)
    let namesClasses = arrivals.map(Self.namesClasses) ?? isTrace
    let components = resolveComponents(map, namesClasses: namesClasses)
    if isTrace, map.isWritten("arrivals") {
      error(map.position(of: "arrivals"), "'arrivals' and 'trace' exclude each other")
    } else if isTrace {
      // Its default would contradict the trace in the text with every default written out.
      map.remove("arrivals")
    }
    checkRate(map, process: process)
    if !map.isWritten("components") {
      if !namesClasses, !map.isWritten("class") { map.set("class", CheckedValue(.text("online"), at: map.position)) }
      if !map.isWritten("priority") { map.set("priority", CheckedValue(.integer(0), at: map.position)) }
    }
    let limits = resolveLimits(map, process: process)
    reportProblems(in: map, arrivals: arrivals, components: components, isTrace: isTrace)
    let objective = map.map("slo")
    guard let deployment, let arrivals, let components, let limits, let name = map.text("name") else { return nil }
    var stream = WorkloadStream(
      name: name, arrivals: arrivals, components: components, start: map.duration("start") ?? .zero,
      requestLimit: limits.requests, durationLimit: limits.duration)
    resolvePrefixes(map, into: &stream)
    return ResolvedStream(
      name: name, deployment: deployment, workload: stream,
      objective: ServiceObjective(
        timeToFirstToken: objective?.duration("ttft"), timePerOutputToken: objective?.duration("tpot"),
        endToEnd: objective?.duration("e2el")))
  }

  /// Whether the requests of an arrival process may say themselves what class they are of: rows of a trace that has a
  /// column for it. A trace that cannot be opened may; what is wrong with it is told when it is read.
  private static func namesClasses(_ arrivals: ArrivalProcess) -> Bool {
    guard case .trace(let description) = arrivals else { return false }
    let unused = RandomStream(seed: 0, replication: 0, purpose: "")
    return (try? TraceReader(description, sampling: unused, spreading: unused))?.mayNameClasses ?? true
  }

  private func resolveDeployment(_ map: inout CheckedMap) -> Int? {
    guard let name = map.text("deployment") else {
      guard !map.isWritten("deployment") else { return nil }
      let names = deploymentNames.compactMap { $0 }
      if deploymentNames.count == 1 {
        if let only = names.first { map.set("deployment", CheckedValue(.text(only), at: map.position)) }
        return 0
      }
      if deploymentNames.count > 1 {
        error(map.position, "\(map.subject) lacks the key 'deployment', one of: \(names.joined(separator: ", "))")
      }
      return nil
    }
    if let index = deploymentNames.firstIndex(of: name) { return index }
    let known = deploymentNames.compactMap { $0 }
    let clause = NearestName.clause(for: name, among: known, plural: "deployments")
    error(map.position(of: "deployment"), "unknown deployment '\(name)'\(clause)")
    return nil
  }

  /// A rate is wanted by some processes and refused by the others.
  private func checkRate(_ map: CheckedMap, process: String?) {
    guard let process else { return }
    let wantsRate = ["poisson", "gamma", "weibull", "bursts", "constant"].contains(process)
    if wantsRate, !map.isWritten("rate") {
      error(
        map.position, "\(map.subject) lacks the key 'rate', which arrivals '\(process)' want, for example 'rate: 4/s'")
    } else if !wantsRate, map.isWritten("rate") {
      let hint: String =
        switch process {
        case "trace": "; use 'rate_scale' in 'trace'"
        case "on-off": "; it has 'on_rate' and 'off_rate'"
        case "piecewise": "; each step has its own"
        case "pool": "; the next request comes when one is done"
        case "clients": "; use 'rate_scale' in 'arrivals'"
        case "closed-loop": "; it follows from users and think time"
        default: ""
        }
      error(map.position(of: "rate"), "'rate' has no meaning for arrivals '\(process)'\(hint)")
    }
  }

  /// When the stream ends.
  private func resolveLimits(_ map: CheckedMap, process: String?) -> (requests: Int?, duration: SimDuration?)? {
    var requests = map.integer("requests")
    if let limit = map.map("trace")?.integer("limit") { requests = min(limit, requests ?? limit) }
    let start = map.duration("start") ?? .zero
    var duration = map.duration("duration")
    if let all = self.map.duration("duration") {
      if start >= all {
        error(
          map.position(of: "start"),
          "'start' (\(map["start"]?.yaml ?? "")) must be before the scenario's 'duration' "
            + "(\(self.map["duration"]?.yaml ?? ""))")
        return nil
      }
      duration = min(all - start, duration ?? all)
    }
    let endsByItself = ["trace", "batch", "clients"].contains(process)
    let isKnown =
      !map.isWritten("requests") && !map.isWritten("duration") && !self.map.isWritten("duration") && process != nil
    if requests == nil, duration == nil, !endsByItself {
      if isKnown {
        error(map.position, "\(map.subject) never ends; give it 'requests' or 'duration', or the scenario a 'duration'")
      }
      return nil
    }
    if process == "batch", requests == nil {
      if !map.isWritten("requests") {
        error(map.position, "\(map.subject) lacks the key 'requests', which arrivals 'batch' want")
      }
      return nil
    }
    return (requests, duration)
  }

  /// Requests of one deployment and class are judged by one objective.
  private func checkObjectives(_ streams: [ResolvedStream?], _ written: [CheckedValue]) {
    var seen: [(deployment: Int, requestClass: RequestClass, stream: ResolvedStream)] = []
    for (index, stream) in streams.enumerated() {
      guard let stream else { continue }
      for requestClass in stream.requestClasses {
        if let other = seen.first(where: { $0.deployment == stream.deployment && $0.requestClass == requestClass }) {
          if other.stream.objective != stream.objective, other.stream.name != stream.name {
            var message =
              "'\(stream.name)' and '\(other.stream.name)' send \(requestClass.rawValue) requests to one deployment "
              + "and must have the same 'slo'"
            for one in [stream, other.stream] where one.requestClasses.count > 1 && one.isTrace {
              message += "; rows of the trace of '\(one.name)' may be of either class: its key 'class' can say of which"
            }
            error(written[index].map?.position(of: "slo") ?? written[index].position, message)
          }
        } else {
          seen.append((stream.deployment, requestClass, stream))
        }
      }
    }
  }

  /// Reports what the workload's own check finds in whatever is there, at the place of the key it names.
  private func reportProblems(
    in map: CheckedMap, arrivals: ArrivalProcess?, components: [WorkloadComponent]?, isTrace: Bool
  ) {
    let harmless = WorkloadComponent(lengths: .independent(prompt: .fixed(1), output: .fixed(1)))
    let bringsLengths = isTrace || map.map("arrivals").map(Self.namesLengths) == true
    let harmlessArrivals: ArrivalProcess =
      bringsLengths ? .trace(TraceDescription(path: "trace")) : .poisson(rate: 1)
    var stream = WorkloadStream(
      name: "stream", arrivals: arrivals ?? harmlessArrivals,
      components: components ?? [harmless], requestLimit: 1)
    resolvePrefixes(map, into: &stream)
    for problem in stream.problems() {
      let parts = problem.key.split(whereSeparator: { ".[]".contains($0) }).map(String.init)
      let path = isTrace ? parts.map { $0 == "arrivals" ? "trace" : $0 } : parts
      var value = CheckedValue(.mapping(map), at: map.position)
      for part in path {
        if let list = value.list, let index = Int(part), index < list.count {
          value = list[index]
        } else if let inner = value.map, inner.section.key(part) != nil, let next = inner[part] {
          value = next
        } else if let inner = value.map, part == "rate", inner.section.key("rate") == nil, let rate = map["rate"] {
          value = rate
        } else {
          break
        }
      }
      let subject = path.last.map { Int($0) == nil ? $0 : "\(path.dropLast().last ?? "")[\($0)]" } ?? "workload"
      error(value.position, "'\(subject)': \(problem.message)")
    }
  }
}

extension ResolvedStream {
  fileprivate var isTrace: Bool { if case .trace = workload.arrivals { true } else { false } }

  /// The classes its requests can have; both for a trace that names its own.
  public var requestClasses: [RequestClass] {
    var classes: [RequestClass] = []
    for component in workload.components {
      let possible = component.requestClass.map { [$0] } ?? RequestClass.allCases
      for one in possible where !classes.contains(one) { classes.append(one) }
    }
    return classes
  }
}
