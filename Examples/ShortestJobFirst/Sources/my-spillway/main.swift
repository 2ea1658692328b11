import ShortestJobFirst
import Spillway

// The whole command line, with one policy more: `my-spillway compare`, `--set`, the store, `policies`, `schema`.
await SpillwayCommand.main(policies: .builtIn + [ShortestJobFirstPolicy.self])
