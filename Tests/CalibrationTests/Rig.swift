import CUDA
import Calibration
import Catalogue
import FakeCUDA

/// A machine that exists in the test alone, and what is measured on it.
struct Rig {
  let fake: FakeCUDA
  let bench: Bench

  init(_ machine: FakeCUDA.Machine, isQuick: Bool = true, withCompiler: Bool = true) throws {
    fake = FakeCUDA(machine)
    let driver = try fake.driver()
    var devices: [Device] = []
    for ordinal in 0..<machine.gpus { devices.append(try driver.device(ordinal)) }
    bench = Bench(
      driver: driver, devices: devices, compiler: withCompiler ? try FakeCompiler().compiler() : nil, management: nil,
      isQuick: isQuick, system: .nowhere, clock: fake.clock)
  }

  static let rates = MachineDescription.Rates(
    name: "h200-sxm-141gb", bf16: 989e12, fp8: 1979e12, memoryBandwidth: 4.8e12, source: "the test")

  /// The profile that measuring links gives.
  func calibrate(_ groups: Set<MeasurementGroup> = [.links, .contention, .interference]) throws -> ProfileDocument {
    let run = CalibrationRun(
      bench: bench, rates: Self.rates, groups: groups, comments: ["source: a test"], facts: [("date", "2026-01-01")])
    return try run.run(LinkMeasurements.all(on: bench), file: "test.csv")
  }
}

extension ProfileDocument {
  func figure(_ name: String) throws -> FittedFigure? {
    try FittedFigure.all(in: self).first { $0.name == name }
  }
}
