import Catalogue
import Testing

struct ProfileDocumentTests {
  private static let text = #"""
    # Times of one machine.
    # source: measured on a bench
    @device,h200,1e15,2e15,4.8e12
    # What copies take.
    @transfer,link,bytes,seconds

    h2d,4096,1.5e-6
    # odd one
    "a, ""b""",8192,
    @transfer,link,bytes,seconds
    d2h,1,2
    # the end
    """#

  @Test func readsSectionsRowsCommentsAndLines() throws {
    let document = try ProfileDocument(text: Self.text, file: "x.csv")
    #expect(document.comments == ["Times of one machine.", "source: measured on a bench"])
    #expect(document.source == "measured on a bench")
    #expect(document.sections.map(\.name) == ["device", "transfer", "transfer"])
    #expect(document.sections[0].header == ["h200", "1e15", "2e15", "4.8e12"])
    #expect(document.sections[0].rows.isEmpty)
    let transfer = document.sections[1]
    #expect(transfer.line == 5 && transfer.comments == ["What copies take."])
    #expect(transfer.rows.map(\.line) == [7, 9])
    #expect(transfer.rows[1].fields == ["a, \"b\"", "8192", ""])
    #expect(transfer.rows[1].comments == ["odd one"])
    #expect(document.closingComments == ["the end"])
    #expect(document.sections(named: "transfer").count == 2)
  }

  @Test func printsWhatItReads() throws {
    let document = try ProfileDocument(text: Self.text, file: "x.csv")
    let again = try ProfileDocument(text: document.description, file: "x.csv")
    #expect(again.description == document.description)
    #expect(document.description == Self.text.split(separator: "\n").joined(separator: "\n") + "\n")
  }

  @Test func printsAwkwardFieldsSoThatTheyComeBack() throws {
    let fields = ["#not a comment", "a\nb", "say \"x\", twice", ""]
    let document = ProfileDocument(
      file: "x.csv", sections: [.init("failed", header: ["a", "b", "c", "d"], rows: [.init(fields)])])
    let again = try ProfileDocument(text: document.description, file: "x.csv")
    #expect(again.sections[0].rows[0].fields == ["#not a comment", "a b", "say \"x\", twice", ""])
  }

  @Test(arguments: [
    ("1,2\n", "x.csv:1: error: a row before the first section"),
    ("@fit,a\n\"b,c\n", "x.csv:2: error: a quotation mark is not closed"),
    ("@fit,a\n\"b\"c,d\n", "x.csv:2: error: 'c' follows a closing quotation mark"),
    ("@fit,a\nb\"c,d\n", "x.csv:2: error: a quotation mark inside the unquoted field 'b\"c'"),
  ])
  func namesTheLineAtFault(_ text: String, _ message: String) {
    #expect(throws: ProfileTextError.self) { try ProfileDocument(text: text, file: "x.csv") }
    do { _ = try ProfileDocument(text: text, file: "x.csv") } catch { #expect(error.description == message) }
  }

  @Test func anUnknownSectionIsAnErrorThatNamesTheKnownOnes() {
    do {
      _ = try ProfileDocument(text: "@gem,bfloat16\n", file: "x.csv")
      Issue.record("'@gem' was taken")
    } catch {
      #expect(error.description.hasPrefix("x.csv:1: error: no section is called '@gem'; there are @device, @gemm,"))
    }
  }

  @Test func everySectionHasOneNameAndASummary() {
    #expect(Set(KnownSections.all.map(\.name)).count == KnownSections.all.count)
    #expect(KnownSections.all.allSatisfy { !$0.summary.isEmpty })
  }

  @Test func windowsLineEndsAreLineEnds() throws {
    let document = try ProfileDocument(text: "@fit,a,b\r\n1,2\r\n", file: "x.csv")
    #expect(document.sections[0].rows.map(\.fields) == [["1", "2"]])
  }

  @Test func blankLinesEmptyFieldsAndLongOnesAreRead() throws {
    let long = String(repeating: "é", count: 40)
    let document = try ProfileDocument(text: " \t\n#\n#  b\n@fit,a,b\n\r\n,\n\(long),x", file: "x.csv")
    #expect(document.comments == ["", " b"])
    #expect(document.sections[0].rows.map(\.fields) == [["", ""], [long, "x"]])
    #expect(document.sections[0].rows.map(\.line) == [6, 7])
  }
}

struct ProfileTableTests {
  private func rows(_ text: String, _ columns: [String]) throws(ProfileTextError) -> [ProfileTable.Row] {
    try ProfileDocument(text: text, file: "x.csv").rows(of: "fit", columns: columns)
  }

  @Test func givesColumnsByName() throws {
    let rows = try rows("@fit,name,value,extra\na,1.5,\nb,2,7\n", ["value", "name"])
    #expect(rows.map { $0.text("name") } == ["a", "b"])
    #expect(try rows[0].number("value") == 1.5)
    #expect(try rows[0].optionalNumber("extra") == nil)
    #expect(try rows[1].integer("extra") == 7)
  }

  @Test(arguments: [
    ("@fit,name\na\n", "x.csv:1: error: '@fit' lacks the column 'value'; it has 'name'"),
    ("@fit,value,value\n1,2\n", "x.csv:1: error: '@fit' names a column twice"),
    ("@fit,value,b\n1\n", "x.csv:2: error: wants 2 fields like the section's header, found 1"),
    ("@fit,value\nnan\n", "x.csv:2: error: 'value' wants a number, found 'nan'"),
    ("@fit,value\n\"\"\n", "x.csv:2: error: 'value' wants a number, found nothing"),
    ("@fit,value\n1.5x\n", "x.csv:2: error: 'value' wants a number, found '1.5x'"),
  ])
  func saysWhatIsWrongWithARow(_ text: String, _ message: String) {
    do throws(ProfileTextError) {
      for row in try rows(text, ["value"]) { _ = try row.number("value") }
      Issue.record("no error")
    } catch { #expect(error.description == message) }
  }

  @Test func wantsWholeNumbersWhereTheyAreCounts() throws {
    let rows = try rows("@fit,value\n1.5\n", ["value"])
    #expect(throws: ProfileTextError(file: "x.csv", line: 2, message: "'value' wants a whole number, found '1.5'")) {
      try rows[0].integer("value")
    }
  }
}
