import Configuration
import Glibc
import Testing

/// A broken text and everything that is said about it.
struct BrokenText: CustomTestStringConvertible, Sendable {
  var text: String
  var messages: [String]

  init(_ text: String, _ messages: String...) {
    self.text = text
    self.messages = messages
  }

  var testDescription: String { text.count > 50 ? text.prefix(50) + "..." : text }
}

@Suite struct BrokenTextTests {
  @Test(arguments: [
    BrokenText("", "f:1:1: error: the file is empty"),
    BrokenText("# only a remark\n", "f:1:1: error: the file is empty"),
    BrokenText("---\n...\n", "f:1:1: error: the file is empty"),
    BrokenText("just text", "f:1:1: error: the file wants a mapping, found 'just text'"),
    BrokenText("- a\n- b", "f:1:1: error: the file wants a mapping, found a list"),
    BrokenText("name: x\n---\nname: y", "f:2:1: error: a second document begins here; a file holds one"),
    BrokenText("name: x\n\tseed: 1", "f:2:1: error: a tab in the indentation; YAML wants spaces"),
    BrokenText("name: a\u{0}b", "f:1:8: error: a NUL byte; this is not a text file"),
    BrokenText("name: a\nnote: \u{7}", "f:2:7: error: control character U+0007 is not accepted"),
    BrokenText("name: a\u{2028}", "f:1:8: error: line separator U+2028 is not accepted; end lines with a line feed"),
    BrokenText(
      "name: [a",
      "f:1:9: error: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence, "
        + "which begins in line 1)"),
    BrokenText(
      "name: x\n seed: 1",
      "f:2:6: error: not valid YAML: mapping values are not allowed in this context"),
    BrokenText(
      "name: \"x",
      "f:1:9: error: not valid YAML: found unexpected end of stream (while scanning a quoted scalar, "
        + "which begins in line 1)"),
    BrokenText("name: &a [*a]", "f:1:11: error: the alias names an anchor that is not complete before this place"),
    BrokenText("name: *nobody", "f:1:7: error: the alias names an anchor that is not complete before this place"),
    BrokenText(
      "name: !!int 5", "f:1:7: error: the tag '!!int' is not accepted; write the value alone",
      "f:1:7: error: 'name' wants a name, found '5', a number; put it in quotes"),
    BrokenText("? [a]\n: b", "f:1:1: error: a key written with '?' is not accepted; keys are plain words"),
    BrokenText("name: x\n[a]: b", "f:2:1: error: a list or mapping is not accepted as a key; keys are plain words"),
    BrokenText(
      "name: &n x\nengine: {*n : b}", "f:2:10: error: an alias is not accepted as a key; keys are plain words"),
    BrokenText(
      "name: x\nengine: {{a: b}: c}",
      "f:2:10: error: a list or mapping is not accepted as a key; keys are plain words"),
    BrokenText("name: x\nengine: {\"\": 5}", "f:2:10: error: a key is missing before ':'"),
    BrokenText("<<: 5\nname: x", "f:1:5: error: '<<' wants a mapping or a list of mappings, found '5'"),
    BrokenText("name: x\nname: y", "f:2:1: error: the key 'name' is repeated"),
    BrokenText(
      "name: x\nseed: 1\n\"name\": y\nseed: 2\nseed: 3",
      "f:3:1: error: the key 'name' is repeated", "f:4:1: error: the key 'seed' is repeated",
      "f:5:1: error: the key 'seed' is repeated"),
    BrokenText(
      "name: x\nengine: {block_size: 16, block_size: 16}",
      "f:2:26: error: the key 'block_size' is repeated"),
    BrokenText(
      "name: x\nname: y\nengine: {*a : 1, *a : 1}\n---\n", "f:2:1: error: the key 'name' is repeated",
      "f:3:10: error: an alias is not accepted as a key; keys are plain words",
      "f:3:18: error: an alias is not accepted as a key; keys are plain words",
      "f:4:1: error: a second document begins here; a file holds one"),
    BrokenText(
      "name: x\ndeployments:\n  - name: a\n    # name: b\n    name: c\n  - name: d",
      "f:5:5: error: the key 'name' is repeated"),
    BrokenText(
      "name: x\nseed: 010",
      "f:2:7: error: 'seed' wants a whole number, found '010'; YAML 1.1 reads a leading zero as octal; drop the zero"),
    BrokenText(
      "name: x\nseed: 1:30",
      "f:2:7: error: 'seed' wants a whole number, found '1:30'; "
        + "YAML 1.1 reads this as a number in base 60; write it out with a unit"),
    BrokenText(
      "name: x\nseed: 10_000",
      "f:2:7: error: 'seed' wants a whole number, found '10_000'; write the number without separators: 10000"),
    BrokenText(
      "name: x\nseed: 0xff",
      "f:2:7: error: 'seed' wants a whole number, found '0xff'; hexadecimal is not accepted; write it in decimal"),
    BrokenText(
      "name: x\nseed: \"5\"",
      "f:2:7: error: 'seed' wants a whole number, found '5'; it is quoted; write it without quotes"),
    BrokenText("name: x\nseed: 2k", "f:2:7: error: 'seed' wants a whole number, found '2k'; write 2000"),
    BrokenText("name: x\nseed:", "f:2:6: error: 'seed' wants a whole number, found nothing"),
    BrokenText("name: x\nseed: [1]", "f:2:7: error: 'seed' wants a whole number, found a list"),
    BrokenText("name: x\nseed: {a: 1}", "f:2:7: error: 'seed' wants a whole number, found a mapping"),
    BrokenText("name: x\nseed: -1", "f:2:7: error: 'seed' must be at least 0, found -1"),
    BrokenText(
      "name: x\nfactor: .inf", "f:2:9: error: 'factor' wants a number, found '.inf'; infinity is not accepted"),
    BrokenText(
      "name: x\nfactor: .nan",
      "f:2:9: error: 'factor' wants a number, found '.nan'; 'not a number' is not accepted"),
    BrokenText("name: x\nfactor: 0", "f:2:9: error: 'factor' must be more than 0, found 0"),
    BrokenText("name: x\nshare: 120 %", "f:2:8: error: 'share' must be between 0 and 1, found 1.2"),
    BrokenText("name: x\nexact: yes", "f:2:8: error: 'exact' wants true or false, found 'yes'; write true"),
    BrokenText("name: x\nexact: off", "f:2:8: error: 'exact' wants true or false, found 'off'; write false"),
    BrokenText(
      "name: no",
      "f:1:7: error: 'name' wants a name, found 'no', which YAML 1.1 reads as false; put it in quotes"),
    BrokenText("name: 12", "f:1:7: error: 'name' wants a name, found '12', a number; put it in quotes"),
    BrokenText(
      "name: a/b",
      "f:1:7: error: 'name' wants a name of at most 100 letters, digits, '.', '-' and '_', found 'a/b'"),
    BrokenText("name: x\nrate: fast", "f:2:7: error: 'rate' wants a number of requests per second, found 'fast'"),
    BrokenText(
      "name: x\nmemory: 80",
      "f:2:9: error: 'memory' wants a size such as '80 GB' or '64 KiB', found '80'; "
        + "a unit is missing: did you mean '80 GB'?"),
    BrokenText("name: x\ntime: 2 min", "f:2:7: error: 'time' must be between 0 s and 1 min, found 2 min"),
    BrokenText(
      "name: x\nlink: 5 GB",
      "f:2:7: error: 'link' wants a bandwidth such as '350 GB/s' or '200 Gb/s', found '5 GB'; did you mean 'GB/s'?"),
    BrokenText("name: x\nrouter: least-vk", "f:2:9: error: unknown router 'least-vk'; did you mean 'least-kv'?"),
    BrokenText("name: x\nrouter: dice", "f:2:9: error: unknown router 'dice'; known routers: round-robin, least-kv"),
    BrokenText("name: x\ngpus: []", "f:2:7: error: 'gpus' wants at least one item"),
    BrokenText("name: x\ngpus: 3", "f:2:7: error: 'gpus' wants a list of whole numbers, found '3'"),
    BrokenText(
      "name: x\ngpus: [0, one, -1]", "f:2:11: error: 'gpus[1]' wants a whole number, found 'one'",
      "f:2:16: error: 'gpus[2]' must be at least 0, found -1"),
    BrokenText("name: x\nengine: 5", "f:2:9: error: 'engine' wants a mapping, found '5'"),
    BrokenText(
      "name: x\nengine: {blocksize: 5}",
      "f:2:10: error: unknown key 'blocksize' in 'engine'; did you mean 'block_size'?"),
    BrokenText("name: x\narrivals: posson", "f:2:11: error: unknown arrival process 'posson'; did you mean 'poisson'?"),
    BrokenText(
      "name: x\narrivals: {process: gama, cv: 1}",
      "f:2:21: error: unknown arrival process 'gama'; did you mean 'gamma'?"),
    BrokenText(
      "name: x\narrivals: {cv: 1}", "f:2:11: error: 'arrivals' lacks the key 'process', one of: poisson, gamma"),
    BrokenText(
      "name: x\narrivals: {process: gamma}",
      "f:2:11: error: 'arrivals' lacks the key 'cv' (a number): Variation."),
    BrokenText(
      "name: x\narrivals: {process: poisson, cv: 1}",
      "f:2:30: error: unknown key 'cv' in 'arrivals'; known keys: process"),
    BrokenText(
      "name: x\narrivals: [a]",
      "f:2:11: error: 'arrivals' wants the name of an arrival process, or a mapping, found a list"),
    BrokenText(
      "name: x\ndrain: soon",
      "f:2:8: error: 'drain' wants true or false, or a duration such as '10 min' or '250 ms', found 'soon'"),
    BrokenText("name: x\ndrain: -1 s", "f:2:8: error: 'drain' must be at least 0 s, found -1 s"),
    BrokenText("seed: 1", "f:1:1: error: the file lacks the key 'name' (a name): What it is called."),
    BrokenText(
      "name: x\ndeployments:\n  - name: a\n    replcas: 2\n  - replicas: 0",
      "f:4:5: error: unknown key 'replcas' in 'deployments[0]'; did you mean 'replicas'?",
      "f:5:5: error: 'deployments[1]' lacks the key 'name' (a name): Name.",
      "f:5:15: error: 'replicas' must be at least 1, found 0"),
    BrokenText(
      "name: x\ndeployments: [{name: a, pipeline_parallel: 2}]",
      "f:2:25: error: 'pipeline_parallel' is not modelled; use tensor_parallel"),
    BrokenText(
      "\u{FEFF}nam: é\nsed: 2", "f:1:1: error: unknown key 'nam' in the file; did you mean 'name'?",
      "f:2:1: error: unknown key 'sed' in the file; did you mean 'seed'?"),
  ])
  func everyMistakeIsReported(broken: BrokenText) {
    #expect(diagnostics(of: broken.text) == broken.messages)
  }

