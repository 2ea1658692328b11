/// Leaving out what cannot be seen, so that a hundred thousand points make a small file.
enum Thinning {
  /// A place in pixels.
  struct Pixel: Equatable {
    var x: Double
    var y: Double
  }

  /// The vertices of a line that show at the chart's size: of neighbours in one column of pixels the first, the
  /// lowest, the highest and the last.
  static func line(_ pixels: [Pixel]) -> [Pixel] {
    var kept: [Pixel] = []
    var start = 0
    while start < pixels.count {
      let column = pixels[start].x.rounded(.down)
      var end = start + 1
      var lowest = start
      var highest = start
      while end < pixels.count, pixels[end].x.rounded(.down) == column {
        if pixels[end].y < pixels[lowest].y { lowest = end }
        if pixels[end].y > pixels[highest].y { highest = end }
        end += 1
      }
      var last: Int?
      for index in [start, min(lowest, highest), max(lowest, highest), end - 1] where index != last {
        kept.append(pixels[index])
        last = index
      }
      start = end
    }
    return kept
  }

  /// Marks of which no two stand in the same cell of a grid: half a pixel wide at first, and wider where that leaves
  /// more than `limit` marks.
  static func marks(_ pixels: [Pixel], limit: Int = 6_000) -> [Pixel] {
    struct Cell: Hashable {
      var x: Int
      var y: Int
    }
    var kept = pixels
    var cell = 0.5
    while true {
      var taken: Set<Cell> = []
      kept = kept.filter { taken.insert(Cell(x: Int($0.x / cell), y: Int($0.y / cell))).inserted }
      if kept.count <= limit { return kept }
      cell *= 1.5
    }
  }
}
