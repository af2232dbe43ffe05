internal import CRM
internal import EventModel

/// The entries of the timers' tables (docs/format/timers.md).
///
/// `timers`: `str8 policy ‖ str8 record ‖ reference` → `u64 due ‖ u64 armed by ‖ reference`, where
/// a reference of more than 128 bytes stands by its digest in the key. `due`: `u64 due ‖ key` →
/// nothing. Times are microseconds since 1970 with the sign bit turned, so that they sort.
enum TimerEntry {
  static let referenceLimit = 128

  static func key(_ key: TimerKey) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(str8: key.policy)
    bytes.append(str8: "\(key.record.typeName)-\(key.record.id)")
    let reference = Array(key.reference.utf8)
    if reference.count <= referenceLimit {
      bytes += reference
    } else {
      bytes += Array("sha256:\(Digest.sha256(reference).hex)".utf8)
    }
    return bytes
  }

  /// What the keys of all timers of a policy on a record begin with.
  static func prefix(policy: String, record: RecordKey) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(str8: policy)
    bytes.append(str8: "\(record.typeName)-\(record.id)")
    return bytes
  }

  /// What the keys of all timers of a policy begin with.
  static func prefix(policy: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(str8: policy)
    return bytes
  }

  static func value(dueAt: Timestamp, armedBy: Position, reference: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: sortable(dueAt))
    bytes.append(bigEndian: armedBy.rawValue)
    bytes += Array(reference.utf8)
    return bytes
  }

  static func dueKey(_ dueAt: Timestamp, _ key: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: sortable(dueAt))
    bytes += key
    return bytes
  }

  static func sortable(_ time: Timestamp) -> UInt64 {
    UInt64(bitPattern: time.microseconds) ^ (1 << 63)
  }

  static func time(_ sortable: UInt64) -> Timestamp {
    Timestamp(microseconds: Int64(bitPattern: sortable ^ (1 << 63)))
  }

  /// The timer of an entry; `nil` when the bytes are none.
  static func timer(key: Span<UInt8>, value: Span<UInt8>) -> ArmedTimer? {
    guard value.count >= 16, key.count > 1 else { return nil }
    let policyEnd = 1 + Int(key[0])
    guard policyEnd < key.count else { return nil }
    let recordEnd = policyEnd + 1 + Int(key[policyEnd])
    guard recordEnd <= key.count,
      let stream = StreamName(key.text(policyEnd + 1..<recordEnd)), let record = RecordKey(stream)
    else { return nil }
    return ArmedTimer(
      key: TimerKey(
        policy: key.text(1..<policyEnd), record: record, reference: value.text(16..<value.count)),
      dueAt: time(value.bigEndian(at: 0)), armedBy: Position(value.bigEndian(at: 8)))
  }
}
