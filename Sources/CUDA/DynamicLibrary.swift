import Glibc

/// A shared library opened at run time; it stays open for the life of the process, because libraries of this kind keep
/// threads and handlers of their own.
public struct DynamicLibrary: @unchecked Sendable {
  /// As it was opened: a path, or a name that the dynamic linker resolved.
  public let path: String
  private let handle: UnsafeMutableRawPointer
  private let system: LibrarySystem

  /// Opens the first of the places where a library may be.
  ///
  /// - Throws: ``LibraryNotFound`` with every place that was tried, and why each failed.
  public init(_ name: LibraryName, system: LibrarySystem = .process) throws(LibraryNotFound) {
    var attempts: [LibraryNotFound.Attempt] = []
    for candidate in name.candidates(system) {
      if let handle = system.open(candidate) {
        self.path = candidate
        self.handle = handle
        self.system = system
        return
      }
      attempts.append(.init(place: candidate, reason: system.reason()))
    }
    for pattern in name.patterns(system) where system.matches(pattern).isEmpty {
      attempts.append(.init(place: pattern, reason: "no such file"))
    }
    throw LibraryNotFound(title: name.title, attempts: attempts)
  }

  /// A function of the library.
  ///
  /// - Parameters:
  ///   - names: its symbol, and older or newer names of the same function; the first there is gets taken.
  ///   - type: its C type, one of CCUDA's.
  /// - Throws: ``SymbolNotFound``.
  public func function<Function>(_ names: String..., as type: Function.Type) throws(SymbolNotFound) -> Function {
    precondition(MemoryLayout<Function>.size == MemoryLayout<UnsafeMutableRawPointer>.size, "not a C function type")
    for name in names {
      if let address = system.symbol(handle, name) { return unsafeBitCast(address, to: type) }
    }
    throw SymbolNotFound(path: path, symbol: names[0])
  }
}

/// A library by its title and the files it may be in.
public struct LibraryName: Sendable, Hashable {
  /// What messages call it.
  public var title: String
  /// File names, best first.
  public var files: [String]
  /// Folders of Python packages that carry it, relative to `site-packages`.
  public var packageFolders: [String]

  public init(title: String, files: [String], packageFolders: [String] = []) {
    self.title = title
    self.files = files
    self.packageFolders = packageFolders
  }

  public static let driver = LibraryName(title: "the CUDA driver", files: ["libcuda.so.1"])
  public static let management = LibraryName(title: "NVML", files: ["libnvidia-ml.so.1"])

  /// The run-time compiler, of the driver's major version before others: what a newer one makes an older driver may
  /// not load.
  public static func compiler(driverVersion: Int) -> LibraryName {
    LibraryName(
      title: "NVRTC", files: majors(driverVersion).map { "libnvrtc.so.\($0)" } + ["libnvrtc.so.11.2", "libnvrtc.so"],
      packageFolders: packageFolders("cuda_nvrtc"))
  }

  /// CUDA's major versions, the driver's first.
  public static func majors(_ driverVersion: Int) -> [Int] {
    let own = driverVersion / 1000
    return [own] + [13, 12].filter { $0 != own }
  }

  /// Where pip puts a library of CUDA: newer packages share a folder, older ones have one each.
  public static func packageFolders(_ package: String) -> [String] {
    ["nvidia/cu13/lib", "nvidia/\(package)/lib"]
  }

  /// The variable that names folders to look in first, separated by colons.
  public static let variable = "SPILLWAY_CUDA_LIBRARIES"

  /// What to open, in order: files of the folders in `variable`, then what the dynamic linker finds, then files in the
  /// usual places.
  func candidates(_ system: LibrarySystem) -> [String] {
    let first = named(system).flatMap { folder in files.map { "\(folder)/\($0)" } }
    return first + files + patterns(system).flatMap(system.matches)
  }

  func patterns(_ system: LibrarySystem) -> [String] {
    var folders = ["/usr/local/cuda*/lib64", "/usr/local/nvidia/lib64", "/usr/lib/x86_64-linux-gnu"]
    for root in system.pythonRoots() {
      for packages in ["site-packages", "dist-packages"] {
        folders += packageFolders.map { "\(root)/lib/python3*/\(packages)/\($0)" }
      }
    }
    return folders.flatMap { folder in files.map { "\(folder)/\($0)" } }
  }

  private func named(_ system: LibrarySystem) -> [String] {
    (system.environment(Self.variable) ?? "").split(separator: ":").map(String.init)
  }
}

/// What the process's dynamic linker and files say; tests put others in its place.
public struct LibrarySystem: Sendable {
  public var open: @Sendable (_ path: String) -> UnsafeMutableRawPointer?
  /// Why the latest `open` failed.
  public var reason: @Sendable () -> String
  public var symbol: @Sendable (_ handle: UnsafeMutableRawPointer, _ name: String) -> UnsafeMutableRawPointer?
  /// The files that a shell pattern matches, in order.
  public var matches: @Sendable (_ pattern: String) -> [String]
  public var environment: @Sendable (_ variable: String) -> String?

  public init(
    open: @escaping @Sendable (String) -> UnsafeMutableRawPointer?, reason: @escaping @Sendable () -> String,
    symbol: @escaping @Sendable (UnsafeMutableRawPointer, String) -> UnsafeMutableRawPointer?,
    matches: @escaping @Sendable (String) -> [String], environment: @escaping @Sendable (String) -> String?
  ) {
    self.open = open
    self.reason = reason
    self.symbol = symbol
    self.matches = matches
    self.environment = environment
  }

  public static let process = LibrarySystem(
    open: { dlopen($0, RTLD_NOW | RTLD_LOCAL) },
    reason: { dlerror().map { String(cString: $0) } ?? "no reason given" },
    symbol: { dlsym($0, $1) },
    matches: { pattern in
      var found = glob_t()
      defer { globfree(&found) }
      guard glob(pattern, 0, nil, &found) == 0 else { return [] }
      return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    },
    environment: { getenv($0).map { String(cString: $0) } })

  /// Where a Python with packages may be: the active environment, those on the path, the user's.
  func pythonRoots() -> [String] {
    var roots = ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap(environment)
    for folder in (environment("PATH") ?? "").split(separator: ":") where folder.hasSuffix("/bin") {
      if !matches("\(folder)/python3").isEmpty { roots.append(String(folder.dropLast("/bin".count))) }
    }
    if let home = environment("HOME") { roots.append("\(home)/.local") }
    var seen: Set<String> = []
    return roots.filter { !$0.isEmpty && seen.insert($0).inserted }
  }
}

/// A library that is in none of the places where it was looked for.
public struct LibraryNotFound: Error, Hashable, Sendable, CustomStringConvertible {
  /// One place, and what was wrong with it.
  public struct Attempt: Hashable, Sendable {
    public var place: String
    public var reason: String

    public init(place: String, reason: String) {
      self.place = place
      self.reason = reason
    }
  }

  public var title: String
  public var attempts: [Attempt]

  /// One line for each place.
  public var description: String {
    "\(title) was not found; looked for" + attempts.map { "\n  \($0.place): \($0.reason)" }.joined()
  }
}

/// A library without a function that it should have: it is too old, or not what its name says.
public struct SymbolNotFound: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  public var symbol: String

  public init(path: String, symbol: String) {
    self.path = path
    self.symbol = symbol
  }

  public var description: String { "\(path) has no function '\(symbol)'; it is too old, or another library" }
}
