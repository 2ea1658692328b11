/// Traces, recorded lengths, and tables of clients.
extension InputSamples {
  static var traces: [InputSample] {
    [
      trace(
        "own CSV", "t.csv",
        ["arrival_s,prompt_tokens,output_tokens,class,priority,tenant,deadline_s"]
          + (0..<12).map {
            "\(Double($0) * 0.25),\(40 + $0 * 7),\(3 + $0),\($0 % 3 == 0 ? "offline" : "online"),\($0 % 2),\($0),2"
          }),
      trace(
        "Azure", "t.csv",
        ["TIMESTAMP,ContextTokens,GeneratedTokens"]
          + (0..<12).map { "2023-11-16 18:17:0\($0 / 2).97996\($0 % 10)0,\(374 + 9 * $0),\(4 + $0)" }),
      trace(
        "BurstGPT", "t.csv",
        ["Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type"]
          + (0..<12).map { "\(5 + $0),ChatGPT,\(472 + $0),\(18 + $0 % 4),\(490 + $0 + $0 % 4),Conversation log" }),
      trace(
        "Vidur", "t.csv",
        ["arrived_at,num_prefill_tokens,num_decode_tokens"]
          + (0..<12).map { "\(Double($0) / 3),\(30 + $0),\(2 + $0)" }),
      trace(
        "Mooncake", "t.jsonl",
        (0..<12).map {
          "{\"timestamp\": \(27_482 + 100 * $0), \"input_length\": \(600 + $0), "
            + "\"output_length\": \(5 + $0), \"hash_ids\": [46, \($0)]}"
        }),
      trace(
        "own JSON lines", "t.jsonl",
        (0..<12).map {
          "{\"arrival_s\": \(Double($0) / 4), \"prompt_tokens\": \(50 + $0), \"output_tokens\": \(4 + $0)}"
        }),
      InputSample(
        "trace, with blocks of prompts", "t.csv",
        (["arrival_s,prompt_tokens,output_tokens,hash_ids_16"]
          + (0..<12).map { "\(Double($0) / 4),\(48 + 4 * ($0 % 3)),4,1 2 \($0)" }).joined(separator: "\n") + "\n",
        runs,
        with: [
          InputFile(
            "s.yaml",
            """
            server: hgx-h100-8
            policies: [vllm-v1]
            deployments: [{name: chat, model: llama-3.1-8b, gpus: [0], engine: {enable_prefix_caching: true}}]
            workload: {trace: {file: t.csv}}

            """)
        ]), arrivals,
    ]
  }

  private static func trace(_ format: String, _ name: String, _ lines: [String]) -> InputSample {
    let at = "@" + name
    return InputSample(
      "trace, " + format, name, lines.joined(separator: "\n") + "\n",
      runs + [
        ["trace", "inspect", at], ["trace", "inspect", at, "--format", "json"],
        ["trace", "inspect", at, "--skip-bad-rows", "--sort-window", "8"],
        ["trace", "convert", at, "--output", "@o.csv"],
        ["trace", "convert", at, "--output", "@o.csv.gz", "--skip-bad-rows", "--rate-scale", "2", "--sample", "0.5"],
      ], with: [scenario(workload: "trace: {file: \(name)}")])
  }

  /// Enough arrivals to fit a process to.
  private static let arrivals = InputSample(
    "trace, own CSV", "t.csv",
    "arrival_s,prompt_tokens,output_tokens\n"
      + (0..<120).map { "\(Double($0 * $0 % 7919) / 64),\(40 + $0),5\n" }.joined(),
    [
      ["trace", "fit", "@t.csv", "--sort-window", "200"],
      ["trace", "fit", "@t.csv", "--sort-window", "200", "--format", "json", "--skip-bad-rows"],
    ])

  static var lengths: [InputSample] {
    let pairs = "prompt_tokens,output_tokens\n" + (1...12).map { "\($0 * 37),\($0 * 3)\n" }.joined()
    let values = (1...12).map { "\($0 * 31)\n" }.joined()
    return [
      InputSample(
        "lengths, pairs", "l.csv", pairs, runs,
        with: [scenario(workload: "rate: 4/s, requests: 8, lengths: {file: l.csv}")]),
      InputSample(
        "lengths, values", "l.txt", values, runs,
        with: [
          scenario(
            workload:
              "rate: 4/s, requests: 8, prompt_tokens: {distribution: sample, file: l.txt}, output_tokens: 5")
        ]),
    ]
  }

  static var clients: [InputSample] {
    let rates =
      "client,window_start_s,rate_rps,family,shape\n1,0,0.5,Gamma,0.5\n1,600,1,Gamma,2\n2,0,1,Weibull,0.6\n"
      + "2,600,0.2,Weibull,1\n"
    let quantiles =
      "client,window_start_s,field,quantiles_0_to_1_step_0.005\n"
      + (1...2).map { "\($0),0,input_tokens,10 50 90\n\($0),0,output_tokens,3 4 9\n" }.joined()
    let both = scenario(
      workload: "requests: 8, arrivals: {process: clients, file: c.csv, lengths: l.csv}")
    return [
      InputSample("clients, rates", InputFile("c.csv", rates), runs, with: [both, InputFile("l.csv", quantiles)]),
      InputSample("clients, lengths", InputFile("l.csv", quantiles), runs, with: [both, InputFile("c.csv", rates)]),
    ]
  }
}
