import CGSL
import CZlib
import Foundation
import SimCore
import Testing
import Workload

/// A stream of fixed lengths with the given arrivals.
func stream(
  _ arrivals: ArrivalProcess, requests: Int? = nil, duration: SimDuration? = nil, name: String = "chat",
  prompt: LengthDistribution = .fixed(100), output: LengthDistribution = .fixed(10)
) -> WorkloadStream {
  WorkloadStream(
    name: name, arrivals: arrivals,
    components: [WorkloadComponent(lengths: .independent(prompt: prompt, output: output))], requestLimit: requests,
    durationLimit: duration)
}

/// Everything a stream offers.
func requests(_ description: WorkloadStream, seed: UInt64 = 1, replication: Int = 0) throws -> [Request] {
  let source = try RequestSource(description, number: 0, seed: seed, replication: replication)
  var all: [Request] = []
  while source.nextTime != .never { all.append(try source.take()) }
  return all
}

/// Gaps in seconds, the first from time 0.
func gaps(_ requests: [Request]) -> [Double] {
  zip(requests, [SimTime.zero] + requests.map(\.arrival)).map { ($0.0.arrival - $0.1).seconds }
}

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

func coefficientOfVariation(_ values: [Double]) -> Double {
  let m = mean(values)
  return (values.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(values.count)).squareRoot() / m
}

/// The p-value of Pearson's chi-square test: `values` mapped by their distribution function into equal bins.
func chiSquareP(_ values: [Double], bins: Int = 50, _ cdf: (Double) -> Double) -> Double {
  var counts = [Int](repeating: 0, count: bins)
  for value in values { counts[min(bins - 1, Int(cdf(value) * Double(bins)))] += 1 }
  let expected = Double(values.count) / Double(bins)
  let statistic = counts.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  return gsl_cdf_chisq_Q(statistic, Double(bins - 1))
}

/// The p-value of Pearson's test of whole numbers against their probabilities; rare values share bins of at least
/// 20 expected.
func chiSquareP(_ values: [Int], _ probabilities: [(value: Int, p: Double)]) -> Double {
  var counts: [Int: Int] = [:]
  for value in values { counts[value, default: 0] += 1 }
  var statistic = 0.0
  var bins = 0
  var expected = 0.0
  var observed = 0.0
  for (value, p) in probabilities {
    expected += p * Double(values.count)
    observed += Double(counts[value] ?? 0)
    if expected >= 20 {
      statistic += (observed - expected) * (observed - expected) / expected
      bins += 1
      expected = 0
      observed = 0
    }
  }
  return gsl_cdf_chisq_Q(statistic, Double(bins - 1))
}

/// A folder that goes away with the value.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "workload-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], _ name: String = "trace") throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  func write(_ text: String, _ name: String = "trace") throws -> String { try write(Array(text.utf8), name) }

  var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// The bytes as one gzip member.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  deflateInit2_(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  var output = [UInt8](repeating: 0, count: bytes.count + 1000)
  var input = bytes
  let room = output.count
  input.withUnsafeMutableBufferPointer { source in
    output.withUnsafeMutableBufferPointer { target in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(room)
      deflate(&stream, Z_FINISH)
    }
  }
  output.removeLast(Int(stream.avail_out))
  deflateEnd(&stream)
  return output
}

func rows(_ description: TraceDescription) throws -> (rows: [TraceRecord], report: TraceReport) {
  let reader = try TraceReader(
    description, sampling: RandomStream(seed: 1, replication: 0, purpose: "sampling"),
    spreading: RandomStream(seed: 1, replication: 0, purpose: "spread"))
  var all: [TraceRecord] = []
  while let row = try reader.next() { all.append(row) }
  return (all, reader.report)
}
