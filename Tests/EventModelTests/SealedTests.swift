internal import EventModel
internal import Testing

@Suite struct SealedTests {
  @Test func `only a value is transformed`() {
    #expect(Sealed.value(2).map { $0 + 1 } == .value(3))
    #expect(Sealed<Int>.hidden.map { $0 + 1 } == .hidden)
    let erased = Sealed<Int>.erased(receipt: Position(5))
    #expect(erased.map(String.init) == .erased(receipt: Position(5)))
    #expect(Sealed.value(2).flatMap { _ in Sealed<String>.hidden } == .hidden)
    #expect(erased.flatMap { Sealed.value($0) } == erased)
    #expect(Sealed.value(2).opened == 2)
    #expect(erased.opened == nil)
  }

  @Test func `the system's bytes are as many as asked for, and not the same twice`() {
    for count in [0, 1, 7, 8, 9, 32] { #expect(RandomSource.system.bytes(count).count == count) }
    #expect(RandomSource.system.bytes(32) != RandomSource.system.bytes(32))
    let counter = RandomSource { count in (0..<count).map(UInt8.init) }
    #expect(counter.words() == (0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f))
  }
}
