import CCUDA
import CUDA
import FakeCUDA
import Testing

struct ManagementTests {
  private func functions() throws -> ManagementFunctions {
    let library = try DynamicLibrary(.management, system: .everywhere)
    var table = try ManagementFunctions(library)
    table.nvmlErrorString = { _ in
      let text: StaticString = "Driver Not Loaded"
      return UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }
    table.nvmlInit = { 0 }
    table.nvmlShutdown = { 0 }
    table.nvmlSystemGetDriverVersion = { out, _ in
      for (index, byte) in "580.1".utf8.enumerated() { out?[index] = CChar(bitPattern: byte) }
      return 0
    }
    table.nvmlDeviceGetHandleByPciBusId = { name, out in
      out?.pointee = OpaquePointer(bitPattern: 8)
      return name.map { String(cString: $0) } == "0000:19:00.0" ? 0 : 6
    }
    table.nvmlDeviceGetClockInfo = { _, clock, out in
      out?.pointee = clock == SPW_NVML_CLOCK_SM ? 1980 : 3201
      return 0
    }
    table.nvmlDeviceGetMaxClockInfo = table.nvmlDeviceGetClockInfo
    table.nvmlDeviceGetPowerManagementLimit = { _, out in
      out?.pointee = 700_000
      return 0
    }
    table.nvmlDeviceGetTemperature = { _, _, _ in 3 }
    table.nvmlDeviceGetCurrPcieLinkGeneration = { _, out in
      out?.pointee = 5
      return 0
    }
    table.nvmlDeviceGetCurrPcieLinkWidth = { _, out in
      out?.pointee = 16
      return 0
    }
    return table
  }

  @Test func readsWhatTheLibraryKnows() throws {
    let management = try Management(functions())
    #expect(management.driverVersion == "580.1")
    let state = management.state(busID: "0000:19:00.0")
    #expect(state.clock == 1980 && state.memoryClock == 3201 && state.maximumClock == 1980)
    #expect(state.powerLimit == 700 && state.pcieGeneration == 5 && state.pcieLanes == 16)
    #expect(state.temperature == nil, "what the library refuses is left out")
    #expect(management.state(busID: "elsewhere") == Management.State())
  }

  @Test func aLibraryThatWillNotStartSaysWhy() throws {
    var table = try functions()
    table.nvmlInit = { 9 }
    #expect(throws: CUDAError(call: "nvmlInit", code: 9, name: "Driver Not Loaded")) { try Management(table) }
  }
}
