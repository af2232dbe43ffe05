/// A row of a read model's table.
package protocol CodedRow: Equatable, Sendable {
  static var shape: TableShape { get }
  /// The statement that makes a view over the table; most need none.
  static var view: String? { get }
  /// A blank row: what is read from the table is put into it.
  init()
  /// Shows each field to `coder`, the key's first, always in the same order.
  mutating func code<Coder: RowCoder>(_ coder: inout Coder)
}

extension CodedRow {
  package static var view: String? { nil }
}

/// A row that is found by its key and changed.
package protocol TableRow: CodedRow {
  associatedtype Key: RowKey
  var key: Key { get }
}

/// What a row's fields don't say of its table.
package struct TableShape: Hashable, Sendable {
  package let name: String
  /// How many of the first columns make the primary key; of a journal, whose key is a number of
  /// its own, how many its rows are found by.
  package let keyColumnCount: Int
  /// The columns of each further index.
  package let indexes: [[String]]

  package init(_ name: String, keyColumnCount: Int = 1, indexes: [[String]] = []) {
    self.name = name
    self.keyColumnCount = keyColumnCount
    self.indexes = indexes
  }
}

/// The value of a primary key; changed rows are written in its order.
package protocol RowKey: Hashable, Comparable, Sendable {
  /// Whether both are the same in a table, where texts are their bytes: `==` takes canonically
  /// equivalent texts as equal.
  func isSame(as other: Self) -> Bool
  /// Shows each part to `coder`, in the order of the key's columns.
  func code<Coder: RowCoder>(_ coder: inout Coder)
}

extension String: RowKey {
  package func isSame(as other: String) -> Bool {
    let (own, others) = (utf8.span, other.utf8.span)
    guard own.count == others.count else { return false }
    // Without a way out in between, many bytes are compared at once.
    var difference: UInt8 = 0
    for index in own.indices { difference |= own[index] ^ others[index] }
    return difference == 0
  }

  package func code<Coder: RowCoder>(_ coder: inout Coder) {
    var part = self
    coder.code("key", &part)
  }
}

extension Int64: RowKey {
  package func isSame(as other: Int64) -> Bool { self == other }

  package func code<Coder: RowCoder>(_ coder: inout Coder) {
    var part = self
    coder.code("key", &part)
  }
}

/// A primary key of two texts.
package struct TextPair: RowKey {
  package let first: String
  package let second: String

  package init(_ first: String, _ second: String) {
    self.first = first
    self.second = second
  }

  package func isSame(as other: TextPair) -> Bool {
    first.isSame(as: other.first) && second.isSame(as: other.second)
  }

  package func code<Coder: RowCoder>(_ coder: inout Coder) {
    first.code(&coder)
    second.code(&coder)
  }

  package static func < (a: Self, b: Self) -> Bool {
    (a.first, a.second) < (b.first, b.second)
  }
}
