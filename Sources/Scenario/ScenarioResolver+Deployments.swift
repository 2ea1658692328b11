import Assembly
import Cluster
import Configuration
import Hardware
import Models
import Scheduling
import SimCore
import TextIO

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
    let named = map.text("model").flatMap { resolveModel($0, at: map.position(of: "model")) }
    if let named { map.set("model", CheckedValue(.text(named.name), at: map.position(of: "model"))) }
    let model = named?.model
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
    let engines = map.map("engine").flatMap { settings in
      resolveEngines(
        settings, under: policy.map { [$0] } ?? comparedPolicies, model: model,
        gpu: allowed?.first.flatMap { servers[$0]?.gpu })
    }
    let policyEngines =
      policy == nil
      ? map.map("engine").map {
        resolvePolicyEngines($0, model: model, gpu: allowed?.first.flatMap { servers[$0]?.gpu })
      } : nil
    let lending = map["lend"].flatMap { resolveLending($0) }
    if lending?.rule == .static, var lend = map.map("lend") {
      // What only an informer looks at is not said of memory that is always lent.
      for key in Self.informerKeys where !lend.isWritten(key) { lend.remove(key) }
      map.set("lend", CheckedValue(.mapping(lend), at: map.position(of: "lend")))
    }
    guard
      let model, let degree, degreeFits, let server = allowed?.first, let spec = servers[server], let engines,
      let engine = engines.first,
      let name = map.text("name"), let router = map.text("router").flatMap(Router.init)
    else { return nil }
    let defaults = engineDefaults(map.map("engine"), engine, gpu: spec.gpu)
    fillEngine(&map, engines, policyEngines ?? [:])
    guard let weights = try? model.weightBytesPerGPU(tensorParallel: degree) else { return nil }
    for engine in engines + (policyEngines ?? [:]).sorted(by: { $0.key < $1.key }).map(\.value)
    where !diagnostics.hasErrors {
      checkMemory(map, model: model, degree: degree, spec: spec, engine: engine, weights: weights, lending: lending)
    }
    guard let placement else { return nil }
    var deployment = ResolvedDeployment(
      name: name, modelName: map.text("model") ?? "", model: model, tensorParallel: degree, placement: placement,
      router: router, policy: policy, engine: engine, engineDefaults: defaults,
      otherEngines: Array(engines.dropFirst()),
      paging: PagingSettings(destination: .host, lenders: [], transfer: .coalesced), lending: lending,
      weightBytesPerGPU: weights)
    deployment.policyEngines = policyEngines ?? [:]
    return deployment
  }

  /// The model that a deployment names; `nil` after saying why there is none.
  private func resolveModel(_ name: String, at position: Position) -> (name: String, model: ModelArchitecture)? {
    let reference = ModelReference(name) { (try? ReadableFile.kind(of: located($0))) == .some(.file) }
    switch reference {
    case .entry(let entry):
      do {
        return (entry, try ModelCatalogue.model(named: entry))
      } catch {
        diagnostics.error(at: position, "the catalogue's '\(entry)' cannot be used: \(error)")
      }
    case .file(let path):
      let file = input(path)
      do {
        let text = try ReadableFile.text(file)
        let model = try ModelArchitecture(configJSON: text, name: ModelReference.name(ofFile: path), file: file)
        return (name, model)
      } catch let unreadable as UnreadableFile {
        diagnostics.unreadable(at: position, "'model' names '\(file)', which cannot be read: \(unreadable.reason)")
      } catch {
        diagnostics.error(at: position, "'model' cannot be used: \(error)")
      }
    case .unknown(let advice):
      error(position, "unknown model '\(name)'\(advice ?? ModelReference.clause(forUnknown: name))")
    }
    return nil
  }
}

extension ModelReference {
  /// Continues `unknown model 'NAME'` where nothing like the name was published: the nearest of the catalogue's names.
  public static func clause(forUnknown name: String) -> String {
    let clause = NearestName.clause(
      for: ModelCatalogue.plainName(of: name), among: ModelCatalogue.names, plural: "models")
    return clause + (clause.hasSuffix("?") ? "" : "; any other model is given as the path of its config.json")
  }
}
