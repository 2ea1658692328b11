import Cluster
import Configuration
import SimCore

extension ScenarioSections {
  /// How memory changes hands.
  static let lendingProtocol = Section(
    "lending_protocol", "How lenders and borrowers come to terms, and what it costs them.",
    [
      Key(
        "look", .duration(.above(.zero, upTo: longest)), .standard("1 s"),
        "Between two looks at the lenders (assumption; AQUA's looks every few iterations)."),
      Key(
        "respond", .duration(.within(.zero...longest)), .standard("4 s"),
        "The least time between two actions of a borrower (AQUA's value)."),
      Key(
        "control", .duration(.within(.zero ... .seconds(10))), .standard("0 s"),
        "What a call to the coordinator takes, which serves one after the other; one per server."),
      Key(
        "resize", .duration(.within(.zero ... .seconds(600))), .standard("0 s"),
        "For how long a lender computes nothing when it gives memory away or takes it back."),
      Key(
        "hold_borrowers", .boolean, .standard("false"),
        "Whether a borrower computes nothing while its copies move to or from the peer, and gives memory back "
          + "at once."),
      Key(
        "return_to_peer", .boolean, .standard("false"),
        "Whether copies that had to move to host memory move back once there is a new loan."),
      Key(
        "unit", .choice(noun: "unit", LendingRules.Unit.allCases.map(\.rawValue)), .standard("sequence"),
        "What is in one place: each sequence's copies, or all swap space as one allocation, as in AQUA."),
    ])
}

extension LendingRules {
  /// What a scenario says; nil where it is wrong.
  init?(_ map: CheckedMap) {
    self.init()
    guard let look = map.duration("look"), let respond = map.duration("respond"),
      let control = map.duration("control"), let resize = map.duration("resize"),
      let holds = map.boolean("hold_borrowers"), let returns = map.boolean("return_to_peer"),
      let unit = map.text("unit").flatMap(Unit.init)
    else { return nil }
    self.look = look
    self.respond = respond
    self.control = control
    self.resize = resize
    holdsBorrowers = holds
    returnsToPeer = returns
    self.unit = unit
  }
}
