package import EventModel

/// Who owned a record from one event to another.
package struct OwnershipInterval: Equatable, Sendable {
  package let ownership: OwnershipRow
  /// The event that ended it; `nil` while it lasts.
  package let end: VersionStart?
}

extension ModelReader {
  /// Every owner that the record had, first to last, as the ledger stood at `moment`.
  package func owners(
    of record: StreamName, asOf moment: AsOf = .latest
  ) throws(QueryError) -> Answer<[OwnershipInterval]> {
    try ask(OwnershipLedger.self, asOf: moment) { model throws(StorageError) in
      try Self.intervals(record.category, record.id, model)
    }
  }

  /// The record's owner at `moment`; `nil` for nobody.
  ///
  /// It is the one that the last of its ownership events until then says; of a merged record, the
  /// survivor's. Source: crm-domain.md 3.4.8.
  package func owner(
    of record: StreamName, asOf moment: AsOf = .latest
  ) throws(QueryError) -> Answer<OwnershipRow?> {
    try ask(OwnershipLedger.self, asOf: moment) { model throws(StorageError) in
      var id = record.id
      // A chain of merges ends; one that doesn't is cut.
      for _ in 0..<100 {
        let merged = try model.present(
          MergeRow.self, where: "record_type = ? AND record_id = ?",
          [.text(record.category), .text(id)])
        guard let survivor = merged.first?.survivorID else { break }
        id = survivor
      }
      return try model.present(
        OwnershipRow.self, where: "record_type = ? AND record_id = ?",
        [.text(record.category), .text(id)]
      ).first
    }
  }

  /// The protections in force on the record at `moment`, by their ends.
  package func protections(
    of record: StreamName, asOf moment: AsOf = .latest
  ) throws(QueryError) -> Answer<[ProtectionRow]> {
    try ask(OwnershipLedger.self, asOf: moment) { model throws(StorageError) in
      try model.present(
        ProtectionRow.self, where: "record_type = ? AND record_id = ? ORDER BY until_us",
        [.text(record.category), .text(record.id)])
    }
  }

  /// What waited in the pool at `moment`, longest first.
  package func records(
    ofPool id: String, asOf moment: AsOf = .latest
  ) throws(QueryError) -> Answer<[OwnershipRow]> {
    try ask(OwnershipLedger.self, asOf: moment) { model throws(StorageError) in
      try model.present(
        OwnershipRow.self, where: "owner_kind = 'pool' AND owner_id = ? ORDER BY valid_from",
        [.text(id)])
    }
  }

  /// How many records of the type the user owned at `moment`.
  package func holdings(
    ofUser id: String, type: String, asOf moment: AsOf = .latest
  ) throws(QueryError) -> Answer<Int> {
    try ask(OwnershipLedger.self, asOf: moment) { model throws(StorageError) in
      try model.present(
        OwnershipRow.self, where: "owner_kind = 'user' AND owner_id = ? AND record_type = ?",
        [.text(id), .text(type)]
      ).count
    }
  }

  private static func intervals(
    _ type: String, _ id: String, _ model: ModelSnapshot
  ) throws(StorageError) -> [OwnershipInterval] {
    let mine: [SQLValue] = [.text(type), .text(id)]
    let condition = "record_type = ? AND record_id = ? AND valid_from <= \(model.limit)"
    let closed = try model.rows(
      ClosedVersion<OwnershipRow>.self, from: "ownership_closed",
      where: "\(condition) ORDER BY valid_from", mine)
    let present = try model.rows(OwnershipRow.self, from: "ownership", where: condition, mine)
    // What ended behind the moment had not ended then.
    let past = closed.map { version in
      let hasEnded = Int64(version.end.position.rawValue) <= model.limit
      return OwnershipInterval(ownership: version.row, end: hasEnded ? version.end : nil)
    }
    return past + present.map { OwnershipInterval(ownership: $0, end: nil) }
  }
}
