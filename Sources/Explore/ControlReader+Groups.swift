import Configuration
import Hardware
import Scenario

extension ControlReader {
  /// The groups of a scenario, in the order in which a reader asks for them.
  ///
  /// - Parameter choosesPolicies: whether the policies are those of the file, so that their places in it are known.
  func groups(of scenario: ResolvedScenario, choosesPolicies: Bool) -> [ControlGroup] {
    let streams = items("workload")
    var groups = streams.enumerated().map { index, stream in
      ControlGroup(
        title: title("Requests", streams.count > 1 ? stream.name : nil), isOpen: index == 0,
        controls: requests(stream.map, stream.path))
    }
    groups += streams.map { stream in
      ControlGroup(
        title: title("SLO", streams.count > 1 ? stream.name : nil), isOpen: true,
        controls: controls(["ttft", "tpot", "e2el"], of: stream.map.map("slo"), at: stream.path + ".slo"))
    }
    let deployments = items("deployments")
    groups += deployments.enumerated().map { index, deployment in
      ControlGroup(
        title: title("Deployment", deployment.name), isOpen: index == 0,
        controls: self.deployment(deployment.map, deployment.path, scenario))
    }
    if choosesPolicies { groups += policies() }
    groups += links(of: scenario)
    let run = ControlGroup(
      title: "Run", isOpen: false, controls: controls(["duration", "warmup"], of: keys, at: ""))
    return (groups + [run]).filter { !$0.controls.isEmpty }
  }

  private func title(_ what: String, _ name: String?) -> String { name.map { "\(what): \($0)" } ?? what }

  // MARK: Requests

  private func requests(_ stream: CheckedMap, _ path: String) -> [Control] {
    var controls = self.controls(["rate"], of: stream, at: path)
    let arrivals = stream.map("arrivals")
    let place = path + ".arrivals"
    for (list, names) in [("bursts", ["rate", "start", "duration"]), ("steps", ["rate", "from"])] {
      guard let arrivals, arrivals.section.key(list) != nil else { continue }
      for (index, item) in arrivals.list(list).enumerated() {
        let prefix = "\(list.dropLast()) \(index + 1) "
        controls += self.controls(names, of: item.map, at: "\(place).\(list)[\(index)]", prefix: prefix)
      }
    }
    controls += self.controls(
      ["on_rate", "off_rate", "on_time", "off_time", "users", "depth"], of: arrivals, at: place)
    controls += self.controls(["cv", "shape"], of: arrivals, at: place, prefix: "arrivals' ")
    if let think = control("think_time", of: arrivals, at: place) { controls.append(think) }
    controls += self.controls(["rate_scale"], of: stream.map("trace"), at: path + ".trace")
    for (name, words) in [("prompt_tokens", "prompt "), ("output_tokens", "output ")] {
      if let whole = control(name, of: stream, at: path) { controls.append(whole) }
      controls += self.controls(
        ["mean", "median", "p90", "cv", "tokens", "low", "high"], of: stream.map(name), at: "\(path).\(name)",
        prefix: words)
    }
    return controls
  }

  // MARK: Deployments

  private func deployment(_ map: CheckedMap, _ path: String, _ scenario: ResolvedScenario) -> [Control] {
    var controls: [Control] = []
    let most = scenario.servers.map(\.gpuCount).max() ?? 1
    let own = map.integer("tensor_parallel") ?? 1
    let degrees = Set((0..<8).map { 1 << $0 }.filter { $0 <= most } + [own]).sorted()
    let degree = control(
      "tensor_parallel", of: map, at: path, label: "tensor parallel", form: .choice(degrees.map(String.init)))
    if let degree { controls.append(degree) }
    controls += self.controls(["replicas", "router"], of: map, at: path)
    controls += self.controls(
      ["max_num_batched_tokens", "max_num_seqs", "gpu_memory_utilization", "kv_blocks", "swap_space"],
      of: map.map("engine"), at: path + ".engine")
    controls += self.controls(["destination", "transfer"], of: map.map("paging"), at: path + ".paging")
    if let lend = control("lend", of: map, at: path) { controls.append(lend) }
    controls += self.controls(["memory", "policy"], of: map.map("lend"), at: path + ".lend", prefix: "lend ")
    return controls
  }

  // MARK: Policies

  /// The parameters of each compared policy. Several entries may have one name, so they go by number.
  private func policies() -> [ControlGroup] {
    keys.list("policies").enumerated().compactMap { index, item in
      guard let map = item.map, let name = map.text("name") else { return nil }
      let parameters = map.section.keys.map(\.name).filter {
        !["name", "label", "paging", "engine", "without", "best_over"].contains($0)
      }
      let label = map.text("label") ?? name
      return ControlGroup(
        title: label == name ? "Policy: \(name)" : "Policy: \(label) (\(name))", isOpen: false,
        controls: controls(parameters, of: map, at: "policies[\(index)]"))
    }
  }

  // MARK: Links

  /// What links carry at most; of a server that the catalogue names these are its own figures.
  private func links(of scenario: ResolvedScenario) -> [ControlGroup] {
    let places: [(path: String, server: ServerSpec, title: String)] =
      keys["server"] != nil
      ? scenario.servers.prefix(1).map { ("server", $0, "Links") }
      : (keys["servers"]?.list ?? []).enumerated().compactMap { index, item in
        // Entries may stand for several servers each; those before say where one begins.
        let before = keys.list("servers").prefix(index).reduce(0) { $0 + ($1.map?.integer("count") ?? 1) }
        guard scenario.servers.indices.contains(before) else { return nil }
        return ("servers[\(index)]", scenario.servers[before], "Links of server \(before)")
      }
    return places.map { place in
      let links: [(key: String, words: String, link: LinkSpec?)] = [
        ("peer_link", "NVLink", place.server.peerLink), ("host_link", "PCIe", place.server.hostLink),
        ("network.link", "network card", place.server.network?.link),
      ]
      let controls = links.flatMap { key, words, link -> [Control] in
        guard let link else { return [] }
        let joint = link.bothDirectionsBandwidth?.value
        let single = max(link.writeBandwidth.value, link.readBandwidth.value)
        return [
          bandwidth("\(place.path).\(key).write_bandwidth", words + " out", link.writeBandwidth.value, most: joint),
          bandwidth("\(place.path).\(key).read_bandwidth", words + " in", link.readBandwidth.value, most: joint),
          joint.flatMap {
            bandwidth("\(place.path).\(key).both_directions_bandwidth", words + " both ways", $0, least: single)
          },
        ].compactMap { $0 }
      }
      return ControlGroup(title: place.title, isOpen: false, controls: controls)
    }
  }

  private func bandwidth(
    _ path: String, _ label: String, _ value: Double, least: Double? = nil, most: Double? = nil
  ) -> Control? {
    guard !taken.contains(path) else { return nil }
    let text = Quantity.text(bandwidth: value)
    guard let (number, _) = Slider.split(text), number > 0 else { return nil }
    let unit = value / number
    let slider = Slider.around(text, least: least.map { $0 / unit }, greatest: most.map { $0 / unit })
    let help =
      "Bytes per second at most, by copies of a GPU's own engines; what a GPU moves by kernel has its own limit."
    return Control(path: path, label: label, help: help, text: text, form: slider.map { .slider($0) } ?? .field)
  }
}
