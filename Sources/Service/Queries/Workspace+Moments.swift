package import Audit
package import CRM
internal import Commands
package import EventLog
internal import EventModel
package import Foundation
internal import LMDB
internal import Schema

/// Moments and records as people name them, as the log and the auditor know them.
extension Workspace {
  /// The organisation's zone: days are counted in it.
  package func timeZone() throws(ServiceError) -> TimeZone {
    try requireCRM()
    let state: (any Aggregate)?
    do throws(CommandFailure) {
      state = try executor.record(Organization.key)?.state
    } catch { throw ServiceError(error) }
    let name = (state as? Organization)?.settings.timeZone ?? "UTC"
    return TimeZone(identifier: name) ?? .gmt
  }

  package var auditor: Auditor { Auditor(log: log, vault: keys.vault) }

  /// Asks the auditor, for those whose rights reach every record and field.
  ///
  /// A question that others may ask too goes through an ``AccessGate`` instead.
  package func audited<Result>(
    _ ask: (Auditor) throws(AuditError) -> Result
  ) throws(ServiceError) -> Result {
    try requireUnrestricted()
    return try auditing(ask)
  }

  /// Asks the auditor whatever the product itself must know, or what a gate has let through.
  package func auditing<Result>(
    _ ask: (Auditor) throws(AuditError) -> Result
  ) throws(ServiceError) -> Result {
    try requireCRM()
    do throws(AuditError) { return try ask(auditor) } catch { throw ServiceError(error) }
  }

  /// Events of the log, for those whose rights reach every record and field.
  package func events(
    _ query: EventQuery, limit: Int
  ) throws(ServiceError) -> [RecordedEvent] {
    try requireUnrestricted()
    return try readEvents(query, limit: limit)
  }

  /// Events of the log, for the product itself.
  func readEvents(
    _ query: EventQuery, limit: Int
  ) throws(ServiceError) -> [RecordedEvent] {
    do throws(LMDBError) {
      return try log.events(EventSelection(query, limit: limit))
    } catch { throw ServiceError(storage: error) }
  }

  func moment(
    _ view: PointOfView, in zone: TimeZone
  ) throws(ServiceError) -> Audit.Moment? {
    switch view {
    case .now: return nil
    case .recorded(let moment): return try recorded(moment, .end, in: zone)
    case .effective(let moment):
      guard let time = moment.time(.end, in: zone) else {
        throw ServiceError(
          .usage, code: "VALIDATION.MOMENT",
          "--effective goes by time: give a time or a day, not a position.")
      }
      return .effective(time)
    }
  }

  func recorded(
    _ moment: Moment, _ end: DayEnd, in zone: TimeZone
  ) throws(ServiceError) -> Audit.Moment {
    guard case .position(let position) = moment else {
      return .recorded(moment.time(end, in: zone) ?? Timestamp(microseconds: 0))
    }
    guard position < log.size else {
      throw ServiceError(
        .refused, code: "VALIDATION.POSITION",
        "The log ends at position \(log.size - 1): \(position) is not there yet.")
    }
    return .position(Position(position))
  }

  func period(_ period: Period, in zone: TimeZone) throws(ServiceError) -> Audit.Period {
    Audit.Period(
      from: try period.from.map { moment throws(ServiceError) in
        try recorded(moment, .start, in: zone)
      },
      through: try period.to.map { moment throws(ServiceError) in
        try recorded(moment, .end, in: zone)
      })
  }

  /// A record by its identifier's prefix, or by its stream's name.
  package static func record(_ text: String) throws(ServiceError) -> RecordKey {
    if let stream = StreamName(text), let key = RecordKey(stream) { return key }
    let prefix = text.prefix { $0 != "_" }
    guard let type = RecordPrefix(rawValue: String(prefix)), text.contains("_") else {
      throw ServiceError(
        .usage, code: "VALIDATION.RECORD",
        "“\(text)” names no record: give an identifier such as acc_01KAKV2DC093PHN6MKAZPW38M7, or "
          + "its stream, such as account-acc_01KAKV2DC093PHN6MKAZPW38M7.")
    }
    return RecordKey(type.objectType, text)
  }
}

/// The prefixes of records' identifiers.
private enum RecordPrefix: String {
  case acc, con, led, opp, tkt, act, tsk, usr, tea, pip, org, pol, reg, dsp, hnd, sla, cal, rbk

  var objectType: ObjectType.Code {
    switch self {
    case .acc: .account
    case .con: .contact
    case .led: .lead
    case .opp: .opportunity
    case .tkt: .ticket
    case .act: .activity
    case .tsk: .task
    case .usr: .user
    case .tea: .team
    case .pip: .pipeline
    case .org: .organization
    case .pol: .pool
    case .reg: .registration
    case .dsp: .dispute
    case .hnd: .handover
    case .sla: .slaPolicy
    case .cal: .businessCalendar
    case .rbk: .disputeRuleBook
    }
  }
}

extension ServiceError {
  init(_ error: AuditError) {
    switch error {
    case .unknownRecordType, .badIdentifier:
      self.init(.usage, code: "VALIDATION.RECORD", error.description)
    case .unknownRecord: self.init(.refused, code: "STATE.NOT_FOUND", error.description)
    case .unknownField: self.init(.refused, code: "VALIDATION.FIELD", error.description)
    case .storage: self.init(.failed, code: "LOG.STORAGE", error.description)
    case .vault: self.init(.failed, code: "KEYS.OPEN", error.description)
    case .unreadable: self.init(.failed, code: "LOG.UNREADABLE", error.description)
    case .damagedSection: self.init(.notVerified, code: "LOG.DAMAGED", error.description)
    }
  }
}
