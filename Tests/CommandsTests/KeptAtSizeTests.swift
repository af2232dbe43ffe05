import Commands
import Testing

@Suite("What is kept as long as the log stays as it was")
struct KeptAtSizeTests {
  @Test func `It is read once at one size, and anew at another`() {
    let kept = KeptAtSize<String, Int>()
    var reads = 0
    func read(_ key: String, at size: UInt64) -> Int {
      kept.value(of: key, at: size) {
        reads += 1
        return reads
      }
    }
    #expect(read("a", at: 5) == 1)
    #expect(read("a", at: 5) == 1)
    #expect(read("b", at: 5) == 2)
    #expect(read("a", at: 6) == 3)
    #expect(read("b", at: 6) == 4)
    // Whoever looked before the log grew puts nothing in the place of what is newer.
    #expect(read("a", at: 5) == 5)
    #expect(read("a", at: 6) == 3)
  }

  @Test func `What can't be read is not kept`() {
    struct Unreadable: Error {}
    let kept = KeptAtSize<String, Int>()
    #expect(throws: Unreadable.self) { try kept.value(of: "a", at: 1) { throw Unreadable() } }
    #expect(kept.value(of: "a", at: 1) { 7 } == 7)
  }
}
