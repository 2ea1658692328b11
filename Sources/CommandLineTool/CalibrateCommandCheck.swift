import Calibration
import Catalogue
import Configuration
import Foundation
import HardwareCatalogue
import TextIO

extension CalibrateCommand {
  /// Prints, for every pattern of copies in a profile, what was measured and what the transfer model says with the
  /// profile's figures.
  func compare(_ path: String, _ console: Console) throws -> CommandStatus {
    let text = try ReadableFile.text(path)
    do {
      let document = try ProfileDocument(text: text, file: path)
      guard let server = try HardwareCatalogue.server(measuredBy: document) else {
        throw Failure(.badInput, "\(path): no server of the catalogue has the GPU that it was measured on")
      }
      let checks = try LinkModelCheck.all(of: document, on: server)
      let sharing = try SharingCheck.all(of: document, on: server)
      if checks.isEmpty && sharing.isEmpty {
        throw Failure(.badInput, "\(path): has no '@contention' or '@sharing' to compare")
      }
      if !checks.isEmpty { try console.output(Self.table(checks, width: console.width)) }
      if !checks.isEmpty && !sharing.isEmpty { try console.output("\n") }
      if !sharing.isEmpty { try console.output(Self.table(sharing, width: console.width)) }
      return .done
    } catch let error as ProfileTextError {
      throw Failure(.badInput, [error.description])
    }
  }

  static func table(_ checks: [LinkModelCheck], width: Int) -> String {
    var rows = [["copies at once", "flows", "measured", "model", "error", "worst flow"]]
    for check in checks {
      let worst = check.flows.map(\.error).max { abs($0) < abs($1) } ?? 0
      rows.append([
        check.pattern, "\(check.flows.count)", Amount.digits(check.measuredRate / 1e9) + " GB/s",
        Amount.digits(check.predictedRate / 1e9) + " GB/s", signed(check.error), signed(worst),
      ])
    }
    return Columns.text(rows, width: width, numeric: [1, 2, 3, 4, 5])
  }

  static func table(_ checks: [SharingCheck], width: Int) -> String {
    var rows = [["what runs beside pages", "pages alone", "left beside", "takes, measured", "model", "error"]]
    for check in checks {
      rows.append([
        check.name, Amount.digits(check.traffic / 1e9) + " GB/s", Amount.digits(100 * check.trafficLeft) + " %",
        String(format: "%.3f times", check.measured), String(format: "%.3f", check.predicted), signed(check.error),
      ])
    }
    return Columns.text(rows, width: width, numeric: [1, 2, 3, 4, 5])
  }

  private static func signed(_ share: Double) -> String {
    guard abs(share) < 1e9 else { return String(format: "%+.3g", share * 100) + " %" }
    let tenths = Int((share * 1000).rounded())
    return "\(tenths < 0 ? "-" : "+")\(abs(tenths) / 10).\(abs(tenths) % 10) %"
  }
}
