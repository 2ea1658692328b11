import Assembly
import Configuration
import Hardware
import Models
import SimCore
import StepTime
import TextIO

extension ScenarioResolver {
  /// The engine's settings under each serving stack that it may run as: the one that is written, or those of the
  /// policies; `nil` where one is wrong.
  func resolveEngines(
    _ map: CheckedMap, under policies: [ResolvedPolicy], model: ModelArchitecture?, gpu: GPUSpec?
  ) -> [EngineSettings]? {
    var engines: [EngineSettings] = []
    for stack in stackVersions(map, under: policies) {
      guard let engine = resolveEngine(map, stack, model: model, gpu: gpu) else { return nil }
      engines.append(engine)
      // What is wrong under one stack is not told again under the next.
      if diagnostics.hasErrors { break }
    }
    return engines.isEmpty ? nil : engines
  }

  /// The engine's settings under compared policies that have some of their own, and under each of those that a policy
  /// is to be chosen from.
  func resolvePolicyEngines(
    _ map: CheckedMap, model: ModelArchitecture?, gpu: GPUSpec?
  ) -> [String: EngineSettings] {
    var engines: [String: EngineSettings] = [:]
    for policy in tried {
      guard let settings = policy.engineSettings, engines[policy.canonicalText] == nil, !diagnostics.hasErrors else {
        continue
      }
      var own = map.overridden(by: settings)
      // Version and variant are those of the stack beside which they are written.
      for key in ["version", "variant"] where settings.isWritten("stack") && !settings.isWritten(key) {
        own.remove(key)
      }
      engines[policy.canonicalText] = stackVersions(own, under: [policy]).first.flatMap {
        resolveEngine(own, $0, model: model, gpu: gpu)
      }
    }
    return engines
  }

  /// Compared policies, and those that each of them is chosen from.
  private var tried: [ResolvedPolicy] {
    comparedPolicies.flatMap { [$0] + ($0.choice?.candidates.map(\.policy) ?? []) }
  }

  private func resolveEngine(
    _ map: CheckedMap, _ stack: StackVersion, model: ModelArchitecture?, gpu: GPUSpec?
  ) -> EngineSettings? {
    let overheads = map.map("overheads")
    let kernels = kernels(map)
    guard
      let blockSize = map.integer("block_size"), let eager = map.boolean("enforce_eager"),
      let swap = map.bytes("swap_space"), let type = map.text("kv_dtype"), let host = resolveHost(map),
      !["max_num_batched_tokens", "max_num_seqs", "gpu_memory_utilization"].contains(where: map.isFlawed)
    else { return nil }
    let length = map.integer("max_model_len") ?? model?.maximumContext ?? 2
    // A server that is wrong has been told of; any GPU's limits will do.
    let limits = stack.limits(gpu: gpu?.name ?? "", memory: gpu?.memoryBytes ?? 0, maxModelLength: length)
    let tokens =
      map.integer("max_num_batched_tokens") ?? max(limits.maxBatchedTokens, map.integer("max_num_seqs") ?? 1)
    let offload = map.map("offload")
    let sequences = map.integer("max_num_seqs") ?? (offload == nil ? min(limits.maxSequences, tokens) : 1)
    if offload != nil, sequences > 1 {
      error(
        map.position(of: "max_num_seqs"),
        "'max_num_seqs' is \(sequences); with 'offload' one request is served at a time, so leave it out or write 1")
    }
    if tokens < sequences {
      error(
        map.isWritten("max_num_batched_tokens")
          ? map.position(of: "max_num_batched_tokens") : map.position(of: "max_num_seqs"),
        "'max_num_batched_tokens' (\(tokens)) must be at least 'max_num_seqs' (\(sequences)): each sequence needs a token"
      )
    }
    if let model, length > model.maximumContext, map.boolean("context_override") != true {
      error(
        map.position(of: "max_model_len"),
        "'max_model_len' is \(length); \(model.name) was made for \(model.maximumContext) tokens "
          + "('context_override: true' runs it all the same)")
    }
    if eager, stack.eager == nil {
      error(
        map.position(of: "enforce_eager"), "what launching without graphs takes is not known of \(stack.fullName)")
    }
    var settings = EngineSettings(
      maxBatchedTokens: tokens, maxSequences: sequences, blockSize: blockSize,
      gpuMemoryUtilization: map.number("gpu_memory_utilization") ?? stack.memory.share, maxModelLength: length,
      keyValueType: ScenarioSections.numberTypes.first { $0.name == type }?.type,
      keyValueBlocks: map.integer("kv_blocks"), activationReserve: map.bytes("activation_reserve"),
      enforcesEager: eager, captureSizes: captureSizes(map),
      graphMode: map.text("cudagraph_mode").flatMap(GraphMode.init),
      cachesPrefixes: map.boolean("enable_prefix_caching") ?? stack.cachesPrefixes,
      sharesExperts: map.boolean("enable_expert_parallel") ?? false, kernels: kernels, host: host,
      swapSpace: swap,
      overheads: .init(
        perStep: overheads?.duration("per_step"), perSequence: overheads?.duration("per_sequence"),
        perLayer: overheads?.duration("per_layer")),
      stack: .init(name: stack.stack, version: stack.asked, variant: map.text("variant")))
    if let offload, let perLayer = offload.duration("per_layer") {
      settings.offload = OffloadSettings(
        includesWeights: offload.boolean("weights") ?? false, synchronise: perLayer.seconds)
    }
    settings.overheads.frontEnd =
      overheads?.duration("front_end").map { .given($0) }
      ?? (overheads?.text("front_end") == nil ? nil : .stack)
    if let lora = map.map("lora"), let places = lora.integer("max_loras"), let rank = lora.integer("max_lora_rank"),
      let modules = lora.text("modules").flatMap(AdapterModules.init)
    {
      settings.adapters = AdapterSettings(
        places: places, rank: rank, modules: modules, size: lora.bytes("size"))
    }
    settings.overheads.launchPerLayer = overheads?.duration("launch_per_layer")
    settings.overheads.overlapPerStep = overheads?.duration("overlap_per_step")
    settings.overheads.overlapPerSequence = overheads?.duration("overlap_per_sequence")
    settings.scheduling = stack.schedulingDefault(
      gpu: gpu?.name ?? "", variant: settings.stack.variant, isEager: eager,
      hasOwnOverlap: settings.overheads.overlapPerStep != nil || settings.overheads.overlapPerSequence != nil,
      loadsLayers: offload != nil)
    return settings
  }