  @Test func bytesThatAreNotText() {
    func messages(_ bytes: [UInt8]) -> [String] {
      let diagnostics = Diagnostics()
      #expect(Document(bytes: bytes, name: "f", into: diagnostics) == nil)
      return diagnostics.all.map(\.description)
    }
    #expect(messages([0x61, 0x0A, 0x62, 0xFF, 0x63]) == ["f:2:2: error: invalid UTF-8; save the file as UTF-8"])
    #expect(messages([0xFF, 0xFE, 0x61, 0]) == ["f:1:1: error: the file is UTF-16; save it as UTF-8"])
    #expect(
      messages([UInt8](repeating: 0x20, count: 10_000_000))
        == ["f:1:1: error: the file has 10000000 bytes; at most 4194304 (4 MiB) are read"])
  }

  @Test func deepNestingIsRefusedBeforeItIsParsed() {
    let flow = "name: " + String(repeating: "[", count: 200_000)
    #expect(diagnostics(of: flow) == ["f:1:70: error: nested more than 64 deep"])
    let mixed = "name: " + String(repeating: "{a: ", count: 100_000)
    #expect(diagnostics(of: mixed) == ["f:1:259: error: nested more than 64 deep"])
    let dashes = String(repeating: "- ", count: 100_000)
    #expect(diagnostics(of: dashes) == ["f:1:129: error: nested more than 64 deep"])
    var block = ""
    for depth in 0..<100 { block += String(repeating: " ", count: depth) + "a:\n" }
    #expect(diagnostics(of: block) == ["f:65:65: error: nested more than 64 deep"])
  }

  @Test(.timeLimit(.minutes(5))) func aliasBombsAreRefused() {
    var text = "name: x\na0: &a0 [x, x]\n"
    for level in 1..<40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(diagnostics(of: text) == ["f:2:5: error: more than 200000 values once aliases are expanded"])
    // The same as a key, which the parser would compare by content.
    #expect(
      diagnostics(of: text + "? *a39\n: x\n")
        == ["f:42:1: error: a key written with '?' is not accepted; keys are plain words"])
    #expect(
      diagnostics(of: text + "*a39 : x\n")
        == ["f:42:1: error: an alias is not accepted as a key; keys are plain words"])
    #expect(
      diagnostics(of: text + "note: |\n  fine *x : y\n\n  [a]: b\n{*a39 : 1}: x\n")
        == [
          "f:46:1: error: a list or mapping is not accepted as a key; keys are plain words",
          "f:46:2: error: an alias is not accepted as a key; keys are plain words",
        ])
  }

  /// Time and memory follow the length of a text, whatever is in it: four times as long takes four times as long.
  @Test(
    .timeLimit(.minutes(5)),
    arguments: [
      "? a\n", "a: &a\n", "a: *a\n", "- [\n", "a: {b: \"\n", "{a: 1}: {}\n", "!!str a: !x y\n", "# ? a: *b\n",
      "a\tb: c\n",
    ])
  func hostileLinesTakeLinearTime(line: String) {
    // Of this thread alone: other tests run beside it.
    func processorSeconds() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    func seconds(_ count: Int) -> Double {
      let text = String(repeating: line, count: count)
      return (0..<3).map { _ in
        let start = processorSeconds()
        #expect(!diagnostics(of: text).isEmpty)
        return processorSeconds() - start
      }.min()!
    }
    // Quadratic time would be 16 times as much.
    #expect(seconds(4_000) < 10 * seconds(1_000) + 0.05)
  }

  @Test func everyRepeatedKeyHasItsPlace() {
    let lines = (0..<300).map { "\($0.isMultiple(of: 2) ? "name" : "'seed'"): \($0)\n" }.joined()
    let found = diagnostics(of: lines)
    // 298 repeats, of which the first two hundred are told, and how many are not.
    #expect(found.first == "f:3:1: error: the key 'name' is repeated")
    #expect(found[1] == "f:4:1: error: the key 'seed' is repeated")
    #expect(found[199] == "f:202:1: error: the key 'seed' is repeated")
    #expect(found.last?.hasSuffix("more diagnostics are not shown") == true)
    // Where a value is written, between lists, behind remarks, in quotes with an escape.
    #expect(
      diagnostics(of: "name: x\nengine: {block_size: 1, # block_size: 2\n  \"block\\x5fsize\": 3}\n")
        == ["f:3:3: error: the key 'block_size' is repeated"])
    #expect(
      diagnostics(of: "name: x\nnote: >\n  name: y\n\n  name: z\ngpus:\n- 0\nname: [a]\n")
        == ["f:8:1: error: the key 'name' is repeated"])
  }

  @Test func linesThatEndLikeElsewhere() {
    #expect(
      diagnostics(of: "name: x\r\nsed: 1\r\n") == ["f:2:1: error: unknown key 'sed' in the file; did you mean 'seed'?"])
    #expect(
      diagnostics(of: "name: x\rsed: 1\r") == ["f:2:1: error: unknown key 'sed' in the file; did you mean 'seed'?"])
    #expect(
      diagnostics(of: "name: x\r\n # é?\r\n? seed\r\n: 1")
        == ["f:3:1: error: a key written with '?' is not accepted; keys are plain words"])
  }

  @Test func questionMarksInTextAreText() {
    #expect(diagnostics(of: "name: x\nnote: is it? yes ? no\nengine: {block_size: 16} # ? \n") == [])
    #expect(
      diagnostics(of: "name: x\nengine: {? block_size : 16}")
        == ["f:2:10: error: a key written with '?' is not accepted; keys are plain words"])
    #expect(
      diagnostics(of: "name: é\nengine:\n  ? block_size\n  ? [a]\n")
        == [
          "f:3:3: error: a key written with '?' is not accepted; keys are plain words",
          "f:4:3: error: a key written with '?' is not accepted; keys are plain words",
        ])
  }

  @Test func textBlocksMayHoldAnything() {
    let text = """
      # [[[ {{{ ? *a :
      name: x
      note: |
        ? what *is : this
        [a]: b
        - it's
      deployments:
        - name: a # it's [
        - name: b
      """
    #expect(diagnostics(of: text) == [])
    let folded = "name: x\nnote: what\n  'tis\n  [a] is\nseed: 1\n"
    #expect(diagnostics(of: folded) == [])
  }
}
