import CCUDA

/// The functions of NVML that are used; all of them only read.
public struct ManagementFunctions {
  public typealias Out<Value> = UnsafeMutablePointer<Value>?

  public var nvmlErrorString: (nvmlReturn_t) -> UnsafePointer<CChar>?
  public var nvmlInit: () -> nvmlReturn_t
  public var nvmlShutdown: () -> nvmlReturn_t
  public var nvmlSystemGetDriverVersion: (Out<CChar>, UInt32) -> nvmlReturn_t
  public var nvmlDeviceGetHandleByPciBusId: (UnsafePointer<CChar>?, Out<nvmlDevice_t?>) -> nvmlReturn_t
  public var nvmlDeviceGetClockInfo: (nvmlDevice_t?, Int32, Out<UInt32>) -> nvmlReturn_t
  public var nvmlDeviceGetMaxClockInfo: (nvmlDevice_t?, Int32, Out<UInt32>) -> nvmlReturn_t
  public var nvmlDeviceGetPowerManagementLimit: (nvmlDevice_t?, Out<UInt32>) -> nvmlReturn_t
  public var nvmlDeviceGetTemperature: (nvmlDevice_t?, Int32, Out<UInt32>) -> nvmlReturn_t
  public var nvmlDeviceGetCurrPcieLinkGeneration: (nvmlDevice_t?, Out<UInt32>) -> nvmlReturn_t
  public var nvmlDeviceGetCurrPcieLinkWidth: (nvmlDevice_t?, Out<UInt32>) -> nvmlReturn_t

  /// - Throws: ``SymbolNotFound``.
  public init(_ library: DynamicLibrary) throws(SymbolNotFound) {
    nvmlErrorString = try library.function("nvmlErrorString", as: nvmlErrorString_t.self)
    nvmlInit = try library.function("nvmlInit_v2", as: nvmlInit_t.self)
    nvmlShutdown = try library.function("nvmlShutdown", as: nvmlShutdown_t.self)
    nvmlSystemGetDriverVersion = try library.function(
      "nvmlSystemGetDriverVersion", as: nvmlSystemGetDriverVersion_t.self)
    nvmlDeviceGetHandleByPciBusId = try library.function(
      "nvmlDeviceGetHandleByPciBusId_v2", as: nvmlDeviceGetHandleByPciBusId_t.self)
    nvmlDeviceGetClockInfo = try library.function("nvmlDeviceGetClockInfo", as: nvmlDeviceGetClockInfo_t.self)
    nvmlDeviceGetMaxClockInfo = try library.function("nvmlDeviceGetMaxClockInfo", as: nvmlDeviceGetMaxClockInfo_t.self)
    nvmlDeviceGetPowerManagementLimit = try library.function(
      "nvmlDeviceGetPowerManagementLimit", as: nvmlDeviceGetPowerManagementLimit_t.self)
    nvmlDeviceGetTemperature = try library.function("nvmlDeviceGetTemperature", as: nvmlDeviceGetTemperature_t.self)
    nvmlDeviceGetCurrPcieLinkGeneration = try library.function(
      "nvmlDeviceGetCurrPcieLinkGeneration", as: nvmlDeviceGetCurrPcieLinkGeneration_t.self)
    nvmlDeviceGetCurrPcieLinkWidth = try library.function(
      "nvmlDeviceGetCurrPcieLinkWidth", as: nvmlDeviceGetCurrPcieLinkWidth_t.self)
  }
}

/// NVML, shut down with its owner.
public final class Management {
  /// What NVML says of one GPU; `nil` for what it does not know there.
  public struct State: Hashable, Sendable {
    /// Megahertz now.
    public var clock: Int?
    public var memoryClock: Int?
    /// The highest megahertz there are.
    public var maximumClock: Int?
    public var maximumMemoryClock: Int?
    /// Watts.
    public var powerLimit: Int?
    /// Degrees Celsius.
    public var temperature: Int?
    public var pcieGeneration: Int?
    public var pcieLanes: Int?

    public init() {}
  }

  private let functions: ManagementFunctions
  /// For example `580.159.04`.
  public let driverVersion: String

  public init(_ functions: ManagementFunctions) throws(CUDAError) {
    self.functions = functions
    func check(_ result: nvmlReturn_t, _ call: String) throws(CUDAError) {
      if result == 0 { return }
      let name = functions.nvmlErrorString(result).map { String(cString: $0) }
      throw CUDAError(call: call, code: result, name: name ?? "an error without a name")
    }
    try check(functions.nvmlInit(), "nvmlInit")
    var text = [CChar](repeating: 0, count: Int(SPW_NVML_VERSION_LENGTH))
    let result = text.withUnsafeMutableBufferPointer {
      functions.nvmlSystemGetDriverVersion($0.baseAddress, UInt32($0.count))
    }
    try check(result, "nvmlSystemGetDriverVersion")
    driverVersion = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// - Throws: ``LibraryNotFound``, ``SymbolNotFound``, ``CUDAError``.
  public convenience init(system: LibrarySystem = .process) throws {
    try self.init(ManagementFunctions(DynamicLibrary(.management, system: system)))
  }

  deinit { _ = functions.nvmlShutdown() }

  /// - Parameter busID: the GPU's address as `Device.busID` gives it.
  public func state(busID: String) -> State {
    var state = State()
    var device: nvmlDevice_t?
    guard functions.nvmlDeviceGetHandleByPciBusId(busID, &device) == 0 else { return state }
    func value(_ read: (UnsafeMutablePointer<UInt32>?) -> nvmlReturn_t) -> Int? {
      var value: UInt32 = 0
      return read(&value) == 0 ? Int(value) : nil
    }
    let sm = Int32(SPW_NVML_CLOCK_SM)
    let memory = Int32(SPW_NVML_CLOCK_MEMORY)
    state.clock = value { functions.nvmlDeviceGetClockInfo(device, sm, $0) }
    state.memoryClock = value { functions.nvmlDeviceGetClockInfo(device, memory, $0) }
    state.maximumClock = value { functions.nvmlDeviceGetMaxClockInfo(device, sm, $0) }
    state.maximumMemoryClock = value { functions.nvmlDeviceGetMaxClockInfo(device, memory, $0) }
    state.powerLimit = value { functions.nvmlDeviceGetPowerManagementLimit(device, $0) }.map { $0 / 1000 }
    state.temperature = value { functions.nvmlDeviceGetTemperature(device, 0, $0) }
    state.pcieGeneration = value { functions.nvmlDeviceGetCurrPcieLinkGeneration(device, $0) }
    state.pcieLanes = value { functions.nvmlDeviceGetCurrPcieLinkWidth(device, $0) }
    return state
  }
}
