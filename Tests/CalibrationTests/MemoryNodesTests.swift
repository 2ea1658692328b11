import Calibration
import Foundation
import Testing

/// Where memory and GPUs lie, from files as Linux has them.
struct MemoryNodesTests {
  private func machine(_ files: [String: String]) throws -> String {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    for (path, text) in files {
      let file = URL(fileURLWithPath: root + path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: false, encoding: .utf8)
    }
    return root
  }

  @Test("two sockets: nodes, those allowed, that of the processor, and the GPUs'")
  func twoSockets() throws {
    let root = try machine([
      "/sys/devices/system/node/possible": "0-1\n", "/sys/devices/system/node/node0/cpulist": "0-3,8-11\n",
      "/sys/devices/system/node/node1/cpulist": "4-7,12-15\n",
      "/sys/bus/pci/devices/0000:1b:00.0/numa_node": "0\n", "/sys/bus/pci/devices/0000:9c:00.0/numa_node": "1\n",
      // Field 39 is the processor.
      "/proc/thread-self/stat": "7 (a ) b) S " + (4...38).map(String.init).joined(separator: " ") + " 5 0\n",
      "/proc/self/status": "Name:\tspillway\nMems_allowed:\t3\nMems_allowed_list:\t0-1\n",
    ])
    defer { try? FileManager.default.removeItem(atPath: root) }
    let nodes = MemoryNodes(busIDs: ["0000:1B:00.0", "0000:9C:00.0"], processor: 13, root: root)
    #expect(nodes.shown == "0-1" && nodes.allowed == "0-1" && nodes.allocating == 1 && nodes.gpus == [0, 1])
    #expect(MemoryNodes(busIDs: [], processor: 9, root: root).allocating == 0)
    #expect(MemoryNodes(busIDs: [], root: root).allocating == 1)
  }

  @Test("what a virtual machine does not say is not made up")
  func virtual() throws {
    let root = try machine([
      "/sys/devices/system/node/possible": "0\n", "/sys/devices/system/node/node0/cpulist": "0-15\n",
      "/sys/bus/pci/devices/0000:00:06.0/numa_node": "-1\n",
    ])
    defer { try? FileManager.default.removeItem(atPath: root) }
    let nodes = MemoryNodes(busIDs: ["0000:00:06.0", "0000:00:07.0"], processor: 3, root: root)
    #expect(nodes.gpus == [nil, nil] && nodes.allowed == nil && nodes.allocating == 0)
    let none = MemoryNodes(busIDs: ["0000:00:06.0"], processor: 3, root: root + "/nothing")
    #expect(none.shown == nil && none.allocating == nil && none.gpus == [nil])
  }
}
