import Testing

/// Rooms import what Package.swift says they stand on, and nothing else.
struct ImportTests {
  /// Which rooms may see each outside library; everything else goes through them.
  static let outside: [String: Set<String>] = [
    "ArgumentParser": ["CommandLineTool"],
    "CCUDA": ["CUDA", "Calibration"],
    "CGSL": ["Regression", "Statistics", "Workload"],
    "CZlib": ["Workload"],
    "GRDB": ["ResultsStore"],
    "HeapModule": ["Batching"],
    "Yams": ["Reading"],
    "CCatalogue": ["Catalogue"],
  ]

  /// What comes with the toolchain, and who may use it. The engine and what it stands on do without Foundation.
  static let toolchain: [String: Set<String>] = [
    "Foundation": [
      "Charts", "CommandLineTool", "Fitting", "Models", "Report", "ResultsStore", "Statistics", "StepTime",
      "Validation",
    ],
    "Glibc": ["CUDA", "Calibration", "Workload"],
    "Synchronization": ["CommandLineTool", "Report", "Validation"],
  ]

  /// The rooms as Package.swift declares them, in order: names and what they stand on.
  static let rooms: [(name: String, dependencies: [String])] = {
    let manifest = Tree.text("Package.swift") ?? ""
    return manifest.matches(of: /room\(\s*"(\w+)"(?:,\s*\[([\s\S]*?)\]\s*)?\)/).map { match in
      let list = String(match.output.2 ?? "")
      let names = list.matches(of: /\.product\(name: "(\w+)"|"(\w+)"(?!\s*\))/)
      return (String(match.output.1), names.map { String($0.output.1 ?? $0.output.2 ?? "") })
    }
  }()

  @Test("the manifest is read: every folder of Sources with Swift in it is a room")
  func manifestIsRead() {
    let folders = Tree.folders(under: "Sources").filter {
      $0 != "spillway" && !Tree.files(under: "Sources/\($0)", ending: ".swift").isEmpty
    }
    #expect(Set(Self.rooms.map(\.name)) == Set(folders))
    #expect(Self.rooms.first { $0.name == "Batching" }?.dependencies == ["Kernel", "Memory", "StepTime", "HeapModule"])
  }

  @Test("dependencies go one way: a room stands on rooms declared before it")
  func oneWay() {
    var declared = Set(Self.outside.keys)
    for room in Self.rooms {
      for dependency in room.dependencies {
        #expect(declared.contains(dependency), "\(room.name) stands on \(dependency), which comes after it")
      }
      declared.insert(room.name)
    }
  }

  @Test("imports are those declared", arguments: rooms.map(\.name))
  func importsAreDeclared(room: String) throws {
    let declared = Set(try #require(Self.rooms.first { $0.name == room }).dependencies)
    var used: Set<String> = []
    for path in Tree.files(under: "Sources/\(room)", ending: ".swift") {
      for module in Tree.imports(of: path) {
        if let allowed = Self.toolchain[module] {
          #expect(allowed.contains(room), "\(path) imports \(module)")
          continue
        }
        if let allowed = Self.outside[module] { #expect(allowed.contains(room), "\(path) imports \(module)") }
        #expect(declared.contains(module), "\(path) imports \(module), which Package.swift does not list for \(room)")
        used.insert(module)
      }
    }
    #expect(declared.subtracting(used).isEmpty, "\(room) lists \(declared.subtracting(used).sorted()) and imports none")
  }
}
