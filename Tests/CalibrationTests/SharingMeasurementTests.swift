import CUDA
import Catalogue
import FakeCUDA
import Hardware
import HardwareCatalogue
import Testing

@testable import Calibration

/// Pages beside a decode-like kernel and beside all-reduces.
struct SharingMeasurementTests {
  @Test func everyModeIsMeasuredBesideEveryLoad() throws {
    let machine = KernelsMachine(gpus: 2)
    machine.cuda.machine.movedBytesAtMost = 4096
    let bench = try machine.bench()
    let layouts = try PagedLayout.ofCatalogue()
    let measurements = SharingMeasurements(rig: try LinkRig(bench), layout: layouts[layouts.count / 2]) {
      try NCCL(machine.nccl.functions(), path: "fake")
    }.measurements()
    try MeasurementPlan(measurements).run(on: bench, into: machine.findings)
    #expect(machine.findings.failures.isEmpty, "\(machine.findings.failures)")
    let document = ProfileDocument(file: "test.csv", comments: [], sections: machine.findings.sections)
    let readings = try LinkReadings(document).sharing
    #expect(readings.count == 6 * SharingMeasurements.Mode.allCases.count * 2)
    #expect(Set(readings.map { "\($0.name) \($0.mode) \($0.direction)" }).count == readings.count)
    #expect(readings.contains { $0.bytes == 131_072 } && readings.contains { $0.load == "reading" && $0.gpu == 1 })
  }

