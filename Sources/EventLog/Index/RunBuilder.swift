internal import EventModel
internal import LMDB

/// Writes the sorted table of a run that is being made, chunk by chunk.
struct RunBuilder {
  let table: Table
  private(set) var filter: IndexFilter
  private(set) var entryCount: UInt64 = 0
  private var pending: PositionChunk?

  init(table: Table, filter: IndexFilter) {
    self.table = table
    self.filter = filter
  }

  /// Adds an entry behind all others, in the order of word and position.
  mutating func add(
    _ word: UInt64, _ position: UInt64, in writer: inout WriteTransaction
  ) throws(LMDBError) {
    entryCount += 1
    if pending?.word == word, pending?.append(position) == true { return }
    try begin(word, position, in: &writer)
  }

  /// Adds the entries of a chunk behind all others.
  mutating func add(
    _ word: UInt64, _ summary: PositionSummary, _ deltas: Span<UInt8>,
    in writer: inout WriteTransaction
  ) throws(LMDBError) {
    entryCount += UInt64(summary.count)
    if pending?.word == word, pending?.append(summary, deltas) == true { return }
    try begin(word, summary.first, in: &writer)
    guard summary.count > 1 else { return }
    pending?.take(summary, deltas)
  }

  private mutating func begin(
    _ word: UInt64, _ first: UInt64, in writer: inout WriteTransaction
  ) throws(LMDBError) {
    let isNewWord = pending?.word != word
    try finish(in: &writer)
    if pending == nil {
      pending = PositionChunk(word: word, first: first)
    } else {
      pending?.restart(word: word, first: first)
    }
    if isNewWord, IndexKey.isFiltered(word) { filter.insert(word) }
  }

  /// Writes what is pending; the run is whole then, unless more is added.
  mutating func finish(in writer: inout WriteTransaction) throws(LMDBError) {
    guard let pending else { return }
    try writer.append(
      pending.deltas.span, forKey: RunKey(pending.word, pending.first).bytes.span, to: table)
  }
}
