// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// One library target of the package; dependencies go one way, from the top of this file down to `Kernel`.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
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
        "Kernel", "Memory", "Batching", "StepTime", "Scheduling", "Cluster", "Metrics", "Reading", "Scenario",
        "Planning", "Statistics", "Report",
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
    room("Kernel"),
    .target(name: "CCatalogue", exclude: ["Data"]),
    room("Catalogue", ["CCatalogue"]),

    // What is simulated: machines, models, work.
    room("ProfileText"),
    room("Hardware"),
    room("Transfers", ["Kernel", "Hardware"]),
    room("Models", ["Catalogue"]),
    room("StepTime", ["Kernel", "Models", "Catalogue", "ProfileText"]),
    room("Workload", ["Kernel", "CGSL", "CZlib"]),
    room("Metrics", ["Kernel"]),

    // The engine and its policies.
    room("Memory"),
    room("Batching", ["Kernel", "Memory", "StepTime", .product(name: "HeapModule", package: "swift-collections")]),
    room("Scheduling", ["Kernel", "Memory", "Batching", "StepTime"]),
    room(
      "Cluster",
      ["Kernel", "Hardware", "Transfers", "StepTime", "Workload", "Metrics", "Memory", "Batching", "Scheduling"]),

    // Files in, figures out.
    room("Units", ["Kernel"]),
    room("Reading", ["Kernel", "Units", .product(name: "Yams", package: "Yams")]),
    room("HardwareCatalogue", ["Kernel", "Units", "Reading", "Hardware", "Catalogue", "ProfileText"]),
    room(
      "Scenario",
      [
        "Kernel", "Units", "Reading", "Hardware", "HardwareCatalogue", "Models", "Workload", "Metrics", "Scheduling",
      ]),
    room(
      "Planning",
      [
        "Kernel", "Hardware", "Transfers", "Models", "StepTime", "Workload", "Metrics", "Batching", "Scheduling",
        "Cluster", "Scenario", "Catalogue",
      ]),
    room("Statistics", ["Kernel", "Metrics", "CGSL"]),
    room("Report", ["Kernel", "Metrics", "Statistics"]),
    room("ResultsStore", ["Kernel", "Metrics", "Statistics", .product(name: "GRDB", package: "GRDB.swift")]),

    // Figures from real machines: measured, fitted, compared.
    .target(name: "CCUDA"),
    room("CUDA", ["CCUDA"]),
    room("Regression", ["CGSL"]),
    room("Charts"),
    room(
      "Calibration",
      ["Kernel", "CUDA", "CCUDA", "Models", "StepTime", "Hardware", "Transfers", "ProfileText", "Regression"]),
    room("Fitting", ["Kernel", "Models", "StepTime", "Workload", "Regression", "Charts"]),
    room(
      "Validation",
      [
        "Kernel", "Hardware", "HardwareCatalogue", "Catalogue", "Models", "StepTime", "Workload", "Metrics", "Memory",
        "Batching", "Scheduling", "Cluster", "Reading", "Planning", "Statistics", "Fitting", "Charts",
      ]),

    // The command.
    room(
      "CommandLineTool",
      [
        "Kernel", "Hardware", "HardwareCatalogue", "Transfers", "Models", "StepTime", "Workload",
        "Metrics", "Batching", "Scheduling", "Cluster", "Units", "Reading", "Scenario", "Planning", "Statistics",
        "Report", "ResultsStore", "CUDA", "Calibration", "Regression", "Charts", "Fitting", "Validation", "ProfileText",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "spillway", dependencies: ["CommandLineTool"], swiftSettings: strict),

    .target(name: "TestSupport", dependencies: ["Hardware"], path: "Tests/TestSupport", swiftSettings: strict),
    .target(name: "FakeCUDA", dependencies: ["CUDA", "CCUDA"], path: "Tests/FakeCUDA", swiftSettings: strict),
    tests("KernelTests", ["Kernel"]),
    tests(
      "HardwareTests",
      ["Kernel", "Hardware", "HardwareCatalogue", "Reading", "Transfers", "ProfileText", "Calibration", "Catalogue"]),
    tests("TransfersTests", ["Kernel", "Hardware", "Transfers", "TestSupport"]),
    tests("ModelsTests", ["Models", "Catalogue"]),
    tests("StepTimeTests", ["StepTime", "Models", "Kernel", "Catalogue"]),
    tests("WorkloadTests", ["Workload", "Kernel", "CGSL", "CZlib"]),
    tests("MetricsTests", ["Metrics", "Kernel"]),
    tests("MemoryTests", ["Kernel", "Memory"]),
    tests("BatchingTests", ["Kernel", "Memory", "Batching", "StepTime"]),
    tests(
      "ClusterTests",
      [
        "Kernel", "Hardware", "Transfers", "StepTime", "Workload", "Metrics", "Memory", "Batching", "Scheduling",
        "Cluster", "Statistics", "TestSupport",
      ]),
    tests("UnitsTests", ["Kernel", "Units"]),
    tests("ReadingTests", ["Kernel", "Units", "Reading"]),
    tests(
      "ScenarioTests",
      [
        "Kernel", "Units", "Reading", "Hardware", "HardwareCatalogue", "Models", "Workload", "Metrics", "Scheduling",
        "Scenario",
      ]),
    tests("ProfileTextTests", ["ProfileText"]),
    tests("CUDATests", ["CUDA", "CCUDA", "FakeCUDA"]),
    tests("RegressionTests", ["Regression"]),
    tests("ChartsTests", ["Charts"]),
    tests(
      "CalibrationTests",
      [
        "Kernel", "CUDA", "CCUDA", "FakeCUDA", "Calibration", "Models", "StepTime", "Hardware", "ProfileText",
        "Regression",
      ]),
    tests(
      "FittingTests", ["Kernel", "Fitting", "Models", "StepTime", "Workload", "ProfileText", "Regression", "Charts"]),
    tests(
      "ValidationTests",
      [
        "Kernel", "Hardware", "HardwareCatalogue", "Models", "StepTime", "ProfileText", "Workload", "Metrics",
        "Batching", "Scheduling", "Cluster", "Units", "Reading", "Scenario", "Planning", "Statistics", "Fitting",
        "Charts", "Validation",
      ]),
    tests("StatisticsTests", ["Statistics", "Metrics", "Kernel"]),
    .testTarget(
      name: "ReportTests", dependencies: ["Report", "Statistics", "Metrics", "Kernel"], exclude: ["Golden"],
      swiftSettings: strict),
    tests(
      "ResultsStoreTests", ["ResultsStore", "Metrics", "Kernel", .product(name: "GRDB", package: "GRDB.swift")]),
    tests(
      "CommandLineTests",
      [
        "Kernel", "Metrics", "Reading", "Scenario", "Planning", "Cluster", "Scheduling", "Report", "ResultsStore",
        "CUDA", "CommandLineTool",
      ]),
    tests("HouseTests", ["Reading", "Scenario", "Scheduling", "Statistics", "CommandLineTool"]),
  ]
)
