internal import EventModel
internal import TestSupport
internal import Testing

@Suite struct DigestTests {
  /// Source: FIPS 180-4, examples of SHA-256.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `the standard's examples come out`(text: String, digest: String) {
    #expect(Digest.sha256(Array(text.utf8)).hex == digest)
  }

  @Test func `bytes hashed in pieces have the digest of the whole, at every length`() {
    var random = SeededGenerator(seed: 11)
    for count in 0...260 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      let cut = Int.random(in: 0...count, using: &random)
      var hasher = DigestHasher()
      hasher.update(bytes.span.extracting(0..<cut))
      hasher.update(Array(bytes[cut...]))
      #expect(hasher.finalize() == .sha256(bytes), "seed 11, \(count) bytes cut at \(cut)")
    }
  }

  @Test func `a node's hash is that of a one and both children`() {
    var random = SeededGenerator(seed: 12)
    for _ in 0..<100 {
      let (left, right) = (Digest.random(&random), Digest.random(&random))
      #expect(Digest.nodeHash(left, right) == .sha256([1] + left.bytes + right.bytes))
    }
  }

  @Test func `a leaf's hash is that of a zero and the leaf`() {
    let leaf: [UInt8] = Array(0...200)
    #expect(Digest.leafHash(leaf.span) == .sha256([0] + leaf))
  }
}

@Suite struct BytesTests {
  @Test func `integers stand with their most significant byte first, appended or replaced`() {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: 0x0102 as UInt16)
    bytes.append(bigEndian: -2 as Int64)
    bytes.append(bigEndian: 7 as UInt8)
    #expect(bytes == [1, 2, 255, 255, 255, 255, 255, 255, 255, 254, 7])
    bytes.replace(at: 2, withBigEndian: 0x0102_0304_0506_0708 as UInt64)
    #expect(bytes == [1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 7])
    let digest = Digest.sha256(bytes)
    var target = [UInt8](repeating: 9, count: 34)
    target.replace(at: 1, with: digest)
    #expect(target == [9] + digest.bytes + [9])
  }

  @Test func `nothing is replaced beyond the end`() async {
    await #expect(processExitsWith: .failure) {
      var bytes = [UInt8](repeating: 0, count: 8)
      bytes.replace(at: 1, withBigEndian: 1 as UInt64)
    }
  }

  /// The plain way: byte by byte.
  @Test func `bytes are held exactly where each of them is`() {
    var random = SeededGenerator(seed: 13)
    for _ in 0..<2000 {
      let bytes = (0..<40).map { _ in UInt8.random(in: 0...1, using: &random) }
      let count = Int.random(in: 0...20, using: &random)
      let start = Int.random(in: 0...40 - count, using: &random)
      var other = Array(bytes[start..<start + count])
      if Bool.random(using: &random), count > 0 {
        other[Int.random(in: 0..<count, using: &random)] ^= 1
      }
      let expected = bytes[start..<start + count].elementsEqual(other)
      #expect(bytes.span.holds(other, at: start..<start + count) == expected, "seed 13")
    }
    #expect(!bytesHoldOther)
  }

  private var bytesHoldOther: Bool { ([1, 2, 3] as [UInt8]).span.holds([1, 2], at: 0..<3) }
}

extension Digest {
  fileprivate static func random(_ random: inout SeededGenerator) -> Digest {
    sha256((0..<8).map { _ in UInt8.random(in: 0...255, using: &random) })
  }
}
