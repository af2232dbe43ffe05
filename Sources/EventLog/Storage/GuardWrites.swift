internal import EventModel
internal import LMDB

/// Changes to the table `guards` that are not written yet, as the entries they become.
struct GuardWrites: Sendable {
  private(set) var entries: [[UInt8]: [UInt8]?] = [:]

  init() {}

  var isEmpty: Bool { entries.isEmpty }

  subscript(key: [UInt8]) -> [UInt8]?? {
    get { entries[key] }
    set { entries[key] = newValue }
  }

  mutating func merge(_ later: GuardWrites) {
    entries.merge(later.entries) { _, later in later }
  }

  /// In the order of the keys, so that equal changes make equal files.
  func write(into writer: inout WriteTransaction, _ table: Table) throws(LMDBError) {
    for (key, value) in entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      if let value {
        try writer.put(value.span, forKey: key.span, in: table)
      } else {
        try writer.delete(key.span, from: table)
      }
    }
  }
}
