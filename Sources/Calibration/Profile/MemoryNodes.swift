import TextIO

/// Where the memory that copies go to lay, and where the GPUs are: nodes of memory (NUMA), as Linux tells of them.
///
/// How much several GPUs draw from host memory together depends on it: memory of one processor socket gives less than
/// that of two, and less across the link between them.
public struct MemoryNodes: Hashable, Sendable {
  /// All that the machine shows, for example `0-1`; nil where Linux does not say. Virtual machines often show one.
  public var shown: String?
  /// Those on which this process may allocate.
  public var allowed: String?
  /// The node of the processor that runs this: where Linux takes memory from unless told otherwise, and so where
  /// pinned buffers that are allocated now lie.
  public var allocating: Int?
  /// Of each GPU; nil where the machine does not say.
  public var gpus: [Int?]

  /// - Parameters:
  ///   - busIDs: the GPUs' addresses on PCIe, for example `0000:1B:00.0`.
  ///   - processor: the number of the one that allocates; nil for the one that runs this.
  ///   - root: the folder that `proc` and `sys` are in.
  public init(busIDs: [String], processor: Int? = nil, root: String = "") {
    let devices = root + "/sys/devices/system/node/"
    shown = Self.line(devices + "possible")
    allowed = Self.text(root + "/proc/self/status").flatMap { status in
      status.split(separator: "\n").first { $0.hasPrefix("Mems_allowed_list:") }.flatMap {
        $0.split(whereSeparator: \.isWhitespace).last.map(String.init)
      }
    }
    let processor = processor ?? Self.text(root + "/proc/thread-self/stat").flatMap(Self.processor)
    allocating = shown.flatMap { nodes in
      Self.numbers(nodes).first { node in
        Self.line(devices + "node\(node)/cpulist").map { list in
          Self.numbers(list).contains { $0 == processor }
        } ?? false
      }
    }
    gpus = busIDs.map { busID in
      Self.line(root + "/sys/bus/pci/devices/\(busID.lowercased())/numa_node").flatMap { Int($0) }
        .flatMap { $0 < 0 ? nil : $0 }
    }
  }

  /// Where a thread ran last: the 39th field of its `stat` (proc(5)). The second, its name in parentheses, may hold
  /// anything.
  static func processor(_ stat: String) -> Int? {
    let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ").dropFirst()
    return fields.dropFirst(36).first.flatMap { Int($0) }
  }

  /// The numbers of a list as Linux writes them: `0-3,8`.
  static func numbers(_ list: String) -> [Int] {
    list.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last, last < 1 << 16 else { return [] }
      return Array(first...last)
    }
  }

  private static func line(_ path: String) -> String? {
    text(path).flatMap { $0.split(whereSeparator: \.isWhitespace).first.map(String.init) }
  }

  private static func text(_ path: String) -> String? {
    (try? ReadableFile.bytes(path, upTo: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
  }
}
