internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Schema

/// What people agreed to, and what was erased or must not be (RM-32).
extension Workspace {
  /// Consents, erasures and legal holds: a view on the log.
  ///
  /// - Parameter onlyInForce: leaves out consents that are withdrawn or over, and what is settled.
  /// - Returns: the tables `consents` and `erasures`, about the records that the principal may read;
  ///   administrators and auditors see every erasure.
  /// - Throws: ``ServiceError`` when nothing can be read.
  public func privacyRegister(onlyInForce: Bool = false) throws(ServiceError) -> Answer {
    let gate = try gate()
    if !gate.isOperator { try gate.require(.read, .contact, path: "privacy") }
    let zone = try timeZone()
    var seen: Set<String> = []
    let consents = try consentRows(gate, onlyInForce, &seen)
    let erasures = try erasureRows(gate, onlyInForce, &seen)
    try gate.record(
      .listed(
        type: "contact", path: "privacy", records: seen.sorted(), classes: [],
        results: consents.count))
    return Answer(
      "Privacy register",
      tables: [
        .init(
          "consents", "Consents",
          columns: [
            .init("contact", "Contact"), .init("purpose", "Purpose"), .init("channel", "Channel"),
            .init("basis", "Basis"), .init("grantedAt", "Granted"),
            .init("validUntil", "Until"), .init("withdrawnAt", "Withdrawn"),
            .init("inForce", "In force"), .init("position", "Position"),
          ], rows: consents),
        .init(
          "erasures", "Erasures and holds",
          columns: [
            .init("subject", "Subject"), .init("key", "Key"), .init("requestedAt", "Requested"),
            .init("by", "By"), .init("reason", "Reason"), .init("approvals", "Agreed"),
            .init("destroyedAt", "Destroyed at position"), .init("holds", "Holds"),
          ], rows: erasures),
      ], timeZone: zone.identifier)
  }

  private struct Consent {
    let granted: ConsentGranted
    let event: RecordedEvent
    var withdrawnAt: Timestamp?
  }

  private static let registerLimit = 1_000_000

  private func consentRows(
    _ gate: AccessGate, _ onlyInForce: Bool, _ seen: inout Set<String>
  ) throws(ServiceError) -> [[Value]] {
    var consents: [String: Consent] = [:]
    let types = ["ConsentGranted", "ConsentWithdrawn"].compactMap { EventType($0) }
    for event in try readEvents(.types(types), limit: Self.registerLimit) {
      let payload: Payload?
      do throws(PayloadError) { payload = try event.payload() } catch {
        throw ServiceError(.failed, code: "LOG.UNREADABLE", error.description)
      }
      if case .contact(.consentGranted(let granted)) = payload {
        consents["\(event.stream)\n\(granted.purpose)\n\(granted.channel)"] = Consent(
          granted: granted, event: event)
      } else if case .contact(.consentWithdrawn(let withdrawn)) = payload {
        consents["\(event.stream)\n\(withdrawn.purpose)\n\(withdrawn.channel)"]?.withdrawnAt =
          event.recordedAt
      }
    }
    let now = clock()
    var rows: [[Value]] = []
    for consent in consents.values.sorted(by: { $0.event.position < $1.event.position }) {
      guard let key = StreamName(consent.event.stream).flatMap({ RecordKey($0) }),
        try gate.may(.read, key)
      else { continue }
      let until = consent.granted.hasValidUntil ? Timestamp(consent.granted.validUntil) : nil
      let isInForce = consent.withdrawnAt == nil && until.map { now < $0 } ?? true
      guard isInForce || !onlyInForce else { continue }
      seen.insert("\(key)")
      rows.append([
        .text("\(key)"), .text(consent.granted.purpose), .text(consent.granted.channel),
        .named(consent.granted.basis), .moment(consent.event.recordedAt), .moment(until),
        .moment(consent.withdrawnAt), .flag(isInForce),
        .integer(Int64(consent.event.position.rawValue)),
      ])
    }
    return rows
  }

  private func erasureRows(
    _ gate: AccessGate, _ onlyInForce: Bool, _ seen: inout Set<String>
  ) throws(ServiceError) -> [[Value]] {
    let types = ["SubjectErasureRequested", "LegalHoldPlaced"].compactMap { EventType($0) }
    var keys: [KeyID] = []
    for event in try readEvents(.types(types), limit: Self.registerLimit) {
      guard let hex = StreamName(event.stream)?.id, let bytes = [UInt8](hex: hex),
        let keyID = KeyID(bytes), !keys.contains(keyID)
      else { continue }
      keys.append(keyID)
    }
    var rows: [[Value]] = []
    for keyID in keys {
      let standing = try subjectCase(keyID)
      guard !onlyInForce || standing.destroyed == nil else { continue }
      let record = RecordKey(text: standing.request?.subject ?? "")
      if !gate.isOperator {
        // Whose it is may be a colleague's month, or known by its key alone: not for everybody.
        guard let record, try gate.may(.read, record) else { continue }
      }
      if let record { seen.insert("\(record)") }
      rows.append([
        .named(standing.request?.subject ?? ""), .text(keyID.hex),
        .moment(standing.request?.recordedAt), .named(standing.request?.actor ?? ""),
        .named(standing.request?.reason ?? ""),
        .list(standing.approvals.map { .text($0.actor) }),
        standing.destroyed.map { .integer(Int64($0.rawValue)) } ?? .none,
        .list(standing.holds.map { .text("\($0.id) (\($0.reason))") }),
      ])
    }
    return rows
  }
}
