import Foundation
import Metrics
import SimCore
import Testing

@testable import Report

/// A new empty folder, removed when the body is done.
private func withFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

private func outcome(_ id: Int64, _ status: RequestStatus = .completed) -> RequestOutcome {
  RequestOutcome(
    id: id, stream: 0, deployment: 0, replica: 1, requestClass: .online, tenant: 3, status: status,
    rejectionReason: status == .rejected ? .exceedsPool : nil, arrival: SimTime(picoseconds: 1_500_000_000_001),
    scheduled: status == .rejected ? .never : SimTime(seconds: 2),
    firstToken: status == .rejected ? .never : SimTime(seconds: 3),
    finished: status == .completed ? SimTime(seconds: 4) : .never, promptTokens: 10, outputTokens: 5)
}

@Suite struct OutputTests {
  @Test func aFileAppearsWholeOrNotAtAll() throws {
    try withFolder { folder in
      let path = folder + "/out.json"
      try AtomicFile.write("old", to: path)
      do {
        let file = try AtomicFile(path: path)
        try file.write("half")
        try file.flush()
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out.json"])
      try AtomicFile.write(String(repeating: "new", count: 100_000), to: path)
      #expect(try String(contentsOfFile: path, encoding: .utf8).count == 300_000)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["out.json"])
    }
  }

  @Test func unwritablePlacesAreNamed() throws {
    let error = #expect(throws: OutputError.self) { try AtomicFile.write("x", to: "/nowhere/at/all.csv") }
    #expect(error?.description == "/nowhere/at/all.csv: cannot be written: No such file or directory")
    #expect(throws: OutputError.self) { try AtomicFile.write("x", to: "/tmp") }
    let full = #expect(throws: OutputError.self) { try AtomicFile.write("x", to: "/dev/full") }
    #expect(full?.reason == "No space left on device")
    try AtomicFile.write("x", to: "/dev/null")
  }

  @Test(arguments: [RowFormat.csv, .jsonLines])
  func rowsComeInRunOrder(format: RowFormat) throws {
    try withFolder { folder in
      let path = folder + "/rows"
      let file = RequestRowFile(path: path, format: format, runs: 2)
      let second = try file.part(run: 1, policy: "aqua", replication: 0, deployments: ["chat, main"])
      let first = try file.part(run: 0, policy: "vllm-v1", replication: 0, deployments: ["chat, main"])
      for id in 0..<3_000 { second.write(outcome(Int64(id))) }
      first.write(outcome(7, .rejected))
      #expect(!FileManager.default.fileExists(atPath: path))
      try file.finish()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["rows"])
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
      switch format {
      case .csv:
        #expect(lines.count == 3_002)
        #expect(
          lines[1]
            == "vllm-v1,0,7,0,\"chat, main\",1,online,3,rejected,exceeds_pool,1.500000000001,,,,10,5,0,0,0,0,0"
            + String(repeating: ",0.000000000000", count: 4) + ",,0")
        #expect(lines[2].hasPrefix("aqua,0,0,"))
        #expect(lines[3_001].hasPrefix("aqua,0,2999,"))
      case .jsonLines:
        #expect(lines.count == 3_001)
        for line in lines.prefix(20) {
          let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
          #expect(row?["deployment"] as? String == "chat, main")
        }
        #expect(lines[0].contains("\"arrival_s\":1.500000000001,\"scheduled_s\":null"))
      }
    }
  }

  @Test func droppedRowsLeaveNothingBehind() throws {
    try withFolder { folder in
      do {
        let file = RequestRowFile(path: folder + "/rows.csv", format: .csv, runs: 1)
        try file.part(run: 0, policy: "aqua", replication: 0, deployments: ["chat"]).write(outcome(1))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
      let misplaced = RequestRowFile(path: folder + "/none/rows.csv", format: .csv, runs: 1)
      #expect(throws: OutputError.self) {
        try misplaced.part(run: 0, policy: "aqua", replication: 0, deployments: ["chat"])
      }
    }
  }
}
