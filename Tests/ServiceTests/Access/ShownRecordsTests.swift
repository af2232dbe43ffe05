import Service
import Testing

@Suite("Records shown a moment ago")
struct ShownRecordsTests {
  private let key = ShownRecords.Key(user: "u", kind: "contact", id: "c")
  private let answer = Answer("Contact", facts: [.init("name", "Name", .text("王小明"))])

  @Test func `An answer is kept as long as the log stays as it was`() {
    let shown = ShownRecords()
    shown.keep(answer, [], for: key, size: 7, epoch: shown.epoch)
    #expect(shown.find(key, size: 7)?.answer == answer)
    #expect(shown.find(key, size: 8) == nil)
    let other = ShownRecords.Key(user: "v", kind: "contact", id: "c")
    #expect(shown.find(other, size: 7) == nil)
  }

  @Test func `An answer that was begun before a key went is not kept after it`() {
    let shown = ShownRecords()
    let begun = shown.epoch
    shown.keep(answer, [], for: key, size: 7, epoch: begun)
    shown.forget()
    #expect(shown.find(key, size: 7) == nil)
    shown.keep(answer, [], for: key, size: 7, epoch: begun)
    #expect(shown.find(key, size: 7) == nil)
    shown.keep(answer, [], for: key, size: 7, epoch: shown.epoch)
    #expect(shown.find(key, size: 7)?.answer == answer)
  }
}
