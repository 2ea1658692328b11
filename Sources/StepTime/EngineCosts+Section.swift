import Catalogue
import TextIO

extension EngineCosts {
  /// The columns of a profile's section `@engine`: times in microseconds, capture sizes apart by blanks.
  static let columns = [
    "name", "per_step", "per_layer", "per_sequence", "prefill_per_layer", "eager_launch_per_layer", "collective_wait",
    "matrix_stretch", "full_clock", "decode_stretch", "mixed_decode_stretch", "prefill_stretch",
    "elementwise_efficiency", "captures_mixed", "tunes_kernels", "capture_sizes",
  ]

  /// Columns of an engine whose host works beside the GPU, and of what lies between it and its clients; left out, or
  /// empty, for none.
  static let servedColumns = ["overlap_per_step", "overlap_per_sequence", "front_end"]

  /// ``spreadsPairs``, yes or no; no where it is left out.
  static let pairsColumn = "spreads_pairs"

  /// The costs as a section of a profile, which ``engines(in:)`` reads back; the provenance becomes comments.
  public static func section(_ engines: [EngineCosts]) -> ProfileDocument.Section {
    let isServed = engines.contains { $0.overlap != .none || $0.frontEnd > 0 }
    let hasHost = engines.contains { $0.host != nil }
    let spreads = engines.contains(where: \.spreadsPairs)
    let hasWorkers = engines.contains { $0.host?.workers != nil }
    return ProfileDocument.Section(
      "engine",
      header: columns + (hasHost ? hostColumns + launchColumns + [aheadColumn, aheadSequenceColumn] : [])
        + (hasWorkers ? workerColumns : [])
        + (spreads ? [pairsColumn] : []) + (isServed ? servedColumns : []),
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
          + (hasHost ? hostFields(engine.host) : []) + (hasWorkers ? workerFields(engine.host?.workers) : [])
          + (spreads ? [engine.spreadsPairs ? "yes" : "no"] : [])
          + (isServed ? times(engine.overlap.perStep, engine.overlap.perSequence, engine.frontEnd) : [])
        return ProfileDocument.Row(fields, comments: engine.provenance)
      })
  }

  /// Four decimals and no more.
  static func number(_ value: Double) -> String {
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
        if table.columns.contains(pairsColumn) { engine.spreadsPairs = try row.flag(pairsColumn) }
        let served = try servedColumns.map { column throws(ProfileTextError) in
          try table.columns.contains(column) && !row.text(column).isEmpty ? row.seconds(column) : 0
        }
        engine.overlap = OverlappedHost(perStep: served[0], perSequence: served[1])
        engine.frontEnd = served[2]
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
      try row.number(column, range)
    }
    func seconds(_ column: String) throws(ProfileTextError) -> Double { try row.seconds(column) }
    // What kernel tables hold too much of is taken off again.
    func signedSeconds(_ column: String) throws(ProfileTextError) -> Double { try row.number(column, -1e6...1e6) / 1e6 }
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
      name: name, perStep: try seconds("per_step"), perLayer: try signedSeconds("per_layer"),
      perSequence: try seconds("per_sequence"), prefillPerLayer: try seconds("prefill_per_layer"),
      eagerLaunchPerLayer: try seconds("eager_launch_per_layer"), captureSizes: sizes,
      capturesMixedIterations: try row.flag("captures_mixed"), matrixStretch: try number("matrix_stretch", 0.1...10),
      fullClock: try seconds("full_clock"),
      decodeAttentionStretch: try number("decode_stretch", 0...10),
      mixedDecodeStretch: try number("mixed_decode_stretch", 0.1...10),
      prefillAttentionStretch: try number("prefill_stretch", 0...10),
      collectiveWait: try signedSeconds("collective_wait"), tunesKernels: try row.flag("tunes_kernels"),
      elementwiseEfficiency: try number("elementwise_efficiency", 0.01...1), provenance: provenance)
  }
}

extension ProfileTable.Row {
  func number(_ column: String, _ range: ClosedRange<Double>) throws(ProfileTextError) -> Double {
    let value = try number(column)
    guard range.contains(value) else {
      throw error("'\(column)' wants a number from \(range.lowerBound) to \(range.upperBound), found \(value)")
    }
    return value
  }

  /// A column of yes and no.
  fileprivate func flag(_ column: String) throws(ProfileTextError) -> Bool {
    switch text(column) {
    case "yes": return true
    case "no": return false
    case let other: throw error("'\(column)' wants yes or no, found '\(Printable.excerpt(other))'")
    }
  }

  /// Seconds from a column of microseconds.
  func seconds(_ column: String) throws(ProfileTextError) -> Double { try number(column, 0...1e6) / 1e6 }
}

/// The engines' costs that the catalogue holds: a file each below `engines`, as `spillway fit` writes it.
public enum EngineLibrary {
  /// Their names, in order.
  public static var names: [String] {
    Catalogue.paths(under: "engines").filter { $0.hasSuffix(".csv") }
      .map { String($0.dropFirst("engines/".count).dropLast(".csv".count)) }.sorted()
  }

  /// The costs of that name.
  ///
  /// - Throws: `ProfileError` when there are none, or the file is damaged.
  public static func costs(named name: String) throws(ProfileError) -> EngineCosts {
    try known.value(for: name) { () throws(ProfileError) in try read(name) }
  }

  /// What was read, by name: versions of a stack have costs in common.
  private static let known = Memo<String, EngineCosts>()

  private static func read(_ name: String) throws(ProfileError) -> EngineCosts {
    let path = "engines/\(name).csv"
    guard let text = Catalogue.text(path) else {
      throw ProfileError(file: path, message: "no such engine; there are \(names.joined(separator: ", "))")
    }
    let engines: [EngineCosts]
    do throws(ProfileTextError) {
      engines = try EngineCosts.engines(in: ProfileDocument(text: text, file: path))
    } catch {
      throw ProfileError(error)
    }
    guard let engine = engines.first, engines.count == 1, engine.name == name else {
      throw ProfileError(file: path, message: "wants one engine of the file's name")
    }
    return engine
  }
}
