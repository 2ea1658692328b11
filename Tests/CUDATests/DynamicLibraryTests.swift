import CCUDA
import CUDA
import FakeCUDA
import Testing

struct DynamicLibraryTests {
  private static let system = LibrarySystem(
    open: { $0 == "/packages/nvidia/cu13/lib/libnvrtc.so.13" ? UnsafeMutableRawPointer(bitPattern: 16) : nil },
    reason: { "no such file or directory" }, symbol: { _, name in name == "known" ? .init(bitPattern: 32) : nil },
    matches: { pattern in
      if pattern == "/venv/bin/python3" { return [pattern] }
      return pattern == "/venv/lib/python3*/site-packages/nvidia/cu13/lib/libnvrtc.so.13"
        ? ["/packages/nvidia/cu13/lib/libnvrtc.so.13"] : []
    },
    environment: { ["PATH": "/usr/bin:/venv/bin", "HOME": "/home"][$0] })

  @Test func looksIntoPackagesOfThePythonOnThePath() throws {
    let library = try DynamicLibrary(.compiler(driverVersion: 13000), system: Self.system)
    #expect(library.path == "/packages/nvidia/cu13/lib/libnvrtc.so.13")
  }

  @Test func saysEveryPlaceThatItLookedIn() throws {
    do {
      _ = try DynamicLibrary(.driver, system: Self.system)
      Issue.record("found a driver")
    } catch {
      #expect(error.title == "the CUDA driver")
      #expect(error.attempts[0] == .init(place: "libcuda.so.1", reason: "no such file or directory"))
      #expect(error.attempts.contains(.init(place: "/usr/local/cuda*/lib64/libcuda.so.1", reason: "no such file")))
      #expect(error.description.contains("looked for\n  libcuda.so.1: no such file or directory\n"))
    }
  }

  @Test func foldersOfTheVariableComeFirst() throws {
    var system = Self.system
    system.environment = { $0 == LibraryName.variable ? "/a:/b" : nil }
    system.open = { _ in nil }
    do {
      _ = try DynamicLibrary(.management, system: system)
      Issue.record("found NVML")
    } catch {
      #expect(
        error.attempts.prefix(3).map(\.place) == ["/a/libnvidia-ml.so.1", "/b/libnvidia-ml.so.1", "libnvidia-ml.so.1"])
    }
  }

  @Test func theDriversMajorVersionIsPreferred() {
    #expect(LibraryName.majors(12080) == [12, 13])
    #expect(LibraryName.majors(13000) == [13, 12])
    #expect(LibraryName.majors(11040) == [11, 13, 12])
    #expect(LibraryName.compiler(driverVersion: 12080).files.first == "libnvrtc.so.12")
  }

  @Test func aMissingSymbolIsNamedWithItsLibrary() throws {
    let library = try DynamicLibrary(.compiler(driverVersion: 13000), system: Self.system)
    #expect(throws: SymbolNotFound(path: library.path, symbol: "nvrtcGetErrorString")) {
      try CompilerFunctions(library)
    }
    #expect(throws: SymbolNotFound(path: library.path, symbol: "cuInit")) { try DriverFunctions(library) }
    #expect(throws: SymbolNotFound(path: library.path, symbol: "nvmlErrorString")) { try ManagementFunctions(library) }
  }

  @Test func anOtherNameOfAFunctionWillDo() throws {
    let library = try DynamicLibrary(.compiler(driverVersion: 13000), system: Self.system)
    _ = try library.function("unknown", "known", as: cuInit_t.self)
    #expect(throws: SymbolNotFound.self) { try library.function("unknown", "other", as: cuInit_t.self) }
  }

  @Test func theProcessesOwnLinkerAnswers() throws {
    let library = try DynamicLibrary(LibraryName(title: "the C library", files: ["libc.so.6"]))
    let length = try library.function("strlen", as: (@convention(c) (UnsafePointer<CChar>) -> Int).self)
    #expect(length("four") == 4)
    do {
      _ = try DynamicLibrary(LibraryName(title: "nothing", files: ["libspillway-none.so.1"]))
      Issue.record("opened a library that is not there")
    } catch { #expect(error.attempts[0].reason.contains("libspillway-none.so.1")) }
  }
}
