import CUDA
import Catalogue
import Statistics

/// What launching costs: a kernel that does nothing, alone and in graphs.
final class LaunchMeasurements {
  private let shared: KernelBench

  init(_ shared: KernelBench) { self.shared = shared }

  private static let header = ["what", "nodes", "host_us", "device_us", "until_done_us"]

  func measurements() -> [Measurement] {
    [
      Measurement(.launch, "kernel launches", expectedSeconds: 0.2) { [self] bench, findings in
        try kernels(bench, into: findings)
      },
      Measurement(.launch, "graph launches", expectedSeconds: 0.5) { [self] bench, findings in
        try graphs(bench, into: findings)
      },
    ]
  }

  private func text(_ seconds: Double) -> String { ProfileNumber.text(seconds * 1e6, digits: 4) }

  private func kernels(_ bench: Bench, into findings: Findings) throws {
    let nothing = try shared.kernel("nothing", of: .filling)
    let stream = try shared.stream()
    let count = 1000
    func launch() throws(CUDAError) { try stream.launch(nothing, grid: 1, block: 32, []) }
    // The host runs ahead of the GPU as far as the queue is long, so that a thousand show what the slower of them
    // takes.
    var host: [Double] = []
    let device = try bench.deviceTime(on: stream) { () throws(CUDAError) in
      let start = bench.clock()
      for _ in 0..<count { try launch() }
      host.append(bench.clock() - start)
    }
    let done = try bench.hostTime(repeats: 200) { () throws(CUDAError) in
      try launch()
      try stream.synchronise()
    }
    findings.add(
      "launch", header: Self.header,
      row: [
        "kernel", "1", text(Timing(host).median / Double(count)), text(device.median / Double(count)),
        text(done.median),
      ])
  }

  private func graphs(_ bench: Bench, into findings: Findings) throws {
    let nothing = try shared.kernel("nothing", of: .filling)
    let stream = try shared.stream()
    var lines = Observations(terms: ["graph", "node"])
    for nodes in shared.plan.graphNodes {
      let graph = try stream.capture { () throws(CUDAError) in
        for _ in 0..<nodes { try stream.launch(nothing, grid: 1, block: 32, []) }
      }
      // The first replay uploads the graph.
      try graph.launch(on: stream)
      try stream.synchronise()
      var host: [Double] = []
      let done = try bench.hostTime(repeats: 30) { () throws(CUDAError) in
        let start = bench.clock()
        try graph.launch(on: stream)
        host.append(bench.clock() - start)
        try stream.synchronise()
      }
      let start = try Event(stream.device)
      let end = try Event(stream.device)
      var device: [Double] = []
      for _ in 0..<bench.repeats {
        try graph.launch(on: stream)
        try stream.record(start)
        try graph.launch(on: stream)
        try stream.record(end)
        try stream.synchronise()
        device.append(try end.seconds(since: start))
      }
      let replay = Timing(device).median
      lines.append([1, Double(nodes)], target: replay, weight: 1 / max(replay * replay, 1e-12))
      findings.add(
        "launch", header: Self.header,
        row: ["graph", "\(nodes)", text(Timing(host).median), text(replay), text(done.median)])
    }
    // The bisquare fit wants a few more points than terms.
    guard let fit = try? lines.fit(.bisquare) else { return }
    findings.note(
      "a graph of n kernels that do nothing takes the GPU \(text(fit["graph"].estimate)) us "
        + "and \(text(fit["node"].estimate)) us for each")
  }
}
