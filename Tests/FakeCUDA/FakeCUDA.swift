import CCUDA
import CUDA
import Glibc

/// A CUDA driver that runs in the test: GPUs with a clock of their own, links with given speeds, and calls that can be
/// made to fail. Times are virtual, so that tests are exact and wait for nothing.
public final class FakeCUDA {
  /// What the machine is like.
  public struct Machine {
    public var gpus = 1
    public var name = "NVIDIA H200"
    /// Device memory of each GPU, bytes; small, because host memory of the same size is really allocated.
    public var memory = 256 << 20
    public var version: Int32 = 13000
    public var peerAccess = true
    /// Bytes per second.
    public var hostToDevice = 55e9
    public var deviceToHost = 50e9
    public var peer = 400e9
    public var kernelCopy = 350e9
    public var gather = 1800e9
    public var read = 4400e9
    /// Seconds that each copy costs the GPU before its bytes, more when the reader drives a peer copy.
    public var issue = 2.4e-6
    public var readIssue = 6.6e-6
    /// Seconds more when nothing was under way.
    public var latency = 4.0e-6
    /// Seconds of host time for each call.
    public var call = 0.5e-6
    /// Whether device memory is real and copies move bytes, for tests that look at results.
    public var movesBytes = false
    /// Of longer copies only the first so many bytes are moved, where it is time that a test looks at.
    public var movedBytesAtMost = Int.max

    public init(gpus: Int = 1) { self.gpus = gpus }
  }

  /// A call that fails: from its `after`-th time on, `times` times.
  public struct Failure {
    public var code: Int32
    public var after: Int
    public var times: Int

    public init(code: Int32, after: Int = 0, times: Int = .max) {
      self.code = code
      self.after = after
      self.times = times
    }
  }

  public var machine: Machine
  public var failures: [String: Failure] = [:]
  /// How often each function was called.
  public private(set) var calls: [String: Int] = [:]
  /// The virtual host clock, seconds.
  public private(set) var now = 0.0
  /// Bytes of device memory in use on each GPU.
  public private(set) var used: [Int]
  /// Handles made and not yet destroyed, by what made them.
  public private(set) var open: [String: Int] = [:]
  /// Names and argument words of the kernels launched, in order.
  public private(set) var launches: [String] = []

