import EventModel
import TestSupport
import Testing

@Suite struct PrintableTextTests {
  @Test func `every byte is told apart at every place of a text of any length`() {
    for count in 1...18 {
      for place in 0..<count {
        for byte in UInt8.min...UInt8.max {
          var text = [UInt8](repeating: UInt8(ascii: "a"), count: count + 2)
          text[0] = 0
          text[count + 1] = 0
          text[place + 1] = byte
          let isPrintable = (0x20...0x7e).contains(byte)
          #expect(text.span.isPrintableASCII(1..<count + 1) == isPrintable)
        }
      }
    }
  }

  @Test func `random bytes are judged as one by one`() {
    var chance = SeededGenerator(seed: .drawn(0))
    for _ in 0..<2000 {
      let count = Int.random(in: 0...40, using: &chance)
      let text = (0..<count).map { _ in UInt8.random(in: 0x18...0x88, using: &chance) }
      let isPrintable = text.allSatisfy { (0x20...0x7e).contains($0) }
      #expect(text.span.isPrintableASCII(0..<count) == isPrintable, "seed \(chance.seed)")
    }
  }
}
