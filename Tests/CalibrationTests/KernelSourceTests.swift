import Testing

@testable import Calibration

struct KernelSourceTests {
  @Test func everyKernelThatIsLaunchedIsInItsSource() {
    let launched: [(KernelSource, [String])] = [
      (.filling, ["fill_bfloat16", "fill_fp8", "nothing"]), (.decode, ["decode_attention", "merge_splits"]),
      (.prefill, ["prefill_attention"]), (.prefillHopper, ["prefill_attention"]),
      (.links, ["copy_words", "gather", "scatter", "read_words", "multiply", "wait_nanoseconds"]),
    ]
    #expect(launched.map(\.0.name) == KernelSource.all.map(\.name))
    for (source, names) in launched {
      let found = source.text.matches(of: /extern "C" __global__ void (?:__launch_bounds__\([\d, ]+\) )?(\w+)\(/)
      #expect(found.map { String($0.output.1) }.sorted() == names.sorted(), "\(source.name)")
    }
  }

  @Test func whatIsIncludedIsCarried() {
    #expect(!KernelSource.headers.isEmpty)
    for text in KernelSource.all.map(\.text) + KernelSource.headers.map(\.text) {
      for include in text.matches(of: /#include "(.+)"/) {
        #expect(KernelSource.headers.contains { $0.name == include.output.1 })
      }
    }
  }
}
