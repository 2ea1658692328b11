import Foundation
import Testing

/// A type's name says which type is meant, without the module's before it.
struct NameTests {
  /// A declaration at the top of a file of `Sources`.
  struct Declaration {
    var name: String
    var path: String
    /// How deep it is nested, in steps of indentation.
    var depth: Int
  }

  static let declarations: [Declaration] = {
    let modifiers: Set = [
      "public", "package", "internal", "private", "fileprivate", "final", "indirect", "nonisolated",
    ]
    let kinds: Set = ["struct", "class", "enum", "protocol", "actor", "typealias"]
    return Tree.files(under: "Sources", ending: ".swift").flatMap { path in
      (Tree.text(path) ?? "").split(separator: "\n").compactMap { line in
        let first = line.drop { $0 == " " }.prefix { $0 != " " }
        guard first.first == "@" || modifiers.contains(String(first)) || kinds.contains(String(first)) else {
          return nil
        }
        let words = line.split(separator: " ", maxSplits: 8).drop {
          $0.first == "@" || modifiers.contains(String($0))
        }
        guard let kind = words.first, kinds.contains(String(kind)), let second = words.dropFirst().first else {
          return nil
        }
        let name = second.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        // `class func` and its like declare no type.
        guard name.first?.isUppercase == true else { return nil }
        return Declaration(name: String(name), path: path, depth: line.prefix { $0 == " " }.count / 2)
      }
    }
  }()

  @Test("no type name is declared in two places")
  func namesAreDeclaredOnce() {
    #expect(Self.declarations.count > 400)
    var places: [String: String] = [:]
    for declaration in Self.declarations where declaration.depth == 0 {
      if let other = places[declaration.name] {
        Issue.record("\(declaration.name) is declared in \(other) and in \(declaration.path)")
      }
      places[declaration.name] = declaration.path
    }
  }

  /// Types of the standard library, of its concurrency and synchronization modules, and what Foundation adds that every
  /// reader knows. What one of ours of that name hides is found out late.
  static let taken: Set<String> = [
    "Actor", "Any", "AnyHashable", "AnyObject", "Array", "ArraySlice", "AsyncSequence", "AsyncStream", "Atomic", "Bool",
    "Character", "Clock", "ClosedRange", "Codable", "CodingKey", "Collection", "Comparable", "ContiguousArray",
    "ContinuousClock", "Copyable", "Data", "Date", "Decodable", "Decoder", "Dictionary", "Double", "Duration",
    "Encodable", "Encoder", "Equatable", "Error", "Escapable", "Executor", "Float", "Hashable", "Hasher",
    "Identifiable", "InlineArray", "InstantProtocol", "Int", "Int8", "Int16", "Int32", "Int64", "Int128", "Iterator",
    "IteratorProtocol", "JSONDecoder", "JSONEncoder", "KeyPath", "Locale", "Mirror", "MutableRawSpan", "MutableSpan",
    "Mutex", "Never", "Numeric", "ObjectIdentifier", "Observation", "OptionSet", "Optional", "OutputSpan", "Process",
    "Range", "RawSpan", "Regex", "Repeated", "Result", "Sendable", "Sequence", "Set", "Slice", "Span", "StaticString",
    "Strideable", "String", "Substring", "SuspendingClock", "Task", "TaskGroup", "TaskLocal", "Thread", "UInt", "UInt8",
    "UInt16", "UInt32", "UInt64", "UInt128", "URL", "UUID", "Unicode", "Void",
  ]

  @Test("no type, nested ones included, hides one of the standard library")
  func standardNamesAreLeftAlone() {
    for declaration in Self.declarations where Self.taken.contains(declaration.name) {
      Issue.record("\(declaration.path) declares \(declaration.name)")
    }
  }
}
