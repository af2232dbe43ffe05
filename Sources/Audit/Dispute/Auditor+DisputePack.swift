package import CRM
internal import EventLog
package import EventModel
internal import LMDB
internal import Schema
internal import Transparency

extension Auditor {
  /// What the log's first `size` events say of `subject`, as evidence for the dispute `dispute`.
  ///
  /// - Parameters:
  ///   - subject: the contested record.
  ///   - dispute: the dispute's identifier, which stands in the manifest.
  ///   - size: how many events are replayed; at most the log's.
  ///   - logRoot: the root of the log's tree at that size.
  ///   - access: the entries of the access log that belong to it; `nil` where there is none.
  ///   - version: of the question; 1 has no access log.
  /// - Returns: the pack, whose text holds every event of the record and of those that belong to
  ///   it.
  /// - Throws: ``AuditError`` when an event can't be read.
  /// - Complexity: the events found, in time and in memory.
  package func disputePack(
    of subject: RecordKey, dispute: String, size: UInt64, logRoot: Digest,
    access: AccessRecords? = nil, version: UInt32 = DisputePack.queryVersion
  ) throws(AuditError) -> DisputePack {
    precondition(size > 0 && size <= log.size, "a pack covers events that the log has")
    let last = Position(size - 1)
    let related = try relatedRecords(of: subject, through: last)
    var builder = DisputePackBuilder()
    if let tag = subject.tag {
      let streams = related.compactMap(\.stream)
      let query = EventQuery(
        [.init(tags: [tag])] + (streams.isEmpty ? [] : [.init(streams: streams)]))
      try visit(EventSelection(query, through: last)) { decoded throws(AuditError) in
        builder.add(decoded)
        return .proceed
      }
    }
    for interval in try owners(of: subject).intervals where interval.began.position <= last {
      builder.add(interval, through: last)
    }
    let access = version == 1 ? nil : access
    if let access {
      let records = [subject] + related
      for entry in try access.naming(records.compactMap(\.tag)) {
        builder.add(entry, of: Set(records.map { "\($0)" }))
      }
    }
    return builder.pack(
      .init(
        subject: subject, dispute: dispute, size: size, origin: log.origin, root: logRoot,
        version: version, access: access),
      related: related)
  }

  /// The records that belong to the contested one: its opportunities, contacts and tickets, the
  /// lead that it came from, and those merged with it; in the order of the log.
  private func relatedRecords(
    of subject: RecordKey, through last: Position
  ) throws(AuditError) -> [RecordKey] {
    guard let tag = subject.tag else { return [] }
    let query = EventQuery.tags([tag], types: Self.belongingTypes)
    var related: [RecordKey] = []
    try visit(EventSelection(query, through: last)) { decoded throws(AuditError) in
      guard let payload = decoded.payload, let stream = StreamName(decoded.event.stream),
        let key = RecordKey(stream)
      else { return .proceed }
      var isAccountsBirth = false
      if case .account(.accountCreated) = payload { isAccountsBirth = true }
      // An account's parent is another customer.
      let named = EventTags.references(of: payload).filter { reference in
        key == subject && Self.belongingKinds.contains(reference.type)
          && !(isAccountsBirth && reference.type == .account)
      }
      for record in [key] + named where record != subject && !related.contains(record) {
        related.append(record)
      }
      return .proceed
    }
    return related
  }

  private static let belongingTypes = [
    "AccountCreated", "AccountMerged", "AccountMergedInto", "ContactCreated",
    "ContactMovedToAccount", "LeadConverted", "LeadMerged", "LeadMergedInto",
    "OpportunityCreated", "OpportunityMovedToAccount", "TicketMerged", "TicketMergedInto",
    "TicketOpened",
  ].compactMap { EventType($0) }

  private static let belongingKinds: Set<ObjectType.Code> = [
    .account, .contact, .lead, .opportunity, .ticket,
  ]
}
