import ArgumentParser
import Configuration

/// What share of requests must be good.
struct AttainmentOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The share of online requests that must be within their SLO; 99 % when left out.", valueName: "share"))
  var attain: String = "99 %"

  /// From above 0 to 1.
  var target: Double { share ?? 0.99 }

  private var share: Double? {
    (try? Quantity.fraction(attain)).flatMap { $0 > 0 && $0 <= 1 ? $0 : nil }
  }

  func validate() throws {
    if share == nil { throw ValidationError("'--attain' wants a share such as '99 %' or 0.99, found '\(attain)'") }
  }
}

/// What a GPU costs.
struct PriceOption: ParsableArguments {
  @Option(help: ArgumentHelp("The price of a GPU for an hour; adds costs.", valueName: "price"))
  var gpuHour: Double?

  func validate() throws {
    if let gpuHour, !(gpuHour > 0 && gpuHour < 1e6) {
      throw ValidationError("'--gpu-hour' wants a price above 0, found \(gpuHour)")
    }
  }
}
