import TextIO
import Workload

/// A scrape of a server's metrics in Prometheus's text format (exposition format 0.0.4), samples by name.
struct PrometheusText {
  struct Sample {
    var labels: [String: String]
    var value: Double
    /// Milliseconds since 1970, where the scrape has one.
    var timestamp: Double?
  }

  let file: String
  private(set) var samples: [String: [Sample]] = [:]

  /// Reads a saved scrape, plain or gzip.
  ///
  /// - Throws: `KitError` with the line of the first mistake; `WorkloadError` for a file that cannot be read.
  init(path: String) throws {
    try self.init(String(decoding: try FileContents.bytes(path: path), as: UTF8.self), file: path)
  }

  init(_ text: String, file: String) throws {
    self.file = file
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.drop { $0 == " " || $0 == "\t" }
      if line.isEmpty || line.hasPrefix("#") || line.allSatisfy(\.isWhitespace) { continue }
      guard let (name, sample) = Self.sample(line) else {
        throw KitError(
          file: file, line: index + 1,
          "wants a sample of Prometheus's text format, NAME{LABEL=\"VALUE\"} NUMBER, found '\(Printable.excerpt(line))'"
        )
      }
      samples[name, default: []].append(sample)
    }
    if samples.isEmpty { throw KitError(file: file, "holds no metrics") }
  }

  private static func sample(_ line: Substring) -> (String, Sample)? {
    let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
    guard !name.isEmpty else { return nil }
    var rest = line[name.endIndex...]
    var labels: [String: String] = [:]
    if rest.first == "{" {
      rest = rest.dropFirst()
      while rest.first != "}" {
        let label = rest.prefix { $0 != "=" }
        rest = rest[label.endIndex...].dropFirst()
        guard rest.first == "\"" else { return nil }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.first, character != "\"" {
          rest = rest.dropFirst()
          guard character == "\\", let escaped = rest.first else {
            value.append(character)
            continue
          }
          value.append(escaped == "n" ? "\n" : escaped)
          rest = rest.dropFirst()
        }
        guard rest.first == "\"" else { return nil }
        rest = rest.dropFirst()
        labels[label.filter { $0 != " " }] = value
        if rest.first == "," { rest = rest.dropFirst() }
        rest = rest.drop { $0 == " " }
        if rest.isEmpty { return nil }
      }
      rest = rest.dropFirst()
    }
    let words = rest.split(whereSeparator: \.isWhitespace)
    guard (1...2).contains(words.count), let value = number(words[0]) else { return nil }
    let timestamp = words.count == 2 ? number(words[1]) : nil
    if words.count == 2, timestamp == nil { return nil }
    return (String(name), Sample(labels: labels, value: value, timestamp: timestamp))
  }

  private static func number(_ word: Substring) -> Double? {
    switch word {
    case "+Inf", "Inf": .infinity
    case "-Inf": -.infinity
    case "NaN": .nan
    default: DecimalText.double(String(word))
    }
  }

  /// The sum over engines of the first of several names that is there; nil when none is.
  func sum(_ names: [String], model: String?) -> Double? {
    for name in names {
      if let found = samples[name]?.filter({ model == nil || $0.labels["model_name"] == model }), !found.isEmpty {
        return found.reduce(0) { $0 + $1.value }
      }
    }
    return nil
  }

  /// The bounds of a histogram's buckets with their cumulative counts, over all engines, in order.
  func buckets(_ name: String, model: String?) -> [(bound: Double, count: Double)] {
    var counts: [Double: Double] = [:]
    for sample in samples[name + "_bucket"] ?? [] where model == nil || sample.labels["model_name"] == model {
      // Nothing is above or below a bound that is no number, so that buckets with one have no order.
      guard let text = sample.labels["le"], let bound = Self.number(Substring(text)), !bound.isNaN else { continue }
      counts[bound, default: 0] += sample.value
    }
    return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The models that are served, by the label of their samples.
  var models: [String] {
    Set(samples.filter { $0.key.hasPrefix("vllm:") }.values.flatMap { $0.compactMap { $0.labels["model_name"] } })
      .sorted()
  }

  /// Seconds since 1970 of the newest sample; nil where none has a time.
  var time: Double? { samples.values.flatMap { $0.compactMap(\.timestamp) }.max().map { $0 / 1e3 } }
}
