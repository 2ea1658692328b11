import Configuration
import SimCore
import Workload

extension ScenarioSections {
  /// Clients by tables, as an arrival process.
  static let clients = Section(
    "clients", "Clients that come and go, each with a rate and gaps of its own in each window, from tables.",
    [
      Key(
        "file", .text, .required,
        "A CSV file with client, window_start_s, rate_rps, family (Gamma or Weibull) and shape, beside the scenario."),
      Key(
        "lengths", .text, .optional,
        "A CSV file with client, window_start_s, field and quantiles of lengths, in place of the stream's lengths."),
      Key(
        "leave_out_clients_without_lengths", .boolean, .standard("false"),
        "Goes on without clients of whom 'lengths' has nothing; else they are a mistake."),
      Key(
        "window", .duration(.above(.zero, upTo: longest)), .optional,
        "How long windows are; the least distance between two of one client when left out."),
      Key("from", .duration(.within(.zero...longest)), .standard("0 s"), "The tables' time at the stream's start."),
      Key("to", .duration(.above(.zero, upTo: longest)), .optional, "The tables' time at which the stream ends."),
      Key(
        "rate_scale", .number(.within(1e-9...1e9)), .standard("1"),
        "Multiplies every client's rate; who is there when stays as it is."),
      Key(
        "share", .fraction(.above(0, upTo: 1)), .standard("1"),
        "The share of clients that take part, drawn anew in each replication; it keeps each client's bursts."),
    ])
}
