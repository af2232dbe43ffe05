internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Lead: MergeableAggregate {
  var mergedContent: Profile<LeadPersonal> { profile }

  var plainFields: [PlainField] {
    LeadField.allCases.map {
      PlainField(name: $0.rawValue, value: FieldValue.text(value(of: $0)))
    }
  }

  /// Remembers what a merge found, so that it can be taken back.
  mutating func note(_ event: LeadEvent.OneOf_Event, at position: Position) {
    if case .leadMerged(let merged) = event {
      merges.append(
        MergeNote(
          mergedID: merged.mergedID, position: position, resolutions: merged.resolutions,
          relinked: merged.relinked.map { RecordKey($0) }, caseID: merged.duplicateCaseID,
          before: readableSide))
    } else if case .leadUnmerged(let unmerged) = event {
      merges.removeAll { $0.mergedID == unmerged.mergedID }
    }
  }

  func requireMergeable() throws(Refusal) { try requireOpen() }

  func restored() -> [DecidedEvent] {
    [event(.leadStatusChanged(.with { ($0.from, $0.to) = (.merged, earlierStatus) }))]
  }

  func changed(_ plain: [FieldChange], _ personal: LeadPersonal?) -> DecidedEvent {
    var sealed = personal
    if let content = personal {
      sealed?.identityKeys = ContactPoints.keys(
        phones: content.phones, emails: content.emails, ims: content.ims)
    }
    return event(.leadDetailsChanged(.with { $0.changes = plain }), sealed)
  }

  func merged(
    _ id: String, _ resolutions: [FieldResolution], _ relinked: [RecordKey], caseID: String
  ) -> DecidedEvent {
    event(
      .leadMerged(
        .with {
          ($0.mergedID, $0.resolutions) = (id, resolutions)
          ($0.relinked, $0.duplicateCaseID) = (relinked.map(\.reference), caseID)
        }))
  }

  func mergedInto(_ survivor: String) -> DecidedEvent {
    event(
      .leadMergedInto(
        .with {
          $0.survivorID = survivor
          if let owner = ownership.owner { $0.formerOwner = owner }
        }))
  }

  func unmerged(_ id: String, _ undone: UndoneMerge, isOwn: Bool) -> DecidedEvent {
    event(
      .leadUnmerged(
        .with {
          ($0.mergedID, $0.mergeEventID) = (id, undone.mergeEvent)
          $0.leftFields = undone.leftFields
          if isOwn, let owner = undone.owner { $0.owner = owner }
        }))
  }

  private func value(of field: LeadField) -> String {
    switch field {
    case .companyName: companyName
    case .region: region
    case .industryCode: industryCode
    case .sizeBand: sizeBand
    case .urgency: urgency
    case .website: website
    }
  }
}
