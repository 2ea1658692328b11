import CUDA
import Calibration
import Catalogue
import FakeCUDA
import Testing

struct LinkMeasurementTests {
  private func isWithin(_ share: Double, _ found: Double?, of expected: Double) -> Bool {
    found.map { abs($0 / expected - 1) <= share } ?? false
  }

  @Test func figuresOfTheMachineComeBack() throws {
    var machine = FakeCUDA.Machine(gpus: 2)
    machine.call = 1e-8
    let profile = try Rig(machine).calibrate()
    // cuBLASLt is not on this machine; its products are what is missing, and nothing else.
    #expect(profile.sections(named: "failed").flatMap(\.rows).allSatisfy { $0.fields[1].hasPrefix("product beside") })
    for (name, expected, share) in [
      ("host_link.read_bandwidth", machine.hostToDevice, 0.01),
      ("host_link.write_bandwidth", machine.deviceToHost, 0.01),
      ("peer_link.write_bandwidth", machine.peer, 0.01), ("peer_link.read_bandwidth", machine.peer, 0.01),
      ("host_link.issue", machine.issue, 0.05), ("peer_link.issue", machine.issue, 0.05),
      ("peer_link.read_issue", machine.readIssue, 0.05), ("peer_link.kernel_bandwidth", machine.kernelCopy, 0.01),
      ("gpu.gather_rate", machine.gather, 0.01),
    ] {
      let figure = try profile.figure(name)
      #expect(isWithin(share, figure?.value, of: expected), "\(name): \(figure?.value ?? 0), not \(expected)")
      #expect((figure?.worstError ?? 1) < 0.1, "\(name): \(figure?.worstError ?? 1)")
    }
    // The host's calls and its noticing are part of a synchronised copy's latency.
    let latency = try #require(try profile.figure("peer_link.latency"))
    #expect(latency.value > machine.latency && latency.value < machine.latency + 4 * machine.call)
  }

  @Test func aProfileOfTheRunIsReadBackAsWritten() throws {
    let profile = try Rig(.init(gpus: 4)).calibrate()
    let again = try ProfileDocument(text: profile.description, file: "test.csv")
    #expect(again.description == profile.description)
    let fits = try LinkFits.figures(of: again, memoryBandwidth: 4.8e12)
    #expect(fits.map(\.row) == (try FittedFigure.all(in: again)).map(\.row), "fits are made of the rows alone")
    let keys = try again.rows(of: "calibration", columns: ["key", "value"]).map { $0.text("key") }
    #expect(keys.contains("date") && keys.contains("driver") == false && keys.contains("gpu_kind"))
  }

  @Test func oneGPUIsMeasuredWithoutPeers() throws {
    let profile = try Rig(.init(gpus: 1)).calibrate()
    #expect(try profile.figure("host_link.read_bandwidth") != nil)
    #expect(try profile.figure("peer_link.write_bandwidth") == nil)
    let patterns = try profile.rows(of: "contention", columns: ["pattern"]).map { $0.text("pattern") }
    #expect(Set(patterns) == ["host_to_1", "1_to_host", "host_both_ways_1"])
    let traffic = try profile.rows(of: "interference", columns: ["traffic"]).map { $0.text("traffic") }
    #expect(Set(traffic) == ["from_host", "to_host"])
  }

  @Test func gpusThatCannotReachEachOtherAreMeasuredAlone() throws {
    var machine = FakeCUDA.Machine(gpus: 2)
    machine.peerAccess = false
    let profile = try Rig(machine).calibrate()
    #expect(try profile.figure("host_link.read_bandwidth") != nil)
    #expect(try profile.figure("peer_link.write_bandwidth") == nil)
    #expect(!profile.sections(named: "failed").flatMap(\.rows).contains { $0.fields[1].contains("peer") })
  }

  @Test func withoutACompilerCopiesAreStillMeasured() throws {
    let profile = try Rig(.init(gpus: 1), withCompiler: false).calibrate()
    #expect(try profile.figure("host_link.read_bandwidth") != nil)
    #expect(try profile.figure("gpu.gather_rate") == nil)
    let failed = profile.sections(named: "failed").flatMap(\.rows)
    #expect(failed.contains { $0.fields[1] == "host_to_device, by kernel" && $0.fields[3].contains("NVRTC") })
  }

