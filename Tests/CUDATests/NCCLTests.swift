import CUDA
import FakeCUDA
import Glibc
import Testing

@Suite struct NCCLTests {
  private let cuda = FakeCUDA(.init(gpus: 4))

  /// A group of four GPUs with a vector of 1 KiB and a stream on each.
  private struct Four {
    let group: CollectiveGroup
    var streams: [CUDA.Stream] = []
    var from: [DeviceMemory] = []
    var to: [DeviceMemory] = []

    init(_ fake: FakeNCCL, _ driver: Driver) throws {
      let devices = try (0..<4).map { try driver.device($0) }
      group = try CollectiveGroup(NCCL(fake.functions(), path: "fake"), devices: devices)
      for device in devices {
        streams.append(try Stream(device))
        from.append(try DeviceMemory(device, bytes: 1024))
        to.append(try DeviceMemory(device, bytes: 1024))
      }
    }

    func queue(_ operation: CollectiveOperation) throws(CUDAError) {
      try group.queue(operation, bytes: 1024, from: from, to: to, on: streams)
    }
  }

  @Test func anAllReduceLeavesTheSumEverywhere() throws {
    let contents = FakeContents(cuda)
    let four = try Four(FakeNCCL(cuda, contents: contents), try contents.driver())
    for memory in four.from { contents.memory(memory.address, as: UInt16.self)[511] = 0x3f80 }
    try four.queue(.allReduce)
    for memory in four.to {
      #expect(contents.memory(memory.address, as: UInt16.self)[511] == 0x4080)
      #expect(contents.memory(memory.address, as: UInt16.self)[0] == 0)
    }
  }

  @Test(arguments: zip(CollectiveOperation.allCases, ["ncclAllReduce", "ncclReduceScatter", "ncclAllGather"]))
  func aFailedCallIsNamedAndItsGroupEnds(operation: CollectiveOperation, call: String) throws {
    let fake = FakeNCCL(cuda)
    let four = try Four(fake, try cuda.driver())
    // The third GPU's call fails, when two are under way.
    cuda.failures[call] = .init(code: 1, after: 2)
    let error = #expect(throws: CUDAError.self) { try four.queue(operation) }
    #expect(error?.call == call && error?.name == "unhandled cuda error")
    #expect(error?.detail == "1024 bytes, GPUs 0, 1, 2, 3")
    #expect(fake.openGroups == 0)
  }

  @Test(arguments: ["ncclGroupStart", "ncclGroupEnd"])
  func aGroupThatFailsIsNamed(call: String) throws {
    let fake = FakeNCCL(cuda)
    let four = try Four(fake, try cuda.driver())
    cuda.failures[call] = .init(code: 2)
    let error = #expect(throws: CUDAError.self) { try four.queue(.allReduce) }
    #expect(error?.call == call && error?.name == "unhandled system error")
    #expect(fake.openGroups == 0)
  }

  @Test(arguments: ["ncclGetVersion", "ncclCommInitAll"])
  func gpusThatCannotBeConnectedSayWhy(call: String) throws {
    cuda.failures[call] = .init(code: 2)
    let driver = try cuda.driver()
    let error = #expect(throws: CUDAError.self) { _ = try Four(FakeNCCL(cuda), driver) }
    #expect(error?.call == call)
    #expect(cuda.open["communicator", default: 0] == 0)
  }

  @Test func groupsPart() throws {
    let driver = try cuda.driver()
    do {
      let four = try Four(FakeNCCL(cuda), driver)
      #expect(four.group.nccl.version == "2.27.3")
      #expect(cuda.open["communicator"] == 4)
    }
    #expect(cuda.open["communicator"] == 0)
  }

  @Test func multicastIsLeftOffUnlessAskedFor() {
    unsetenv("NCCL_NVLS_ENABLE")
    #expect(throws: LibraryNotFound.self) { try NCCL(system: .nowhere) }
    #expect(getenv("NCCL_NVLS_ENABLE").map { String(cString: $0) } == "0")
  }
}
