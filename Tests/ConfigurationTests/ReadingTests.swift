import Configuration
import SimCore
import Testing
import TextIO

/// A small section with one key of each kind.
let sampleSection = Section(
  "sample", "For tests.",
  [
    Key("name", .identifier, .required, "What it is called."),
    Key("note", .text, .optional, "Free text."),
    Key("seed", .integer(.atLeast(0)), .standard("1"), "Seed."),
    Key("share", .fraction(.within(0...1)), .standard("0.9"), "A share."),
    Key("factor", .number(.moreThan(0)), .optional, "A factor."),
    Key("memory", .bytes(.atLeast(1)), .optional, "Memory."),
    Key("time", .duration(.within(.zero ... .seconds(60))), .standard("10 s"), "Time."),
    Key("rate", .rate(.moreThan(0), of: "requests"), .optional, "Rate."),
    Key("link", .bandwidth(.moreThan(0)), .optional, "Link."),
    Key("peak", .floatingPointRate(.moreThan(0)), .optional, "Peak."),
    Key("exact", .boolean, .standard("false"), "Whether exact."),
    Key("router", .choice(noun: "router", ["round-robin", "least-kv"]), .standard("round-robin"), "Router."),
    Key("gpus", .list(of: .integer(.atLeast(0)), atLeast: 1), .optional, "GPUs."),
    Key(
      "engine",
      .mapping(
        Section("engine", "Engine.", [Key("block_size", .integer(.within(1...256)), .standard("16"), "Block.")])),
      .standard("{}"), "Engine."),
    Key(
      "arrivals",
      .either([
        .choice(noun: "arrival process", ["poisson"]),
        .tagged(
          by: "process", noun: "arrival process",
          [
            Section("poisson", "Poisson.", []),
            Section("gamma", "Gamma.", [Key("cv", .number(.moreThan(0)), .required, "Variation.")]),
          ]),
      ]), .standard("poisson"), "Arrivals."),
    Key("drain", .either([.boolean, .duration(.atLeast(.zero))]), .standard("true"), "Drain."),
    Key(
      "deployments",
      .list(
        of: .mapping(
          Section(
            "deployment", "Deployment.",
            [
              Key("name", .identifier, .required, "Name."),
              Key("replicas", .integer(.atLeast(1)), .standard("1"), "Replicas."),
            ], notModelled: [("pipeline_parallel", "use tensor_parallel")])), atLeast: 0),
      .standard("[]"), "Deployments."),
  ])

/// What reading and checking says of a text named `f`.
func diagnostics(of text: String, set: [String] = []) -> [String] {
  let diagnostics = Diagnostics()
  _ = read(text, set: set, into: diagnostics)
  return diagnostics.all.map(\.description)
}

func read(_ text: String, set: [String] = [], into diagnostics: Diagnostics) -> CheckedMap? {
  guard var document = Document(text: text, name: "f", into: diagnostics) else { return nil }
  for argument in set {
    Override(argument, into: diagnostics)?.apply(to: &document, of: sampleSection, into: diagnostics)
  }
  return sampleSection.check(document, into: diagnostics)
}

