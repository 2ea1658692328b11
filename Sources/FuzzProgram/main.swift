import Fuzzing
import Glibc
import Scheduling
import Statistics

let usage = """
  usage: spillway-fuzz [--seconds N] [--seed N] [--cases N] [--failures FOLDER] [--print]

  Random scenarios over every key that scenarios can have, each run in every way that must not matter and held against
  laws. What breaks is shrunk and written down.

    --seconds    how long; 60 when left out
    --seed       the first seed; from the clock when left out, and always printed
    --cases      how many at most
    --failures   where failing scenarios are written; .build/fuzz when left out
    --print      print the scenario of the seed, and run nothing
  """

func stop(_ message: String, _ code: Int32) -> Never {
  let line = message + "\n"
  _ = line.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) }
  exit(code)
}

var seconds = 60.0
var seed = UInt64(time(nil)) * 1_000_000
var cases = Int.max
var folder = ".build/fuzz"
var prints = false
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  func value<Value>(_ parse: (String) -> Value?) -> Value {
    guard let value = arguments.popFirst().flatMap(parse) else { stop("'\(argument)' wants a value\n" + usage, 64) }
    return value
  }
  switch argument {
  case "--seconds": seconds = value(Double.init)
  case "--seed": seed = value(UInt64.init)
  case "--cases": cases = value(Int.init)
  case "--failures": folder = value { $0 }
  case "--print": prints = true
  default: stop("unknown option '\(argument)'\n" + usage, 64)
  }
}

let session = FuzzSession(policies: .builtIn, metrics: MetricKey.all.map(\.name))
if prints {
  print(session.text(of: seed), terminator: "")
  exit(0)
}

/// Where the seed under way is written: after a trap it says which one it was.
let trail = folder + "/seed"
mkdir(folder, 0o755)
func write(_ text: String, to path: String) {
  guard let file = fopen(path, "w") else { stop("\(path): cannot be written", 73) }
  fputs(text, file)
  fclose(file)
}

print("seeds from \(seed)")
/// Tries seed after seed.
///
/// - Returns: how many broke a law.
func tryAll(from first: UInt64, seconds: Double, cases: Int, trail: String, folder: String) async -> Int {
  let clock = ContinuousClock()
  let end = clock.now + .seconds(seconds)
  var tally = FuzzTally()
  var failures = 0
  var seed = first
  while clock.now < end, tally.cases < cases {
    write("\(seed)\n", to: trail)
    if let failure = await session.tryOne(seed, into: &tally) {
      failures += 1
      let path = "\(folder)/\(failure.seed).yaml"
      write("# \(failure.reason)\n" + failure.text, to: path)
      print("BROKEN  seed \(failure.seed): \(failure.reason)\n        \(path)")
    }
    seed += 1
  }
  unlink(trail)
  let keys = session.keys
  print(
    """
    \(tally.cases) cases: \(tally.ran) ran with \(tally.requests) requests, \(tally.refused) were refused, \
    \(tally.tooLong) would have been too long, \(failures) broke a law
    \(tally.keysReached.intersection(keys).count) of \(keys.count) keys, \(tally.policiesReached.count) of \
    \(session.policies.descriptors.count) policies, \(tally.messages.count) different messages
    """)
  return failures
}

exit(await tryAll(from: seed, seconds: seconds, cases: cases, trail: trail, folder: folder) == 0 ? 0 : 1)
