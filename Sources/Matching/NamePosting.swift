/// What of a name decides, before any of it is compared, whether it can be alike enough.
struct NameShape: Hashable, Sendable {
  /// How many bigrams the core has.
  let length: UInt16
  /// 0 for a name without numbers, else one of 64 classes: names whose numbers differ are half
  /// alike at the most.
  let numbers: UInt8

  init(_ company: CompanyName, length: Int) {
    self.length = UInt16(clamping: length)
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    let numbers = company.numbers
    for number in numbers {
      for byte in number.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      hash = (hash ^ 0xff) &* 0x100_0000_01b3
    }
    self.numbers = numbers.isEmpty ? 0 : UInt8(truncatingIfNeeded: hash >> 58) + 1
  }

  static let none = NameShape()

  private init() { (length, numbers) = (0, 0) }
}

/// The slots of the names that have one bigram, in order.
///
/// A long list is kept apart by length and numbers, so that a look reads only what can be alike.
struct NamePosting: Sendable {
  private(set) var count = 0
  /// All of them while they are few, else none.
  private var few: [Int32] = []
  private var groups: [UInt16: [UInt8: [Int32]]] = [:]

  /// Beyond it the list is kept in groups.
  private static let fewLimit = 128

  /// Adds a slot above all others.
  mutating func append(_ slot: Int32, _ shapes: [NameShape]) {
    count += 1
    guard groups.isEmpty else { return addToGroup(slot, shapes) }
    few.append(slot)
    guard few.count > Self.fewLimit else { return }
    for slot in few { addToGroup(slot, shapes) }
    few = []
  }

  private mutating func addToGroup(_ slot: Int32, _ shapes: [NameShape]) {
    let shape = shapes[Int(slot)]
    groups[shape.length, default: [:]][shape.numbers, default: []].append(slot)
  }

  /// - Complexity: O(log n) to find it, and one move of the slots behind it.
  mutating func remove(_ slot: Int32, _ shape: NameShape) {
    if groups.isEmpty {
      if few.removeSorted(slot) { count -= 1 }
      return
    }
    guard var slots = groups[shape.length]?.removeValue(forKey: shape.numbers) else { return }
    if slots.removeSorted(slot) { count -= 1 }
    if !slots.isEmpty { groups[shape.length]?[shape.numbers] = slots }
  }

  /// Visits the slots of names with so many bigrams and such numbers, and others while all are few.
  ///
  /// The lengths closest to `length` come first. Names of another class than `numbers` are left out,
  /// unless one of the two has none; with `nil` none are. `visit` says whether to go on.
  func visit(
    lengths: ClosedRange<Int>, closestTo length: Int, numbers: UInt8?,
    _ visit: (Int32) -> Bool
  ) {
    for slot in few where !visit(slot) { return }
    guard !groups.isEmpty else { return }
    let order = groups.keys.filter { lengths.contains(Int($0)) }.sorted {
      (abs(Int($0) - length), $0) < (abs(Int($1) - length), $1)
    }
    for key in order {
      guard let group = groups[key] else { continue }
      let classes = numbers.map { $0 == 0 ? nil : [0, $0] } ?? nil
      for numbers in classes ?? group.keys.sorted() {
        for slot in group[numbers] ?? [] where !visit(slot) { return }
      }
    }
  }
}

extension [Int32] {
  /// Takes `slot` out of an ascending list; false when it isn't in it.
  mutating func removeSorted(_ slot: Int32) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < slot { low = middle + 1 } else { high = middle }
    }
    guard low < count, self[low] == slot else { return false }
    remove(at: low)
    return true
  }
}
