import CUDA
import Testing

@testable import Calibration

struct LinkKernelTests {
  @Test(
    .enabled(
      if: (try? KernelCompiler(driverVersion: 13000)) != nil,
      "NVRTC was not found; SPILLWAY_CUDA_LIBRARIES can name its folder"),
    arguments: ["sm_80", "sm_90a"])
  func kernelsCompile(architecture: String) throws {
    let compiler = try KernelCompiler(driverVersion: 13000)
    #expect(!(try compiler.compile(LinkKernels.source, name: "links.cu", architecture: architecture)).isEmpty)
  }

  @Test func everyKernelThatIsLaunchedIsInTheSource() {
    for name in ["copy_words", "gather", "scatter", "read_words", "multiply", "wait_nanoseconds"] {
      #expect(LinkKernels.source.contains("__global__ void \(name)("), "\(name)")
    }
  }
}