  /// Called for each kernel with its name and parameters; what it returns is how many seconds the kernel takes.
  public var onLaunch: ((String, UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Double?)?

  private var current = 0
  private var nextHandle = 0x1000
  private var nextAddress: UInt64 = 0x7000_0000_0000
  /// Everything allocated; −1 is the host.
  private var blocks: [(start: UInt64, bytes: Int, gpu: Int)] = []
  private var streams: [Int: (gpu: Int, busyUntil: Double, capture: [Double]?)] = [:]
  private var events: [Int: Double] = [:]
  private var functions: [Int: String] = [:]
  private var graphs: [Int: [Double]] = [:]
  private var names: [Int32: UnsafeMutablePointer<CChar>] = [:]

  public init(_ machine: Machine = Machine()) {
    self.machine = machine
    used = [Int](repeating: 0, count: machine.gpus)
  }

  deinit {
    for name in names.values { free(name) }
    for block in blocks where block.gpu < 0 || machine.movesBytes {
      free(UnsafeMutableRawPointer(bitPattern: UInt(block.start)))
    }
  }

  /// The clock as measurements take it.
  public var clock: () -> Double { { self.now } }

  public func driver() throws(CUDAError) -> Driver { try Driver(driverFunctions(), path: "fake") }

  // MARK: Bookkeeping

  /// Counts a call and says whether it is to fail.
  func begin(_ call: String) -> CUresult {
    let count = calls[call, default: 0]
    calls[call] = count + 1
    now += machine.call
    guard let failure = failures[call], count >= failure.after, count - failure.after < failure.times else { return 0 }
    return failure.code
  }

  func made(_ kind: String) -> OpaquePointer? {
    nextHandle += 16
    open[kind, default: 0] += 1
    return OpaquePointer(bitPattern: nextHandle)
  }

  func gone(_ kind: String) { open[kind, default: 0] -= 1 }

  func name(of code: Int32) -> UnsafePointer<CChar>? {
    if let known = names[code] { return UnsafePointer(known) }
    let text: String
    switch code {
    case 1: text = "CUDA_ERROR_INVALID_VALUE"
    case 2: text = "CUDA_ERROR_OUT_OF_MEMORY"
    case 100: text = "CUDA_ERROR_NO_DEVICE"
    case 700: text = "CUDA_ERROR_ILLEGAL_ADDRESS"
    case 704: text = "CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED"
    default: return nil
    }
    names[code] = strdup(text)
    return names[code].map { UnsafePointer($0) }
  }

  func activate(_ context: OpaquePointer?) { current = context.map { Int(bitPattern: $0) - 1 } ?? 0 }

  // MARK: Memory

  func allocate(_ bytes: Int) -> UInt64? {
    if used[current] + bytes > machine.memory { return nil }
    used[current] += bytes
    var address = nextAddress
    nextAddress += UInt64((bytes + 0xfff) & ~0xfff)
    if machine.movesBytes, let pointer = calloc(1, bytes) { address = UInt64(UInt(bitPattern: pointer)) }
    blocks.append((address, bytes, current))
    return address
  }

  func release(_ address: UInt64) -> Bool {
    guard let index = blocks.firstIndex(where: { $0.start == address && $0.gpu >= 0 }) else { return false }
    let block = blocks.remove(at: index)
    used[block.gpu] -= block.bytes
    if machine.movesBytes { free(UnsafeMutableRawPointer(bitPattern: UInt(address))) }
    return true
  }

  var freeBytes: Int { machine.memory - used[current] }

  func allocateHost(_ bytes: Int) -> UnsafeMutableRawPointer? {
    guard let pointer = calloc(1, bytes) else { return nil }
    blocks.append((UInt64(UInt(bitPattern: pointer)), bytes, -1))
    return pointer
  }

  func releaseHost(_ pointer: UnsafeMutableRawPointer?) -> Bool {
    let start = UInt64(UInt(bitPattern: pointer))
    guard let pointer, let index = blocks.firstIndex(where: { $0.start == start && $0.gpu < 0 }) else { return false }
    blocks.remove(at: index)
    free(pointer)
    return true
  }

  /// The GPU that an address lies on, −1 for the host, `nil` for none.
  func owner(_ address: UInt64, bytes: Int) -> Int? {
    for block in blocks where address >= block.start && address + UInt64(bytes) <= block.start + UInt64(block.bytes) {
      return block.gpu
    }
    return nil
  }

  /// Bytes from an address to the end of what it was allocated with; 0 for none.
  func room(at address: UInt64) -> Int {
    let block = blocks.first { address >= $0.start && address < $0.start + UInt64($0.bytes) }
    return block.map { Int($0.start + UInt64($0.bytes) - address) } ?? 0
  }

  // MARK: Streams

  func makeStream() -> OpaquePointer? {
    let handle = made("stream")
    streams[Int(bitPattern: handle)] = (current, now, nil)
    return handle
  }

  func closeStream(_ handle: OpaquePointer?) { streams[Int(bitPattern: handle)] = nil }

  /// Queues work of a length; false for a stream that is not there.
  func queue(_ seconds: Double, on handle: OpaquePointer?) -> Bool {
    let key = Int(bitPattern: handle)
    guard let stream = streams[key] else { return false }
    if stream.capture != nil {
      streams[key]?.capture?.append(seconds)
    } else {
      streams[key]?.busyUntil = max(stream.busyUntil, now) + seconds
    }
    return true
  }

  func copy(_ target: UInt64, _ source: UInt64, _ bytes: Int, _ handle: OpaquePointer?) -> Bool {
    guard let stream = streams[Int(bitPattern: handle)], let from = owner(source, bytes: bytes),
      let to = owner(target, bytes: bytes)
    else { return false }
    let isPull = from >= 0 && to >= 0 && from != to && stream.gpu == to
    if machine.movesBytes, stream.capture == nil {
      memmove(
        UnsafeMutableRawPointer(bitPattern: UInt(target))!, UnsafeRawPointer(bitPattern: UInt(source))!,
        min(bytes, machine.movedBytesAtMost))
    }
    var seconds = isPull ? machine.readIssue : machine.issue
    if stream.busyUntil <= now { seconds += machine.latency }
    let rate: Double
    if from < 0 {
      rate = machine.hostToDevice
    } else if to < 0 {
      rate = machine.deviceToHost
    } else {
      rate = from == to ? machine.read / 2 : machine.peer
    }
    return queue(seconds + Double(bytes) / rate, on: handle)
  }

  func wait(_ handle: OpaquePointer?) -> Bool {
    guard let stream = streams[Int(bitPattern: handle)] else { return false }
    now = max(now, stream.busyUntil)
    return true
  }

  func waitForAll() { now = max(now, streams.values.map(\.busyUntil).max() ?? now) }

  func record(_ event: OpaquePointer?, _ handle: OpaquePointer?) -> Bool {
    guard let stream = streams[Int(bitPattern: handle)] else { return false }
    events[Int(bitPattern: event)] = max(stream.busyUntil, now)
    return true
  }

  func time(of event: OpaquePointer?) -> Double? { events[Int(bitPattern: event)] }

  func hold(_ handle: OpaquePointer?, for event: OpaquePointer?) -> Bool {
    guard let stream = streams[Int(bitPattern: handle)], let time = time(of: event) else { return false }
    streams[Int(bitPattern: handle)]?.busyUntil = max(stream.busyUntil, time)
    return true
  }

  func passTo(_ time: Double) { now = max(now, time) }

  // MARK: Kernels and graphs

  func function(_ name: String) -> OpaquePointer? {
    nextHandle += 16
    functions[nextHandle] = name
    return OpaquePointer(bitPattern: nextHandle)
  }

  func launch(
    _ function: OpaquePointer?, _ parameters: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ stream: OpaquePointer?
  ) -> Bool {
    guard let name = functions[Int(bitPattern: function)] else { return false }
    launches.append(name)
    if let seconds = onLaunch?(name, parameters) { return queue(seconds, on: stream) }
    func word(_ index: Int) -> Double { Double(parameters?[index]?.load(as: UInt64.self) ?? 0) }
    func small(_ index: Int) -> Double { Double(parameters?[index]?.load(as: Int32.self) ?? 0) }
    let seconds: Double
    switch name {
    case "wait_nanoseconds": seconds = word(0) * 1e-9
    case "copy_words": seconds = word(2) * 16 / machine.kernelCopy
    case "read_words": seconds = word(1) * 16 / machine.read
    case "gather", "scatter": seconds = small(3) * 16 * small(4) / machine.gather
    default: seconds = 1e-5
    }
    return queue(seconds, on: stream)
  }

  func beginCapture(_ handle: OpaquePointer?) { streams[Int(bitPattern: handle)]?.capture = [] }

  func endCapture(_ handle: OpaquePointer?) -> OpaquePointer? {
    guard let work = streams[Int(bitPattern: handle)]?.capture else { return nil }
    streams[Int(bitPattern: handle)]?.capture = nil
    let graph = made("graph")
    graphs[Int(bitPattern: graph)] = work
    return graph
  }

  func instantiate(_ graph: OpaquePointer?) -> OpaquePointer? {
    let executable = made("executable")
    graphs[Int(bitPattern: executable)] = graphs[Int(bitPattern: graph)]
    return executable
  }

  func replay(_ executable: OpaquePointer?, on stream: OpaquePointer?) -> Bool {
    guard let work = graphs[Int(bitPattern: executable)] else { return false }
    return queue(work.reduce(0, +), on: stream)
  }
}
