import Metrics
import Observing
import SimCore

/// A request's life as rows of characters, one for each place where it was: `#` where it was there for at least half of
/// a column's time, `-` for less.
struct StoryPicture {
  private static let columns = 60
  private static let rows: [(name: String, phases: Set<RequestPhase>)] = [
    ("queue", [.queued]), ("prompt", [.prefilling]), ("tokens", [.decoding]), ("paused", [.paused]),
    ("moving", [.pagingOut, .pagingIn]), ("off GPU", [.offGPU]),
  ]

  private let story: RequestStory

  init(_ story: RequestStory) { self.story = story }

  var lines: [String] {
    let (start, end) = (story.outcome.arrival, story.end)
    guard end > start else { return [] }
    let width = Double((end - start).picoseconds) / Double(Self.columns)
    func column(_ time: SimTime) -> Double { Double((time - start).picoseconds) / width }
    var lines: [String] = []
    for row in Self.rows {
      let stays = story.stays.filter { row.phases.contains($0.phase) }
      if stays.isEmpty { continue }
      var covered = [Double](repeating: 0, count: Self.columns)
      for stay in stays {
        let (from, to) = (column(stay.start), column(stay.end))
        for index in Int(from)...min(Int(to), Self.columns - 1) where index < Self.columns {
          covered[index] += max(0, min(to, Double(index + 1)) - max(from, Double(index)))
        }
      }
      lines.append(Self.label(row.name) + String(covered.map { $0 >= 0.5 ? "#" : $0 > 0 ? "-" : " " }))
    }
    if story.outcome.firstToken != .never {
      let place = min(Int(column(story.outcome.firstToken)), Self.columns - 1)
      lines.append(Self.label("") + String(repeating: " ", count: place) + "^ first token")
    }
    let left = StoryText.moment(start)
    let right = StoryText.moment(end)
    let gap = max(1, Self.columns - left.count - right.count)
    lines.append(Self.label("") + left + String(repeating: " ", count: gap) + right)
    return lines.map { line in
      var line = line
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  private static func label(_ name: String) -> String { TextTable.padded(name, 8) + " " }
}
