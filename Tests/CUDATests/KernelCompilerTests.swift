import CUDA
import FakeCUDA
import Testing

struct KernelCompilerTests {
  @Test func handsOverOptionsAndGivesMachineCode() throws {
    let fake = FakeCompiler()
    let compiler = try fake.compiler()
    #expect(compiler.version == "13.0")
    let image = try compiler.compile(
      "x", name: "x.cu", architecture: "sm_90a", headers: [("a.cuh", "int a;"), ("b.cuh", "")], options: ["-DWIDTH=8"])
    #expect(fake.headers == [["a.cuh", "int a;"], ["b.cuh", ""]])
    #expect(image == [0, 1, 2, 3])
    #expect(fake.options == ["-arch=sm_90a", "--std=c++17", "-DWIDTH=8"])
    #expect(fake.destroyed == 1)
  }

  @Test func mistakesInTheSourceComeWithTheLog() throws {
    let fake = FakeCompiler()
    fake.failures["nvrtcCompileProgram"] = 6
    fake.log = "x.cu(1): error: expected a ';'"
    #expect(
      throws: CUDAError(
        call: "nvrtcCompileProgram", code: 6, name: "NVRTC_ERROR_COMPILATION",
        detail: "x.cu for sm_90a: x.cu(1): error: expected a ';'")
    ) { try fake.compiler().compile("x", name: "x.cu", architecture: "sm_90a") }
    #expect(fake.destroyed == 1)
  }

  @Test(arguments: ["nvrtcVersion", "nvrtcCreateProgram", "nvrtcCompileProgram", "nvrtcGetCUBINSize", "nvrtcGetCUBIN"])
  func whateverCallFailsIsTheOneNamed(_ call: String) {
    let fake = FakeCompiler()
    fake.failures[call] = 1
    do {
      _ = try fake.compiler().compile("x", name: "x.cu", architecture: "sm_90a")
      Issue.record("\(call) failed and nobody said so")
    } catch let error {
      #expect(error.call == call && error.name == "NVRTC_ERROR_OUT_OF_MEMORY")
    }
  }

  /// The compiler of this machine, where there is one.
  static var real: KernelCompiler? { try? KernelCompiler(driverVersion: 13000) }

  @Test(
    .enabled(if: KernelCompilerTests.real != nil, "NVRTC was not found; SPILLWAY_CUDA_LIBRARIES can name its folder"))
  func theRealCompilerMakesMachineCode() throws {
    let compiler = try #require(Self.real)
    let source = "extern \"C\" __global__ void twice(float* x) { x[threadIdx.x] *= 2; }"
    let image = try compiler.compile(source, name: "twice.cu", architecture: "sm_90a")
    #expect(Array(image.prefix(4)) == [0x7f] + Array("ELF".utf8))
    do {
      _ = try compiler.compile("this is no C++", name: "wrong.cu", architecture: "sm_90a")
      Issue.record("compiled nonsense")
    } catch { #expect(error.detail.contains("wrong.cu(1): error")) }
  }
}
