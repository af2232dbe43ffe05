package import CRM
internal import EventLog
package import EventModel
package import Schema

/// A dispute with everything that was said in it.
package struct DisputeFile: Sendable {
  /// One step of it.
  package struct Entry: Sendable {
    package let event: EventSummary
    package let payload: DisputeEvent.OneOf_Event
    /// What was said, as far as it opens; `nil` where nothing was.
    package let words: Sealed<DisputePersonal>?
  }

  package let dispute: Dispute
  /// In the order of the log.
  package let entries: [Entry]
}

extension Auditor {
  /// The dispute `id` with its steps; a dispute that doesn't exist has none.
  package func disputeFile(_ id: String) throws(AuditError) -> DisputeFile {
    var entries: [DisputeFile.Entry] = []
    try visitStream(of: .dispute(id)) { decoded throws(AuditError) in
      guard case .dispute(let payload)? = decoded.payload else { return }
      let parts = decoded.personalParts(subjectKey: nil)
      let words = parts.first.map { part in
        part.content.flatMap { content -> Sealed<DisputePersonal> in
          guard case .personal(.dispute(let personal)) = content else { return .hidden }
          return .value(personal)
        }
      }
      entries.append(
        .init(event: EventSummary(decoded, personal: parts), payload: payload, words: words))
    }
    let state = try record(.dispute(id)).state as? Dispute
    return DisputeFile(dispute: state ?? Dispute(), entries: entries)
  }
}
