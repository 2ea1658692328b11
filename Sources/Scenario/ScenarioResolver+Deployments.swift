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
    let allowed = allowedServers(map)
    var placement: [ReplicaPlacement]?
    if let allowed, let degree { placement = place(&map, on: allowed, degree: degree) }
    let listed = (placement ?? []).map(\.server).filter { allowed?.contains($0) == false }
    deploymentServers.append((allowed ?? []) + Set(listed).sorted())
    let policy = map.map("policy").flatMap { self.policy($0) }
    let engine = map.map("engine").flatMap { resolveEngine($0, model: model) }
    let lending = map["lend"].flatMap { resolveLending($0) }
    guard
      let model, let degree, degreeFits, let server = allowed?.first, let spec = servers[server], let engine,
      let name = map.text("name"), let router = map.text("router").flatMap(Router.init)
    else { return nil }
    fillEngine(&map, engine)
    guard let weights = try? model.weightBytesPerGPU(tensorParallel: degree) else { return nil }
    checkMemory(map, model: model, degree: degree, spec: spec, engine: engine, weights: weights, lending: lending)
    guard let placement else { return nil }
    return ResolvedDeployment(
      name: name, modelName: map.text("model") ?? "", model: model, tensorParallel: degree, placement: placement,
      router: router, policy: policy, engine: engine,
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
}
