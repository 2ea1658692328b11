import SimCore

/// A run goes on for longer than the time of its GPUs can be counted: about 100 days of a replica's GPUs together.
public struct RunTooLong: Error, CustomStringConvertible, Sendable, Hashable {
  /// The most GPUs of any replica.
  public var gpus: Int

  /// The last moment of a run. What begins then, iterations of 20 hours at several times their usual pace, must end
  /// within the range of a clock: 2^59 ps are six days.
  static func latest(gpus: Int) -> SimTime { SimTime(picoseconds: min(.max / Int64(max(1, gpus)), .max - 1 << 59)) }

  public var description: String {
    let most = Int(Self.latest(gpus: gpus).seconds / 86_400)
    let counted = gpus == 1 ? "1 GPU" : "\(gpus) GPUs"
    return
      "a run with \(counted) in a replica can go on for \(most) days of simulated time, and this one goes on for "
      + "longer; give it a 'duration' that is shorter than that, or a part of the trace"
  }
}