@Suite struct ReadingTests {
  @Test func everyKindIsRead() throws {
    let diagnostics = Diagnostics()
    let map = try #require(
      read(
        """
        name: chat
        note: "a: b # c"
        seed: 7
        share: 90 %
        factor: 1.5
        memory: 80 GB
        time: 250 ms
        rate: 150/min
        link: 350 GB/s
        peak: 989 TFLOP/s
        exact: true
        router: least-kv
        gpus: [0, 1]
        engine: {block_size: 32}
        arrivals: {process: gamma, cv: 2}
        drain: 2 min
        deployments:
        - name: a
        - {name: b, replicas: 2}
        """, into: diagnostics))
    #expect(diagnostics.all.isEmpty, "\(diagnostics.all)")
    #expect(map.text("name") == "chat")
    #expect(map.text("note") == "a: b # c")
    #expect(map.integer("seed") == 7)
    #expect(map.number("share") == 0.9)
    #expect(map.number("factor") == 1.5)
    #expect(map.bytes("memory") == 80_000_000_000)
    #expect(map.duration("time") == .milliseconds(250))
    #expect(map.number("rate") == 2.5)
    #expect(map.number("link") == 350e9)
    #expect(map.number("peak") == 989e12)
    #expect(map.boolean("exact") == true)
    #expect(map.text("router") == "least-kv")
    #expect(map.list("gpus").map(\.integer) == [0, 1])
    #expect(map.map("engine")?.integer("block_size") == 32)
    #expect(map.map("arrivals")?.number("cv") == 2)
    #expect(map["drain"]?.duration == .seconds(120))
    #expect(map.list("deployments").map { $0.map?.integer("replicas") } == [1, 2])
  }

  @Test func defaultsStandInForAbsentKeys() throws {
    let diagnostics = Diagnostics()
    let map = try #require(read("name: x", into: diagnostics))
    #expect(diagnostics.all.isEmpty)
    #expect(map.integer("seed") == 1)
    #expect(map.number("share") == 0.9)
    #expect(map.duration("time") == .seconds(10))
    #expect(map["memory"] == nil)
    #expect(map.map("engine")?.integer("block_size") == 16)
    #expect(map["drain"]?.boolean == true)
    #expect(!map.isWritten("seed") && map.isWritten("name"))
  }

  @Test func whatIsPrintedReadsBack() throws {
    let diagnostics = Diagnostics()
    let text = """
      name: x
      note: "yes: 'no' \\"é\\" \\n # tab"
      share: 12.5 %
      gpus: [3, 1]
      arrivals: {process: gamma, cv: 0.1}
      deployments: [{name: a}, {name: b, replicas: 3}]
      """
    let map = try #require(read(text, into: diagnostics))
    let again = try #require(read(map.yaml, into: diagnostics))
    #expect(diagnostics.all.isEmpty, "\(diagnostics.all)\n\(map.yaml)")
    #expect(again.yaml == map.yaml)
    #expect(again.text("note") == "yes: 'no' \"é\" \n # tab")
    #expect(again.list("deployments").count == 2)
  }

  @Test func anchorsAliasesAndMergeKeys() throws {
    let diagnostics = Diagnostics()
    let map = try #require(
      read(
        """
        name: x
        deployments:
          - &base {name: a, replicas: 4}
          - {<<: *base, name: b}
          - <<: [*base]
            name: c
        """, into: diagnostics))
    #expect(diagnostics.all.isEmpty, "\(diagnostics.all)")
    #expect(map.list("deployments").compactMap { $0.map?.integer("replicas") } == [4, 4, 4])
    #expect(map.list("deployments").compactMap { $0.map?.text("name") } == ["a", "b", "c"])
  }

  @Test func overridesReplaceValues() throws {
    let diagnostics = Diagnostics()
    let map = try #require(read("name: x\nseed: 3", set: ["seed=5"], into: diagnostics))
    #expect(diagnostics.all.isEmpty)
    #expect(map.integer("seed") == 5)
  }

  @Test func overridesReachIntoListsAndAbsentMappings() throws {
    let diagnostics = Diagnostics()
    let map = try #require(
      read(
        "name: x\nseed: 3\ndeployments: [{name: a.b}, {name: c}]",
        set: [
          "deployments[1].replicas=3", "deployments.a.b.replicas=2", "engine.block_size=8", "gpus=[4, 5]", "gpus[1]=6",
          "arrivals={process: gamma, cv: 3}", "seed=",
        ], into: diagnostics))
    #expect(diagnostics.all.isEmpty, "\(diagnostics.all)")
    #expect(map.list("deployments").compactMap { $0.map?.integer("replicas") } == [2, 3])
    #expect(map.map("engine")?.integer("block_size") == 8)
    #expect(map.list("gpus").compactMap(\.integer) == [4, 6])
    #expect(map.map("arrivals")?.number("cv") == 3)
    #expect(map.integer("seed") == 1)
  }

  @Test func overridesBelowABareNameMakeItAMapping() throws {
    let diagnostics = Diagnostics()
    let map = try #require(
      read("name: x\nseed: 3\narrivals: gamma", set: ["arrivals.cv=3"], into: diagnostics))
    #expect(diagnostics.all.isEmpty, "\(diagnostics.all)")
    #expect(map.map("arrivals")?.text("process") == "gamma")
    #expect(map.map("arrivals")?.number("cv") == 3)
  }

  @Test(arguments: [
    ("sed=5", "--set sed: error: unknown key 'sed' in the file; did you mean 'seed'?"),
    (
      "engine.blok_size=5",
      "--set engine.blok_size: error: unknown key 'blok_size' in 'engine'; did you mean 'block_size'?"
    ),
    ("seed=-1", "--set seed: error: 'seed' must be at least 0, found -1"),
    ("seed.x=1", "--set seed.x: error: 'seed' holds '3', not a mapping with a key 'x'"),
    ("seed[0]=1", "--set seed[0]: error: 'seed' is not a list"),
    ("seed", "--set seed: error: wants KEY.PATH=VALUE, for example workload.rate=5/s"),
    ("=5", "--set =5: error: wants KEY.PATH=VALUE, for example workload.rate=5/s"),
    (
      "a..b=5",
      "--set a..b: error: the path has an empty part; it looks like workload.rate or deployments[0].model"
    ),
    ("gpus[x]=5", "--set gpus[x]: error: '[x]' is not an index; write for example deployments[0]"),
    (
      "deployments[7].replicas=2",
      "--set deployments[7].replicas: error: there is no deployments[7]; 'deployments' has 2 items, counted from 0"
    ),
    (
      "deployments.chta.replicas=2",
      "--set deployments.chta.replicas: error: 'deployments' has no item named 'chta'; did you mean 'chat'?; "
        + "or write deployments[0] to deployments[1]"
    ),
    (
      "seed=[",
      "--set seed: error: the value '[' cannot be read: not valid YAML: did not find expected node content"
    ),
  ])
  func badOverridesPointToTheArgument(argument: String, message: String) {
    let text = "name: x\nseed: 3\ndeployments: [{name: chat}, {name: batch}]"
    #expect(diagnostics(of: text, set: [argument]) == [message])
  }

  @Test func unreadableFilesAreNamed() {
    let diagnostics = Diagnostics()
    #expect(throws: UnreadableFile(path: "/no/such/file", reason: "No such file or directory")) {
      try Document.read(path: "/no/such/file", into: diagnostics)
    }
    #expect(throws: UnreadableFile(path: "/", reason: "it is a folder")) {
      try Document.read(path: "/", into: diagnostics)
    }
  }

  @Test(arguments: [
    ("replcas", "replicas"), ("Seed", "seed"), ("rooter", "router"), ("tiem", "time"),
    ("tensor-parallel", "tensor_parallel"), ("policy", "policies"), ("queries", "query"), ("ten", "tensor_parallel"),
    ("repl", "replicas"), ("seed_of_the_run", "seed"), ("Policy", "policies"),
  ])
  func theNearestNameIsFound(typed: String, meant: String) {
    let names = ["replicas", "seed", "router", "time", "tensor_parallel", "policies", "query"]
    #expect(NearestName.of(typed, among: names) == meant)
  }

  @Test func farNamesAreNotSuggested() {
    #expect(NearestName.of("zebra", among: ["replicas", "seed"]) == nil)
    #expect(NearestName.of("", among: ["replicas", "seed"]) == nil)
  }
}
