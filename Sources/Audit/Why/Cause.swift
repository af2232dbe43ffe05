package import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema

/// One step on the way from what a field says back to the human who is behind it.
package struct Cause: Hashable, Sendable {
  package enum Link: Hashable, Sendable {
    /// The event that gave the field its value.
    case set(FieldDiff)
    /// The event that the next one names as its cause.
    case caused
  }

  package let event: EventSummary
  package let link: Link
  /// Which rule sets the decision used, such as `pipeline/pip_1@3`.
  package let policies: [String]
  /// By what right, such as `account.transfer, department`; empty when the event says none.
  package let authorization: String
  /// Whether a person did it, and no automation.
  package let isHuman: Bool
  /// Whether the actor signed the command with a key of their own.
  package let isSigned: Bool
}

extension Auditor {
  /// How many causes are followed back.
  static let causeLimit = 100

  /// Why a field has its value: the event that set it, and what caused that, back to the first.
  ///
  /// - Parameters:
  ///   - key: the record.
  ///   - field: as ``record(_:asOf:)`` names it.
  ///   - moment: the value as of then; as it is now when `nil`.
  /// - Returns: the newest first; the last one has no cause that the log knows.
  /// - Throws: ``AuditError/unknownField(_:known:)`` when the record has never had the field.
  package func why(
    _ key: RecordKey, field: String, asOf moment: Moment? = nil
  ) throws(AuditError) -> [Cause] {
    guard let entry = try blame(key, field: field, in: Period(through: moment)).last else {
      return []
    }
    var causes: [Cause] = []
    var next: Position? = entry.event.position
    while let position = next, causes.count < Self.causeLimit {
      guard let event = try event(at: position) else { break }
      let decoded = try decode(event)
      causes.append(
        Cause(decoded, link: causes.isEmpty ? .set(entry.change) : .caused))
      next = try event.causation.isZero ? nil : place(of: event.causation)
      // A cause stands before its effect, so this ends.
      if let cause = next, cause >= position { break }
    }
    return causes
  }

  private func event(at position: Position) throws(AuditError) -> RecordedEvent? {
    do throws(LMDBError) {
      return try log.events(EventSelection(from: position, through: position)).first
    } catch { throw .storage(error) }
  }

  private func place(of id: EventID) throws(AuditError) -> Position? {
    do throws(LMDBError) { return try log.position(of: id) } catch { throw .storage(error) }
  }
}

extension Cause {
  fileprivate init(_ decoded: DecodedEvent, link: Link) {
    event = EventSummary(decoded)
    self.link = link
    policies = decoded.metadata.policyRefs.map { "\($0.kind)/\($0.id)@\($0.version)" }
    let right = decoded.metadata.authorization
    authorization = [right.action, right.scopeGranted].filter { !$0.isEmpty }
      .joined(separator: ", ")
    isHuman = !decoded.event.actor.hasPrefix("system:")
    isSigned = (0..<decoded.event.sectionCount).contains { index in
      switch decoded.event.section(index).kind {
      case .actorProof, .sealedActorProof: true
      case .plain, .sealed: false
      }
    }
  }
}

/// A field of a record at two moments.
extension Auditor {
  /// What differs between a record at `first` and at `second`.
  package func difference(
    of key: RecordKey, from first: Moment, to second: Moment
  ) throws(AuditError) -> [FieldDiff] {
    FieldDiff.between(try record(key, asOf: first).fields, try record(key, asOf: second).fields)
  }
}
