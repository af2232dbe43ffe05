internal import EventModel

/// The keys of the table `guards`: `str8 name ‖ u16 len(subject) ‖ subject ‖ kind ‖ member`.
///
/// Source: docs/format/log.md, "Guards". Values: a claim's value; a counter's or a set's size as
/// an i64; nothing for a member.
enum GuardEntry {
  enum Kind: UInt8 {
    case claim = 1
    case counter = 2
    case setSize = 3
    case member = 4
  }

  /// What is left of LMDB's 511 bytes beside the longest name and subject.
  static let memberLimit = 511 - (1 + 16 + 2 + 300 + 1)

  static func key(_ key: GuardKey, _ kind: Kind, member: [UInt8] = []) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 + key.guardName.utf8.count + key.subject.utf8.count + member.count)
    bytes.append(str8: key.guardName)
    bytes.append(bigEndian: UInt16(key.subject.utf8.count))
    bytes.append(contentsOf: key.subject.utf8)
    bytes.append(kind.rawValue)
    bytes.append(contentsOf: member)
    return bytes
  }

  /// The guard's name and subject that a key begins with, for people.
  static func name(_ key: [UInt8]) -> String {
    let bytes = key.span
    guard bytes.count > 0, bytes.count >= 3 + Int(bytes[0]) else { return key.hex }
    let nameEnd = 1 + Int(bytes[0])
    let subjectEnd = nameEnd + 2 + Int(bytes.bigEndian(at: nameEnd, as: UInt16.self))
    guard subjectEnd <= bytes.count else { return key.hex }
    return "\(bytes.text(1..<nameEnd)) of \(bytes.text(nameEnd + 2..<subjectEnd))"
  }

  static func encode(_ number: Int64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: number)
    return bytes
  }
}
