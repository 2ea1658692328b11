import Foundation
import Testing

@testable import Charts

@Suite("Charts")
struct ChartTests {
  private let time = Axis(label: "time", unit: "s")
  private let value = Axis(label: "running", includesZero: true)

  private func chart(_ series: [Series], x: Axis? = nil, y: Axis? = nil, guides: [Guide] = []) -> Chart {
    Chart(title: "A chart", x: x ?? time, y: y ?? value, series: series, guides: guides)
  }

  @Test("A small chart, whole: a change of its look is a change of this test")
  func golden() throws {
    let small = Chart(
      title: "Steps", subtitle: "by hand", x: Axis(label: "t", unit: "s", range: 0...2),
      y: Axis(label: "Share", range: 0...1),
      series: [.steps("a", [.init(0, 0), .init(1, 0.5), .init(2, 1)])], guides: [.horizontal(0.5)], width: 240,
      height: 200)
    let svg = small.svg()
    let body = try #require(svg.range(of: " <rect class=\"ground\"")).lowerBound
    #expect(
      svg[body...] == """
         <rect class="ground" width="100%" height="100%"/>
         <g role="img" aria-label="Steps">
          <title>Steps</title>
          <desc>by hand. Share against t (s). a: 3 points, x from 0 to 2, y from 0 to 1.</desc>
          <text class="ink" x="16" y="28" font-size="15" font-weight="600">Steps</text>
          <text class="muted" x="16" y="45" font-size="12">by hand</text>
          <path class="mark c0" stroke-width="1.8" d="M16,65h24"/>
          <text class="ink" x="46" y="69" font-size="12">a</text>
          <path class="grid" d="M46.9,83V148M133.5,83V148M220,83V148M46.9,148H220M46.9,83H220"/>
          <path class="axis" d="M46.9,83V148H220M46.9,148v5M133.5,148v5M220,148v5M46.9,148h-5M46.9,83h-5"/>
          <text class="muted" x="46.9" y="166" text-anchor="middle" font-size="11">0</text>
          <text class="muted" x="133.5" y="166" text-anchor="middle" font-size="11">1</text>
          <text class="muted" x="220" y="166" text-anchor="middle" font-size="11">2</text>
          <text class="muted" x="38.9" y="152" text-anchor="end" font-size="11">0</text>
          <text class="muted" x="38.9" y="87" text-anchor="end" font-size="11">1</text>
          <text class="ink" x="133.5" y="186" text-anchor="middle" font-size="12">t (s)</text>
          <text class="ink" x="24" y="115.5" text-anchor="middle" font-size="12" \
        transform="rotate(-90 24 115.5)">Share</text>
          <svg x="45.9" y="82" width="175.1" height="67" viewBox="45.9 82 175.1 67">
           <path class="guide" stroke-width="1.2" stroke-dasharray="4 3" d="M46.9,115.5H220"/>
           <path class="mark c0" stroke-width="1.8" d="M46.9,148H133.5V115.5H220V83"/>
          </svg>
         </g>
        </svg>

        """)
    _ = try Parsed(svg)
  }

  @Test("Same chart, same bytes")
  func repeats() {
    let series = Series.distribution("a", of: (0..<500).map { Double($0 * 7919 % 500) })
    #expect(chart([series]).svg() == chart([series]).svg())
  }

  @Test("Text is escaped and stays whole")
  func escaping() throws {
    let hostile = "a<b & \"c\" 'd' \u{1} ]]> é 漢"
    let svg = Chart(
      title: hostile, subtitle: hostile, x: Axis(label: hostile, unit: hostile), y: value,
      series: [.line(hostile, [.init(0, 1), .init(1, 2)])]
    ).svg()
    let parsed = try Parsed(svg)
    let seen = "a<b & \"c\" 'd' \u{fffd} ]]> é 漢"
    #expect(parsed.named("title").map(\.text) == [seen])
    #expect(parsed.texts.contains(seen))
    #expect(parsed.named("svg")[0].attributes["aria-label"] == seen)
  }

  @Test("An empty chart says so")
  func empty() throws {
    for series in [[], [Series.line("a", [])], [Series.points("a", [.init(.nan, 1), .init(1, .infinity)])]] {
      let parsed = try Parsed(chart(series, guides: [.horizontal(3)]).svg())
      #expect(parsed.texts.contains("No data"))
      #expect(parsed.paths("mark").count <= 1, "the legend's sample only")
    }
    #expect(try Parsed(ChartPage(title: "Page", charts: []).svg()).texts.contains("No charts"))
  }

  @Test("What is left out is counted under the chart")
  func leftOut() throws {
    let points = [Series.Point(1, 1), .init(.nan, 1), .init(0, 2), .init(-1, 2), .init(10, 3)]
    let parsed = try Parsed(chart([.points("p", points), .line("q", [])], x: Axis(label: "x", scale: .log)).svg())
    let note = parsed.texts.filter { $0.contains("not finite") }.joined()
    #expect(note.contains("p: 1 value not finite, 2 values at or below zero"))
    #expect(parsed.texts.joined(separator: " ").contains("q: no data"))
    let cut = try Parsed(chart([.points("p", points)], x: Axis(label: "x", range: 0...5)).svg())
    #expect(cut.texts.contains("p: 1 value not finite, 2 points outside the axes"))
  }

  @Test("No line is drawn across a gap")
  func gaps() throws {
    let points = [Series.Point(0, 1), .init(1, 1), .init(2, .nan), .init(3, 1), .init(4, 1)]
    let path = try #require(try Parsed(chart([.line("", points)]).svg()).paths("mark").last)
    #expect(path.count { $0 == "M" } == 2)
  }

  @Test("A distribution steps up by the share of equal values, and stays below 1 for values without end")
  func distribution() {
    #expect(
      Series.distribution("", of: [2, 1, 2, .nan, 4]).points
        == [.init(1, 0), .init(1, 0.25), .init(2, 0.75), .init(4, 1)])
    #expect(Series.distribution("", of: [1, .infinity]).points == [.init(1, 0), .init(1, 0.5)])
    #expect(Series.distribution("", of: []).points.isEmpty)
    #expect(Series.distribution("", of: [.infinity, .nan]).points.isEmpty)
  }

  @Test("Long series make small files that keep the extremes")
  func thinning() throws {
    var random = Steps(state: 7)
    let sample = (0..<100_000).map { _ in random.next() + random.next() }
    #expect(chart([.distribution("a", of: sample)], y: .share).svg().utf8.count < 40_000)
    var noise = (0..<100_000).map { Series.Point(Double($0), random.next()) }
    noise[77_777].y = 50
    let lines = chart([.line("a", noise)])
    #expect(lines.svg().utf8.count < 60_000)
    let pixels = noise.map { Thinning.Pixel(x: $0.x / 400, y: -$0.y) }
    let kept = Thinning.line(pixels)
    #expect(
      kept.count <= 4 * 500 && kept.contains(pixels[77_777]) && kept.first == pixels.first && kept.last == pixels.last)
    #expect(chart([.points("a", noise)]).svg().utf8.count < 120_000)
  }

  @Test("Steps go across, then up")
  func steps() throws {
    let path = try #require(
      try Parsed(chart([.steps("", [.init(0, 1), .init(1, 2), .init(3, 0)])]).svg()).paths("mark").last)
    #expect(path.filter(\.isLetter) == "MHVHV")
  }

  @Test("Axes against a diagonal show the same values")
  func diagonal() throws {
    let agreement = Chart.agreement(
      title: "TPOT", of: "TPOT", unit: "ms", series: [.points("a", [.init(10, 30), .init(20, 22)])])
    let parsed = try Parsed(agreement.svg())
    #expect(parsed.texts.contains("measured TPOT (ms)") && parsed.texts.contains("predicted TPOT (ms)"))
    #expect(parsed.texts.contains("±10 %"))
    #expect(parsed.texts.count { $0 == "30" } == 2 && parsed.texts.count { $0 == "10" } == 2)
  }

  @Test("Hostile sizes and values draw something well formed", arguments: [Axis.Scale.linear, .log])
  func hostile(scale: Axis.Scale) throws {
    let values = [1e308, -1e308, 1e-307, 0, 1e200, 1e-200, 1, .nan, .infinity, -.infinity]
    let points = values.flatMap { x in values.map { Series.Point(x, $0) } }
    let axis = Axis(label: String(repeating: "very long ", count: 60), unit: "s", scale: scale)
    let forms = [Series.line("l", points), .steps("s", points), .points("p", points), .distribution("d", of: values)]
    for range in [nil, 1e-3...2e-3, 1...1, -5...(-4)] {
      var ranged = axis
      ranged.range = range
      var small = chart(
        forms, x: ranged, y: axis, guides: [.diagonal, .horizontal(.nan), .vertical(-1), .horizontal(1e300)])
      small.title = String(repeating: "word ", count: 80)
      small.width = 240
      small.height = 160
      _ = try Parsed(small.svg())
      _ = try Parsed(ChartPage(title: small.title, charts: [small, small, small], columns: 0).svg())
    }
  }

  @Test(
    "Numbers along the axes keep their distance, and text stays inside the chart", arguments: [280.0, 400, 640, 1_000])
  func layout(width: Double) throws {
    for (low, high, scale) in [
      (0, 1, Axis.Scale.linear), (123_456, 123_499, .linear), (-1e-5, 1e-5, .linear), (1e-3, 1e9, .log), (3, 40, .log),
    ] {
      var chart = chart(
        (0..<9).map { .line("a series with a name \($0)", [.init(low, low), .init(high, high)]) },
        x: Axis(label: "x", scale: scale), y: Axis(label: "y", scale: scale))
      chart.width = width
      let parsed = try Parsed(chart.svg())
      var rows: [String: [ClosedRange<Double>]] = [:]
      for text in parsed.named("text") where text.attributes["transform"] == nil {
        let x = try #require(text.attributes["x"].flatMap(Double.init))
        let size = try #require(text.attributes["font-size"].flatMap(Double.init))
        let taken = TextWidth.of(text.text, size: size)
        let anchor = text.attributes["text-anchor"]
        let left = anchor == "middle" ? x - taken / 2 : anchor == "end" ? x - taken : x
        #expect(left >= 0 && left + taken <= width, "\(text.text) at \(left)")
        rows[text.attributes["y"]!, default: []].append(left...(left + taken))
      }
      for ranges in rows.values {
        let ordered = ranges.sorted { $0.lowerBound < $1.lowerBound }
        for (left, right) in zip(ordered, ordered.dropFirst()) { #expect(left.upperBound < right.lowerBound) }
      }
    }
  }

  @Test("The first 36 series all look different")
  func looks() {
    let marks = (0..<36).map { index -> String in
      let look = Look(.points("", []), index: index)
      return Theme.colour(index) + look.mark(at: .init(x: 0, y: 0))
    }
    #expect(Set(marks).count == 36)
    let lines = (0..<18).map { Theme.colour($0) + "\(Look(.line("", []), index: $0).dash)" }
    #expect(Set(lines).count == 18)
    #expect(Theme.colour(-1) == Theme.colour(5))
  }

  @Test("Colours stand out from their grounds by 3 : 1")
  func contrast() throws {
    func luminance(_ colour: String) throws -> Double {
      let value = try #require(Int(colour.dropFirst(), radix: 16))
      let parts = [value >> 16 & 255, value >> 8 & 255, value & 255].map { part -> Double in
        let share = Double(part) / 255
        return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
    for colour in Theme.palette {
      #expect(1.05 / (try luminance(colour.light) + 0.05) >= 3, "\(colour.light) on white")
      #expect((try luminance(colour.dark) + 0.05) / (try luminance("#16191d") + 0.05) >= 3, "\(colour.dark) on dark")
    }
  }

  @Test("A page holds its charts in rows")
  func page() throws {
    let one = chart([.line("a", [.init(0, 1), .init(1, 2)])])
    let page = ChartPage(title: "Page", subtitle: "source", charts: [one, one, one], columns: 2)
    let parsed = try Parsed(page.svg())
    #expect(parsed.named("g").compactMap { $0.attributes["transform"] }.count == 3)
    #expect(parsed.named("svg")[0].attributes["width"] == "1280")
    #expect(parsed.named("title").count == 3)
  }
}