  /// How often an undisturbed calibration of one GPU makes each call.
  private static let calls = Result {
    let rig = try Rig(.init(gpus: 1))
    _ = try rig.calibrate()
    return rig.fake.calls
  }

  /// Every call of the driver fails for a while in the middle of a calibration; what it hits is recorded with the call,
  /// the error and its sizes, and what comes after is measured.
  @Test(arguments: [
    "cuMemcpyAsync", "cuLaunchKernel", "cuStreamSynchronize", "cuEventRecord", "cuEventElapsedTime", "cuEventCreate",
    "cuStreamWaitEvent", "cuStreamCreate", "cuModuleGetFunction", "cuMemAlloc", "cuMemHostAlloc", "cuCtxSetCurrent",
  ])
  func aFailingCallStopsOnlyItsMeasurement(_ call: String) throws {
    let made = try #require(try Self.calls.get()[call])
    let rig = try Rig(.init(gpus: 1))
    rig.fake.failures[call] = .init(code: 700, after: made / 2, times: 1)
    let profile = try rig.calibrate()
    // cuBLASLt's two products are missing anyway.
    let expected = 2
    let failed = profile.sections(named: "failed").flatMap(\.rows).filter { $0.fields[2] == call }
    #expect(failed.count == 1, "\(profile.sections(named: "failed"))")
    let row = try #require(failed.first)
    #expect(row.fields[3] == "CUDA_ERROR_ILLEGAL_ADDRESS" && row.fields[4] == "700" && !row.fields[5].isEmpty)
    #expect(profile.sections(named: "failed").flatMap(\.rows).count == expected + 1)
    #expect(!(try profile.rows(of: "interference", columns: ["kernel"])).isEmpty, "the rest went on")
    #expect(try FittedFigure.all(in: profile).count >= 4)
  }

  @Test func runningOutOfMemoryStopsOnlyWhatNeedsIt() throws {
    let rig = try Rig(.init(gpus: 2))
    // The second GPU has no memory left.
    rig.fake.failures["cuMemAlloc"] = .init(code: 2, after: 2)
    let profile = try rig.calibrate()
    let failed = profile.sections(named: "failed").flatMap(\.rows)
    #expect(failed.contains { $0.fields[2] == "cuMemAlloc" && $0.fields[5].contains("bytes on GPU 1") })
    #expect(try profile.figure("host_link.read_bandwidth") != nil)
    #expect(try profile.figure("peer_link.write_bandwidth") == nil)
  }

  @Test func everythingIsGivenBackAtTheEnd() throws {
    let fake: FakeCUDA
    do {
      let rig = try Rig(.init(gpus: 4))
      fake = rig.fake
      _ = try rig.calibrate()
    }
    #expect(fake.used == [0, 0, 0, 0])
    #expect(fake.open.values.allSatisfy { $0 == 0 }, "\(fake.open)")
  }

  @Test func progressGoesFromNothingToEverything() throws {
    let rig = try Rig(.init(gpus: 1))
    let list = try LinkMeasurements.all(on: rig.bench)
    var seen: [MeasurementPlan.Progress] = []
    try MeasurementPlan(list).run(on: rig.bench, into: Findings(), progress: { seen.append($0) })
    #expect(seen.count == list.count + 1)
    #expect(seen.first?.fraction == 0 && seen.first?.secondsLeft == nil && seen.last?.fraction == 1)
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.fraction <= $1.fraction && $0.elapsed <= $1.elapsed })
  }

  @Test func aCalibrationCanBeStopped() throws {
    let rig = try Rig(.init(gpus: 1))
    var asked = 0
    #expect(throws: CancellationError.self) {
      try MeasurementPlan(LinkMeasurements.all(on: rig.bench)).run(
        on: rig.bench, into: Findings(),
        isStopped: {
          asked += 1
          return asked > 3
        })
    }
  }
}