  /// Where an engine's defaults come from, in words, by their keys.
  func engineDefaults(_ map: CheckedMap?, _ engine: EngineSettings, gpu: GPUSpec) -> [String: String] {
    guard let map, let stack = StackLibrary.stack(named: engine.stack.name),
      let version = stack.version(engine.stack.version)
    else { return [:] }
    let limits = version.limits(gpu: gpu.name, memory: gpu.memoryBytes, maxModelLength: engine.maxModelLength)
    var sources = [
      "stack": stack.name == StackLibrary.standard.name
        ? "the newest that was fitted, as none is named" : "the one whose scheduler it is, as none is named",
      "version": "the newest that was fitted", "max_num_batched_tokens": limits.source, "max_num_seqs": limits.source,
      "gpu_memory_utilization": "\(stack.title): \(version.memory.source)",
    ]
    if let since = stack.since(\.cachesPrefixes), version.cachesPrefixes {
      sources["enable_prefix_caching"] = "\(stack.title)'s default since \(since)"
    } else {
      sources["enable_prefix_caching"] = "\(version.fullName)'s default"
    }
    return sources.filter { !map.isWritten($0.key) }
  }

  /// Writes out the defaults that come from the model and the serving stack. Where several stacks are compared, each
  /// keeps its own; what a policy's own engine settings have as another default stays unwritten, as it would replace it.
  func fillEngine(_ map: inout CheckedMap, _ engines: [EngineSettings], _ policyEngines: [String: EngineSettings]) {
    guard var inner = map.map("engine"), let engine = engines.first else { return }
    let own = tried.compactMap { policy in
      policy.engineSettings.flatMap { written in policyEngines[policy.canonicalText].map { (written, $0) } }
    }
    func set<Value: Equatable>(
      _ key: String, _ field: KeyPath<EngineSettings, Value>, _ content: (Value) -> CheckedValue.Content
    ) {
      guard
        own.allSatisfy({ written, other in written.isWritten(key) || other[keyPath: field] == engine[keyPath: field] })
      else { return }
      inner.set(key, CheckedValue(content(engine[keyPath: field]), at: inner.position(of: key)))
    }
    set("max_model_len", \.maxModelLength) { .integer($0) }
    if engines.count == 1 {
      set("stack", \.stack.name) { .text($0) }
      set("version", \.stack.version) { .text($0) }
      set("max_num_batched_tokens", \.maxBatchedTokens) { .integer($0) }
      set("max_num_seqs", \.maxSequences) { .integer($0) }
      set("gpu_memory_utilization", \.gpuMemoryUtilization) { .fraction($0) }
      set("enable_prefix_caching", \.cachesPrefixes) { .boolean($0) }
    }
    map.set("engine", CheckedValue(.mapping(inner), at: map.position))
  }

