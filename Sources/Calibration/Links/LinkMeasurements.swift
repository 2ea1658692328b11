import CUDA

/// Everything that is measured about links, in order.
public enum LinkMeasurements {
  /// - Parameter bench: with one GPU or more; what needs a peer is left out with one.
  /// - Throws: what finding out about the machine throws.
  public static func all(on bench: Bench) throws -> [Measurement] {
    let rig = try LinkRig(bench)
    let count = bench.devices.count
    let peers = count > 1 ? try bench.devices[0].canReach(bench.devices[1]) : false
    return try copies(rig, peers: peers) + contention(rig, peers: peers) + interference(rig, peers: peers)
      + sharing(rig, peers: peers)
  }

  /// Of the layout in the middle of the catalogue's.
  private static func sharing(_ rig: LinkRig, peers: Bool) throws -> [Measurement] {
    guard peers else { return [] }
    let layouts = try PagedLayout.ofCatalogue()
    let system = rig.bench.system
    return SharingMeasurements(rig: rig, layout: layouts[layouts.count / 2]) { try NCCL(system: system) }.measurements()
  }

  private static func copies(_ rig: LinkRig, peers: Bool) throws -> [Measurement] {
    var list: [Measurement] = []
    let copies = CopyMeasurements(rig: rig)
    let slow = rig.bench.isQuick ? 0.5 : 1
    for path in CopyMeasurements.Path.allCases where !path.isPeer || peers {
      let share = path.isPeer ? 0.3 : 1
      list.append(
        Measurement(.links, "\(path.rawValue), copies by size", expectedSeconds: 3 * slow * share) { _, findings in
          try copies.sweep(path, gpu: 0, peer: 1, into: findings)
        })
      list.append(
        Measurement(.links, "\(path.rawValue), issue", expectedSeconds: 0.2) { _, findings in
          try copies.issue(path, gpu: 0, peer: 1, into: findings)
        })
      list.append(
        Measurement(.links, "\(path.rawValue), fragments", expectedSeconds: slow) { _, findings in
          try copies.fragments(path, gpu: 0, peer: 1, into: findings)
        })
      list.append(
        Measurement(.links, "\(path.rawValue), by kernel", expectedSeconds: 0.4 * share) { _, findings in
          try copies.byKernel(path, gpu: 0, peer: 1, into: findings)
        })
    }
    if rig.bench.devices.count > 1 && peers && !rig.bench.isQuick {
      list.append(
        Measurement(.links, "every GPU and pair alike", expectedSeconds: Double(rig.bench.devices.count)) { _, found in
          try copies.alike(into: found)
        })
    }
    let paged = PagedMeasurements(rig: rig)
    for layout in try layouts(rig) {
      for path in [CopyMeasurements.Path.deviceToHost, .peerWrite] where !path.isPeer || peers {
        list.append(
          Measurement(.links, "\(path.rawValue), gathered stream, \(layout.models[0])", expectedSeconds: 0.15) {
            try paged.stream(layout, path, gpu: 0, peer: 1, into: $1)
          })
      }
      for kind in PagedMeasurements.Kind.allCases where !kind.isPeer || peers {
        list.append(
          Measurement(.links, "\(kind.rawValue), \(layout.models[0])", expectedSeconds: 0.1) { _, findings in
            try paged.measure(layout, kind, gpu: 0, peer: 1, into: findings)
          })
      }
    }
    return list
  }

  private static func layouts(_ rig: LinkRig) throws -> [PagedLayout] {
    let all = try PagedLayout.ofCatalogue()
    if !rig.bench.isQuick || all.count < 4 { return all }
    return [all[0], all[all.count / 2], all[all.count - 1]]
  }

  private static func contention(_ rig: LinkRig, peers: Bool) -> [Measurement] {
    let measurements = ContentionMeasurements(rig: rig)
    return ContentionPattern.all(gpus: rig.bench.devices.count, peers: peers).map { pattern in
      let hostFlows = pattern.flows.count { $0.isHost }
      let seconds = 0.05 + 0.06 * Double(hostFlows) * (rig.bench.isQuick ? 0.5 : 1)
      return Measurement(.contention, pattern.name, expectedSeconds: seconds) { _, findings in
        try measurements.measure(pattern, into: findings)
      }
    }
  }

  private static func interference(_ rig: LinkRig, peers: Bool) -> [Measurement] {
    let measurements = InterferenceMeasurements(rig: rig)
    var list: [Measurement] = []
    for work in InterferenceMeasurements.Work.allCases {
      for traffic in InterferenceMeasurements.Traffic.allCases where !traffic.needsPeer || peers {
        let seconds = (traffic.needsPeer ? 0.5 : 2.5) * (rig.bench.isQuick ? 0.5 : 1)
        list.append(
          Measurement(.interference, "\(work.rawValue) beside \(traffic.rawValue)", expectedSeconds: seconds) {
            try measurements.measure(work, traffic, gpu: 0, peer: 1, into: $1)
          })
      }
    }
    return list
  }
}
