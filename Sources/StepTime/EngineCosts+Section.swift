import Catalogue
import TextIO

extension EngineCosts {
  /// The columns of a profile's section `@engine`: times in microseconds, capture sizes apart by blanks.
  static let columns = [
    "name", "per_step", "per_layer", "per_sequence", "prefill_per_layer", "eager_launch_per_layer", "collective_wait",
    "matrix_stretch", "full_clock", "decode_stretch", "mixed_decode_stretch", "prefill_stretch",
    "elementwise_efficiency", "captures_mixed", "tunes_kernels", "capture_sizes",
  ]

  /// May be left out where nothing was logged beyond the largest graph.
  static let launchColumn = "host_launch_per_layer"

  /// Columns that an engine may have besides: ``HostTimes``, in microseconds; empty where the host was not measured.
  static let hostColumns = [
    "host_per_step", "host_per_decode", "host_per_chunk", "host_per_prompt_token", "host_slowdown",
    launchColumn,
  ]

  /// The costs as a section of a profile, which ``engines(in:)`` reads back; the provenance becomes comments.
  public static func section(_ engines: [EngineCosts]) -> ProfileDocument.Section {
    ProfileDocument.Section(
      "engine", header: columns + (engines.contains { $0.host != nil } ? hostColumns : []),
      rows: engines.map { engine in
        func times(_ values: Double...) -> [String] { values.map { number($0 * 1e6) } }
        let fields =
          [engine.name]
          + times(
            engine.perStep, engine.perLayer, engine.perSequence, engine.prefillPerLayer, engine.eagerLaunchPerLayer,
            engine.collectiveWait)
          + [
            engine.matrixStretch, engine.fullClock * 1e6, engine.decodeAttentionStretch, engine.mixedDecodeStretch,
            engine.prefillAttentionStretch, engine.elementwiseEfficiency,
          ].map(number)
          + [
            engine.capturesMixedIterations ? "yes" : "no", engine.tunesKernels ? "yes" : "no",
            engine.captureSizes.map(String.init).joined(separator: " "),
          ]
          + (engines.contains { $0.host != nil } ? hostFields(engine.host) : [])
        return ProfileDocument.Row(fields, comments: engine.provenance)
      })
  }

  private static func hostFields(_ host: HostTimes?) -> [String] {
    guard let host else { return hostColumns.map { _ in "" } }
    return [
      host.perStep, host.perDecode, host.perChunk, host.perPromptToken, host.slowdown, host.launchPerLayer,
    ].map { number($0 * 1e6) }
  }

  /// Four decimals and no more.
  private static func number(_ value: Double) -> String {
    let rounded = (value * 1e4).rounded() / 1e4
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }

  /// The engines that a profile describes, in order; none when it has no section `@engine`.
  ///
  /// - Throws: `ProfileTextError` with file and line.
  public static func engines(in document: ProfileDocument) throws(ProfileTextError) -> [EngineCosts] {
    var engines: [EngineCosts] = []
    for section in document.sections(named: "engine") {
      let table = try ProfileTable(section, required: columns, file: document.file)
      for (index, row) in table.rows.enumerated() {
        var comments = section.rows[index].comments
        if index == 0 { comments = section.comments + comments }
        var engine = try EngineCosts(row, provenance: comments)
        if hostColumns.contains(where: table.columns.contains) { engine.host = try HostTimes(row, table.columns) }
        if engines.contains(where: { $0.name == engine.name }) {
          throw row.error("there are two engines of the name '\(engine.name)'")
        }
        engines.append(engine)
      }
    }
    return engines
  }

  private init(_ row: ProfileTable.Row, provenance: [String]) throws(ProfileTextError) {
    func number(_ column: String, _ range: ClosedRange<Double>) throws(ProfileTextError) -> Double {
      let value = try row.number(column)
      guard range.contains(value) else {
        throw row.error("'\(column)' wants a number from \(range.lowerBound) to \(range.upperBound), found \(value)")
      }
      return value
    }
    func seconds(_ column: String) throws(ProfileTextError) -> Double { try number(column, 0...1e6) * 1e-6 }
    func flag(_ column: String) throws(ProfileTextError) -> Bool {
      switch row.text(column) {
      case "yes": return true
      case "no": return false
      case let other: throw row.error("'\(column)' wants yes or no, found '\(Printable.excerpt(other))'")
      }
    }
    let name = row.text("name")
    guard !name.isEmpty else { throw row.error("the engine needs a name") }
    var sizes: [Int] = []
    for word in row.text("capture_sizes").split(separator: " ") {
      guard let size = Int(word), size > sizes.last ?? 0, size <= 1 << 20 else {
        throw row.error("'capture_sizes' wants increasing whole numbers, found '\(Printable.excerpt(word))'")
      }
      sizes.append(size)
    }
    self.init(
      name: name, perStep: try seconds("per_step"), perLayer: try seconds("per_layer"),
      perSequence: try seconds("per_sequence"), prefillPerLayer: try seconds("prefill_per_layer"),
      eagerLaunchPerLayer: try seconds("eager_launch_per_layer"), captureSizes: sizes,
      capturesMixedIterations: try flag("captures_mixed"), matrixStretch: try number("matrix_stretch", 0.1...10),
      fullClock: try seconds("full_clock"),
      decodeAttentionStretch: try number("decode_stretch", 0...10),
      mixedDecodeStretch: try number("mixed_decode_stretch", 0.1...10),
      prefillAttentionStretch: try number("prefill_stretch", 0...10),
      collectiveWait: try seconds("collective_wait"), tunesKernels: try flag("tunes_kernels"),
      elementwiseEfficiency: try number("elementwise_efficiency", 0.01...1), provenance: provenance)
  }
}

extension HostTimes {
  /// Nil when the row has none of them.
  fileprivate init?(_ row: ProfileTable.Row, _ columns: [String]) throws(ProfileTextError) {
    let there = EngineCosts.hostColumns.filter(columns.contains)
    if there.allSatisfy({ row.text($0).isEmpty }) { return nil }
    var values: [Double] = []
    for column in EngineCosts.hostColumns {
      guard there.contains(column) else {
        guard column == EngineCosts.launchColumn else { throw row.error("the column '\(column)' is missing") }
        values.append(0)
        continue
      }
      let value = try row.number(column)
      guard (0...1e6).contains(value) else {
        throw row.error("'\(column)' wants a time from 0 to 1000000 us, found \(value)")
      }
      values.append(value * 1e-6)
    }
    self.init(
      perStep: values[0], perDecode: values[1], perChunk: values[2], perPromptToken: values[3], slowdown: values[4],
      launchPerLayer: values[5])
  }
}

extension EngineCosts {
  /// The costs in an embedded file below `engines`.
  ///
  /// - Precondition: the file exists and is sound; the tests read every one.
  static func embedded(_ name: String) -> EngineCosts {
    let path = "engines/\(name).csv"
    guard let text = Catalogue.text(path) else { preconditionFailure("no embedded file \(path)") }
    do throws(ProfileTextError) {
      let engines = try engines(in: ProfileDocument(text: text, file: path))
      guard let engine = engines.first, engines.count == 1 else { preconditionFailure("\(path) wants one engine") }
      return engine
    } catch {
      preconditionFailure(error.description)
    }
  }
}
