import SimCore
import StepTime
import Testing

/// What the host does to iterations, in turn with the GPU and beside it.
@Suite struct BoundHostTests {
  private func host(plansAhead: Bool) -> BoundHost {
    BoundHost(
      slowdown: 1e-3, perSequence: 10e-6, withPrefill: 0.5e-3,
      work: BoundHost.Work(perStep: 1e-3, perSequence: 10e-6, withPrefill: 0.5e-3),
      launch: BoundHost.Launch(broken: 4e-3, whole: 12e-3, newSize: 5e-3, largestGraph: 512), plansAhead: plansAhead)
  }

  private func milliseconds(
    _ host: BoundHost, kernels: Double, _ iteration: BoundHost.Iteration, start: Double? = nil, pace: Double = 1
  ) -> (time: Double, wait: Double) {
    let duration = host.iteration(
      kernels: SimDuration(seconds: kernels * 1e-3).roundedToTick, pace: pace, iteration,
      start: start.map { SimDuration(seconds: $0 * 1e-3).roundedToTick })
    return (duration.time.seconds * 1e3, duration.wait.seconds * 1e3)
  }

  @Test func inTurnLaunchingIsAFloor() {
    let host = host(plansAhead: false)
    let decodes = BoundHost.Iteration(decodes: 100)
    #expect(milliseconds(host, kernels: 2, decodes) == (2, 0))
    // The host's 1 + 1.01 + 0.5 ms and the launch of layers with broken graphs, of whole layers, and of a new size.
    let near = { (a: Double, b: Double) in abs(a - b) < 1e-6 }
    let small = BoundHost.Iteration(decodes: 100, chunks: 1, chunkTokens: 400)
    #expect(near(milliseconds(host, kernels: 2, small).time, 6.51))
    #expect(near(milliseconds(host, kernels: 8, small).time, 8))
    let large = BoundHost.Iteration(decodes: 100, chunks: 1, chunkTokens: 413)
    #expect(near(milliseconds(host, kernels: 8, large).time, 14.51))
    let first = BoundHost.Iteration(decodes: 100, chunks: 1, chunkTokens: 413, isNewSize: true)
    #expect(near(milliseconds(host, kernels: 8, first).time, 19.51))
    // A host of twice the time: its own work takes as long again, launching does not.
    #expect(near(milliseconds(host, kernels: 8, first, pace: 2).time, 19.51 + 2.51))
    #expect(near(milliseconds(host, kernels: 30, first, pace: 2).time, 30 + 2.51))
  }

  @Test func aheadTheGPUIsWaitedForOrTheHost() {
    let host = host(plansAhead: true)
    let near = { (a: Double, b: Double) in abs(a - b) < 1e-6 }
    let few = BoundHost.Iteration(decodes: 100)
    // Kernels of 8 ms hide 2 ms of the host; kernels of 1 ms do not.
    #expect(milliseconds(host, kernels: 8, few, start: 8) == (8, 0))
    #expect(near(milliseconds(host, kernels: 1, few, start: 2).time, 2))
    // From rest nothing is hidden: the host's work, the kernels beside its work on the next.
    let (time, wait) = milliseconds(host, kernels: 8, few, start: 0)
    #expect(near(time, 10) && near(wait, 2))
    // Eager layers behind 8 ms of kernels: 2.51 of work and 12 of launching are 6.51 late. The kernels begin with their
    // launch, and the next iteration has what is left of the time after it.
    let large = BoundHost.Iteration(decodes: 100, chunks: 1, chunkTokens: 413)
    let (late, waited) = milliseconds(host, kernels: 15, large, start: 8)
    #expect(near(late, 15) && near(waited, 6.51))
    let (short, _) = milliseconds(host, kernels: 3, large, start: 8)
    #expect(near(short, 6.51 + 2.01))
    // Long enough before, nothing is late.
    #expect(near(milliseconds(host, kernels: 3, large, start: 20).time, 3))
  }

  @Test("times looked up by sequences are those computed, with graphs and without")
  func tablesAgree() {
    for largestGraph in [nil, 0, 64, 512] {
      var host = host(plansAhead: true)
      host.launch.largestGraph = largestGraph
      let row = [SimDuration](repeating: .milliseconds(1), count: 129)
      let cost = BoundStepCost(
        linear: row, linearInGraph: [], sequences: [SimDuration](repeating: .zero, count: 130), chunkAlone: row,
        chunkPerContextToken: row,
        decode: [DecodeAttentionCurve](
          repeating: DecodeAttentionCurve(start: .zero, knots: [], slopes: [.zero]), count: 130), host: host)
      for decodes in [0, 1, 2, 63, 64, 127] {
        for (chunks, chunkTokens) in [(0, 0), (1, 1), (1, 64), (1, 512), (2, 2000)] {
          for isNewSize in [false, true] {
            let iteration = BoundHost.Iteration(
              decodes: decodes, chunks: chunks, chunkTokens: chunkTokens, isNewSize: isNewSize)
            for kernels: Double in [0.5, 3, 20] {
              for start: Double? in [nil, 0, 2, 30] {
                let time = SimDuration.milliseconds(kernels).roundedToTick
                let since = start.map { SimDuration.milliseconds($0).roundedToTick }
                for pace: Double in [1, 1.5] {
                  let looked = cost.iteration(kernels: time, pace: pace, iteration, start: since)
                  #expect(looked == host.iteration(kernels: time, pace: pace, iteration, start: since))
                }
              }
            }
          }
        }
      }
    }
  }

  /// Preparing prompts beside a busy GPU takes longer by sequence, and delays no iteration without prompts.
  @Test func sequencesBesidePromptsTakeLonger() {
    var host = host(plansAhead: true)
    host.work.perSequenceWithPrefill = 10e-6
    let near = { (a: Double, b: Double) in abs(a - b) < 1e-6 }
    let few = BoundHost.Iteration(decodes: 100)
    #expect(near(milliseconds(host, kernels: 8, few, start: 0).wait, 2))
    let prompts = BoundHost.Iteration(decodes: 100, chunks: 1, chunkTokens: 400)
    #expect(near(milliseconds(host, kernels: 8, prompts, start: 0).wait, 2.51 + 4 + 1.01))
  }

  /// An unchanged batch goes on as its first iteration said, whoever asks in between.
  @Test func theHostIsLateOnceAtMost() {
    let host = host(plansAhead: true)
    let batch = BoundHost.Iteration(decodes: 200)
    for kernels in [0.5, 2.0, 3.0, 3.001, 4.0] {
      var start = 0.0
      var times: [Double] = []
      for _ in 0..<4 {
        let (time, wait) = milliseconds(host, kernels: kernels, batch, start: start)
        times.append(time)
        start = time - wait
      }
      #expect(Set(times.dropFirst()).count == 1 && times[0] >= times[1], "\(kernels) ms: \(times)")
    }
  }
}
