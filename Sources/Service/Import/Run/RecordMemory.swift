internal import EventModel

/// What a mapping remembers of the records it has seen, in a bounded part of memory.
///
/// Texts are kept once and records hold their numbers, so that 300,000 records with ten slots
/// take some 40 MB. Records are told apart by 128 bits of a digest.
struct RecordMemory {
  static let recordLimit = 4_000_000
  static let textLimit = 1_000_000
  static let textByteLimit = 64 << 20

  private let slotCount: Int
  private var records: [TextKey: Int] = [:]
  private var slots: [UInt32] = []
  private var firstTimes: [Int64] = []
  private var textNumbers: [ExactText: UInt32] = [:]
  private var texts: [String] = [""]
  private var textByteCount = 0

  init(slotCount: Int) { self.slotCount = slotCount }

  /// The record's place; `nil` before its first row was taken.
  func place(of record: TextKey) -> Int? { records[record] }

  func text(in slot: Int, at place: Int?) -> String? {
    guard let place else { return nil }
    let number = slots[place * slotCount + slot]
    return number == 0 ? nil : texts[Int(number)]
  }

  func firstTime(at place: Int) -> Timestamp { Timestamp(microseconds: firstTimes[place]) }

  /// Keeps `values` (absent ones leave what is there) of `record`.
  mutating func keep(
    _ values: [(slot: Int, text: String?)], of record: TextKey, time: Timestamp
  ) throws(RowRefusal) {
    let place: Int
    if let known = records[record] {
      place = known
    } else {
      guard records.count < Self.recordLimit else {
        throw .tooMuchToRemember(limit: Self.recordLimit, what: "records")
      }
      place = records.count
      records[record] = place
      slots += Array(repeating: 0, count: slotCount)
      firstTimes.append(time.microseconds)
    }
    for (slot, text) in values {
      slots[place * slotCount + slot] = try number(of: text)
    }
  }

  private mutating func number(of text: String?) throws(RowRefusal) -> UInt32 {
    guard let text else { return 0 }
    let exact = ExactText(text)
    if let known = textNumbers[exact] { return known }
    textByteCount += text.utf8.count
    guard texts.count <= Self.textLimit, textByteCount <= Self.textByteLimit else {
      throw .tooMuchToRemember(limit: Self.textLimit, what: "different values")
    }
    let number = UInt32(texts.count)
    texts.append(text)
    textNumbers[exact] = number
    return number
  }
}

/// How often each key has been seen, and where first.
struct KeyMemory {
  static let limit = 8_000_000
  private var seen: [TextKey: (count: UInt32, firstLine: UInt32)] = [:]

  func entry(_ key: TextKey) -> (count: UInt32, firstLine: UInt32)? { seen[key] }
  var count: Int { seen.count }

  mutating func keep(_ key: TextKey, line: Int) throws(RowRefusal) {
    guard seen.count < Self.limit else {
      throw .tooMuchToRemember(limit: Self.limit, what: "keys")
    }
    let entry = seen[key]
    seen[key] = ((entry?.count ?? 0) + 1, entry?.firstLine ?? UInt32(clamping: line))
  }
}
