/// Files that a command reads, one of which is to be damaged.
struct InputSample: Sendable {
  /// As coverage counts it, for example `trace, Azure's CSV`.
  var kind: String
  var files: [InputFile]
  /// Which of the files is damaged.
  var target = 0
  /// Whether it is compressed once it is damaged, so that the damage is inside.
  var isCompressed = false
  /// Commands that read it; `@name` is a file in the case's folder.
  var commands: [[String]]

  init(_ kind: String, _ name: String, _ text: String, _ commands: [[String]], with others: [InputFile] = []) {
    self.init(kind, InputFile(name, text), commands, with: others)
  }

  init(_ kind: String, _ file: InputFile, _ commands: [[String]], with others: [InputFile] = []) {
    self.kind = kind
    files = [file] + others
    self.commands = commands
  }

  /// The same with the damaged file compressed.
  var compressed: InputSample {
    var sample = self
    let name = files[target].name
    sample.kind += ", gzip"
    sample.isCompressed = true
    sample.files[target].name = name + ".gz"
    sample.commands = commands.map { $0.map { $0 == "@" + name ? $0 + ".gz" : $0 } }
    for index in sample.files.indices where index != target {
      let text = String(decoding: sample.files[index].bytes, as: UTF8.self)
      sample.files[index].bytes = Array(text.replacing(name, with: name + ".gz").utf8)
    }
    return sample
  }
}

/// A seed's case: a sample, a command, and the damage.
struct InputCase: Sendable {
  var sample: InputSample
  var command: [String]
  var mutations: [Mutation]
  /// Whether the compressed bytes are damaged instead of what is in them.
  var damagesCompressed: Bool
}
