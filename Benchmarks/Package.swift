// swift-tools-version: 6.1
import PackageDescription

/// Measures the release build of `spillway` as a person runs it: a process of its own, start-up included. It needs
/// nothing of the simulator's code, so it is a package of its own and depends on nothing.
let package = Package(
  name: "spillway-benchmarks",
  targets: [
    // The least work that the simulator's job takes, in C: costs are ratios to it.
    .executableTarget(
      name: "limit", cSettings: [.unsafeFlags(["-O2"])], linkerSettings: [.linkedLibrary("m")]),
    .executableTarget(
      name: "spillway-benchmarks",
      swiftSettings: [.enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility")]),
  ]
)
