import Testing
import TextIO

struct PathTextTests {
  @Test(arguments: [
    ("a/b.yaml", "b.yaml"), ("b.yaml", "b.yaml"), ("/a/b/", "b"), ("/", "/"), ("", ""), ("a//b", "b"),
  ])
  func lastPart(path: String, expected: String) {
    #expect(PathText.lastPart(path) == expected)
  }
}
