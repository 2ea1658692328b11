import CUDA
import Models
import StepTime

/// Which kernels are measured at which sizes.
public struct KernelPlan: Sendable {
  /// Shapes of matrix products, in order.
  public var shapes: [MatrixShape]
  /// Those of ``shapes`` that only output heads have: bf16, over no more rows than sequences.
  public var headsOnly: Set<MatrixShape>
  /// Rows (tokens) of products of bf16 and of fp8.
  public var rows: [MatrixOperands: [Int]]
  /// Shapes run back to back for a while, with their rows.
  public var sustained: [(shape: MatrixShape, rows: Int)]
  /// Head counts of attention.
  public var heads: [HeadCounts]
  /// Sequences and tokens of context of decode steps.
  public var sequences: [Int]
  public var contexts: [Int]
  /// Tokens of whole prompts.
  public var prompts: [Int]
  /// Chunks over cached context, tokens, and the head counts they are measured for.
  public var chunks: [(chunk: Int, context: Int)]
  public var chunkHeads: [HeadCounts]
  /// Bytes of collectives' vectors.
  public var collectiveBytes: [Int]
  /// Nodes of replayed graphs.
  public var graphNodes: [Int]
  /// Seconds of work in one timed burst, and how many bursts.
  public var burstSeconds: Double
  public var bursts: Int
  /// Seconds of a sustained run.
  public var sustainedSeconds: Double
  /// Lets so many seconds pass between bursts.
  public var rest: @Sendable (Double) -> Void = BurstTimer.sleep

  /// Rows that a shape is measured with; none for fp8 output heads, which models keep in 16 bits.
  func rows(of shape: MatrixShape, _ type: MatrixOperands) -> [Int] {
    let all = rows[type] ?? []
    if !headsOnly.contains(shape) { return all }
    return type == .bfloat16 ? all.filter { $0 <= Self.mostHeadRows } : []
  }

  /// More sequences than engines batch.
  private static let mostHeadRows = 1024

  /// Everything for the given models.
  public static func full(_ models: [ModelArchitecture]) -> KernelPlan {
    let heads = ModelShapes.heads(models)
    return KernelPlan(
      shapes: ModelShapes.linear(models).keys.sorted(), headsOnly: ModelShapes.outputHeads(models),
      rows: [
        // Closer where iterations with a prompt lie: products come in tiles of 64 to 256 rows, and a tile more is up to
        // a quarter more time.
        .bfloat16: [
          1, 8, 16, 32, 48, 64, 96, 128, 160, 192, 224, 256, 272, 320, 384, 448, 512, 520, 576, 640, 704, 768, 896,
          1024, 1280, 1536, 2048, 3072, 4096, 6144, 8192,
        ],
        .fp8: [1, 16, 64, 128, 256, 512, 1024, 2048, 4096, 8192],
      ],
      sustained: [
        (MatrixShape(outputs: 28672, inputs: 4096), 8192), (MatrixShape(outputs: 4096, inputs: 14336), 8192),
        (MatrixShape(outputs: 28672, inputs: 8192), 2048), (MatrixShape(outputs: 8192, inputs: 8192), 512),
        (MatrixShape(outputs: 28672, inputs: 4096), 16),
      ],
      heads: heads, sequences: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      contexts: [128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768],
      prompts: [128, 256, 512, 1024, 2048, 4096, 8192, 16384],
      chunks: [512, 2048].flatMap { chunk in [512, 2048, 8192, 32768].map { (chunk, $0) } },
      chunkHeads: heads.filter {
        [HeadCounts(heads: 32, keyValueHeads: 8), .init(heads: 8, keyValueHeads: 1)].contains($0)
      },
      collectiveBytes: (11...28).map { 1 << $0 }, graphNodes: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
      burstSeconds: 1e-3, bursts: 3, sustainedSeconds: 1)
  }

  /// A few of everything, for Llama's sizes.
  public static func quick(_ models: [ModelArchitecture]) -> KernelPlan {
    var plan = full(models.filter { ["llama-3.1-8b", "llama-3.1-70b"].contains($0.name) })
    plan.rows = [
      .bfloat16: [1, 8, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192], .fp8: [1, 64, 256, 1024, 4096, 8192],
    ]
    plan.sustained = Array(plan.sustained.prefix(1))
    plan.sequences = [1, 4, 16, 64, 256]
    plan.contexts = [128, 512, 2048, 8192, 32768]
    plan.prompts = [128, 512, 1024, 2048, 8192]
    plan.chunks = [(512, 2048), (512, 8192), (2048, 8192)]
    plan.collectiveBytes = stride(from: 11, through: 27, by: 2).map { 1 << $0 }
    plan.graphNodes = [1, 10, 100, 1000]
    plan.sustainedSeconds = 0.6
    return plan
  }
}
