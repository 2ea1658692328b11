import Assembly
import Cluster
import Configuration
import Hardware
import Models
import SimCore

extension ScenarioResolver {
  /// All deployments, in order, without paging, which needs all of them.
  mutating func resolveDeployments() {
    var written: [CheckedValue] = []
    let values = map.list("deployments")
    deploymentNames = values.map { $0.map?.text("name") }
    for (index, value) in values.enumerated() {
      guard var map = value.map else { continue }
      if let name = map.text("name"), deploymentNames[..<index].contains(name) {
        error(map.position(of: "name"), "two deployments are called '\(name)'")
      }
      deployments.append(resolve(&map))
      written.append(CheckedValue(.mapping(map), at: value.position))
    }
    map.set("deployments", CheckedValue(.list(written), at: map.position(of: "deployments")))
  }

  private mutating func resolve(_ map: inout CheckedMap) -> ResolvedDeployment? {
    let model = map.text("model").flatMap { resolveModel($0, at: map.position(of: "model")) }
    let degree = map.integer("tensor_parallel")
    var degreeFits = degree != nil
    if let model, let degree {
      do throws(TensorParallelError) {
        try model.checkTensorParallel(degree)
      } catch {
        diagnostics.error(at: map.position(of: "tensor_parallel"), error.description)
        degreeFits = false
      }
    }
    let server = resolveServer(map)
    let replicas = server.flatMap { resolveGPUs(&map, server: $0, degree: degree) }
    let policy = map.map("policy").flatMap { self.policy($0) }
    let engine = map.map("engine").flatMap { settings in
      resolveEngine(settings, model: model, gpu: server.flatMap { servers[$0]?.gpu })
    }
    let lending = map["lend"].flatMap { resolveLending($0) }
    guard
      let model, let degree, degreeFits, let server, let spec = servers[server], let engine,
      let name = map.text("name"), let router = map.text("router").flatMap(Router.init)
    else { return nil }
    fillEngine(&map, engine)
    guard let weights = try? model.weightBytesPerGPU(tensorParallel: degree) else { return nil }
    checkMemory(map, model: model, degree: degree, spec: spec, engine: engine, weights: weights, lending: lending)
    guard let replicas else { return nil }
    return ResolvedDeployment(
      name: name, modelName: map.text("model") ?? "", model: model, server: server, tensorParallel: degree,
      replicas: replicas, router: router, policy: policy, engine: engine,
      paging: PagingSettings(destination: .host, lenders: [], transfer: .coalesced), lending: lending,
      weightBytesPerGPU: weights)
  }

  private func resolveModel(_ name: String, at position: Position) -> ModelArchitecture? {
    guard name.contains("/") || name.hasSuffix(".json") else {
      let names = ModelCatalogue.names
      guard names.contains(name) else {
        let clause = NearestName.clause(for: name, among: names, plural: "models")
        let other = clause.hasSuffix("?") ? "" : "; any other model is given as the path of its config.json"
        error(position, "unknown model '\(name)'\(clause)\(other)")
        return nil
      }
      do {
        return try ModelCatalogue.model(named: name)
      } catch {
        diagnostics.error(at: position, "the catalogue's '\(name)' cannot be used: \(error)")
        return nil
      }
    }
    let file = located(name)
    let parts = name.split(separator: "/")
    let last = parts.last.map { $0.hasSuffix(".json") ? $0.dropLast(5) : $0 } ?? ""
    let modelName = last == "config" && parts.count > 1 ? parts[parts.count - 2] : last
    do {
      let text = String(decoding: try Document.readBytes(path: file), as: UTF8.self)
      return try ModelArchitecture(configJSON: text, name: String(modelName), file: file)
    } catch let unreadable as UnreadableFile {
      error(position, "'model' names '\(file)', which cannot be read: \(unreadable.reason)")
    } catch {
      diagnostics.error(at: position, "'model' cannot be used: \(error)")
    }
    return nil
  }

  private func resolveServer(_ map: CheckedMap) -> Int? {
    guard let value = map["server"] else { return map.isWritten("server") || servers.isEmpty ? nil : 0 }
    if let number = value.integer {
      if number < servers.count { return number }
      error(value.position, "there is no server \(number); there are \(servers.count), counted from 0")
      return nil
    }
    guard let name = value.text else { return nil }
    let matches = servers.indices.filter { servers[$0]?.name == name }
    if matches.count == 1 { return matches[0] }
    if matches.count > 1 {
      error(value.position, "\(matches.count) servers are called '\(name)'; give the number, from 0")
    } else if servers.allSatisfy({ $0 != nil }) {
      let clause = NearestName.clause(for: name, among: servers.compactMap { $0?.name }, plural: "servers")
      error(value.position, "unknown server '\(name)'\(clause)")
    }
    return nil
  }

  private mutating func resolveGPUs(_ map: inout CheckedMap, server: Int, degree: Int?) -> [[Int]]? {
    guard let spec = servers[server], let degree else { return nil }
    let name = map.text("name") ?? "this deployment"
    let position = map.position(of: "gpus")
    let gpus: [Int]
    if let written = map["gpus"]?.list {
      gpus = written.compactMap(\.integer)
      guard gpus.count == written.count else { return nil }
    } else if map.isWritten("gpus") {
      return nil
    } else {
      let wanted = degree * (map.integer("replicas") ?? 1)
      let free = (0..<spec.gpuCount).filter { gpuOwners[server][$0] == nil }
      guard free.count >= wanted else {
        error(
          map.position, "\(map.subject) needs \(wanted) GPUs; \(spec.name) has \(free.count) of \(spec.gpuCount) left")
        return nil
      }
      gpus = Array(free.prefix(wanted))
    }
    var isRight = true
    for (index, gpu) in gpus.enumerated() {
      let place = map.list("gpus").indices.contains(index) ? map.list("gpus")[index].position : position
      if gpu >= spec.gpuCount {
        error(place, "there is no GPU \(gpu) in \(spec.name), which has \(spec.gpuCount), counted from 0")
        isRight = false
      } else if let owner = gpuOwners[server][gpu] {
        error(place, owner == name ? "GPU \(gpu) is listed twice" : "GPU \(gpu) already belongs to '\(owner)'")
        isRight = false
      } else {
        gpuOwners[server][gpu] = name
      }
    }
    let replicas = map.integer("replicas") ?? gpus.count / degree
    if map.isWritten("replicas"), map["replicas"] == nil { return nil }
    guard gpus.count == degree * replicas, replicas > 0 else {
      let sum =
        map.isWritten("replicas")
        ? "\(replicas) replicas of \(degree) \(degree == 1 ? "GPU" : "GPUs") need \(degree * replicas)"
        : "tensor_parallel \(degree) needs a multiple of \(degree)"
      error(position, "'gpus' lists \(gpus.count) GPUs; \(sum)")
      return nil
    }
    guard isRight else { return nil }
    map.set("replicas", CheckedValue(.integer(replicas), at: position))
    map.set("gpus", CheckedValue(.list(gpus.map { CheckedValue(.integer($0), at: position) }), at: position))
    map.set("server", CheckedValue(.integer(server), at: map.position(of: "server")))
    return stride(from: 0, to: gpus.count, by: degree).map { Array(gpus[$0..<($0 + degree)]) }
  }
}
