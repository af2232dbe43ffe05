internal import EventModel
internal import LMDB
internal import Transparency

/// Checkpoints, and what is counted.
extension LogVerification {
  /// How many notes are read at once.
  private static let noteStride = 1000

  func checkCheckpoints(_ tree: VerifiedTree) throws(LMDBError) {
    let tables = core.store.tables
    var start: UInt64? = 0
    var count = 0
    if options.keys.isEmpty {
      change {
        $0.report.notChecked.append("signatures of checkpoints: no key of the log is known")
      }
    }
    while let from = start {
      let notes = try core.store.environment.read { reader throws(LMDBError) in
        try reader.checkpointNotes(from: from, limit: Self.noteStride, tables)
      }
      for (size, note) in notes { try check(note, at: size, tree, .checkpoint) }
      count += notes.count
      start = notes.count == Self.noteStride ? notes.last.map { $0.size + 1 } : nil
      tell(.checkpoints, UInt64(count), of: UInt64(count))
    }
    change { $0.report.checkpointCount = count }
    try checkFile(tree)
  }

  private func checkFile(_ tree: VerifiedTree) throws(LMDBError) {
    let bytes: [UInt8]?
    do throws(FileError) {
      bytes = try DurableFile.read(core.paths.checkpoint)
    } catch {
      add(VerificationFinding(.checkpointFile, at: 0, "checkpoint.last can't be read: \(error)"))
      return
    }
    guard let bytes else { return }
    try check(String(decoding: bytes, as: UTF8.self), at: nil, tree, .checkpointFile)
  }

  private func check(
    _ note: String, at size: UInt64?, _ tree: VerifiedTree, _ kind: VerificationFinding.Kind
  ) throws(LMDBError) {
    let place = size.map { "the checkpoint of size \($0)" } ?? "checkpoint.last"
    let checkpoint: Checkpoint
    do throws(NoteError) {
      let signed = try SignedNote(parsing: note)
      checkpoint = try Checkpoint(parsing: signed.text)
      let signatures = try signed.verified(by: options.keys)
      if !options.keys.isEmpty && signatures.isEmpty { throw .notSigned(by: core.header.origin) }
    } catch {
      add(VerificationFinding(kind, at: size ?? 0, "\(place) can't be trusted: \(error)"))
      return
    }
    if let size, checkpoint.size != size {
      add(VerificationFinding(kind, at: size, "\(place) says size \(checkpoint.size)"))
    }
    guard checkpoint.origin == core.header.origin else {
      add(
        VerificationFinding(
          kind, at: checkpoint.size, "\(place) is of the log \(checkpoint.origin)"))
      return
    }
    guard checkpoint.size <= tree.size else {
      // One that was published since the verification began covers more than it looked at.
      guard checkpoint.size > (try core.readSize()) else { return }
      add(
        VerificationFinding(
          kind, at: checkpoint.size, "\(place) is ahead of the log, which has \(tree.size) events"))
      return
    }
    let isRight = try core.store.environment.read { reader throws(LMDBError) in
      try tree.hasRoot(
        checkpoint.root, size: checkpoint.size, in: reader, core.store.tables)
    }
    if !isRight {
      add(
        VerificationFinding(
          kind, at: checkpoint.size, "\(place) has another root than the records make"))
    }
  }

  /// Format, origin, counts of streams and types, and destroyed keys.
  func checkCounts() throws(LMDBError) {
    let tables = core.store.tables
    try core.store.environment.read { reader throws(LMDBError) in
      // Counts are compared where nothing was added since.
      guard try reader.count(of: tables.records) == size else {
        change { $0.report.notChecked.append("what is counted: events were added meanwhile") }
        return
      }
      let totals = try LogTotals(in: reader, tables)
      var types: [String: UInt64] = [:]
      try reader.scan(tables.types) { type, count throws(LMDBError) in
        types[type.text(0..<type.count)] = count.count == 8 ? count.bigEndian(at: 0) : 0
        return .proceed
      }
      var destroyed: [[UInt8]: UInt64] = [:]
      try reader.scan(tables.destroyed) { key, position throws(LMDBError) in
        destroyed[key.copy()] = position.count == 8 ? position.bigEndian(at: 0) : .max
        return .proceed
      }
      compare(totals, types, destroyed)
      if let wrong = try headerDifference(in: reader) {
        add(VerificationFinding(.meta, at: 0, wrong))
      }
    }
  }

  private func compare(
    _ totals: LogTotals, _ types: [String: UInt64], _ destroyed: [[UInt8]: UInt64]
  ) {
    change { state in
      let counted = LogTotals(
        streamCount: state.report.streamCount, recordBytes: state.report.recordBytes)
      if totals != counted {
        state.report.add(VerificationFinding(.meta, at: 0, "the totals differ from the records"))
      }
      if types != state.typeCounts {
        state.report.add(
          VerificationFinding(.meta, at: 0, "the counts of event types differ from the records"))
      }
      let expected = Dictionary(
        state.destroyed.map { ($0.key, $0.position) }, uniquingKeysWith: max)
      for key in Set(expected.keys).union(destroyed.keys).sorted(by: { $0.hex < $1.hex })
      where expected[key] != destroyed[key] {
        state.report.add(
          VerificationFinding(
            .destroyedKey, at: expected[key] ?? destroyed[key] ?? 0,
            "the table of destroyed keys and the events differ about \(key.hex)"))
      }
    }
  }

  /// What the header says and `LogCreated` doesn't.
  private func headerDifference(
    in reader: borrowing ReadTransaction
  ) throws(LMDBError) -> String? {
    let tables = core.store.tables
    guard size > 0, let header = try LogHeader(in: reader, tables) else {
      return "the log has no header"
    }
    let content = try reader.withValue(forKey: 0, in: tables.records) {
      record throws(LMDBError) -> String? in
      guard let record else { return nil }
      let event: RecordedEvent
      do throws(LeafError) { event = try RecordedEvent(copying: record) } catch { return nil }
      guard event.type == EventType.logCreated.text, let (_, content) = event.plain(0) else {
        return nil
      }
      return String(decoding: content, as: UTF8.self)
    }
    guard let content else { return "position 0 is no LogCreated" }
    guard content.contains(#""origin":"\#(header.origin)""#) else {
      return "the header says the origin \(header.origin), and LogCreated doesn't"
    }
    guard content.contains(#""simulated":\#(header.isSimulated)"#) else {
      return "header and LogCreated differ about the clock"
    }
    guard header.format == LogHeader.knownFormat else {
      return "the header says format \(header.format)"
    }
    return nil
  }
}
