// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// What stands between the program's start and a run: asynchronous functions go on in the thread of their caller, so
/// that a single run starts no other.
let inCallersThread = ["Experiments", "CommandLineTool"]

/// One library target of the package; dependencies go one way, from the top of this file down to `SimCore`.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  let more: [SwiftSetting] = [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]
  let isInCallersThread = inCallersThread.contains(name)
  return .target(
    name: name, dependencies: dependencies, swiftSettings: isInCallersThread ? strict + more : strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "spillway",
  products: [
    .executable(name: "spillway", targets: ["spillway"]),
    // What a package with a scheduling policy of its own needs; `Examples/ShortestJobFirst` is one.
    .library(name: "Spillway", targets: ["Spillway"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    .systemLibrary(name: "CGSL", pkgConfig: "gsl", providers: [.apt(["libgsl-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // What everything stands on.
    module("TextIO"),
    module("SimCore"),
    .target(name: "CCatalogue", exclude: ["Data"]),
    module("Catalogue", ["TextIO", "CCatalogue"]),

    // What is simulated: machines, models, work.
    module("Hardware"),
    module("Network", ["SimCore", "Hardware"]),
    module("Models", ["TextIO", "Catalogue"]),
    module("StepTime", ["TextIO", "SimCore", "Models", "Catalogue"]),
    module("Workload", ["TextIO", "SimCore", "CGSL", "CZlib"]),
    module("Metrics", ["SimCore"]),

    // The engine and its policies.
    module("Replica", ["SimCore", "StepTime"]),
    module("Scheduling", ["SimCore", "Replica", "StepTime"]),
    module("Observing", ["SimCore", "Replica"]),
    module(
      "Cluster",
      [
        "SimCore", "Hardware", "Network", "StepTime", "Workload", "Metrics", "Replica", "Scheduling", "Observing",
        .product(name: "DequeModule", package: "swift-collections"),
      ]),

    // Files in, figures out.
    module("Configuration", ["TextIO", "SimCore", "CYAML"]),
    module("HardwareCatalogue", ["TextIO", "SimCore", "Configuration", "Hardware", "Catalogue"]),
    module(
      "Assembly",
      [
        "TextIO", "SimCore", "Catalogue", "Hardware", "Network", "Models", "StepTime", "Workload", "Metrics", "Replica",
        "Scheduling",
        "Cluster",
        "Configuration",
      ]),
    module(
      "Scenario",
      [
        "TextIO", "SimCore", "Configuration", "Hardware", "HardwareCatalogue", "Models", "Workload", "Metrics",
        "Replica", "Scheduling",
        "StepTime", "Cluster", "Assembly", "Catalogue",
      ]),
    module("Statistics", ["SimCore", "Metrics", "CGSL"]),
    module("Charts", ["TextIO"]),
    module(
      "Report",
      ["TextIO", "SimCore", "Catalogue", "Metrics", "Statistics", "Replica", "Observing", "Charts", "CZlib"]),
    module(
      "ResultsStore", ["TextIO", "SimCore", "Metrics", "Statistics", .product(name: "GRDB", package: "GRDB.swift")]),

    // Figures from real machines: measured, fitted, compared.
    .target(name: "CCUDA"),
    module("CUDA", ["CCUDA"]),
    module(
      "Calibration",
      ["TextIO", "SimCore", "CUDA", "CCUDA", "Models", "StepTime", "Hardware", "Network", "Catalogue", "Statistics"]),
    module(
      "Fitting", ["TextIO", "SimCore", "Catalogue", "Models", "StepTime", "Workload", "Statistics", "Charts"]),
    module(
      "Validation",
      [
        "TextIO", "SimCore", "Catalogue", "Hardware", "HardwareCatalogue", "Models", "StepTime", "Workload", "Metrics",
        "Replica", "Scheduling", "Cluster", "Configuration", "Assembly", "Statistics", "Fitting", "Charts",
      ]),

    // Runs of scenarios: policies times replications, side by side; what is to be expected of them, and what came out.
    module(
      "Experiments",
      [
        "TextIO", "SimCore", "Hardware", "Network", "StepTime", "Workload", "Metrics", "Replica", "Observing",
        "Cluster", "Configuration", "Scenario", "Assembly", "Statistics", "Report", "ResultsStore",
      ]),

    // Simulates what papers measured, and writes pages that compare the two. It needs whole experiments, charts and
    // reports, so it stands after them.
    module(
      "Claims",
      [
        "TextIO", "SimCore", "Models", "Metrics", "Cluster", "Assembly", "Scenario", "Statistics", "Report", "Charts",
        "Experiments",
      ]),

    // A scenario whose keys are moved on a page.
    module(
      "Explore",
      [
        "TextIO", "SimCore", "Catalogue", "Hardware", "Configuration", "Scheduling", "Metrics", "Scenario",
        "Statistics",
        "Charts", "Report", "Experiments",
      ]),
    module("LoopbackServer", [.product(name: "FlyingSocks", package: "FlyingFox")]),

    // The command.
    .target(name: "CBuild"),
    module(
      "CommandLineTool",
      [
        "CBuild", "TextIO", "SimCore", "Hardware", "HardwareCatalogue", "Models", "StepTime", "Workload", "Metrics",
        "Scheduling",
        "Cluster", "Configuration", "Scenario", "Assembly", "Statistics", "Report", "ResultsStore", "Experiments",
        "Claims", "Explore", "LoopbackServer", "CUDA", "Calibration", "Charts", "Fitting", "Validation", "Catalogue",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "spillway", dependencies: ["CommandLineTool"], path: "Sources/Program", swiftSettings: strict),

    // Random scenarios, damaged inputs and faults of the machine, held against laws: `make fuzz`. No part of what is
    // installed.
    module(
      "Fuzzing",
      [
        "TextIO", "SimCore", "Hardware", "StepTime", "Configuration", "Workload", "Metrics", "Scheduling", "Cluster",
        "Scenario", "Report", "Experiments", "ResultsStore", "CommandLineTool",
      ]),
    .target(name: "CClocks"),
    .target(name: "CStorage", linkerSettings: [.linkedLibrary("sqlite3")]),
    .executableTarget(
      name: "spillway-fuzz",
      dependencies: [
        "Fuzzing", "CClocks", "CStorage", "Scheduling", "Statistics", "CommandLineTool",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Sources/FuzzProgram", swiftSettings: strict),

    // What `import Spillway` gives.
    module(
      "Spillway",
      [
        "SimCore", "Replica", "StepTime", "Scheduling", "Observing", "Metrics", "Statistics", "Configuration",
        "Scenario", "Experiments", "Report", "CommandLineTool",
      ]),

    // The policy of the template, so that every test run builds it and holds it to what policies must do.
    .target(
      name: "ExamplePolicies", dependencies: ["Spillway"], path: "Examples/ShortestJobFirst/Sources/ShortestJobFirst",
      swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["Hardware", "StepTime"], path: "Tests/TestSupport", swiftSettings: strict),
    .target(name: "FakeCUDA", dependencies: ["CUDA", "CCUDA"], path: "Tests/FakeCUDA", swiftSettings: strict),
    tests("TextIOTests", ["TextIO"]),
    tests("SimCoreTests", ["SimCore"]),
    tests(
      "HardwareTests",
      ["SimCore", "Hardware", "HardwareCatalogue", "Configuration", "Network", "Catalogue", "Calibration"]),
    tests("NetworkTests", ["SimCore", "Hardware", "Network", "TestSupport"]),
    tests("ModelsTests", ["Models", "Catalogue"]),
    tests("StepTimeTests", ["StepTime", "Models", "SimCore", "Catalogue", "TestSupport"]),
    tests("WorkloadTests", ["Workload", "SimCore", "CGSL", "CZlib", "TestSupport"]),
    tests("MetricsTests", ["Metrics", "SimCore"]),
    tests("ReplicaTests", ["SimCore", "Replica", "StepTime"]),
    tests(
      "ClusterTests",
      [
        "SimCore", "Hardware", "Network", "StepTime", "Workload", "Metrics", "Replica", "Scheduling", "Observing",
        "Cluster", "Statistics", "Report", "TestSupport", "ExamplePolicies",
      ]),
    tests("ConfigurationTests", ["TextIO", "SimCore", "Configuration"]),
    tests(
      "ScenarioTests",
      [
        "TextIO", "SimCore", "Configuration", "Hardware", "HardwareCatalogue", "Models", "Workload", "Metrics",
        "Replica", "Scheduling", "Statistics", "Cluster", "Assembly", "Scenario", "TestSupport",
      ]),
    tests(
      "FuzzingTests",
      [
        "Fuzzing", "CStorage", "CommandLineTool", "Configuration", "Metrics", "Replica", "ResultsStore", "Scenario",
        "Scheduling", "SimCore", "Statistics",
      ]),
    tests("CatalogueTests", ["Catalogue", "SimCore"]),
    tests(
      "AssemblyTests",
      [
        "Assembly", "Catalogue", "Hardware", "HardwareCatalogue", "Models", "Scheduling", "SimCore", "StepTime",
        "TestSupport",
      ]),
    tests("CUDATests", ["CUDA", "CCUDA", "FakeCUDA"]),
    tests("ChartsTests", ["Charts"]),
    tests(
      "CalibrationTests",
      [
        "SimCore", "CUDA", "CCUDA", "FakeCUDA", "Calibration", "Models", "StepTime", "Hardware", "HardwareCatalogue",
        "Catalogue", "Statistics",
      ]),
    tests(
      "FittingTests",
      ["SimCore", "Fitting", "Models", "StepTime", "Workload", "Catalogue", "Statistics", "Charts", "TestSupport"]),
    tests(
      "ValidationTests",
      [
        "TextIO", "SimCore", "Hardware", "HardwareCatalogue", "Models", "StepTime", "Catalogue", "Workload", "Metrics",
        "Replica",
        "Scheduling", "Cluster", "Configuration", "Scenario", "Assembly", "Statistics", "Fitting", "Charts",
        "Validation", "TestSupport",
      ]),
    tests("StatisticsTests", ["Statistics", "Metrics", "SimCore"]),
    .testTarget(
      name: "ReportTests",
      dependencies: ["TextIO", "Report", "Statistics", "Metrics", "SimCore", "Replica", "Observing", "CZlib"],
      exclude: ["Golden"], swiftSettings: strict),
    .testTarget(
      name: "ResultsStoreTests",
      dependencies: [
        "ResultsStore", "Metrics", "Statistics", "SimCore", .product(name: "GRDB", package: "GRDB.swift"),
      ], exclude: ["Data"], swiftSettings: strict),
    tests(
      "CommandLineTests",
      [
        "TextIO", "SimCore", "Models", "Metrics", "Configuration", "Scenario", "Assembly", "Cluster", "Scheduling",
        "Observing", "Statistics", "Report", "ResultsStore", "Experiments", "LoopbackServer", "CUDA", "CommandLineTool",
        "ExamplePolicies", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    tests("LoopbackServerTests", ["LoopbackServer", "TestSupport"]),
    tests("ExploreTests", ["Explore", "Scenario"]),
    tests(
      "ClaimsTests",
      [
        "Claims", "CommandLineTool", "Configuration", "Scenario", "Scheduling", "Statistics", "Metrics", "Experiments",
      ]),
    tests("HouseTests", ["Configuration", "Scenario", "Scheduling", "Statistics", "CommandLineTool", "TestSupport"]),
  ]
)

// `SPILLWAY_PACKAGE=engine` reads the package as the engine and its tests alone, which compiles in release mode in a
// few minutes; `make release-tests` does.
if Context.environment["SPILLWAY_PACKAGE"] == "engine" {
  var needed: Set = [
    "SimCoreTests", "NetworkTests", "StepTimeTests", "WorkloadTests", "MetricsTests", "ReplicaTests", "ClusterTests",
    "StatisticsTests",
  ]
  // Targets stand on those before them, so one pass backwards finds all.
  for target in package.targets.reversed() where needed.contains(target.name) {
    for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
  }
  package.targets.removeAll { !needed.contains($0.name) }
  package.products = []
}

// `SPILLWAY_PACKAGE=libfuzzer` adds readers that libFuzzer drives; they link only with `-sanitize=fuzzer`, as
// `make libfuzzer` builds them.
if Context.environment["SPILLWAY_PACKAGE"] == "libfuzzer" {
  package.targets.append(
    .executableTarget(
      name: "spillway-libfuzzer",
      dependencies: [
        "TextIO", "SimCore", "StepTime", "Workload", "Configuration", "Scheduling", "Scenario", "Statistics",
      ],
      path: "Sources/FuzzReaders", swiftSettings: strict))
}
