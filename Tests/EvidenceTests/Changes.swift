internal import EventModel
internal import Evidence
internal import Transparency

/// JSON, changed at one place.
extension JSONText {
  typealias Path = EvidenceMatrixTests.Path
  typealias Change = EvidenceMatrixTests.Change

  /// Every member and element, by the way to it.
  var paths: [Path] {
    switch self {
    case .text, .integer: []
    case .list(let values):
      values.enumerated().flatMap { number, value in
        [[.number(number)]] + value.paths.map { [.number(number)] + $0 }
      }
    case .object(let members):
      members.flatMap { member in
        [[.name(member.name)]] + member.value.paths.map { [.name(member.name)] + $0 }
      }
    }
  }

  /// This with the place changed; `nil` where it can't be, such as what the other file has not.
  func changed(at path: Path, _ change: Change, _ foreign: JSONText) -> JSONText? {
    guard let step = path.first else { return nil }
    if path.count > 1 {
      guard let theirs = foreign.child(step),
        let value = child(step)?.changed(at: Array(path.dropFirst()), change, theirs)
      else { return nil }
      return replacing(step, with: value)
    }
    switch change {
    case .flipped: return child(step)?.flipped.flatMap { replacing(step, with: $0) }
    case .foreign: return foreign.child(step).flatMap { replacing(step, with: $0) }
    case .dropped, .repeated, .reordered: return rearranged(step, change)
    }
  }

  private func child(_ step: EvidenceMatrixTests.Step) -> JSONText? {
    switch (self, step) {
    case (.object, .name(let name)): self[name]
    case (.list(let values), .number(let number)):
      values.indices.contains(number) ? values[number] : nil
    default: nil
    }
  }

  private func replacing(
    _ step: EvidenceMatrixTests.Step, with value: JSONText
  ) -> JSONText? {
    switch (self, step) {
    case (.object(let members), .name(let name)):
      .object(members.map { $0.name == name ? Member(name, value) : $0 })
    case (.list(var values), .number(let number)): values.replaced(number, value)
    default: nil
    }
  }

  private func rearranged(
    _ step: EvidenceMatrixTests.Step, _ change: Change
  ) -> JSONText? {
    switch (self, step) {
    case (.object(let members), .name(let name)):
      guard let place = members.firstIndex(where: { $0.name == name }) else { return nil }
      return members.rearranged(place, change).map { .object($0) }
    case (.list(let values), .number(let number)):
      return values.rearranged(number, change).map { .list($0) }
    default: return nil
    }
  }

  /// Another value of the same form; `nil` for what has parts.
  private var flipped: JSONText? {
    switch self {
    case .integer(let value): return .integer(value ^ 1)
    case .text(let text):
      var bytes = Array(text.utf8)
      guard let first = bytes.first else { return .text("A") }
      // Base64 stays base64 so, and a name a name.
      bytes[0] = first == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      return .text(String(decoding: bytes, as: UTF8.self))
    case .list, .object: return .integer(0)
    }
  }
}

extension [JSONText] {
  fileprivate mutating func replaced(_ number: Int, _ value: JSONText) -> JSONText? {
    guard indices.contains(number) else { return nil }
    self[number] = value
    return .list(self)
  }
}

extension Array {
  /// Without the element, with it twice, or with it and the next one in the other order.
  fileprivate func rearranged(_ place: Int, _ change: EvidenceMatrixTests.Change) -> [Element]? {
    guard indices.contains(place) else { return nil }
    var copy = self
    switch change {
    case .dropped: copy.remove(at: place)
    case .repeated: copy.insert(self[place], at: place)
    case .reordered:
      guard count > 1 else { return nil }
      copy.swapAt(place, (place + 1) % count)
    case .flipped, .foreign: return nil
    }
    return copy
  }
}

extension String {
  /// This text with one line flipped, dropped, repeated, put behind the next, or taken from `other`.
  func linesChanged(_ other: String) -> [String] {
    let lines = components
    let theirs = other.components
    var changed: [[String]] = []
    for place in lines.indices {
      var flipped = lines
      flipped[place] = lines[place].withFlippedEnd
      changed.append(flipped)
      for change in [EvidenceMatrixTests.Change.dropped, .repeated, .reordered] {
        if let again = lines.rearranged(place, change) { changed.append(again) }
      }
      guard theirs.indices.contains(place) else { continue }
      var foreign = lines
      foreign[place] = theirs[place]
      changed.append(foreign)
    }
    return changed.map { $0.joined(separator: "\n") }
  }

  private var components: [String] {
    utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map {
      String(decoding: Array($0), as: UTF8.self)
    }
  }

  private var withFlippedEnd: String {
    guard let last = utf8.last else { return "A" }
    var bytes = Array(utf8.dropLast())
    bytes.append(last == UInt8(ascii: "4") ? UInt8(ascii: "8") : UInt8(ascii: "4"))
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether a signature line stands twice: a note says no more by that.
  var hasRepeatedSignature: Bool {
    let lines = components.filter { $0.hasPrefix("\u{2014} ") }
    return Set(lines).count < lines.count
  }
}

/// A field of a leaf, by where its bytes are.
struct LeafField {
  let name: String
  let range: Range<Int>

  /// The fields in their order; together they are the whole leaf.
  static func all(of leaf: [UInt8]) -> [LeafField] {
    var fields: [LeafField] = []
    var start = 0
    func add(_ name: String, _ count: Int) {
      fields.append(LeafField(name: name, range: start..<start + count))
      start += count
    }
    for (name, count) in [
      ("magic", 4), ("position", 8), ("time", 8), ("event id", 16), ("revision", 8),
      ("predecessor", 32),
    ] { add(name, count) }
    for name in ["stream", "type", "tenant", "actor", "on behalf of"] {
      add(name, 1 + Int(leaf[start]))
    }
    add("correlation", 16)
    add("causation", 16)
    let count = Int(leaf[start])
    add("count", 1)
    for section in 0..<count {
      for (name, count) in [("kind", 1), ("key", 16), ("length", 4), ("digest", 32)] {
        add("\(name) \(section)", count)
      }
    }
    precondition(start == leaf.count, "the fields are not the whole leaf")
    return fields
  }

  /// The leaf with this field flipped, dropped, repeated, behind the next one, and of another log.
  func changes(of leaf: [UInt8], next: LeafField, foreign: [UInt8]) -> [[UInt8]] {
    let own = Array(leaf[range])
    var flipped = leaf
    if let last = range.last { flipped[last] ^= 1 }
    var dropped = leaf
    dropped.removeSubrange(range)
    var repeated = leaf
    repeated.insert(contentsOf: own, at: range.upperBound)
    var taken = leaf
    taken.replaceSubrange(range, with: foreign)
    guard next.range.lowerBound == range.upperBound else {
      return [flipped, dropped, repeated, taken]
    }
    var reordered = leaf
    reordered.replaceSubrange(
      range.lowerBound..<next.range.upperBound, with: Array(leaf[next.range]) + own)
    return [flipped, dropped, repeated, taken, reordered]
  }
}

extension SmallLog {
  func proofFile(_ index: Int) throws -> InclusionProof {
    var maker = ProofMaker(size: size) { level, range in hashes(level, range) }
    return InclusionProof(
      index: UInt64(index), hashes: maker.inclusionProof(of: UInt64(index)),
      checkpoint: try note())
  }
}
