import CUDA

/// Why there is nothing to measure, in words for the person at the machine.
public struct NoGPU: Error, Hashable, Sendable, CustomStringConvertible {
  public var reason: String

  public var description: String { "there is no GPU to measure: \(reason)" }
}

extension Bench {
  /// Opens this machine's driver and GPUs. What is missing beyond them is told, and done without.
  ///
  /// - Parameters:
  ///   - choose: which GPUs, by the driver's numbers; the driver sees at least one.
  ///   - warn: told of each library that was not found, and what that costs.
  /// - Throws: ``NoGPU``; `CUDAError`; what `choose` throws.
  public static func open(
    isQuick: Bool, system: LibrarySystem = .process, choosing choose: (Driver) throws -> [Int],
    warn: (String) -> Void
  ) throws -> Bench {
    let driver: Driver
    do {
      let library = try DynamicLibrary(.driver, system: system)
      driver = try Driver(DriverFunctions(library), path: library.path)
    } catch let error as CUDAError {
      throw NoGPU(reason: "\(LibraryName.driver.files[0]) was found, but \(error)")
    } catch {
      throw NoGPU(reason: "\(error)")
    }
    if driver.deviceCount == 0 { throw NoGPU(reason: "the driver sees none") }
    let devices = try choose(driver).map { try driver.device($0) }
    var compiler: KernelCompiler?
    do { compiler = try KernelCompiler(driverVersion: driver.version, system: system) } catch {
      warn("without kernels of our own, most measurements will fail: \(error)")
    }
    var management: Management?
    do { management = try Management(system: system) } catch {
      warn("clocks and power will not be noted: \(error)")
    }
    return Bench(
      driver: driver, devices: devices, compiler: compiler, management: management, isQuick: isQuick, system: system)
  }
}
