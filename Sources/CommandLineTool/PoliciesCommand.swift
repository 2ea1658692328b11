import ArgumentParser
import Assembly
import Configuration
import Report
import Scheduling
import SimCore
import TextIO

/// `spillway policies`: the scheduling policies that scenarios can name.
struct PoliciesCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "policies", abstract: "List scheduling policies, or every parameter of one.",
    discussion: """
      Examples:
        spillway policies
        spillway policies aqua
      """)

  @OptionGroup var options: ListingOptions

  func execute(_ context: CommandContext) async throws -> CommandStatus {
    let all = context.policies.descriptors
    guard let name = options.name else {
      let listing = ListingDocument([
        .table(
          ListingDocument.Table(["policy", "summary"], showsHeader: false, rows: all.map { [$0.name, $0.summary] })),
        .words("'spillway policies NAME' shows every parameter."),
      ])
      try context.console.output(
        listing.text(
          as: options.format, width: context.console.width, json: JSONText.array(all.map(Self.json)).document))
      return .done
    }
    guard let policy = all.first(where: { $0.name == name }) else {
      throw Listing.unknown(name, noun: "policy", plural: "policies", among: all.map(\.name))
    }
    try context.console.output(
      Self.listing(policy).text(
        as: options.format, width: context.console.width, json: Self.json(policy).document))
    return .done
  }

  private static func listing(_ policy: PolicyDescriptor) -> ListingDocument {
    var parts: [ListingDocument.Part] = [
      .words(policy.name), .words(policy.summary, indent: 2), .words("Source: " + policy.source, indent: 2),
    ]
    if policy.parameters.isEmpty {
      parts.append(.words("It has no parameters."))
    } else {
      parts.append(
        .table(
          ListingDocument.Table(
            ["parameter", "default", "range", "meaning"],
            rows: policy.parameters.map { [$0.name, $0.defaultValue.text, range($0.kind), $0.help] }, indent: 2)))
    }
    return ListingDocument(parts)
  }

  private static func json(_ policy: PolicyDescriptor) -> JSONText {
    .object([
      ("name", .string(policy.name)), ("summary", .string(policy.summary)), ("source", .string(policy.source)),
      (
        "parameters",
        .array(
          policy.parameters.map {
            .object([
              ("name", .string($0.name)), ("kind", .string(kind($0.kind))),
              ("default", .string($0.defaultValue.text)), ("range", .string(range($0.kind))),
              ("help", .string($0.help)),
            ])
          })
      ),
    ])
  }

  private static func kind(_ kind: ParameterKind) -> String {
    switch kind {
    case .integer: "integer"
    case .number: "number"
    case .duration: "duration"
    case .boolean: "boolean"
    case .choice: "choice"
    }
  }

  private static func range(_ kind: ParameterKind) -> String {
    switch kind {
    case .integer(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .number(let range): "\(Quantity.plain(range.lowerBound)) to \(Quantity.plain(range.upperBound))"
    case .duration(let range):
      "\(Quantity.text(duration: range.lowerBound)) to \(Quantity.text(duration: range.upperBound))"
    case .boolean: "true or false"
    case .choice(let names): names.joined(separator: ", ")
    }
  }
}