  /// Captured batch sizes in order; nil for the engine's own.
  private func captureSizes(_ map: CheckedMap) -> [Int]? {
    for key in ["cudagraph_capture_sizes", "cudagraph_mode"]
    where map.isWritten(key) && map.boolean("enforce_eager") == true {
      error(map.position(of: key), "'\(key)' has no meaning with 'enforce_eager'")
    }
    return map["cudagraph_capture_sizes"]?.list.map { Set($0.compactMap(\.integer)).sorted() }
  }

  static let informerKeys = ["retain", "offer_below", "reclaim_at"]

  /// What is lent, in either spelling.
  func resolveLending(_ value: CheckedValue) -> LendingSettings? {
    if let memory = value.bytes {
      return LendingSettings(
        rule: .static, memory: memory, retain: 0, offerBelowWaiting: 0, reclaimAtWaiting: 1)
    }
    guard
      let map = value.map, let memory = map.bytes("memory"), let rule = map.text("policy"),
      let retain = map.bytes("retain"), let offer = map.integer("offer_below"), let reclaim = map.integer("reclaim_at")
    else { return nil }
    let isStatic = rule == LendingSettings.Rule.static.rawValue
    for key in Self.informerKeys where isStatic && map.isWritten(key) {
      error(map.position(of: key), "'\(key)' belongs to 'policy: informer'")
    }
    if reclaim <= offer {
      error(
        map.position(of: map.isWritten("reclaim_at") ? "reclaim_at" : "offer_below"),
        "'reclaim_at' (\(reclaim)) must be more than 'offer_below' (\(offer))")
    }
    return LendingSettings(
      rule: isStatic ? .static : .informer, memory: memory, retain: isStatic ? 0 : retain,
      offerBelowWaiting: isStatic ? 0 : offer, reclaimAtWaiting: isStatic ? 1 : reclaim)
  }

  /// Reports a GPU on which weights, reserve, lent memory and one KV block do not fit together.
  func checkMemory(
    _ map: CheckedMap, model: ModelArchitecture, degree: Int, spec: ServerSpec, engine: EngineSettings, weights: Int64,
    lending: LendingSettings?
  ) {
    let usable = Int64(spec.gpu.memory.value * engine.gpuMemoryUtilization)
    let budget =
      "\(Printable.gigabytes(usable)) of a GPU of \(spec.name) (\(Printable.gigabytes(spec.gpu.memoryBytes)) x \(engine.gpuMemoryUtilization))"
    if engine.offload?.includesWeights == true { return }
    guard weights < usable else {
      let fitting = [1, 2, 4, 8, 16, 32].first { larger in
        larger > degree && ((try? model.weightBytesPerGPU(tensorParallel: larger)).map { $0 < usable } ?? false)
      }
      let hint = fitting.map { "; tensor_parallel \($0) would fit" } ?? ""
      error(
        map.position(of: "model"),
        "\(model.name) needs \(Printable.gigabytes(weights)) per GPU for its weights at tensor_parallel \(degree), "
          + "more than the \(budget)\(hint)")
      return
    }
    guard engine.keyValueBlocks == nil else { return }
    let reserve = Int64(engine.activationReserve ?? 0)
    let perToken = (try? model.keyValueBytesPerTokenPerGPU(tensorParallel: degree, cacheType: engine.keyValueType)) ?? 0
    let block = perToken * Int64(engine.blockSize)
    let left = usable - weights - reserve
    if left < block, engine.offload == nil {
      error(
        map.position(of: "model"),
        "\(model.name) leaves no room for KV: weights \(Printable.gigabytes(weights)) and 'activation_reserve' "
          + "\(Printable.gigabytes(reserve)) fill the \(budget)")
      return
    }
    guard let lending else { return }
    let kept = lending.rule == .informer ? Int64(lending.retain) : 0
    if left - Int64(lending.memory) < max(block, kept) {
      let retained = kept > 0 ? " and 'retain' \(Printable.gigabytes(kept))" : ""
      error(
        map.position(of: "lend"),
        "'lend' offers \(Printable.gigabytes(Int64(lending.memory)))\(retained), but weights \(Printable.gigabytes(weights)) leave "
          + "\(Printable.gigabytes(left)) of the \(budget)")
    }
  }

