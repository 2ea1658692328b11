import Configuration
import SimCore
import Workload

extension ScenarioResolver {
  /// A population of clients from its tables; `nil` where they are wrong.
  func clients(_ map: CheckedMap) -> ArrivalProcess? {
    guard
      let file = map.text("file"), let from = map.duration("from"), let scale = map.number("rate_scale"),
      let share = map.number("share"), let leavesOut = map.boolean("leave_out_clients_without_lengths"),
      !map.isWritten("lengths") || map.text("lengths") != nil
    else { return nil }
    let read: (population: ClientPopulation, leftOut: Double)
    do throws(WorkloadError) {
      read = try ClientFile.population(
        rates: input(file), lengths: map.text("lengths").map { input($0) }, window: map.duration("window")?.seconds,
        leavesOutClientsWithoutLengths: leavesOut)
    } catch {
      report(error, at: map.position(of: error.file.map { $0.hasSuffix(file) } == false ? "lengths" : "file"))
      return nil
    }
    var population = read.population
    population.from = from
    population.to = map.duration("to")
    population.rateScale = scale
    population.share = share
    if read.leftOut > 0 {
      let percent = (read.leftOut * 1000).rounded() / 10
      diagnostics.warning(
        at: map.position(of: "leave_out_clients_without_lengths"),
        "clients without lengths are left out, and with them \(percent) % of the requests of the tables")
    }
    return .clients(population)
  }

  /// Whether these arrivals say themselves how long requests are.
  static func namesLengths(_ arrivals: CheckedMap) -> Bool {
    arrivals.section.name == "clients" && arrivals.isWritten("lengths")
  }
}
