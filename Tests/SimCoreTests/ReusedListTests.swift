import SimCore
import Testing

@Suite struct ReusedListTests {
  @Test("a list that is filled and emptied holds what an array would")
  func isAnArray() {
    var list = ReusedList<Int32>()
    var array: [Int32] = []
    var random = RandomStream(seed: 1, replication: 0, purpose: "list")
    for step in 0..<5_000 {
      switch random.below(100) {
      case 0:
        list.removeAll()
        array.removeAll()
      case 1..<20 where !array.isEmpty:
        let place = random.below(array.count)
        list.remove(at: place)
        array.remove(at: place)
      case 20..<25 where !array.isEmpty:
        let place = random.below(array.count)
        list[place] = Int32(step)
        array[place] = Int32(step)
        list[array.count - 1 - place] += 1
        array[array.count - 1 - place] += 1
      case 25..<28 where !array.isEmpty:
        let count = random.below(min(4, array.count) + 1)
        list.removeFirst(count)
        array.removeFirst(count)
      default:
        list.append(Int32(step % 50))
        array.append(Int32(step % 50))
      }
      #expect(list.count == array.count && list.isEmpty == array.isEmpty && list.last == array.last)
      #expect(list.firstIndex(of: 7) == array.firstIndex(of: 7))
    }
    #expect(list.elements == array && !array.isEmpty)
  }

  @Test("an element that is not there stops the process")
  func refusesOvershoot() async {
    await #expect(processExitsWith: .failure) {
      var list = ReusedList<Int64>()
      list.append(1)
      list.removeAll()
      print(list[0])
    }
    await #expect(processExitsWith: .failure) {
      var list = ReusedList<Int64>()
      list.append(1)
      list[-1] = 2
    }
    await #expect(processExitsWith: .failure) {
      var list = ReusedList<Int64>()
      list.append(1)
      list.removeFirst(2)
    }
  }
}
