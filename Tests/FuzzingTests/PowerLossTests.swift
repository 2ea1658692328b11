import CStorage
import Foundation
import Metrics
import ResultsStore
import SimCore
import Testing

@testable import Fuzzing

/// The loss of power, as the harness plays it from what a database asked of the disk.
struct PowerLossTests {
  private typealias Request = StorageLog.Request

  private func run(_ replication: Int) -> RunResult {
    RunResult(
      provenance: RunProvenance(
        scenarioName: "s", scenarioPath: "s.yaml", scenarioDigest: "abc", profileName: "", profileDigest: "",
        spillwayVersion: "test"),
      policy: "vllm-v1", seed: 1, replication: replication,
      deployments: [DeploymentLabel(name: "chat", model: "m", placement: "one GPU")],
      groups: [GroupCollector(deployment: 0, requestClass: .online)], engines: [], links: [], paging: [],
      simulatedEnd: SimTime(seconds: 60), warmUpEnd: .zero, injected: 0, warmUpRequests: 0, wallSeconds: 0,
      fingerprint: "0123456789abcdef", warnings: [])
  }

  /// What a store asked of the disk while four runs were written into it, one after another.
  private func logOfAStore(in folder: String) throws -> StorageLog {
    let name = "power-\(UUID().uuidString).sqlite"
    try #require(storage_log(name, folder + "/log") == 0)
    let store = try ResultsStore(path: folder + "/" + name)
    for replication in 0..<4 { try store.write(run(replication), scenarioText: "t") }
    return try #require(StorageLog(bytes: Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/log")))))
  }

  @Test func aStoreOutlivesTheLossOfPowerAndADiskThatDoesNotObeyLosesIt() throws {
    let folder = try Folder()
    let log = try logOfAStore(in: folder.path)
    // The tables, and then each run: a transaction ends with the journal, gone for good.
    #expect(log.commits.count == 5 && log.commits.allSatisfy { log.requests[$0].offset == 1 })
    var random = RandomStream(seed: 1, replication: 0, purpose: "power")
    for fate in StorageLog.Fate.allCases {
      for _ in 0..<20 {
        let count = random.below(log.requests.count + 1)
        #expect(try FaultPart.problem(of: log, after: count, fate, &random, in: folder.path) == nil)
      }
    }
    var isSeen = false
    for _ in 0..<40 where !isSeen {
      let count = random.below(log.requests.count + 1)
      isSeen = try FaultPart.problem(of: log, after: count, .mixed, &random, obeys: false, in: folder.path) != nil
    }
    #expect(isSeen)
  }

  @Test func whatIsSafeStaysAndWhatIsNotMayGo() throws {
    var random = RandomStream(seed: 1, replication: 0, purpose: "power")
    let log = StorageLog([
      Request(kind: .create, file: 0, offset: 0), Request(kind: .write, file: 0, offset: 0, data: [1, 2, 3]),
      Request(kind: .create, file: 1, offset: 0), Request(kind: .write, file: 1, offset: 0, data: [7]),
      Request(kind: .sync, file: 1, offset: 0), Request(kind: .sync, file: 0, offset: 0),
      Request(kind: .write, file: 0, offset: 1, data: [9]), Request(kind: .truncate, file: 0, offset: 2),
      Request(kind: .delete, file: 1, offset: 1),
    ])
    func left(_ count: Int, _ fate: StorageLog.Fate) -> ([UInt8]?, [UInt8]?) {
      let files = log.left(after: count, fate, &random)
      return (files.database, files.journal)
    }
    #expect(left(2, .lost) == (nil, nil) && left(2, .kept) == ([1, 2, 3], nil))
    // The folder is synchronised with the journal: the database has its name, and not yet its bytes.
    #expect(left(5, .lost) == ([], [7]) && left(6, .lost) == ([1, 2, 3], [7]))
    #expect(left(8, .lost) == ([1, 2, 3], [7]) && left(8, .kept) == ([1, 9], [7]))
    #expect(left(9, .lost) == ([1, 2, 3], nil) && left(9, .kept) == ([1, 9], nil))
    #expect((0..<40).contains { _ in left(8, .mixed).0 == [1, 9, 3] } && StorageLog(bytes: [0x57, 0]) == nil)
  }
}
