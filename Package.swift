// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// One library target of the package; dependencies go one way, from the top of this file down to `SimCore`.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
  name: "spillway",
  products: [
    .executable(name: "spillway", targets: ["spillway"]),
    // What a package with a scheduling policy of its own needs; `Documentation/Policies.md` has an example.
    .library(
      name: "Spillway",
      targets: [
        "SimCore", "Replica", "StepTime", "Scheduling", "Cluster", "Metrics", "Configuration", "Scenario", "Assembly",
        "Statistics", "Report",
      ]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .systemLibrary(name: "CGSL", pkgConfig: "gsl", providers: [.apt(["libgsl-dev"])]),
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
    module("Replica", ["SimCore", "StepTime", .product(name: "HeapModule", package: "swift-collections")]),
    module("Scheduling", ["SimCore", "Replica", "StepTime"]),
    module(
      "Cluster",
      ["SimCore", "Hardware", "Network", "StepTime", "Workload", "Metrics", "Replica", "Scheduling"]),

    // Files in, figures out.
    module("Configuration", ["TextIO", "SimCore", .product(name: "Yams", package: "Yams")]),
    module("HardwareCatalogue", ["TextIO", "SimCore", "Configuration", "Hardware", "Catalogue"]),
    module(
      "Scenario",
      [
        "TextIO", "SimCore", "Configuration", "Hardware", "HardwareCatalogue", "Models", "Workload", "Metrics",
        "Scheduling",
      ]),
    module(
      "Assembly",
      [
        "SimCore", "Hardware", "Network", "Models", "StepTime", "Workload", "Metrics", "Replica", "Scheduling",
        "Cluster", "Scenario", "Catalogue",
      ]),
    module("Statistics", ["SimCore", "Metrics", "CGSL"]),
    module("Report", ["TextIO", "SimCore", "Metrics", "Statistics"]),
    module("ResultsStore", ["SimCore", "Metrics", "Statistics", .product(name: "GRDB", package: "GRDB.swift")]),

    // Figures from real machines: measured, fitted, compared.
    .target(name: "CCUDA"),
    module("CUDA", ["CCUDA"]),
    module("Charts"),
    module(
      "Calibration",
      ["TextIO", "SimCore", "CUDA", "CCUDA", "Models", "StepTime", "Hardware", "Network", "Catalogue", "Statistics"]),
    module("Fitting", ["TextIO", "SimCore", "Models", "StepTime", "Workload", "Statistics", "Charts"]),
    module(
      "Validation",
      [
        "TextIO", "SimCore", "Hardware", "HardwareCatalogue", "Catalogue", "Models", "StepTime", "Workload", "Metrics",
        "Replica", "Scheduling", "Cluster", "Configuration", "Assembly", "Statistics", "Fitting", "Charts",
      ]),

    // The command.
    module(
      "CommandLineTool",
      [
        "TextIO", "SimCore", "Hardware", "HardwareCatalogue", "Network", "Models", "StepTime", "Workload", "Metrics",
        "Replica", "Scheduling", "Cluster", "Configuration", "Scenario", "Assembly", "Statistics", "Report",
        "ResultsStore", "CUDA", "Calibration", "Charts", "Fitting", "Validation", "Catalogue",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "spillway", dependencies: ["CommandLineTool"], swiftSettings: strict),

    .target(name: "TestSupport", dependencies: ["Hardware"], path: "Tests/TestSupport", swiftSettings: strict),
    .target(name: "FakeCUDA", dependencies: ["CUDA", "CCUDA"], path: "Tests/FakeCUDA", swiftSettings: strict),
    tests("TextIOTests", ["TextIO"]),
    tests("SimCoreTests", ["SimCore"]),
    tests(
      "HardwareTests",
      ["SimCore", "Hardware", "HardwareCatalogue", "Configuration", "Network", "Catalogue", "Calibration"]),
    tests("NetworkTests", ["SimCore", "Hardware", "Network", "TestSupport"]),
    tests("ModelsTests", ["Models", "Catalogue"]),
    tests("StepTimeTests", ["StepTime", "Models", "SimCore", "Catalogue"]),
    tests("WorkloadTests", ["Workload", "SimCore", "CGSL", "CZlib"]),
    tests("MetricsTests", ["Metrics", "SimCore"]),
    tests("ReplicaTests", ["SimCore", "Replica", "StepTime"]),
    tests(
      "ClusterTests",
      [
        "SimCore", "Hardware", "Network", "StepTime", "Workload", "Metrics", "Replica", "Scheduling", "Cluster",
        "Statistics", "TestSupport",
      ]),
    tests("ConfigurationTests", ["TextIO", "SimCore", "Configuration"]),
    tests(
      "ScenarioTests",
      [
        "TextIO", "SimCore", "Configuration", "Hardware", "HardwareCatalogue", "Models", "Workload", "Metrics",
        "Scheduling", "Statistics",
        "Scenario",
      ]),
    tests("CatalogueTests", ["Catalogue"]),
    tests("CUDATests", ["CUDA", "CCUDA", "FakeCUDA"]),
    tests("ChartsTests", ["Charts"]),
    tests(
      "CalibrationTests",
      [
        "SimCore", "CUDA", "CCUDA", "FakeCUDA", "Calibration", "Models", "StepTime", "Hardware", "Catalogue",
        "Statistics",
      ]),
    tests(
      "FittingTests", ["SimCore", "Fitting", "Models", "StepTime", "Workload", "Catalogue", "Statistics", "Charts"]),
    tests(
      "ValidationTests",
      [
        "TextIO", "SimCore", "Hardware", "HardwareCatalogue", "Models", "StepTime", "Catalogue", "Workload", "Metrics",
        "Replica", "Scheduling", "Cluster", "Configuration", "Scenario", "Assembly", "Statistics", "Fitting", "Charts",
        "Validation",
      ]),
    tests("StatisticsTests", ["Statistics", "Metrics", "SimCore"]),
    .testTarget(
      name: "ReportTests", dependencies: ["TextIO", "Report", "Statistics", "Metrics", "SimCore"], exclude: ["Golden"],
      swiftSettings: strict),
    tests(
      "ResultsStoreTests", ["ResultsStore", "Metrics", "SimCore", .product(name: "GRDB", package: "GRDB.swift")]),
    tests(
      "CommandLineTests",
      [
        "TextIO", "SimCore", "Metrics", "Configuration", "Scenario", "Assembly", "Cluster", "Scheduling", "Report",
        "ResultsStore", "CUDA", "CommandLineTool",
      ]),
    tests("HouseTests", ["Configuration", "Scenario", "Scheduling", "Statistics", "CommandLineTool"]),
  ]
)
