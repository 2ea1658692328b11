import Testing

/// Modules import what Package.swift says they stand on, and nothing else.
struct ImportTests {
  /// Which modules may see each outside library; everything else goes through them.
  static let outside: [String: Set<String>] = [
    "ArgumentParser": ["CommandLineTool"],
    "CCUDA": ["CUDA", "Calibration"],
    "CYAML": ["Configuration"],
    "CGSL": ["Statistics", "Workload"],
    "CZlib": ["Report", "Workload"],
    "GRDB": ["ResultsStore"],
    "FlyingSocks": ["LoopbackServer"],
    "DequeModule": ["Cluster"],
    "CBuild": ["CommandLineTool"], "CCatalogue": ["Catalogue"],
  ]

  /// What comes with the toolchain, and who may use it. The engine and what it stands on do without Foundation.
  static let toolchain: [String: Set<String>] = [
    "Foundation": [
      "Charts", "CommandLineTool", "Fitting", "Fuzzing", "LoopbackServer", "Models", "Report", "ResultsStore",
      "Statistics", "StepTime", "Validation",
    ],
    "Dispatch": ["Explore"],
    "Glibc": ["CUDA", "Calibration", "Scenario", "TextIO", "Workload"],
    "Synchronization": [
      "Fuzzing", "Catalogue", "Configuration", "Claims", "CommandLineTool", "Experiments", "Explore", "LoopbackServer",
      "Report", "Validation",
    ],
  ]

  /// The modules as Package.swift declares them, in order: names and what they stand on.
  static let modules: [(name: String, dependencies: [String])] = {
    let manifest = Tree.text("Package.swift") ?? ""
    return manifest.matches(of: /module\(\s*"(\w+)"(?:,\s*\[([\s\S]*?)\]\s*)?\)/).map { match in
      let list = String(match.output.2 ?? "")
      let names = list.matches(of: /\.product\(name: "(\w+)"|"(\w+)"(?!\s*\))/)
      return (String(match.output.1), names.map { String($0.output.1 ?? $0.output.2 ?? "") })
    }
  }()

  @Test("the manifest is read: every folder of Sources with Swift in it is a module")
  func manifestIsRead() {
    let folders = Tree.folders(under: "Sources").filter {
      !["Program", "FuzzProgram", "FuzzReaders"].contains($0)
        && !Tree.files(under: "Sources/\($0)", ending: ".swift").isEmpty
    }
    #expect(Set(Self.modules.map(\.name)) == Set(folders))
    #expect(Self.modules.first { $0.name == "Replica" }?.dependencies == ["SimCore", "StepTime"])
  }

  @Test("dependencies go one way: a module stands on modules declared before it")
  func oneWay() {
    var declared = Set(Self.outside.keys)
    for module in Self.modules {
      for dependency in module.dependencies {
        #expect(declared.contains(dependency), "\(module.name) stands on \(dependency), which comes after it")
      }
      declared.insert(module.name)
    }
  }

  @Test("imports are those declared", arguments: modules.map(\.name))
  func importsAreDeclared(module: String) throws {
    let declared = Set(try #require(Self.modules.first { $0.name == module }).dependencies)
    var used: Set<String> = []
    for path in Tree.files(under: "Sources/\(module)", ending: ".swift") {
      for imported in Tree.imports(of: path) {
        if let allowed = Self.toolchain[imported] {
          #expect(allowed.contains(module), "\(path) imports \(imported)")
          continue
        }
        if let allowed = Self.outside[imported] { #expect(allowed.contains(module), "\(path) imports \(imported)") }
        #expect(
          declared.contains(imported), "\(path) imports \(imported), which Package.swift does not list for \(module)")
        used.insert(imported)
      }
    }
    #expect(
      declared.subtracting(used).isEmpty, "\(module) lists \(declared.subtracting(used).sorted()) and imports none")
  }
}