  @Test func withFourGPUsAGroupPagesToAGroup() throws {
    let machine = KernelsMachine(gpus: 4)
    machine.cuda.machine.movedBytesAtMost = 4096
    let bench = try machine.bench()
    let layouts = try PagedLayout.ofCatalogue()
    let all = SharingMeasurements(rig: try LinkRig(bench), layout: layouts[layouts.count / 2]) {
      try NCCL(machine.nccl.functions(), path: "fake")
    }.measurements()
    // Two reading kernels and four vectors on one pair; then two and four for each of three groups; and the end.
    #expect(all.count == (6 + 14) * 8 + 1)
    // The shortest vector alone: queueing the others takes seconds.
    let measurements = all.filter { measurement in
      !SharingMeasurements.vectors.dropFirst().contains { measurement.name.contains("\($0) B") }
    }
    try MeasurementPlan(measurements).run(on: bench, into: machine.findings)
    #expect(machine.findings.failures.isEmpty, "\(machine.findings.failures)")
    let document = ProfileDocument(file: "test.csv", comments: [], sections: machine.findings.sections)
    let readings = try LinkReadings(document).sharing
    #expect(readings.count == (3 + 5) * 8)
    let groups = readings.filter { $0.pages.count == 2 }
    #expect(
      groups.allSatisfy { $0.pages == [.init(pager: 2, lender: 0), .init(pager: 3, lender: 1)] })
    #expect(Set(groups.map(\.group)) == [[0], [2], [0, 1], [2, 3], [0, 1, 2, 3]])
    #expect(Set(readings.map { "\($0.name) \($0.mode) \($0.direction) \($0.pages)" }).count == readings.count)
  }

  private static let header =
    "@sharing,load,gpu,bytes,mode,direction,load_alone,load_beside,traffic_alone,traffic_beside,spread\n"

  private func document(_ rows: String) throws -> ProfileDocument {
    try ProfileDocument(text: Self.header + rows, file: "test.csv")
  }

  @Test func collectivesAreFittedAgainstTheLoadOfThePort() throws {
    // 60 % longer beside a full port and 30 % beside a half-full one; what is longer than serving has is left out.
    let document = try document(
      """
      all-reduce,,131072,copy,out,10e-6,16e-6,400e9,390e9,0
      all-reduce,,1048576,copy,back,20e-6,26e-6,200e9,199e9,0
      all-reduce,,67108864,copy,out,300e-6,900e-6,400e9,200e9,0
      all-reduce,,131072,fragmented,out,10e-6,90e-6,4e9,4e9,0

      """)
    let figures = try LinkFits.figures(of: document, memoryBandwidth: 4.8e12)
    let figure = try #require(figures.first { $0.name == "gpu.copy_interference_collective" })
    #expect(abs(figure.value - 0.6) < 1e-9 && figure.points == 2 && figure.worstError < 1e-9)
  }

  @Test func theCheckPredictsAsARunDoes() throws {
    var server = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    server.gpu.copyInterference.collective.value = 0.5
    server.gpu.copyInterference.leaving.value = 1
    server.gpu.copyInterference.arriving.value = 2
    let port = try #require(server.peerLink?.writeBandwidth.value)
    let document = try document(
      """
      all-reduce,,131072,copy,out,1,1.5,\(port),1,0
      reading,0,,copy,out,1,1,480e9,1,0
      reading,1,,copy,out,1,1,480e9,1,0
      reading,0,,coalesced,back,1,1,480e9,1,0

      """)
    let predicted = try SharingCheck.all(of: document, on: server).map(\.predicted)
    // What leaves takes a tenth of the memory, what arrives twice that; scattering reads and writes again. Of an
    // all-reduce over both GPUs the one counts at which pages arrive.
    let arriving = 2 * port / server.gpu.memoryBandwidth.value
    for (found, expected) in zip(predicted, [1.5 + arriving, 1.1, 1.2, 1.4]) {
      #expect(abs(found - expected) < 1e-9)
    }
  }

  @Test func theCheckKnowsWhichGPUsPage() throws {
    var server = try #require(HardwareCatalogue.server(named: "hgx-h200-8"))
    server.gpu.copyInterference.collective.value = 0.5
    server.gpu.copyInterference.leaving.value = 1
    server.gpu.copyInterference.arriving.value = 2
    server.gpu.copyInterference.kernel.value = 3
    let port = try #require(server.peerLink?.writeBandwidth.value)
    let half = port / 2 / server.gpu.memoryBandwidth.value
    let header = Self.header.replacing("spread", with: "spread,group,pages")
    let document = try ProfileDocument(
      text: header + """
        all-reduce,,131072,kernel,out,1,1,\(port / 2),1,0,0 1,2>0 3>1
        all-reduce,,131072,kernel,out,1,1,\(port / 2),1,0,2 3,2>0 3>1
        all-reduce,,131072,coalesced,out,1,1,\(port / 2),1,0,0 1 2 3,2>0 3>1
        all-reduce,,131072,copy,out,1,1,\(port / 2),1,0,4 5,2>0 3>1
        reading,2,,kernel,back,1,1,\(port / 2),1,0,,2>0 3>1

        """, file: "test.csv")
    let checks = try SharingCheck.all(of: document, on: server)
    // The kernel runs on the GPUs that page alone; a group beside which nobody pages is undisturbed.
    let expected = [1.25 + 2 * half, 1.25 + half + 3, 1.25 + 3 * half, 1, 1 + 2 * half + 3]
    for (found, value) in zip(checks.map(\.predicted), expected) { #expect(abs(found - value) < 1e-9) }
    #expect(checks[1].name == "all-reduce of 131072 B over 2 3 beside kernel out")
    for (good, bad) in [("2>0 3>1", "2-0"), ("0 1", "0 x")] {
      let text = document.description.replacing(good, with: bad)
      #expect(throws: ProfileTextError.self) {
        try SharingCheck.all(of: ProfileDocument(text: text, file: "t"), on: server)
      }
    }
  }

  @Test func pageKernelsAreFittedBesideWhatTheirTrafficDoes() throws {
    // A copy stretches by 10 % out and 20 % back; the kernel, at half of that traffic, by 0.5 and 0.7 more.
    let document = try document(
      """
      reading,0,,copy,out,1,1.1,400e9,1,0
      reading,0,,copy,back,1,1.2,400e9,1,0
      reading,0,,kernel,out,1,1.55,200e9,1,0
      reading,0,,kernel,back,1,1.8,200e9,1,0
      reading,1,,kernel,back,1,9,200e9,1,0

      """)
    let figures = try LinkFits.figures(of: document, memoryBandwidth: 4.8e12)
    let figure = try #require(figures.first { $0.name == "gpu.copy_interference_kernel" })
    #expect(abs(figure.value - 0.6) < 1e-9 && figure.points == 2)
    #expect(abs(figure.interval.lowerBound - 0.5) < 1e-9 && abs(figure.interval.upperBound - 0.7) < 1e-9)
  }
}
