import Foundation

/// Files that random scenarios name. They are the same for every case and lie in one folder, beside which cases are
/// read.
enum CaseFiles {
  static let all: [InputFile] = [
    InputFile(
      "t.csv",
      "arrival_s,prompt_tokens,output_tokens,class,priority,tenant,deadline_s\n"
        + (0..<16).map {
          "\(Double($0) * 0.2),\(40 + $0 * 37),\(3 + $0 * 2),\($0 % 3 == 0 ? "offline" : "online"),\($0 % 2),\($0),9\n"
        }.joined()),
    InputFile(
      "blocks.jsonl",
      (0..<16).map {
        "{\"timestamp\": \(1_000 + 150 * $0), \"input_length\": \(600 + 30 * $0), \"output_length\": \(5 + $0), "
          + "\"hash_ids\": [46, \($0 % 5)]}\n"
      }.joined()),
    // Out of order, and with a row that is none.
    InputFile(
      "swapped.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n0.5,30,4\n0.25,60,8\n1.5,90,6\nx,1,1\n2,40,9\n"),
    InputFile("pairs.csv", "prompt_tokens,output_tokens\n" + (1...12).map { "\($0 * 37),\($0 * 3)\n" }.joined()),
    InputFile("lengths.txt", (1...12).map { "\($0 * 31)\n" }.joined()),
    InputFile(
      "clients.csv",
      "client,window_start_s,rate_rps,family,shape\n1,0,3,Gamma,0.5\n1,600,1,Gamma,2\n2,0,4,Weibull,0.6\n"
        + "2,600,2,Weibull,1\n3,0,2,Gamma,1\n"),
    InputFile(
      "client-lengths.csv",
      "client,window_start_s,field,quantiles_0_to_1_step_0.005\n"
        + (1...2).map { "\($0),0,input_tokens,10 50 90\n\($0),0,output_tokens,3 4 9\n" }.joined()),
  ]

  /// What cases are called, so that the names in them are looked for beside it. The files are written where they are
  /// missing: several processes may do so at once.
  static let document: String = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("spillway-fuzz-files")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in all {
      let url = folder.appendingPathComponent(file.name)
      if (try? Data(contentsOf: url)) == Data(file.bytes) { continue }
      try? Data(file.bytes).write(to: url, options: .atomic)
    }
    return folder.appendingPathComponent("case.yaml").path
  }()
}
