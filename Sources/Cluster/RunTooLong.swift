import SimCore

/// A run goes on for longer than the time of its GPUs can be counted: 106 days of a replica's GPUs together.
public struct RunTooLong: Error, CustomStringConvertible, Sendable, Hashable {
  /// The most GPUs of any replica.
  public var gpus: Int

  /// What one replica's GPU time may come to, days.
  static var days: Double { SimDuration.max.seconds / 86_400 }

  /// The last moment of a run.
  static func latest(gpus: Int) -> SimTime { SimTime(picoseconds: .max / Int64(max(1, gpus))) }

  public var description: String {
    let most = Int(Self.days / Double(max(1, gpus)))
    return
      "a run with \(gpus) GPUs in a replica can go on for \(most) days of simulated time, and this one goes on for "
      + "longer; give it a 'duration' that is shorter than that, or a part of the trace"
  }
}