  /// Lenders, once all deployments are known.
  mutating func resolvePaging() {
    var written = map.list("deployments")
    var position = 0
    for index in written.indices {
      guard var map = written[index].map, var paging = map.map("paging") else { continue }
      defer { position += 1 }
      guard position < deployments.count, let deployment = deployments[position] else { continue }
      guard
        let destination = paging.text("destination").flatMap(PagingSettings.Destination.init),
        let transfer = paging.text("transfer").flatMap(PagingSettings.Transfer.init)
      else { continue }
      if deployment.engine.offload != nil, deployment.policy == nil,
        let index = comparedPolicies.firstIndex(where: { $0.pagingDestination != nil })
      {
        error(
          self.map.position(of: "policies"),
          "'\(comparedPolicies[index].label)' changes where KV is paged, and '\(deployment.name)' keeps its own off the "
            + "GPU ('offload'): compare destinations with 'variants' and 'deployments.\(deployment.name).paging'")
      }
      let lenders = lenders(of: deployment, at: position, paging, destination: destination)
      deployments[position]?.paging = PagingSettings(
        destination: destination, lenders: lenders, transfer: transfer,
        usesNetwork: paging.boolean("over_network") ?? false)
      deployments[position]?.paging.wants = paging.bytes("wants")
      deployments[position]?.paging.storesPrefixes = paging.boolean("stored_prefixes") ?? false
      if !lenders.isEmpty {
        let names = lenders.compactMap { deploymentNames[$0] }
        paging.set(
          "lenders",
          CheckedValue(
            .list(names.map { CheckedValue(.text($0), at: paging.position) }), at: paging.position(of: "lenders")))
        map.set("paging", CheckedValue(.mapping(paging), at: paging.position))
        written[index] = CheckedValue(.mapping(map), at: written[index].position)
      }
    }
    map.set("deployments", CheckedValue(.list(written), at: map.position(of: "deployments")))
  }

  /// Those named, checked; or all that lend and can be reached.
  private func lenders(
    of deployment: ResolvedDeployment, at index: Int, _ paging: CheckedMap, destination: PagingSettings.Destination
  ) -> [Int] {
    guard let named = paging["lenders"]?.list else {
      let all = deploymentNames.indices.filter { lender in
        lender != index && self.lender(lender)?.lends == true
          && obstacle(from: deployment, to: lender, overNetwork: paging.boolean("over_network") ?? false) == nil
      }
      if destination == .peer, all.isEmpty, deployments.allSatisfy({ $0 != nil }), services.allSatisfy({ $0 != nil }) {
        error(
          paging.position(of: "destination"),
          "'\(deployment.name)' pages to peers, but no other deployment that NVLink reaches has a 'lend'")
      }
      return all
    }
    return named.compactMap { value in
      guard let name = value.text else { return nil }
      guard let lender = deploymentNames.firstIndex(of: name) else {
        let clause = NearestName.clause(for: name, among: deploymentNames.compactMap { $0 }, plural: "deployments")
        error(value.position, "unknown deployment '\(name)'\(clause)")
        return nil
      }
      guard let other = self.lender(lender) else { return nil }
      if lender == index {
        error(value.position, "'\(name)' cannot borrow from itself")
      } else if !other.lends {
        error(value.position, "'\(name)' has no 'lend'")
      } else if let obstacle = obstacle(
        from: deployment, to: lender, overNetwork: paging.boolean("over_network") ?? false)
      {
        error(value.position, obstacle)
      } else {
        return lender
      }
      return nil
    }
  }

  /// Why a deployment's KV cannot go to a lender's GPUs, `nil` when it can: where both are on one server NVLink must
  /// join them, and servers are joined only when the network may be used.
  private func obstacle(from deployment: ResolvedDeployment, to lender: Int, overNetwork: Bool) -> String? {
    guard let other = self.lender(lender), let spec = servers[deployment.server] else { return nil }
    let own = Set(deployment.placement.map(\.server))
    let theirs = Set(other.placement.map(\.server))
    if own.isDisjoint(with: theirs) {
      guard overNetwork else {
        return
          "'\(other.name)' is on another server, which NVLink does not reach; 'over_network: true' pages to it over "
          + "network cards"
      }
      for server in own.union(theirs).sorted() where servers[server]?.network == nil {
        return "'\(other.name)' is on another server, and \(servers[server]?.name ?? "") has no network cards"
      }
      return nil
    }
    switch spec.fabric {
    case .nvswitch: return nil
    case .none: return "the GPUs of \(spec.name) are not joined by NVLink"
    case .bridgedPairs(let pairs):
      let lending = other.placement
      let joined = deployment.placement.filter { theirs.contains($0.server) }.allSatisfy { replica in
        let peers = lending.filter { $0.server == replica.server }.flatMap(\.gpus)
        return replica.gpus.allSatisfy { gpu in
          pairs.contains {
            $0.first == gpu && peers.contains($0.second) || $0.second == gpu && peers.contains($0.first)
          }
        }
      }
      return joined ? nil : "no NVLink bridge joins every GPU of '\(deployment.name)' to one of '\(other.name)'"
    }
  }
}
