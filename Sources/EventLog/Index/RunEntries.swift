internal import EventModel
internal import LMDB

/// Why a run is damaged.
struct RunDamage: Error {
  let text: String
}

/// All entries of one run, read for a comparison.
struct RunEntries {
  let run: IndexRun
  let table: Table

  /// Sums the entries and looks at what a run must be: ascending keys, positions within the
  /// run, as many as the manifest says, each filtered key in the filter.
  func sum(
    in reader: borrowing ReadTransaction, _ store: borrowing IndexStore
  ) throws(LMDBError) -> Result<IndexSum, RunDamage> {
    var check = RunCheck(run: run, filter: try filter(in: reader, store))
    try reader.scan(table) { key, value throws(LMDBError) in
      check.take(key, value)
      return check.damage == nil ? .proceed : .stop
    }
    if check.damage == nil, check.sum.count != run.entryCount {
      check.damage = "it has \(check.sum.count) entries, and its manifest says \(run.entryCount)"
    }
    return check.damage.map { .failure(RunDamage(text: $0)) } ?? .success(check.sum)
  }

  private func filter(
    in reader: borrowing ReadTransaction, _ store: borrowing IndexStore
  ) throws(LMDBError) -> IndexFilter? {
    run.filterBlockCount > 0 ? try store.filter(of: run, in: reader) : nil
  }

  func visitEntries(
    in reader: borrowing ReadTransaction, _ visit: (UInt64, UInt64) -> Void
  ) throws(LMDBError) {
    try reader.scan(table) { key, value throws(LMDBError) in
      guard key.count == RunKey.byteCount else { return .proceed }
      let word: UInt64 = key.bigEndian(at: 0)
      _ = value.visitPositions(from: key.bigEndian(at: 8)) { visit(word, $0) }
      return .proceed
    }
  }
}

/// Goes through a run entry by entry and notes the first thing wrong with it.
private struct RunCheck {
  let run: IndexRun
  let filter: IndexFilter?
  var sum = IndexSum()
  var damage: String?
  private var lastWord: UInt64 = 0
  private var lastPosition: UInt64?

  init(run: IndexRun, filter: IndexFilter?) {
    self.run = run
    self.filter = filter
  }

  mutating func take(_ key: Span<UInt8>, _ deltas: Span<UInt8>) {
    guard key.count == RunKey.byteCount else {
      damage = "a key has \(key.count) bytes instead of \(RunKey.byteCount)"
      return
    }
    let word: UInt64 = key.bigEndian(at: 0)
    if word != lastWord { lastPosition = nil }
    if word < lastWord { damage = "its keys do not ascend" }
    if IndexKey.isFiltered(word), filter?.mayContain(word) == false {
      damage = "its filter does not know a key that it has"
    }
    lastWord = word
    let isWhole = deltas.visitPositions(from: key.bigEndian(at: 8)) { position in
      take(word, position)
    }
    if !isWhole { damage = "a list of positions is malformed" }
  }

  private mutating func take(_ word: UInt64, _ position: UInt64) {
    if let lastPosition, position <= lastPosition {
      damage = "the positions of a key do not ascend"
    }
    if position < run.start || position >= run.end {
      damage = "it has position \(position), which lies outside"
    }
    lastPosition = position
    sum.add(word, position)
  }
}
