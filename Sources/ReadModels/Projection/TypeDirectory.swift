internal import EventModel
internal import Schema

/// An event type as it was met in the log, and who reads it.
///
/// One object for all events of the type: a value would count its texts anew for each.
final class KnownType: Sendable {
  let bytes: [UInt8]
  /// Where the catalogue has it, the catalogue's own text, which nobody counts: two threads that
  /// count one text wait for each other.
  let type: String
  /// The full name of the payload's message.
  let message: String
  /// The same, looked up; `nil` for one that is newer than this code.
  let payload: Payload.Message?
  /// Indexes of the models that read it, ascending.
  let readers: [Int]

  init(bytes: [UInt8], type: String, message: String, readers: [Int]) {
    self.bytes = bytes
    self.type = EventCatalogue.entry(type)?.typeName ?? type
    self.message = message
    payload = Payload.Message(rawValue: message)
    self.readers = readers
  }
}

/// Which models read which event types: an event that none reads is passed over without being
/// decoded.
///
/// One type is one message for ever (the catalogue's rule), so a type's message is looked at
/// once, in the first event that has it.
struct TypeDirectory {
  /// The messages that each model reads.
  private let messages: [[String]]
  private(set) var known: [KnownType]
  /// Where types with this hash stand in `known`.
  private var slots: [UInt64: [Int]] = [:]

  init(messages: [[String]]) {
    self.messages = messages
    known = [KnownType(bytes: [], type: "", message: "", readers: [])]
  }

  /// Finds what is known of the event's type.
  mutating func type(of layout: RecordLayout, _ record: Span<UInt8>) -> KnownType {
    known[number(of: layout, record)]
  }

  /// Where in ``known`` the event's type stands.
  mutating func number(of layout: RecordLayout, _ record: Span<UInt8>) -> Int {
    if Self.isRedacted(layout, record) { return Self.redacted }
    let range = layout.leaf.type.lowerBound + 2..<layout.leaf.type.upperBound + 2
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in range { hash = (hash ^ UInt64(record[index])) &* 0x0100_0000_01b3 }
    if let candidates = slots[hash] {
      for index in candidates where record.holds(known[index].bytes, at: range) {
        return index
      }
    }
    let message = Self.message(layout, record)
    let readers = messages.indices.filter { messages[$0].contains(message) }
    let type = KnownType(
      bytes: record.copy(range), type: record.text(range), message: message, readers: readers)
    slots[hash, default: []].append(known.count)
    known.append(type)
    return known.count - 1
  }

  /// What stands for the type of an event whose payload was redacted: no model reads it.
  private static let redacted = 0

  private static func isRedacted(_ layout: RecordLayout, _ record: Span<UInt8>) -> Bool {
    guard layout.leaf.sectionCount >= 2 else { return false }
    let start = layout.blobRange(1, in: record).lowerBound
    return start < record.count && record[start] == 0
  }

  /// The message of the payload's section; empty for the log's own events.
  private static func message(_ layout: RecordLayout, _ record: Span<UInt8>) -> String {
    guard layout.leaf.sectionCount >= 2 else { return "" }
    let blob = record.extracting(layout.blobRange(1, in: record))
    guard let parts = PlainSection.parse(blob) else { return "" }
    return ContentType.messageName(blob.text(parts.contentType)) ?? ""
  }
}
