internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Foundation
internal import LMDB
internal import Schema
internal import Transparency

/// What is asked, as the auditor takes it.
extension Workspace {
  func evidenceRequest(
    _ question: EvidenceQuestion
  ) throws(ServiceError) -> EvidenceRequest {
    guard question.purpose.utf8.count <= 200 else {
      throw ServiceError(
        .usage, code: "VALIDATION.PURPOSE", "The purpose has more than 200 bytes: shorten it.")
    }
    var request = EvidenceRequest()
    for record in question.records {
      let key = try Self.record(record)
      guard let stream = key.stream else {
        throw ServiceError(.usage, code: "VALIDATION.RECORD", "“\(record)” names no record.")
      }
      request.streams.append(stream)
    }
    request.streams += question.streams.compactMap { StreamName($0) }
    request.comment = question.comment
    request.checkpointSize = question.checkpointSize
    request.namesPeople = question.namesPeople
    if let person = question.person {
      guard let actor = ActorID(person) else {
        throw ServiceError(
          .usage, code: "VALIDATION.ACTOR",
          "“\(person)” is no person's identifier: give one such as usr_….")
      }
      request.actor = actor
      request.range = try positions(question.period)
    } else if let range = question.range {
      request.range = range
      request.showsRange = true
    }
    request.provesNothingLater = question.provesNothingLater
    request.olderSizes = question.olderSizes
    request.usefulSizes = question.usefulSizes
    request.disclosure = try Self.disclosure(question.disclose)
    return request
  }

  /// The question with what belongs to the disputes in it: the contested record's whole history, and
  /// a checkpoint from before the dispute began, so that nothing was made up afterwards.
  func withContested(_ question: EvidenceQuestion) throws(ServiceError) -> EvidenceQuestion {
    var question = question
    for record in question.records {
      let key = try Self.record(record)
      guard key.type == .dispute else { continue }
      let state: (any Aggregate)?
      do throws(CommandFailure) { state = try executor.record(key)?.state } catch {
        throw ServiceError(error)
      }
      guard let dispute = state as? Dispute, dispute.exists else { continue }
      let contested = dispute.subject.id
      if !question.records.contains(contested) { question.records.append(contested) }
      guard let stream = key.stream,
        let opened = try readEvents(.stream(stream), limit: 1).first,
        let before = try checkpointSize(before: opened.position)
      else { continue }
      question.usefulSizes.append(before)
    }
    return question
  }

  /// The newest cosigned checkpoint that does not cover `position`, or else the newest one.
  private func checkpointSize(before position: Position) throws(ServiceError) -> UInt64? {
    do throws(CheckpointError) {
      var newest: UInt64?
      for published in try log.checkpoints(
        from: position.rawValue, .backwards, limit: 10_000)
      where published.checkpoint.size <= position.rawValue {
        newest = newest ?? published.checkpoint.size
        // Origin, size, root, an empty line, the log's signature; whatever more there is, is of others.
        guard published.note.utf8.count(where: { $0 == 0x0a }) > 5 else { continue }
        return published.checkpoint.size
      }
      return newest
    } catch { throw ServiceError(error) }
  }

  /// The period as positions; `nil` for all there is.
  private func positions(_ period: Period) throws(ServiceError) -> Range<UInt64>? {
    guard period != Period() else { return nil }
    let zone = try timeZone()
    let from = try period.from.map { moment throws(ServiceError) in
      try boundary(moment, .start, zone)
    }
    let end = try period.to.map { moment throws(ServiceError) in
      try boundary(moment, .end, zone)
    }
    let lower = from ?? 0
    let upper = min(end ?? log.size, log.size)
    guard lower < upper else {
      throw ServiceError(
        .refused, code: "VALIDATION.PERIOD", "Nothing was recorded in that period: widen it.")
    }
    return lower..<upper
  }

  /// The first position of a period that starts at `moment`, or the one behind its end.
  private func boundary(
    _ moment: Moment, _ end: DayEnd, _ zone: TimeZone
  ) throws(ServiceError) -> UInt64 {
    if case .position(let position) = moment { return end == .start ? position : position + 1 }
    guard let time = moment.time(end, in: zone) else { return 0 }
    do throws(LMDBError) {
      let last = try log.position(
        at: end == .start ? time.advanced(byMicroseconds: -1) : time)
      return last.map { $0.rawValue + 1 } ?? 0
    } catch { throw ServiceError(storage: error) }
  }

  private static func disclosure(
    _ texts: [String]
  ) throws(ServiceError) -> EvidenceRequest.Disclosure {
    guard !texts.isEmpty else { return .nothing }
    if texts == ["all"] { return .everything }
    var sections: Set<SectionReference> = []
    for text in texts {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, let position = UInt64(canonicalDecimal: parts[0].utf8),
        let section = UInt64(canonicalDecimal: parts[1].utf8), section < 16
      else {
        throw ServiceError(
          .usage, code: "VALIDATION.DISCLOSE",
          "“\(text)” names no section: give POSITION.SECTION such as 120.2, or all.")
      }
      sections.insert(SectionReference(position: Position(position), section: Int(section)))
    }
    return .sections(sections)
  }
}
