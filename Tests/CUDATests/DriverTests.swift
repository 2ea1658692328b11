import CCUDA
import CUDA
import FakeCUDA
import Testing

struct DriverTests {
  private func device(_ fake: FakeCUDA) throws -> Device { try fake.driver().device(0) }

  @Test func saysWhatThereIs() throws {
    let fake = FakeCUDA(.init(gpus: 2))
    let driver = try fake.driver()
    #expect(driver.deviceCount == 2 && driver.version == 13000 && driver.versionText == "13.0")
    let device = try driver.device(1)
    #expect(device.name == "NVIDIA H200" && device.busID == "0000:01:00.0" && device.multiprocessors == 132)
    #expect(device.capability == (9, 0) && device.architecture == "sm_90a" && device.totalMemory == 256 << 20)
  }

  @Test func withoutAGPUTheDriverSaysSo() {
    #expect(throws: CUDAError(call: "cuInit", code: 100, name: "CUDA_ERROR_NO_DEVICE")) {
      try FakeCUDA(.init(gpus: 0)).driver()
    }
  }

  @Test func errorsCarryTheCallItsNameAndSizes() throws {
    let fake = FakeCUDA()
    let device = try device(fake)
    do {
      _ = try DeviceMemory(device, bytes: 1 << 30)
      Issue.record("more memory than there is")
    } catch {
      #expect(error.isOutOfMemory)
      #expect(
        error.description
          == "cuMemAlloc (1073741824 bytes on GPU 0) failed: CUDA_ERROR_OUT_OF_MEMORY (2)")
    }
    fake.failures["cuMemHostAlloc"] = .init(code: 999)
    #expect(
      throws: CUDAError(
        call: "cuMemHostAlloc", code: 999, name: "an error without a name",
        detail: "4096 bytes of pinned host memory")
    ) { try HostMemory(device, bytes: 4096) }
  }

  @Test func everythingIsGivenBack() throws {
    let fake = FakeCUDA()
    do {
      let device = try device(fake)
      let memory = try DeviceMemory(device, bytes: 1 << 20)
      let host = try HostMemory(device, bytes: 4096)
      let stream = try Stream(device)
      let event = try Event(device)
      let module = try Module(device, image: [1, 2])
      let function = try module.function("copy_words")
      let graph = try stream.capture { () throws(CUDAError) in
        try stream.launch(function, grid: 1, block: 1, [.memory(memory), .memory(memory), .long(4)])
      }
      try graph.launch(on: stream)
      try stream.record(event)
      try stream.synchronise()
      #expect(fake.used == [1 << 20] && host.bytes == 4096)
    }
    #expect(fake.used == [0])
    #expect(fake.open.values.allSatisfy { $0 == 0 }, "\(fake.open)")
    #expect(fake.calls["cuMemFreeHost"] == 1)
  }

  @Test func aFailedCaptureIsEnded() throws {
    let fake = FakeCUDA()
    let stream = try Stream(device(fake))
    let wrong = CUDAError(call: "x", code: 1, name: "y")
    #expect(throws: wrong) { try stream.capture { () throws(CUDAError) in throw wrong } }
    #expect(fake.calls["cuStreamEndCapture"] == 1 && fake.open["graph"] == 0)
    _ = try stream.capture { () throws(CUDAError) in }
  }

  @Test func timesComeFromTheDevicesClock() throws {
    let fake = FakeCUDA()
    let device = try device(fake)
    let stream = try Stream(device)
    let (from, to) = (try DeviceMemory(device, bytes: 1 << 20), try HostMemory(device, bytes: 1 << 20))
    let (start, end) = (try Event(device), try Event(device))
    try stream.record(start)
    try stream.copy(to: to.address, from: from.address, bytes: 1 << 20)
    try stream.record(end)
    try end.synchronise()
    let expected = 2.4e-6 + 4e-6 + Double(1 << 20) / 50e9
    let seconds = try end.seconds(since: start)
    #expect(abs(seconds / expected - 1) < 0.05)
  }

  @Test func argumentsArriveInTheirWidths() throws {
    let fake = FakeCUDA()
    let device = try device(fake)
    let stream = try Stream(device)
    let function = try Module(device, image: [0]).function("gather")
    // 1800e9 bytes per second: 16 * 1000 * 112500 bytes take a millisecond.
    let (start, end) = (try Event(device), try Event(device))
    try stream.record(start)
    try stream.launch(
      function, grid: 8, block: 256, [.address(1), .address(2), .address(3), .int(1000), .int(112_500)])
    try stream.record(end)
    #expect(abs(try end.seconds(since: start) / 1e-3 - 1) < 0.01)
  }

  @Test func peersAreReachedOnce() throws {
    let fake = FakeCUDA(.init(gpus: 2))
    let driver = try fake.driver()
    let (a, b) = (try driver.device(0), try driver.device(1))
    try a.reach(b)
    try a.reach(b)
    #expect(fake.calls["cuCtxEnablePeerAccess"] == 1)
    fake.failures["cuCtxEnablePeerAccess"] = .init(code: 704)
    try b.reach(a)
    fake.failures["cuDeviceCanAccessPeer"] = .init(code: 1)
    #expect(
      throws: CUDAError(
        call: "cuDeviceCanAccessPeer", code: 1, name: "CUDA_ERROR_INVALID_VALUE", detail: "GPU 0 to GPU 1")
    ) { try a.canReach(b) }
  }

  /// Every call that a small piece of work makes fails once; each time it is that call that the error names.
  @Test func whateverCallFailsIsTheOneNamed() throws {
    func work(_ fake: FakeCUDA) throws {
      let driver = try fake.driver()
      let device = try driver.device(0)
      _ = try device.freeMemory()
      let memory = try DeviceMemory(device, bytes: 4096)
      let host = try HostMemory(device, bytes: 4096)
      let stream = try Stream(device)
      let event = try Event(device)
      try stream.fill(memory)
      try stream.copy(to: host.address, from: memory.address, bytes: 4096)
      let module = try Module(device, image: [1])
      let function = try module.function("nothing", sharedBytes: 100_000)
      _ = try function.blocksPerMultiprocessor(threads: 128)
      let graph = try stream.capture { () throws(CUDAError) in
        try stream.launch(function, grid: 1, block: 1, [])
      }
      try graph.launch(on: stream)
      try stream.record(event)
      try stream.wait(for: event)
      try event.synchronise()
      _ = try event.seconds(since: event)
      try stream.synchronise()
      try device.synchronise()
    }
    let whole = FakeCUDA()
    try work(whole)
    #expect(whole.calls.count > 25)
    for call in whole.calls.keys where call != "cuMemFree" && call != "cuMemFreeHost" {
      let fake = FakeCUDA()
      fake.failures[call] = .init(code: 700)
      do {
        try work(fake)
        Issue.record("\(call) failed and nobody said so")
      } catch let error as CUDAError {
        #expect(error.call == call && error.name == "CUDA_ERROR_ILLEGAL_ADDRESS" && error.code == 700)
      }
      #expect(fake.used == [0], "memory is left after \(call) failed")
      #expect(fake.open.values.allSatisfy { $0 == 0 }, "after \(call) failed: \(fake.open)")
    }
  }
}
