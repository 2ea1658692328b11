import Hardware

/// A server with round numbers and, unless asked for, no fixed costs; bandwidths in GB/s.
struct ToyServer {
  var gpus = 8
  var fabric = Fabric.nvswitch
  var port = 300.0
  var lane = 25.0
  var bothWays: Double?
  var switches: [[Int]] = []
  var upstream = 25.0
  var hostMemory = 1000.0
  var gpuMemory = 2000.0
  var cards = 0
  var card = 50.0
  var latency = 0.0
  var issue = 0.0
  var synchronise = 0.0
  var gatherRate = 1000.0
  var kernelLaunch = 0.0
  var kernelBandwidth: Double?
  var readBandwidth: Double?
  var leavingInterference = 1.0
  var arrivingInterference = 1.0
  var fromHostInterference = 1.0
  var readIssue: Double?

  var spec: ServerSpec {
    let gpu = GPUSpec(
      name: "toy", memory: toy(80), memoryBandwidth: toy(gpuMemory), peakBF16: toy(1000), peakFP8: nil,
      nvlinkGeneration: 3, nvlinkBandwidth: toy(port), pcieGeneration: 4, copyEngines: Figure(2, .assumption("toy")),
      gatherRate: toy(gatherRate), kernelLaunch: Figure(kernelLaunch, .assumption("toy")),
      copyInterference: CopyInterference(
        leaving: Figure(leavingInterference, .assumption("toy")),
        arriving: Figure(arrivingInterference, .assumption("toy")),
        arrivingFromHost: Figure(fromHostInterference, .assumption("toy"))))
    return ServerSpec(
      name: "toy server", gpu: gpu, gpuCount: gpus, fabric: fabric,
      peerLink: fabric == .none ? nil : link(port, nil), hostLink: link(lane, bothWays),
      pcieSwitches: switches.map { PCIeSwitch(gpus: $0, upstreamBandwidth: toy(upstream)) },
      host: HostSpec(sockets: 2, memory: toy(1000), memoryBandwidth: toy(hostMemory)),
      network: cards > 0 ? NetworkSpec(cards: cards, link: link(card, nil)) : nil)
  }

  private func link(_ bandwidth: Double, _ joint: Double?) -> LinkSpec {
    LinkSpec(
      writeBandwidth: toy(bandwidth), readBandwidth: toy(readBandwidth ?? bandwidth),
      kernelBandwidth: toy(kernelBandwidth ?? bandwidth), bothDirectionsBandwidth: joint.map(toy),
      streamBandwidth: toy(bandwidth), latency: Figure(latency, .assumption("toy")),
      issue: Figure(issue, .assumption("toy")),
      readIssue: readIssue.map { Figure($0, .assumption("toy")) }, synchronise: Figure(synchronise, .assumption("toy")))
  }
}

/// A figure given in thousands of millions.
func toy(_ giga: Double) -> Figure { Figure(giga * 1e9, .assumption("toy")) }
