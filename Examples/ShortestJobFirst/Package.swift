// swift-tools-version: 6.1
import PackageDescription

// A package with a scheduling policy of its own. Copy this folder, and depend on Spillway by its URL instead of
// `../..`.
let package = Package(
  name: "ShortestJobFirst",
  dependencies: [.package(name: "spillway", path: "../..")],
  targets: [
    .target(name: "ShortestJobFirst", dependencies: [.product(name: "Spillway", package: "spillway")]),
    .executableTarget(
      name: "my-spillway",
      dependencies: ["ShortestJobFirst", .product(name: "Spillway", package: "spillway")]),
  ]
)
