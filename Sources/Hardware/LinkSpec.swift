/// What it costs to move bytes between a GPU and something else: a peer GPU, its host, or another server.
///
/// Directions are seen from the GPU that drives the copy: a *write* leaves it, a *read* arrives. On a host link a
/// write is device-to-host and a read is host-to-device.
///
/// One copy of n bytes takes `latency` + `issue` + n / bandwidth + `synchronise`; systems measured end to end and
/// on the device differ by the last term.
public struct LinkSpec: Hashable, Sendable {
  /// Large copies out of the driving GPU by copy engine, bytes per second.
  public var writeBandwidth: Figure
  /// Large copies into the driving GPU by copy engine, bytes per second.
  public var readBandwidth: Figure
  /// Copies by a kernel instead of a copy engine, bytes per second.
  public var kernelBandwidth: Figure
  /// Both directions of one GPU's link together, bytes per second; `nil` where they do not disturb each other.
  public var bothDirectionsBandwidth: Figure?
  /// Sustained rate of a background stream of gathered blocks, bytes per second.
  public var streamBandwidth: Figure
  /// Time before the first byte of a copy arrives, seconds.
  public var latency: Figure
  /// Time the issuing side spends on each separate copy, seconds.
  public var issue: Figure
  /// The same for copies that read a peer's memory, where it differs, seconds.
  public var readIssue: Figure?
  /// Host time to notice that a copy is complete and go on, seconds.
  public var synchronise: Figure

  public init(
    writeBandwidth: Figure, readBandwidth: Figure, kernelBandwidth: Figure, bothDirectionsBandwidth: Figure?,
    streamBandwidth: Figure, latency: Figure, issue: Figure, readIssue: Figure? = nil,
    synchronise: Figure
  ) {
    self.writeBandwidth = writeBandwidth
    self.readBandwidth = readBandwidth
    self.kernelBandwidth = kernelBandwidth
    self.bothDirectionsBandwidth = bothDirectionsBandwidth
    self.streamBandwidth = streamBandwidth
    self.latency = latency
    self.issue = issue
    self.readIssue = readIssue
    self.synchronise = synchronise
  }

  /// Everything wrong with this description; empty when it can be used.
  public func problems() -> [HardwareProblem] {
    var list = ProblemList()
    list.requirePositive("write_bandwidth", writeBandwidth)
    list.requirePositive("read_bandwidth", readBandwidth)
    list.requirePositive("kernel_bandwidth", kernelBandwidth)
    list.requirePositive("both_directions_bandwidth", bothDirectionsBandwidth)
    list.requirePositive("stream_bandwidth", streamBandwidth)
    for (field, figure) in [
      ("latency", latency), ("issue", issue), ("read_issue", readIssue ?? issue), ("synchronise", synchronise),
    ] {
      list.requireNotNegative(field, figure)
      if figure.value > 1 { list.add(field, "must be at most one second, found \(figure.value) s") }
    }
    if let joint = bothDirectionsBandwidth?.value {
      let larger = max(writeBandwidth.value, readBandwidth.value)
      if joint < larger {
        list.add("both_directions_bandwidth", "must be at least one direction's \(larger) B/s, found \(joint) B/s")
      }
    }
    return list.problems
  }
}
