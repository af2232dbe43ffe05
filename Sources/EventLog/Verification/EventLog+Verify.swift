internal import EventModel
package import LMDB

extension EventLog {
  /// Recomputes everything that follows from the records, and compares: layout, digests, leaf
  /// hashes, order, time, streams, tree, checkpoints, counts, index, guards.
  ///
  /// Blocks the calling thread; memory is bounded. Others may read and write meanwhile: what
  /// comes after the call began is not looked at.
  package func verify(
    _ options: VerificationOptions = VerificationOptions()
  ) throws(LMDBError) -> VerificationReport {
    let lease = try open()
    return try withExtendedLifetime(lease) { () throws(LMDBError) in
      try LogVerification(lease.core, options).run()
    }
  }
}

extension RedactedSection {
  /// What the JSON of `SectionRedacted` names.
  init?(said content: [UInt8]) {
    guard let position = UInt64(member: "position", of: content),
      let section = UInt64(member: "section", of: content)
    else { return nil }
    self.init(position: position, section: Int(clamping: section))
  }

  /// The sections whose blanking the log records.
  static func all(in core: LogCore, below size: UInt64) throws(LMDBError) -> Set<RedactedSection> {
    var redactions: Set<RedactedSection> = []
    guard size > 0, let type = EventType("SectionRedacted") else { return redactions }
    let selection = EventSelection(.types([type]), through: Position(size - 1))
    try core.scan(selection) { layout, record throws(LMDBError) in
      let event = RecordedEvent(copying: record, layout: layout)
      // Elsewhere, and before what it names, such an event says nothing.
      if event.stream == "system-redaction", let (_, content) = event.plain(0),
        let said = RedactedSection(said: content), said.position < event.position.rawValue
      {
        redactions.insert(said)
      }
      return .proceed
    }
    return redactions
  }
}

extension UInt64 {
  /// The integer member `name` of a flat JSON object without white space, as the log writes it.
  fileprivate init?(member name: String, of content: [UInt8]) {
    let text = String(decoding: content, as: UTF8.self)
    guard let range = text.utf8.firstRange(of: Array("\"\(name)\":".utf8)) else { return nil }
    let digits = text.utf8[range.upperBound...].prefix { (0x30...0x39).contains($0) }
    guard let value = UInt64(String(decoding: digits, as: UTF8.self)) else { return nil }
    self = value
  }
}
