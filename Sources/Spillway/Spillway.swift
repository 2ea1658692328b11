// What `import Spillway` promises to a package of one's own: everything to write a scheduling policy, to run scenarios
// with it from the command line or from a program, and to read the results. What the other modules declare as public is
// there for each other and may change with any version.
//
// `@_exported` is not part of the language proper. It is what re-exports a module on every platform, and what the
// packages of Apple and Swift on Server use for the same purpose.

// The command line, with policies of one's own.
@_exported import CommandLineTool
// Scenarios in, runs, tables and JSON out.
@_exported import Configuration
@_exported import Experiments
// Results, and statistics over replications.
@_exported import Metrics
// What an observer of a run is shown.
@_exported import Observing
// What a policy sees: sequences, blocks, the decode batch, limits; and what iterations cost.
@_exported import Replica
@_exported import Report
@_exported import Scenario
// What a policy is, and the catalogue of policies.
@_exported import Scheduling
// Simulated time, random streams.
@_exported import SimCore
@_exported import Statistics
@_exported import StepTime
